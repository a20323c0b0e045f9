"""Tiny servers on 127.0.0.1 that say exactly what a test tells them to say."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO, cast

TLS_HANDSHAKE = b"\x16"
"""The first byte that a client sends through TLS."""


@dataclass(frozen=True)
class Request:
    """A request as it arrived: header names and values as they were written, in order."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Peer:
    """The server's end of one connection."""

    def __init__(self, server: Server, sock: socket.socket, number: int) -> None:
        self.number = number
        self._server = server
        self._sock = sock
        self._file = cast(BinaryIO, sock.makefile("rb"))

    def request(self) -> Request | None:
        """The next request, or None where the client has gone."""
        first = self._file.readline().decode("latin-1").split()
        if len(first) != 3:
            return None
        headers: list[tuple[str, str]] = []
        while (line := self._file.readline().decode("latin-1").rstrip("\r\n")) != "":
            name, _, value = line.partition(":")
            headers.append((name, value.strip()))
        length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
        request = Request(first[0], first[1], tuple(headers), self._file.read(length))
        self._server.requests.append(request)
        return request

    def send(self, data: bytes) -> None:
        self._sock.sendall(data)

    def drip(self, data: bytes, pause: float = 0.02) -> None:
        """Send byte by byte until all is sent or the test is over."""
        for byte in data:
            if self._server.over.wait(pause):
                return
            self.send(bytes([byte]))

    def over(self, pause: float) -> bool:
        """Wait a little and say whether the test is over."""
        return self._server.over.wait(pause)

    def linger(self) -> None:
        """Keep the connection open and silent until the test is over."""
        self._server.over.wait(10)


Script = Callable[[Peer], None]


class Server:
    """Runs a script for each connection, with or without TLS; with TLS and `plain_too` the client chooses."""

    def __init__(
        self, script: Script, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1", plain_too: bool = False
    ) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self.over = threading.Event()
        self._script = script
        self._tls = tls
        self._host = host
        self._plain_too = plain_too
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family)
        self.port: int = self._listener.getsockname()[1]
        self.scheme = "http" if tls is None else "https"
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def url(self) -> str:
        host = (f"[{self._host}]" if ":" in self._host else self._host) if self._tls is None else "localhost"
        return f"{self.scheme}://{host}:{self.port}/speke?stage=test"

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while not self.over.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._run, args=(sock, self.connections), daemon=True).start()

    def _run(self, sock: socket.socket, number: int) -> None:
        # The client may go at any time; that is what most of these tests are about.
        with contextlib.suppress(OSError, ValueError), sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is None or (self._plain_too and sock.recv(1, socket.MSG_PEEK) != TLS_HANDSHAKE):
                self._script(Peer(self, sock, number))
            else:
                with self._tls.wrap_socket(sock, server_side=True) as wrapped:
                    self._script(Peer(self, wrapped, number))


def answer(body: bytes = b"<ok/>", status: str = "200 OK", *headers: str) -> bytes:
    """A complete HTTP answer with the right length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def always(data: bytes | Callable[[Request], bytes]) -> Script:
    """A script that answers each request on a connection that is kept alive."""

    def script(peer: Peer) -> None:
        while (request := peer.request()) is not None:
            peer.send(data(request) if callable(data) else data)

    return script


def once(data: bytes) -> Script:
    """A script that reads one request, sends some bytes and closes."""

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(data)

    return script
