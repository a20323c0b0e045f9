"""The HTTP shell: a threaded HTTP/1.1 server on loopback around the pure answer function."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Self, TypeAlias

from conformance.refserver.answering import answer
from conformance.refserver.config import Config
from conformance.refserver.exchange import USUAL, Behaviour, HttpAnswer, HttpRequest
from conformance.refserver.faults.model import Fault
from conformance.refserver.state import ServerState

Guard: TypeAlias = Callable[[HttpRequest], HttpAnswer | None]

MAXIMUM_REQUEST = 4 * 1024 * 1024
IDLE_SECONDS = 30.0
"""A connection on which nothing arrives for so long is closed; longer than any pause of a run."""
ENDLESS_SECONDS = 20.0
"""An endless answer ends here, so that a forgotten client does not keep a thread for ever."""


class _Lines:
    """A stream that remembers the line that was read last."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.last = b""

    def readline(self, size: int = -1) -> bytes:
        """Read one line."""
        self.last = self._stream.readline(size)
        return self.last

    def __getattr__(self, name: str) -> Any:
        """Give everything else as the stream has it."""
        return getattr(self._stream, name)


class _Handler(BaseHTTPRequestHandler):
    """Reads requests off one connection and writes each answer in a single piece."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    server: _Listener
    carried = "fresh"
    """What the connection has carried just before, in the words of HttpRequest."""
    rfile: _Lines  # type: ignore[assignment]

    def setup(self) -> None:
        """Remember the lines of a head as they are read."""
        super().setup()
        self.rfile = _Lines(self.rfile)

    def handle_one_request(self) -> None:
        """Serve one request; bytes that are no HTTP are answered by the base class."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or len(self.raw_requestline) > 65536:
            self.close_connection = True
            return
        if not self.parse_request():
            return
        if self.rfile.last not in (b"\r\n", b"\n"):
            # The connection ended inside the head: who knows what was still to come. Nobody is left to be answered.
            self.close_connection = True
            return
        body = b"" if self._is_left_unread() else self._body()
        if body is None:
            self.close_connection = True
            self._write(HttpAnswer(400, (("Content-Type", "text/plain"),), b"The request body cannot be read."))
            return
        request = self._request(body)
        made = self.server.serve(request)
        self.carried = "reused" if made.status < 400 else "after-refusal"
        self._write(made)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the suite reports, not the server."""

    def _request(self, body: bytes) -> HttpRequest:
        headers = tuple(self.headers.items())
        return HttpRequest(self.command, self.path, headers, body, connection=self.carried)

    def _is_left_unread(self) -> bool:
        """Whether the head alone is enough for a refusal, and this server then reads no further."""
        owner = self.server.owner
        return owner.leaves_bodies_unread and owner.refuses_by_head(self._request(b""))

    def _body(self) -> bytes | None:
        if "chunked" in (self.headers.get("Transfer-Encoding") or "").lower():
            return self._chunks()
        length = self.headers.get("Content-Length") or "0"
        if not length.isdigit() or int(length) > MAXIMUM_REQUEST:
            return None
        body = self.rfile.read(int(length))
        return body if len(body) == int(length) else None

    def _chunks(self) -> bytes | None:
        parts: list[bytes] = []
        total = 0
        while True:
            try:
                size = int(self.rfile.readline(1024).split(b";")[0], 16)
            except ValueError:
                return None
            total += size
            if size < 0 or total > MAXIMUM_REQUEST:
                return None
            part = self.rfile.read(size + 2)
            if size == 0:
                return b"".join(parts)
            parts.append(part[:-2])

    def _write(self, made: HttpAnswer) -> None:
        how = made.behaviour or USUAL
        if how.delay_ms or self.server.delay_ms:
            time.sleep((how.delay_ms + self.server.delay_ms) / 1000)
        if how.silent or how.close or how.http10 or how.cut_after is not None or how.declared_length is not None:
            self.close_connection = True
        if how.silent:
            return
        head, body = _head(made, how, self.close_connection), _payload(made, how, self.command)
        data = how.raw if how.raw is not None else head + body
        if how.cut_after is not None:
            data = data[: len(head) + how.cut_after]
        if how.drip_ms:
            self._drip(data, 0 if how.drip_headers else len(head), how)
        else:
            self.wfile.write(data)
        if how.endless:
            self._never_end(how)

    def _drip(self, data: bytes, at_once: int, how: Behaviour) -> None:
        self.wfile.write(data[:at_once])
        for start in range(at_once, len(data), how.drip_bytes):
            if self.server.stopped.wait(how.drip_ms / 1000):
                break
            self.wfile.write(data[start : start + how.drip_bytes])

    def _never_end(self, how: Behaviour) -> None:
        self.close_connection = True
        until = time.monotonic() + ENDLESS_SECONDS
        while time.monotonic() < until and not self.server.stopped.wait(max(how.drip_ms, 1) / 1000):
            self.wfile.write(b" " * 1024)


def _head(made: HttpAnswer, how: Behaviour, closing: bool) -> bytes:
    reason = how.reason if how.reason is not None else status_line_reason(made.status)
    lines = [f"HTTP/1.{0 if how.http10 else 1} {made.status} {reason}"]
    lines += [f"{name}: {value}" for name, value in made.headers]
    if how.chunked and not how.http10:
        lines.append("Transfer-Encoding: chunked")
    elif not how.endless and not how.http10:
        length = len(made.body) if how.declared_length is None else how.declared_length
        lines.append(f"Content-Length: {length}")
    if closing:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "replace")


def _payload(made: HttpAnswer, how: Behaviour, command: str) -> bytes:
    if command == "HEAD":
        return b""
    if not how.chunked or how.http10:
        return made.body
    half = len(made.body) // 2
    parts = [part for part in (made.body[:half], made.body[half:]) if part]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def status_line_reason(status: int) -> str:
    """Give the words that go with a status where an answer brings none of its own."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


