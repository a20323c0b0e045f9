"""Short ways to make requests, clients and certificates for the tests of the transport."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from conformance.model import Exchange, HttpAnswer, HttpRequest, TransportFailure
from conformance.wire.auth import AuthScheme
from conformance.wire.client import Client
from conformance.wire.failures import KINDS
from conformance.wire.pacing import Pace
from conformance.wire.target import Target

QUICK = 1.0
"""Seconds for a whole exchange in tests in which the server means to exceed them; before that it has to be heard of,
by a machine that is busy with other things."""


def post(url: str, *headers: tuple[str, str], body: bytes = b"<cpix/>") -> HttpRequest:
    return HttpRequest("POST", url, (("Content-Type", "application/xml"), ("X-Speke-Version", "2.0"), *headers), body)


def client(
    url: str,
    auth: AuthScheme | None = None,
    *,
    timeout: float = 5.0,
    ca_bundle: str | None = None,
    client_cert: str | tuple[str, str] | None = None,
    insecure: bool = False,
    max_body: int = 1 << 20,
    proxy_from_env: bool = False,
    pace: Pace | None = None,
) -> Client:
    return Client(
        Target.parse(url),
        auth or AuthScheme(),
        timeout=timeout,
        ca_bundle=ca_bundle,
        client_cert=client_cert,
        insecure=insecure,
        max_body=max_body,
        proxy_from_env=proxy_from_env,
        pace=pace,
    )


def answered(exchange: Exchange) -> HttpAnswer:
    assert exchange.failure is None, exchange.failure
    assert exchange.answer is not None
    return exchange.answer


def failed(exchange: Exchange) -> TransportFailure:
    assert exchange.answer is None
    assert exchange.failure is not None
    assert exchange.failure.kind in KINDS
    assert exchange.failure.message.endswith("."), exchange.failure.message
    return exchange.failure


class Authority:
    """A certificate authority of the test's own, with its files in a directory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test CA")])
        basic = x509.BasicConstraints(ca=True, path_length=None)
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        certificate = (
            self._builder(self._name, self._key, days=30)
            .add_extension(basic, critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        self.bundle = str(self._write("ca.pem", certificate.public_bytes(serialization.Encoding.PEM)))

    def issue(self, name: str, *, days: int = 10) -> tuple[str, str]:
        """Files of a certificate for `name` and of its key; a negative number of days makes an expired one."""
        key = ec.generate_private_key(ec.SECP256R1())
        names: list[x509.GeneralName] = [x509.DNSName(name)]
        if name == "localhost":
            names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        certificate = (
            self._builder(subject, key, days=days)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(issuer, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        key_pem = key.private_bytes(serialization.Encoding.PEM, form, plain)
        return str(self._write(f"{name}.pem", pem)), str(self._write(f"{name}.key", key_pem))

    def server_context(self, name: str = "localhost", *, days: int = 10, ask_client: bool = False) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.issue(name, days=days))
        if ask_client:
            context.load_verify_locations(self.bundle)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, days: int) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        end = now + datetime.timedelta(days=days)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(min(now, end) - datetime.timedelta(days=1))
            .not_valid_after(end)
        )

    def _write(self, name: str, data: bytes) -> Path:
        path = self._folder / name
        path.write_bytes(data)
        return path
