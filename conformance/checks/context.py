"""What a check sees: one exchange with its request, its answer read once, and the earlier steps of the case."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from conformance.checks.needs import Need, Untestable
from conformance.checks.shape import Shape, of_request
from conformance.cpix import b64
from conformance.cpix.align import Alignment, align
from conformance.cpix.encryption import Opened, open_document
from conformance.cpix.errors import DecodeError
from conformance.cpix.reader import ContentKey, Cpix, read, uuid_of
from conformance.model import CPIX_VERSION, Case, Claims, Exchange, Expectation, HttpAnswer, Quoted, Step, quoted
from conformance.model.headers import SPEKE_VERSION, header_values
from conformance.model.quoted import BEYOND

T = TypeVar("T")

EXCERPT = 120
"""Characters of a body that stand in a sentence."""

SAYS_NOTHING = frozenset({429, 503, 504})
"""Statuses that speak of the server's state and not of the document."""

GATEWAY = frozenset({401, 403, 502})
"""Statuses that a gateway in front of the key server gives; they count only where the controls do not get them too."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """One of the run's own recipients of encrypted keys; lives in memory only."""

    name: str
    private_key: RSAPrivateKey | None
    """None where it is somebody else's: what shows from outside can be checked anyway."""
    certificate: bytes
    """DER."""


