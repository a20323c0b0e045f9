"""A request and its answer that somebody captured anywhere, read as if the suite had sent and received them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from conformance.catalogue import load_catalogue
from conformance.catalogue.yamlfile import DataError
from conformance.checks.context import Context, Receiver
from conformance.checks.refusals.deserved import ACCEPTED, EITHER, Deserved, deserved
from conformance.checks.registry import Untestable
from conformance.checks.shape import Shape, of_request
from conformance.cpix.errors import DecodeError
from conformance.cpix.reader import Cpix, read
from conformance.model import (
    CPIX_VERSION,
    VERSIONS,
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
from conformance.model.headers import SPEKE_VERSION, header_values
from conformance.offline.captures.message import Capture, Message
from conformance.offline.captures.text import begins_as_xml, is_wide
from conformance.offline.mistakes import refuse_mistakes
from conformance.offline.partial_context import Gaps, PartialContext
from conformance.offline.recorded import BLURRED, NO_KEYS
from conformance.offline.sources import halves, read_bytes, whole

NAME = "captured"
NO_HEADERS = "the headers of the answer are needed (--headers FILE)"
NO_PRIVATE_KEY = "the private key of the request's recipient is needed (--private-key PEM)"
ASSUMED_SUCCESS, ASSUMED_REFUSAL = 200, 422
"""Statuses of an answer whose own was not kept: of a document, and of what says why there is none."""


class WithoutHeaders(HttpAnswer):
    """An answer of which only the body was kept; asked for a header, it says so."""

    def header_values(self, name: str) -> tuple[str, ...]:
        """Never there."""
        raise Untestable(NO_HEADERS)


@dataclass(frozen=True, slots=True)
class Captured:
    """The pair, and the case that it amounts to."""

    context: Context
    case: Case
    claims: Claims
    """What the request asks for counts as claimed: whoever captured it expected an answer."""
    deserved: Deserved
    """What a right server does with the request."""
    notes: tuple[str, ...] = ()
    """What was done to read it."""
    request_head_known: bool = True
    status_known: bool = True
    withheld: str = ""
    """What a recording keeps back, in a clause; empty for anything else."""
    answer_blurred: bool = False
    """A recording withholds a part of the answer that nobody knows: nothing can be said of it."""

    @property
    def step(self) -> Step:
        """The one step."""
        return self.case.steps[0]


def read_pair(
    request: Path,
    response: Path,
    headers: Path | None = None,
    private_key: Path | None = None,
    version: str = "",
    *,
    entry: str = "",
    name: str = NAME,
) -> Captured:
    """The captured pair of two files; raises DataError with one sentence where a file is not what it should be.

    `version` is the SPEKE version; without it that of the request's own header, or that which goes with its
    CPIX@version. `entry` chooses one of several exchanges of a file.
    """
    if request == response or (request.exists() and response.exists() and request.samefile(response)):
        # One file may hold both halves, as a HAR file does.
        return read_capture(request, private_key, version, entry=entry, name=name)
    capture = halves(request, response, headers, entry)
    return assembled(capture, (str(request), str(response)), private_key, version, name=name)


def read_capture(
    path: Path, private_key: Path | None = None, version: str = "", *, entry: str = "", name: str = NAME
) -> Captured:
    """The exchange that one file (or `-`, standard input) holds; raises DataError with one sentence."""
    return assembled(whole(path, entry), (str(path), str(path)), private_key, version, name=name)


def assembled(
    capture: Capture, places: tuple[str, str], private_key: Path | None, version: str, *, name: str = NAME
) -> Captured:
    """What the two halves come to; `places` are where request and answer stand. Raises DataError."""
    asked, came = capture.request or Message(), capture.answer or Message()
    asked = _plain(asked)
    document = _request(asked, came, places)
    refuse_mistakes(asked, came, document, places)
    version = version or _version(asked, document)
    sent = asked.headers if asked.headers is not None else _usual(version)
    wanted = deserved(asked.body or b"", sent)
    answer = _answer(came, wanted)
    shape = of_request(document, version) if document is not None else None
    claims = claims_of(document, shape) if document is not None and shape is not None else _nothing(version)
    plan = plan_of(document, shape) if document is not None and shape is not None else Plan(version, (), (), ())
    receivers = _receivers(document, private_key) if document is not None else {}
    plan = replace(plan, recipients=tuple(Recipient(receiver) for receiver in receivers))
    step = Step(
        NAME, plan, _expectation(wanted), _there_for(wanted), requirements=wanted.requirements, defect_title=wanted.why
    )
    case = Case(name, "A captured pair", "", version, (step,))
    request = HttpRequest(asked.method or "POST", "https://captured.invalid/", sent, asked.body or b"")
    context = PartialContext(case, step, Exchange(request, answer), claims=claims, receivers=receivers)
    if receivers and next(iter(receivers.values())).private_key is None:
        context.closed = NO_PRIVATE_KEY
    # Of what this suite recorded the keys are stand-ins.
    no_keys = NO_KEYS if came.recorded or asked.recorded else ""
    context.gaps = Gaps(BLURRED if asked.blurred else "", BLURRED if came.blurred else "", no_keys)
    withheld = context.gaps.request or context.gaps.answer or no_keys
    notes = tuple(dict.fromkeys((*asked.notes, *came.notes)))
    return Captured(
        context,
        case,
        claims,
        wanted,
        notes,
        request_head_known=asked.headers is not None,
        status_known=bool(came.status),
        withheld=withheld,
        answer_blurred=came.blurred,
    )


def _there_for(wanted: Deserved) -> tuple[str, ...]:
    """The checks that a case with such a request would name."""
    if wanted.pair:
        return ("versions.crossed-pair-refused", "versions.unclaimed-half-refused")
    return ("refusal.request-refused",) if wanted.advised else ()


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
        systems_mode="asked",
    )


def claims_of(request: Cpix, shape: Shape) -> Claims:
    """Everything that the request asks for."""
    known = load_catalogue().systems
    schemes = {key.scheme for key in request.content_keys if key.scheme}
    features = {"multi-key", "periods", "rotation"} | ({"key-encryption"} if shape.encrypted else set())
    pairs = {(system, scheme) for system in shape.systems if system in known for scheme in schemes}
    # Of a crossed pair both halves are asked for.
    halves_of_it = {speke for speke, cpix in CPIX_VERSION.items() if cpix == request.version}
    return Claims(frozenset({shape.version} | halves_of_it), frozenset(pairs), frozenset(features))


def _nothing(version: str) -> Claims:
    return Claims(frozenset({version}), frozenset())


def _expectation(wanted: Deserved) -> Expectation:
    if wanted.kind == ACCEPTED:
        return Expectation("accepted")
    if wanted.kind == EITHER:
        return Expectation("accepted-or-refused")
    if not wanted.messages:
        return Expectation("refused", any_refusal=True)
    return Expectation("refused", message=wanted.messages[0], alternatives=wanted.messages[1:])


def _plain(asked: Message) -> Message:
    """The request with its text as UTF-8, so that it can be read: what the server made of it is another matter."""
    body = asked.body or b""
    if not is_wide(body):
        return asked
    try:
        text = body.decode("utf-16")
    except UnicodeDecodeError:
        return asked
    # The declaration names the encoding that is gone now.
    text = re.sub(r"\A\ufeff?\s*<\?xml[^>]*?\?>", "", text)
    return replace(asked, body=text.strip().encode("utf-8", "surrogatepass")).noted("the request is UTF-16")


def _request(asked: Message, came: Message, places: tuple[str, str]) -> Cpix | None:
    """The request document; None where what was sent is none, which a right server refuses."""
    try:
        return read(asked.body or b"")
    except DecodeError as error:
        if asked.as_sent and (asked.body or asked.method == "POST"):
            return None
        if not asked.as_sent and _is_request(came.body or b""):
            sentence = (
                "the request is not a CPIX document, and the answer is one without keys: they look swapped; swap them"
            )
            raise DataError(places[0], sentence) from None
        if asked.as_sent:
            why = (
                f"this looks like a {asked.method or 'request'} without a body, which asks for no keys; choose another"
            )
            raise DataError(places[0], why) from None
        raise DataError(places[0], f"the file holds no CPIX document: {error}; give what was sent") from None


def _is_request(body: bytes) -> bool:
    try:
        return not any(key.plain_values or key.encrypted for key in read(body).content_keys)
    except DecodeError:
        return False


def _version(asked: Message, document: Cpix | None) -> str:
    named = header_values(asked.headers or (), SPEKE_VERSION)
    if named and named[0] in VERSIONS:
        return named[0]
    written = document.version if document is not None else None
    # A request without a version that exists is refused under either, by the same rules.
    return next((version for version, cpix in CPIX_VERSION.items() if cpix == written), VERSIONS[0])


def _usual(version: str) -> tuple[tuple[str, str], ...]:
    """The headers of a request of which only the body was kept."""
    return (("Content-Type", "application/xml"), ("X-Speke-Version", version), ("Accept", "*/*"))


def _answer(came: Message, wanted: Deserved) -> HttpAnswer:
    body = came.body or b""
    status = came.status or (ASSUMED_REFUSAL if _is_refusal(body, wanted) else ASSUMED_SUCCESS)
    if came.headers is None:
        return WithoutHeaders(status, (), body, came.reason, came.http_version)
    return HttpAnswer(status, came.headers, body, came.reason, came.http_version)


def _is_refusal(body: bytes, wanted: Deserved) -> bool:
    """Whether an answer of unknown status reads as a refusal: words where no document is due, or a standard message."""
    if begins_as_xml(body) and b"CPIX" in body[:4096]:
        return False
    text = body.decode("utf-8", "replace")
    if any(message.stem.strip() in text for message in load_catalogue().messages.values()):
        return True
    return wanted.kind != ACCEPTED and bool(body.strip())


def _receivers(request: Cpix, path: Path | None) -> Mapping[str, Receiver]:
    """The recipients of the request by a name of ours; the one whose private key was given comes first."""
    private = _private_key(path) if path is not None else None
    mine = private.public_key().public_numbers() if private is not None else None
    found: dict[str, Receiver] = {}
    for number, certificate in enumerate(certificates(request), 1):
        name = f"recipient {number}"
        if mine is not None and _numbers(certificate) == mine:
            found = {name: Receiver(name, private, certificate), **found}
            mine = None
        else:
            found[name] = Receiver(name, None, certificate)
    if mine is not None:
        raise DataError(str(path), "the private key fits no certificate of the request's DeliveryData")
    return found


def _numbers(certificate: bytes) -> rsa.RSAPublicNumbers | None:
    try:
        public = x509.load_der_x509_certificate(certificate).public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None
    return public.public_numbers() if isinstance(public, rsa.RSAPublicKey) else None


def _private_key(path: Path) -> rsa.RSAPrivateKey:
    def refuse(why: str) -> NoReturn:
        raise DataError(str(path), f"this is not an RSA private key in PEM without a password{why}") from None

    try:
        key = serialization.load_pem_private_key(read_bytes(path), password=None)
    except TypeError:
        refuse(" (it has one)")
    except (ValueError, UnsupportedAlgorithm):
        refuse("")
    if not isinstance(key, rsa.RSAPrivateKey):
        refuse("")
    return key


def certificates(request: Cpix) -> list[bytes]:
    """The certificates of the request's recipients, DER."""
    found = []
    for element in request.element.iter("{http://www.w3.org/2000/09/xmldsig#}X509Certificate"):
        try:
            found.append(base64.b64decode("".join((element.text or "").split()), validate=True))
        except binascii.Error:
            continue
    return found
