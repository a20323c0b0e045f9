"""What the commands that serve have in common: where they listen, and how they end."""

from __future__ import annotations

import argparse
import ipaddress
import signal
from types import FrameType

from conformance.refserver import Server
from conformance.wire.errors import OptionError


def declare_listening(parser: argparse.ArgumentParser, danger: str) -> None:
    """Options that say where to listen; `danger` is what somebody gets who is not meant to."""
    parser.add_argument("--port", type=int, default=0, metavar="N", help="port (default: a free one, printed)")
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="address to listen on (default: 127.0.0.1)"
    )
    parser.add_argument(
        "--let-others-connect",
        action="store_true",
        help=f"allow an address that is not loopback; anyone who reaches it gets {danger}",
    )


def check_listening(options: argparse.Namespace) -> None:
    """Refuse an address that others can reach, unless that is meant, and a port that is none; raises OptionError."""
    if not _loopback(options.host) and not options.let_others_connect:
        raise OptionError(
            f"--host {options.host} is not loopback; add --let-others-connect if others should reach the server."
        )
    if not 0 <= options.port <= 65535:
        raise OptionError(f"--port {options.port} is not a port; use 0 (any free one) to 65535.")


def cannot_listen(options: argparse.Namespace, error: OSError) -> OptionError:
    """What to say where the address is taken or not ours."""
    return OptionError(f"The server cannot listen on {options.host}:{options.port} ({error.strerror}).")


def wait_for_the_end(server: Server) -> None:
    """Wait for Ctrl-C or SIGTERM; what was there to handle them is put back.

    A shell lets background jobs ignore SIGINT, hence the handler of our own.
    """

    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        server.wait()
    except KeyboardInterrupt:
        return
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
