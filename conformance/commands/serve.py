"""`serve`: the reference key server, for looking at it or pointing an encryptor at it."""

from __future__ import annotations

import argparse
import ipaddress

from conformance.catalogue.yamlfile import nearest
from conformance.commands.command import Command
from conformance.refserver import Config, Server, load_faults
from conformance.wire.errors import OptionError


def declare(parser: argparse.ArgumentParser) -> None:
    """Options of the server."""
    parser.add_argument("--port", type=int, default=0, metavar="N", help="port (default: a free one, printed)")
    parser.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="default: 127.0.0.1")
    parser.add_argument(
        "--let-others-connect",
        action="store_true",
        help="allow an address that is not loopback; anyone who reaches it gets (public, worthless) keys",
    )
    parser.add_argument("--fault", action="append", default=[], metavar="NAME", help="switch on a fault (repeatable)")
    parser.add_argument("--delay-ms", type=int, default=0, metavar="N", help="wait so long before each answer")


def run(options: argparse.Namespace) -> int:
    """Serve until interrupted."""
    if not _loopback(options.host) and not options.let_others_connect:
        raise OptionError(
            f"--host {options.host} is not loopback; add --let-others-connect if others are meant to reach the server."
        )
    if not 0 <= options.port <= 65535:
        raise OptionError(f"--port {options.port} is no port; take 0 (any free one) to 65535.")
    if options.delay_ms < 0:
        raise OptionError(f"--delay-ms {options.delay_ms} is less than nothing; take 0 or more.")
    known = load_faults() if options.fault else {}
    for name in options.fault:
        if name not in known:
            raise OptionError(f"--fault {name} is no fault of the server{nearest(name, known)}.")
    try:
        server = Server(Config(), [known[name] for name in options.fault], options.host, options.port, options.delay_ms)
    except OSError as error:
        raise OptionError(f"The server cannot listen on {options.host}:{options.port} ({error.strerror}).") from None
    with server:
        print(f"reference key server: {server.url}", flush=True)
        for name in options.fault:
            print(f"fault {name}: {known[name].story}", flush=True)
        try:
            server.wait()
        except KeyboardInterrupt:
            print("stopped")
    return 0


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


COMMAND = Command("serve", "start the reference key server on loopback", declare, run)
