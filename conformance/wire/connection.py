"""Connections that keep the deadline of the exchange they work for, and the adapter that makes them."""

from __future__ import annotations

import ipaddress
import queue
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any

import urllib3
from cryptography import x509
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection

from conformance.model import TlsSession
from conformance.wire.attempt import FLIGHT, Attempt, Carried
from conformance.wire.body import MeteredResponse
from conformance.wire.errors import OptionError

_SLICE = 16 * 1024
"""Bytes sent under one time-out: the size of a TLS record."""

_Addresses = list[tuple[Any, ...]]


def resolve(host: str, port: int, flight: Attempt) -> _Addresses:
    """Addresses of a host, within the deadline; raises socket.gaierror or TimeoutError."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST))
    result: queue.SimpleQueue[_Addresses | OSError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            result.put(list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except OSError as error:
            result.put(error)
        except UnicodeError as error:
            result.put(socket.gaierror(socket.EAI_NONAME, str(error)))

    # The resolver of the C library cannot be interrupted, so a thread of its own waits for it.
    threading.Thread(target=look_up, name="speke-resolve", daemon=True).start()
    try:
        found = result.get(timeout=flight.remaining())
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(found, OSError):
        raise found
    return found


class DeadlineConnection(HTTPConnection):
    """A connection whose every wait ends with the deadline of the current flight."""

    response_class = MeteredResponse
    tls_session: TlsSession | None = None
    carried = Carried()

    def _new_conn(self) -> socket.socket:
        flight = FLIGHT.get()
        problem: OSError = OSError("the name has no address")
        for family, kind, protocol, _, address in resolve(self._dns_host.strip("[]"), self.port, flight):
            sock = socket.socket(family, kind, protocol)
            flight.tried.append(str(address[0]))
            try:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.settimeout(flight.remaining())
                sock.connect(address)
                sock.settimeout(flight.remaining())
            except OSError as error:
                sock.close()
                problem = error
            else:
                return sock
        raise problem

    def connect(self) -> None:
        super().connect()
        self.carried = Carried()
        FLIGHT.get().connected = True

    def send(self, data: Any) -> None:
        flight = FLIGHT.get()
        if self.sock is None:
            self.connect()
        flight.carried, flight.behind_refusal = self.carried, self.carried.refused
        view = memoryview(data)
        for start in range(0, len(view), _SLICE):
            self.sock.settimeout(flight.remaining())
            super().send(view[start : start + _SLICE])

    @property
    def is_connected(self) -> bool:
        """Whether the connection can be used again; never for a flight that wants a fresh one."""
        return not FLIGHT.get().fresh_only and super().is_connected

    def getresponse(self) -> Any:
        """Begin the answer; the flight learns what is known of TLS, and how to close the connection."""
        flight = FLIGHT.get()
        flight.tls, flight.close = self.tls_session, self.close
        return super().getresponse()


class DeadlineTlsConnection(DeadlineConnection, HTTPSConnection):
    """The same through TLS, which remembers its version and the certificate's end."""

    def connect(self) -> None:
        super().connect()
        self.tls_session = _tls_session(self.sock)
        FLIGHT.get().tls = self.tls_session


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = DeadlineConnection


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = DeadlineTlsConnection

    def _validate_conn(self, conn: Any) -> None:
        # urllib3 would warn of an unverified connection here, once per request; the run says so itself, loudly.
        if conn.is_closed:
            conn.connect()


class DeadlineAdapter(HTTPAdapter):
    """The transport of requests with our connections and one TLS context for all of them."""

    def __init__(self, make_context: Callable[[], ssl.SSLContext], pool: int) -> None:
        self._make_context = make_context
        self._context: ssl.SSLContext | None = None
        self._context_lock = threading.Lock()
        super().__init__(pool_connections=4, pool_maxsize=pool)

    @property
    def context(self) -> ssl.SSLContext:
        """The TLS context, made on first use because reading the CA bundle takes time."""
        with self._context_lock:
            if self._context is None:
                self._context = self._make_context()
            return self._context

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
        return manager

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Leave the connection alone: trust and client certificate are in the context."""

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        host, _ = super().build_connection_pool_key_attributes(request, verify, cert)
        if host["scheme"] != "https":
            return host, {}
        return host, {"ssl_context": self.context, "cert_reqs": self.context.verify_mode}


def tls_context(ca_bundle: str | None, client_cert: str | tuple[str, str] | None, insecure: bool) -> ssl.SSLContext:
    """The TLS settings of a run; raises OptionError for a file that cannot be used."""
    try:
        context = ssl.create_default_context(cafile=ca_bundle or DEFAULT_CA_BUNDLE_PATH)
    except (OSError, ValueError) as error:
        raise OptionError(
            f"The CA bundle {ca_bundle} cannot be read; give a readable PEM file of CA certificates."
        ) from error
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if client_cert is not None:
        certificate, key = (client_cert, None) if isinstance(client_cert, str) else client_cert
        try:
            # An empty password keeps OpenSSL from asking at the terminal.
            context.load_cert_chain(certificate, key, password="")
        except (OSError, ValueError) as error:
            raise OptionError(
                "The client certificate or its key cannot be read; give PEM files that belong together, "
                "the key without a pass phrase."
            ) from error
    return context


def _tls_session(sock: Any) -> TlsSession | None:
    # Inside a TLS connection to a proxy there is no socket that could be asked.
    if not isinstance(sock, ssl.SSLSocket):
        return None
    try:
        certificate = x509.load_der_x509_certificate(sock.getpeercert(binary_form=True) or b"")
        end = certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        end = ""
    return TlsSession(sock.version() or "", end, sock.context.verify_mode != ssl.CERT_NONE)