class Context:
    """One step's exchange, as checks see it. Everything is read lazily, once, and never changes."""

    closed = ""
    """Why encrypted keys cannot be read although nothing may be wrong with them, in a clause; empty where they can."""

    def __init__(
        self,
        case: Case,
        step: Step,
        exchange: Exchange,
        *,
        claims: Claims,
        earlier: Mapping[str, Context] | None = None,
        receivers: Mapping[str, Receiver] | None = None,
    ) -> None:
        self.case = case
        self.step = step
        self.exchange = exchange
        self.claims = claims
        self.earlier: Mapping[str, Context] = earlier or {}
        self.receivers = receivers or {}
        self._memo: dict[Hashable, object] = {}

    def again(self, exchange: Exchange, earlier: Mapping[str, Context]) -> Context:
        """The same step with another exchange or after other steps; what was read of the same request is kept."""
        other = Context(self.case, self.step, exchange, claims=self.claims, earlier=earlier, receivers=self.receivers)
        if exchange.request == self.exchange.request:
            other._memo = {
                key: self._memo[key] for key in ("request", "shape", "version", "asked-for") if key in self._memo
            }
        return other

    # --- what was asked

    @property
    def version(self) -> str:
        """The SPEKE version that the request names, in its header or else by its CPIX@version."""
        return self.memo("version", self._version)

    def _version(self) -> str:
        named = [value.strip() for value in header_values(self.exchange.request.headers, SPEKE_VERSION)]
        if len(named) == 1 and named[0] in CPIX_VERSION:
            return named[0]
        written = self.request.version if self.request_readable else None
        return next((speke for speke, cpix in CPIX_VERSION.items() if cpix == written), self.step.plan.version)

    @property
    def expect(self) -> Expectation:
        """What a right server does with the request."""
        return self.step.expect

    @property
    def request(self) -> Cpix:
        """The request document as it was sent; Untestable where the request is not a CPIX document."""
        found = self._request()
        if isinstance(found, DecodeError):
            raise Untestable(f"the request of this step is not a CPIX document ({found})")
        return found

    def _request(self) -> Cpix | DecodeError:
        return self.memo("request", lambda: _read(self.exchange.request.body))

    @property
    def request_readable(self) -> bool:
        """Whether the request is a CPIX document."""
        return not isinstance(self._request(), DecodeError)

    @property
    def shape(self) -> Shape:
        """The coarse shape of the request."""
        return self.memo("shape", lambda: of_request(self.request, self.version))

    @property
    def ordinary(self) -> bool:
        """Whether a key request was sent where and as an encryptor sends it: not without credentials, no player's."""
        plan = self.step.plan
        return plan.credentials == "configured" and plan.transport == "configured" and not plan.follow

    @property
    def openable(self) -> bool:
        """Whether the run can decrypt what was encrypted for the recipients of the request."""
        return all(recipient.name in self.receivers for recipient in self.step.plan.recipients)

    # --- what came

    @property
    def answer(self) -> HttpAnswer:
        """The complete HTTP answer; Untestable where there is none."""
        if self.exchange.answer is None:
            raise Untestable(self.failure_sentence)
        return self.exchange.answer

    @property
    def failure_sentence(self) -> str:
        """Why the exchange has no answer."""
        failure = self.exchange.failure
        return f"{quoted(failure.message)}" if failure else "the exchange did not complete"

    @property
    def accepted(self) -> bool:
        """Whether the answer is a 200."""
        return self.exchange.answer is not None and self.exchange.answer.status == 200

    @property
    def refused(self) -> bool:
        """Whether the answer is a 4xx or 5xx."""
        return self.exchange.answer is not None and 400 <= self.exchange.answer.status <= 599

    @property
    def text(self) -> Quoted:
        """The body as text, undecodable bytes replaced (for looking at error bodies)."""
        return self.memo("text", lambda: quoted(self.answer.body.decode("utf-8", errors="replace")))

    @property
    def document_error(self) -> DecodeError | None:
        """What is wrong with the answer's body as a CPIX document; None where it can be read."""
        found = self._document()
        return found if isinstance(found, DecodeError) else None

    @property
    def document(self) -> Cpix:
        """The answered CPIX document; Untestable where there is none."""
        found = self._document()
        if isinstance(found, DecodeError):
            raise Untestable(f"the answer holds no CPIX document: {found}")
        return found

    def _document(self) -> Cpix | DecodeError:
        return self.memo("document", lambda: _read(self.answer.body))

    @property
    def pairs(self) -> Alignment:
        """What was asked, paired with what was answered (KID override taken into account)."""
        return self.memo("pairs", lambda: align(self.request, self.document))

    @property
    def opened(self) -> Opened | None:
        """The answer's keys unwrapped with the first of the step's recipients; None without key encryption."""
        if not self.step.plan.recipients:
            return None
        name = self.step.plan.recipients[0].name
        return self.opened_by(name)

    def opened_by(self, name: str) -> Opened:
        """The answer's keys unwrapped with the recipient of that name."""
        receiver = self.receivers.get(name)
        if receiver is None:
            raise Untestable(f"the run has no private key for the recipient {name}")
        return self.memo(
            ("opened", name), lambda: open_document(self.document, receiver.private_key, receiver.certificate)
        )

    @property
    def keys(self) -> Mapping[UUID, bytes]:
        """Answered KID -> content key, for every key that can be read; clear or decrypted."""
        return self.memo("keys", self._keys)

    def _keys(self) -> Mapping[UUID, bytes]:
        found: dict[UUID, bytes] = {}
        if self.opened is not None:
            found.update(self.opened.keys)
        for key in self.document.content_keys:
            kid, value = uuid_of(key.kid), key_bytes(key)
            if kid is not None and value is not None:
                found.setdefault(kid, value)
        return found

    def insist_on_all_keys(self) -> None:
        """Raise Untestable where a key was decrypted and what came out need not be the key."""
        if self.opened is not None:
            for kid, reason in self.opened.doubted.items():
                if kid not in self.keys:
                    raise Untestable(f"the content key of KID {kid} is not judged: {reason}")

    def key_asked(self, kid: UUID) -> bytes | None:
        """The content key answered for a KID that was asked for (after KID override)."""
        return self.keys.get(self.pairs.kid_map.get(kid, kid))

    # --- the rest of the story

    def before(self, step: str) -> Context:
        """An earlier step of the case; Untestable where it is not there."""
        if step not in self.earlier:
            raise Untestable(f"the step {step} that this check compares with was not sent")
        return self.earlier[step]

    def missing_for(self, need: Need) -> str | None:
        """Why the exchange does not have what a question needs, in a sentence; None where it does."""
        return self.memo(("missing", need), lambda: self._missing_for(need))

    def _missing_for(self, need: Need) -> str | None:
        if need is Need.EXCHANGE:
            return None
        answer = self.exchange.answer
        if answer is None:
            return self.failure_sentence
        if answer.status in SAYS_NOTHING and not self._holds_a_message():
            return f"the server answered {answer.status}, which says nothing about the document"
        if need is Need.ANSWER:
            return None
        if need is Need.REFUSAL:
            return None if self.refused else f"the server answered {answer.status}, which is not a refusal"
        if answer.status != 200:
            return f"the server answered {answer.status} instead of 200: {self.excerpt}"
        if need >= Need.DOCUMENT and self.document_error is not None:
            return f"the answer holds no CPIX document: {self.document_error}"
        if need >= Need.KEYS and not self.keys:
            if self.closed:
                return self.closed
            doubted = self.opened.doubted if self.opened is not None else {}
            reason = next((f": {reason}" for reason in doubted.values()), "")
            return f"no content key of the answer can be read{reason}"
        return None

    def _holds_a_message(self) -> bool:
        from conformance.catalogue import load_catalogue

        return any(one.text.partition("{")[0].strip() in self.text for one in load_catalogue().messages.values())

    @property
    def excerpt(self) -> Quoted:
        """The start of the body, on one line, for sentences; a document is only named: its record is written again."""
        return self.memo("excerpt", self._excerpt)

    def _excerpt(self) -> Quoted:
        return quoted("a CPIX document") if self.document_error is None else excerpt_of(self.text.raw)

    def memo(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value made once per exchange."""
        if key not in self._memo:
            self._memo[key] = make()
        return self._memo[key]  # type: ignore[return-value]


def key_bytes(key: ContentKey) -> bytes | None:
    """The clear value of a content key, whatever its length; None where it is absent or not base64."""
    text = key.plain_value
    if text is None:
        return None
    try:
        return b64.decode(text).data or None
    except DecodeError:
        return None


def excerpt_of(text: str) -> Quoted:
    """The start of what somebody else wrote, on one line and in quotation marks."""
    line = " ".join(text[: 4 * (EXCERPT + BEYOND)].split())
    return quoted(line, most=EXCERPT, literal=True)


def _read(body: bytes) -> Cpix | DecodeError:
    try:
        return read(body)
    except DecodeError as error:
        # What is wrong with a body that is no document is told in words of that body.
        texts = (str(quoted(text)) if text else "" for text in (error.message, error.expected, error.found))
        message, expected, found = texts
        return DecodeError(error.code, message, offset=error.offset, expected=expected, found=found)