class _Listener(socketserver.ThreadingTCPServer):
    """Accepts connections, one thread each, and closes them all when it is shut down."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, server: Server) -> None:
        self.owner = server
        self.delay_ms = server.delay_ms
        self.stopped = threading.Event()
        self.connections: set[socket.socket] = set()
        self.guarding = threading.Lock()
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, port), _Handler)

    def serve(self, request: HttpRequest) -> HttpAnswer:
        """Answer one request on behalf of the server that owns this listener."""
        return self.owner.serve(request)

    def get_request(self) -> tuple[socket.socket, object]:
        """Accept one connection, under TLS where the server has a certificate."""
        connection, address = super().get_request()
        if self.owner.tls is not None:
            connection.settimeout(IDLE_SECONDS)
            connection = self.owner.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with self.guarding:
            self.connections.add(connection)
        return connection, address

    def verify_request(self, request: object, client_address: object) -> bool:
        """Hang up on a connection that is one too many."""
        most = self.owner.most_connections
        with self.guarding:
            return most is None or len(self.connections) <= most

    def shutdown_request(self, request: object) -> None:
        """Close one connection."""
        with self.guarding:
            self.connections.discard(request)
        super().shutdown_request(request)  # type: ignore[arg-type]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing about a client that went away."""

    def stop(self) -> None:
        """Stop accepting, and break every connection that is still open."""
        self.stopped.set()
        self.shutdown()
        self.server_close()
        with self.guarding:
            for connection in self.connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class Server:
    """A key server on loopback; a context manager. `config` and `faults` may be exchanged while it runs.

    `auth` sees every request first and may answer it. `delay_ms` is waited before every answer.
    """

    most_connections: int | None = None
    """Connections that may be open at a time; None for any number."""

    def __init__(
        self,
        config: Config | None = None,
        faults: Sequence[Fault] = (),
        host: str = "127.0.0.1",
        port: int = 0,
        delay_ms: int = 0,
        auth: Guard | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.config = config or Config()
        self.faults = tuple(faults)
        self.host, self.delay_ms, self.auth, self.tls = host, delay_ms, auth, tls
        self.state = ServerState()
        self._listener = _Listener(host, port, self)
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        """Give the port that the server listens on."""
        return int(self._listener.server_address[1])

    @property
    def url(self) -> str:
        """Give the URL that takes SPEKE requests."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}/speke/v2/copyProtection"

    @property
    def leaves_bodies_unread(self) -> bool:
        """Whether refusals by the head alone are answered before the body is read."""
        wanted = (op.get("leaves_bodies_unread") for fault in self.faults for op in fault.do if op.name == "config")
        return self.config.leaves_bodies_unread or any(wanted)

    def refuses_by_head(self, request: HttpRequest) -> bool:
        """Whether a request is refused whatever its body is: by its method, its version or its credentials."""
        stranger = bool(self.config.token) and request.header("Authorization") != f"Bearer {self.config.token}"
        return request.method != "POST" or request.header("X-Speke-Version") not in self.config.versions or stranger

    def serve(self, request: HttpRequest) -> HttpAnswer:
        """Answer one request, after the guard has had its look."""
        refused = self.auth(request) if self.auth is not None else None
        return refused if refused is not None else answer(request, self.config, self.faults, self.state)

    def start(self) -> Self:
        """Begin to serve in a thread of its own."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving and free the port."""
        self._listener.stop()
        self._thread.join()

    def wait(self) -> None:
        """Wait until the server is stopped, for use from a command line."""
        self._thread.join()

    def __enter__(self) -> Self:
        """Begin to serve."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving."""
        self.stop()


def start_server(
    config: Config | None = None,
    faults: Sequence[Fault] = (),
    host: str = "127.0.0.1",
    port: int = 0,
    delay_ms: int = 0,
    auth: Guard | None = None,
    tls: ssl.SSLContext | None = None,
) -> Server:
    """Start a key server and give it back, running; the caller stops it."""
    return Server(config, faults, host, port, delay_ms, auth, tls).start()
