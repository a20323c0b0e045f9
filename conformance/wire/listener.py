"""A place on this machine that a careless server may be lured to: it remembers which addresses were fetched.

Only a server on the same machine can reach it. Whatever is asked for, the answer is empty.
"""

from __future__ import annotations

import hashlib
import http.client
import re
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol
from urllib.parse import urlsplit

from conformance.model import FETCHED, NOT_FETCHED, Exchange, HttpRequest

_PORTS = range(20_000, 30_000)
"""Where the listener stands, by the seed: the same seed names the same address in the same bytes."""
_QUESTION = "/-asked"
_SECONDS = 5.0


class Sending(Protocol):
    """Whatever sends a request."""

    def send(self, request: HttpRequest) -> Exchange:
        """One exchange."""
        ...


_LOOKS_EVERY = 0.02
"""Seconds after which it sees that it is to be closed; the end of each run waits for it."""


class Listener:
    """Listens on loopback until it is closed."""

    def __init__(self, seed: str) -> None:
        self._fetched: set[str] = set()
        self._server = _bound(seed, self._fetched)
        threading.Thread(
            target=self._server.serve_forever, args=(_LOOKS_EVERY,), name="speke-listener", daemon=True
        ).start()

    @property
    def url(self) -> str:
        """Where it listens, without a path."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class Watching:
    """Sends by another sender, and notes of each request that names the listener whether the server went there."""

    def __init__(self, sender: Sending, listener: str) -> None:
        self._sender, self._listener = sender, listener
        self._named = re.compile(re.escape(listener.encode()) + rb"(/[\w.-]+)")

    def send(self, request: HttpRequest) -> Exchange:
        """One exchange."""
        exchange = self._sender.send(request)
        paths = {path.decode() for path in self._named.findall(request.body)}
        if not paths:
            return exchange
        fetched = any(was_fetched(self._listener, path) for path in sorted(paths))
        return replace(exchange, notes=(*exchange.notes, FETCHED if fetched else NOT_FETCHED))


def was_fetched(listener: str, path: str) -> bool:
    """Whether anybody fetched that path from the listener, which may live in another process."""
    place = urlsplit(listener)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=_SECONDS)
    try:
        connection.request("GET", _QUESTION + path)
        return connection.getresponse().read() == b"yes"
    except OSError:
        return False
    finally:
        connection.close()


def _bound(seed: str, fetched: set[str]) -> ThreadingHTTPServer:
    class Handler(_Handler):
        paths = fetched

    first = _PORTS[int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4], "big") % len(_PORTS)]
    for port in (first, 0):
        try:
            return ThreadingHTTPServer(("127.0.0.1", port), Handler)
        except OSError:
            continue
    raise OSError("no port of 127.0.0.1 is free")


class _Handler(BaseHTTPRequestHandler):
    paths: set[str]
    timeout = _SECONDS

    def do_GET(self) -> None:
        """Remember what was fetched, or say whether it was."""
        body = b""
        if self.path.startswith(_QUESTION):
            body = b"yes" if self.path.removeprefix(_QUESTION) in self.paths else b"no"
        else:
            self.paths.add(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the terminal belongs to the run."""
