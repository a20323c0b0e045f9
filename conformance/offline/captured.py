"""A request and its answer that somebody captured anywhere, read as if the suite had sent and received them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from conformance.catalogue import load_catalogue
from conformance.catalogue.yamlfile import DataError
from conformance.checks.context import Context, Receiver
from conformance.checks.registry import Untestable
from conformance.checks.shape import Shape, of_request
from conformance.cpix.encryption import Opened
from conformance.cpix.errors import DecodeError
from conformance.cpix.reader import Cpix, read
from conformance.model import (
    CPIX_VERSION,
    Case,
    Claims,
    Exchange,
    Expectation,
    HttpAnswer,
    HttpRequest,
    Plan,
    PlannedPeriod,
    PlannedRule,
    Recipient,
    Step,
)

NAME = "captured"
NO_HEADERS = "the headers of the answer would be needed (--headers FILE)"
NO_PRIVATE_KEY = "the private key of the request's recipient would be needed (--private-key PEM)"
LARGEST = 16 << 20
"""Bytes of the largest file that is read: no request or answer comes near."""


class WithoutHeaders(HttpAnswer):
    """An answer of which only the body was kept; asked for a header, it says so."""

    def header_values(self, name: str) -> tuple[str, ...]:
        """Never there."""
        raise Untestable(NO_HEADERS)


class CapturedContext(Context):
    """A captured exchange as checks see it: what was planned is what stands in the request."""

    @property
    def openable(self) -> bool:
        """Always: where the private key was not given, each question about encrypted keys says so."""
        return True

    def opened_by(self, name: str) -> Opened:
        """The answer's keys, if its private key was given."""
        if name not in self.receivers:
            raise Untestable(NO_PRIVATE_KEY)
        return super().opened_by(name)


@dataclass(frozen=True, slots=True)
class Captured:
    """The pair, and the case that it amounts to."""

    context: Context
    case: Case
    claims: Claims
    """What the request asks for counts as claimed: whoever captured it expected an answer."""

    @property
    def step(self) -> Step:
        """The one step."""
        return self.case.steps[0]


def read_pair(
    request: Path, response: Path, headers: Path | None = None, private_key: Path | None = None, version: str = ""
) -> Captured:
    """The captured pair; raises DataError with one sentence where a file is not what it should be.

    `version` is the SPEKE version; without it, that which goes with the CPIX@version of the request.
    """
    asked, answered = _bytes(request), _bytes(response)
    document = _cpix(request, asked)
    _cpix(response, answered)
    version = version or _version(document, request)
    answer = _answer(answered, headers)
    receivers = _receivers(document, private_key) if private_key is not None else {}
    shape = of_request(document, version)
    claims = claims_of(document, shape)
    case = Case(
        NAME, "A captured pair", "", version, (Step(NAME, plan_of(document, shape), Expectation("accepted"), ()),)
    )
    sent = (("Content-Type", "application/xml"), ("X-Speke-Version", version), ("Accept", "*/*"))
    exchange = Exchange(HttpRequest("POST", "https://captured.invalid/", sent, asked), answer)
    context = CapturedContext(case, case.steps[0], exchange, claims=claims, receivers=receivers)
    return Captured(context, case, claims)


def plan_of(request: Cpix, shape: Shape) -> Plan:
    """The plan that the request could have been made of, as far as checks look at it."""
    periods = tuple(PlannedPeriod(period.id or "", ()) for period in request.periods)
    keys = max(1, len(request.content_keys) // max(1, len(periods)))
    tracks = [rule.intended_track_type or "" for rule in request.rules]
    rules = tuple(PlannedRule(tracks[at] if at < len(tracks) else "", ()) for at in range(keys))
    return Plan(
        version=shape.version,
        schemes=(shape.scheme,),
        systems=tuple(sorted(shape.systems)),
        rules=rules,
        signalling=shape.signalling,
        periods=periods,
        explicit_iv="all" if shape.explicit_iv else "none",
        recipients=(Recipient(NAME),) if shape.encrypted else (),
        systems_mode="asked",
    )


def claims_of(request: Cpix, shape: Shape) -> Claims:
    """Everything that the request asks for."""
    known = load_catalogue().systems
    schemes = {key.scheme for key in request.content_keys if key.scheme}
    features = {"multi-key", "periods", "rotation"} | ({"key-encryption"} if shape.encrypted else set())
    pairs = {(system, scheme) for system in shape.systems if system in known for scheme in schemes}
    return Claims(frozenset({shape.version}), frozenset(pairs), frozenset(features))


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise DataError(str(path), f"the file is larger than {LARGEST >> 20} MiB; it is not read")
        return path.read_bytes()
    except OSError as error:
        raise DataError(str(path), f"the file cannot be read ({error.strerror or 'no reason is given'})") from None


def _cpix(path: Path, body: bytes) -> Cpix:
    try:
        return read(body)
    except DecodeError as error:
        raise DataError(str(path), f"the file holds no CPIX document: {error}") from None


def _version(request: Cpix, path: Path) -> str:
    for version, cpix in CPIX_VERSION.items():
        if request.version == cpix:
            return version
    raise DataError(
        str(path),
        f"CPIX@version is {request.version or 'absent'}, which goes with no SPEKE version; give --version",
    )


def _answer(body: bytes, headers: Path | None) -> HttpAnswer:
    if headers is None:
        return WithoutHeaders(200, (), body)
    lines = _bytes(headers).decode("latin-1").splitlines()
    status, reason, version = 200, "", "HTTP/1.1"
    if lines and lines[0].startswith("HTTP/"):
        version, _, rest = lines.pop(0).partition(" ")
        code, _, reason = rest.partition(" ")
        if not (code.isascii() and code.isdigit() and len(code) == 3):
            raise DataError(str(headers), f"the first line names no HTTP status: {rest[:40]!r}")
        status = int(code)
    pairs = []
    for line in lines:
        name, colon, value = line.partition(":")
        if line.strip() and (not colon or not name.strip() or name != name.strip()):
            raise DataError(str(headers), f"a line is no header (NAME: VALUE): {line[:40]!r}")
        if line.strip():
            pairs.append((name, value.strip()))
    return HttpAnswer(status, tuple(pairs), body, reason, version)


def _receivers(request: Cpix, path: Path) -> Mapping[str, Receiver]:
    private = _private_key(path)
    mine = private.public_key().public_numbers()
    for certificate in _certificates(request):
        try:
            public = x509.load_der_x509_certificate(certificate).public_key()
        except (ValueError, UnsupportedAlgorithm):
            continue
        if isinstance(public, rsa.RSAPublicKey) and public.public_numbers() == mine:
            return {NAME: Receiver(NAME, private, certificate)}
    raise DataError(str(path), "the private key fits no certificate of the request's DeliveryData")


def _private_key(path: Path) -> rsa.RSAPrivateKey:
    def refuse(why: str) -> NoReturn:
        raise DataError(str(path), f"this is no RSA private key in PEM without a password{why}") from None

    try:
        key = serialization.load_pem_private_key(_bytes(path), password=None)
    except TypeError:
        refuse(" (it has one)")
    except (ValueError, UnsupportedAlgorithm):
        refuse("")
    if not isinstance(key, rsa.RSAPrivateKey):
        refuse("")
    return key


def _certificates(request: Cpix) -> list[bytes]:
    found = []
    for element in request.element.iter("{http://www.w3.org/2000/09/xmldsig#}X509Certificate"):
        try:
            found.append(base64.b64decode("".join((element.text or "").split()), validate=True))
        except binascii.Error:
            continue
    return found
