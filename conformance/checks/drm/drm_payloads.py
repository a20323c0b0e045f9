"""The DRM signalling of an answer, decoded once: every DRMSystem with its payloads, for checks to ask about.

A payload that cannot be decoded is one finding of the check that asks whether it can; for every other question it is
a reason why the question could not be asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, Generic, TypeVar
from uuid import UUID

from conformance.catalogue import load_catalogue
from conformance.checks.context import Context
from conformance.checks.registry import NotApplicable, Untestable
from conformance.checks.shape import Shape
from conformance.cpix import b64
from conformance.cpix.errors import DecodeError
from conformance.cpix.reader import DrmSystem, Value, uuid_of
from conformance.model import Finding

T = TypeVar("T")
S = TypeVar("S")

PSSH, PROTECTION, HLS, SMOOTH = "PSSH", "ContentProtectionData", "HLSSignalingData", "Smooth protection header"

COMMON_SCHEME = {"SAMPLE-AES": "cbcs", "SAMPLE-AES-CTR": "cenc", "AES-128": "cbc1"}
"""HLS method as the scheme of a SPEKE 2.1 request -> the scheme of common encryption that does the same."""


@dataclass(frozen=True, slots=True, eq=False)
class SystemSignalling:
    """One DRMSystem that was asked for and answered, with the key it speaks of."""

    system: str
    """Name of the DRM system in the catalogue, or the text of an unknown system id."""
    title: str
    asked: DrmSystem
    answered: DrmSystem
    kid: UUID | None
    """The KID that the payloads have to name: the answered one of the key (after KID override)."""
    scheme: str
    """The scheme that was asked for, as a scheme of common encryption."""

    @property
    def name(self) -> str:
        """System and KID, for sentences."""
        return f"{self.title}, KID {self.kid or self.answered.kid}"


@dataclass(frozen=True, slots=True, eq=False)
class DecodedValue(Generic[T]):
    """One value that was read from a payload, and where it stands."""

    signal: SystemSignalling
    node: Value
    value: T
    part: str = ""
    """What of the payload it is, for people."""
    carrier: str = ""
    """Where inside the element the payload stands, for people; empty where it is the element's own text."""
    also: tuple[DecodedValue[Any], ...] = ()
    """The same payload elsewhere in the DRMSystem, each as what was seen there."""
    outer: DecodedValue[Any] | None = None
    """What it was read from."""

    @property
    def kid(self) -> UUID:
        """The KID that the payload has to name; Untestable where the DRMSystem has none."""
        if self.signal.kid is None:
            raise Untestable(f"the DRMSystem at {self.signal.answered.where} names no KID")
        return self.signal.kid

    @property
    def place(self) -> str:
        """The carrier inside the DRMSystem, in short."""
        element = self.node.where.rpartition("/")[2]
        return f"{element}, {self.carrier}" if self.carrier else element

    def finding(self, expected: str, seen: str, hint: str = "") -> Finding:
        """What there is to say against this value."""
        parts = ", ".join(part for part in (self.signal.name, self.carrier, self.part) if part)
        also = f"; the same in {', in '.join(one.place for one in self.also)}" if self.also else ""
        return Finding(f"{self.node.where} ({parts}{also})", expected, seen, hint)

    def inner(self, value: S, part: str) -> DecodedValue[S]:
        """A value inside this one."""
        return DecodedValue(self.signal, self.node, value, part, self.carrier, self.also, self)


@dataclass(frozen=True, slots=True)
class DecodedValues(Generic[T]):
    """Everything of one kind in an answer: what could be read, what not and why, and how to call its absence."""

    items: tuple[DecodedValue[T], ...]
    failures: tuple[DecodedValue[DecodeError], ...] = ()
    what: str = "payload"


Source = Callable[[Context], DecodedValues[T]]


BOX_CARRIERS = ("pssh", "content-protection", "hls")
"""Placeholders in which a pssh box can come back: alone, as cenc:pssh, and in the data URI of a key tag."""
OBJECT_CARRIERS = (*BOX_CARRIERS, "smooth")
"""Placeholders in which a PlayReady object can come back, in a box or alone."""


def asks(system: str = "", *signalling: str) -> Callable[[Shape], bool]:
    """Applies where that DRM system (any, if empty) and one of those placeholders are asked for."""

    def applies(shape: Shape) -> bool:
        return (not system or system in shape.systems) and (not signalling or bool(shape.signalling & {*signalling}))

    return applies


PayloadRule = Callable[[Context, DecodedValue[T]], Iterable[Finding]]


def of_each(source: Source[T]) -> Callable[[PayloadRule[T]], Callable[[Context], Iterable[Finding]]]:
    """Turn a check of one value into a check of all values of an answer.

    The check is not applicable where there is no value, and untestable where nothing is found but some payload could
    not be decoded. The question may raise either itself for the value at hand.
    """

    def decorate(question: PayloadRule[T]) -> Callable[[Context], Iterable[Finding]]:
        @wraps(question)
        def ask(context: Context) -> Iterable[Finding]:
            gathered = source(context)
            findings: list[Finding] = []
            unasked = [unreadable(failure) for failure in gathered.failures]
            absent = f"the answer holds no {gathered.what}"
            asked = 0
            for item in gathered.items:
                try:
                    findings.extend(question(context, item))
                    asked += 1
                except NotApplicable as reason:
                    absent = str(reason)
                except Untestable as reason:
                    unasked.append(str(reason))
            if not findings and unasked:
                raise Untestable(unasked[0])
            if not findings and not asked:
                raise NotApplicable(absent)
            return findings

        return ask

    return decorate


def undecodable(gathered: DecodedValues[Any], expected: str, mine: Callable[[str], bool]) -> Iterator[Finding]:
    """One finding for each payload whose decoding failed with a code of ours; other failures leave it untested."""
    if not gathered.items and not gathered.failures:
        raise NotApplicable(f"the answer holds no {gathered.what}")
    ours = [failure for failure in gathered.failures if mine(failure.value.code)]
    if gathered.failures and not ours:
        raise Untestable(unreadable(gathered.failures[0]))
    for failure in ours:
        error = failure.value
        belongs = f"What belongs at that place: {error.expected}." if error.expected else ""
        yield failure.finding(expected, _sentence(error), belongs)


def _sentence(error: DecodeError) -> str:
    return error.message + (f" (found: {error.found})" if error.found and error.found not in error.message else "")


def unreadable(failure: DecodedValue[DecodeError]) -> str:
    """Why a payload could not be looked into."""
    parts = ", ".join(part for part in (failure.carrier, failure.part) if part)
    return f"the payload at {failure.node.where}{f' ({parts})' if parts else ''} cannot be read: {failure.value}"


# --- the sources ----------------------------------------------------------------------------------------------------


def signals(ctx: Context) -> tuple[SystemSignalling, ...]:
    """Every DRMSystem that was asked for and answered, in the order of the request."""
    return ctx.memo("signals", lambda: tuple(_signals(ctx)))


def _signals(ctx: Context) -> Iterator[SystemSignalling]:
    catalogue = load_catalogue()
    pairs = ctx.pairs
    known = {str(system.system_id): system for system in catalogue.systems.values()}
    for pair in pairs.drm:
        if pair.answered is None:
            continue
        system_id = (pair.asked.system_id or "").lower()
        system = known.get(system_id)
        asked_kid = uuid_of(pair.asked.kid)
        kid = pairs.kid_map.get(asked_kid) if asked_kid else None
        scheme = (pair.key.asked.scheme if pair.key else None) or ""
        yield SystemSignalling(
            system=system.name if system else system_id,
            title=system.title if system else f"system {system_id}",
            asked=pair.asked,
            answered=pair.answered,
            kid=kid or uuid_of(pair.answered.kid),
            scheme=COMMON_SCHEME.get(scheme, scheme),
        )


def _values(drm: DrmSystem, kind: str) -> tuple[Value, ...]:
    return {PSSH: drm.pssh, PROTECTION: drm.content_protection, HLS: drm.hls, SMOOTH: drm.smooth}[kind]


MOST_PAYLOADS = 8
"""Payloads of one kind in one DRMSystem that are looked into; more than two are wrong, which another check says."""


def payloads(kind: str) -> Source[bytes]:
    """Every filled element of one kind, as bytes."""

    def source(ctx: Context) -> DecodedValues[bytes]:
        return ctx.memo(("payloads", kind), lambda: _payloads(ctx, kind))

    return source


def _payloads(ctx: Context, kind: str) -> DecodedValues[bytes]:
    items, failures = [], []
    for signal in signals(ctx):
        for node in _values(signal.answered, kind)[:MOST_PAYLOADS]:
            if node.text:
                try:
                    items.append(DecodedValue(signal, node, b64.decode(node.text).data))
                except DecodeError as error:
                    failures.append(DecodedValue(signal, node, error))
    return DecodedValues(tuple(items), tuple(failures), f"filled {kind}")


def derived(source: Source[S], read: Callable[[DecodedValue[S]], T], what: str, part: str = "") -> Source[T]:
    """Everything that `read` makes of the values of another source."""

    def wanted(ctx: Context) -> DecodedValues[T]:
        return ctx.memo((what, part, source), lambda: _converted(source(ctx), read, what, part))

    return wanted


def _converted(
    gathered: DecodedValues[S], read: Callable[[DecodedValue[S]], T], what: str, part: str
) -> DecodedValues[T]:
    items, failures = [], list(gathered.failures)
    for item in gathered.items:
        try:
            items.append(item.inner(read(item), part or item.part))
        except DecodeError as error:
            failures.append(item.inner(error, part or item.part))
    return DecodedValues(tuple(items), tuple(failures), what)


def only(source: Source[T], wanted: Callable[[DecodedValue[T]], bool], what: str) -> Source[T]:
    """The values of another source that fit."""

    def narrowed(ctx: Context) -> DecodedValues[T]:
        return ctx.memo(("only", what, source), lambda: _narrow(source(ctx)))

    def _narrow(gathered: DecodedValues[T]) -> DecodedValues[T]:
        return DecodedValues(tuple(item for item in gathered.items if wanted(item)), gathered.failures, what)

    return narrowed


def of_system(source: Source[T], *systems: str) -> Source[T]:
    """The values of another source that belong to one of these DRM systems."""

    def narrowed(ctx: Context) -> DecodedValues[T]:
        return ctx.memo(("system", systems, source), lambda: _narrow(source(ctx)))

    def _narrow(gathered: DecodedValues[T]) -> DecodedValues[T]:
        return DecodedValues(
            tuple(item for item in gathered.items if item.signal.system in systems),
            tuple(item for item in gathered.failures if item.signal.system in systems),
            gathered.what,
        )

    return narrowed


Parts = Callable[[DecodedValue[S]], Iterable[tuple[str, T | DecodeError]]]
"""What a value holds: each with its place in it."""


def spread(source: Source[S], parts: Parts[S, T], what: str) -> Source[T]:
    """All values inside those of another source, each with its place in them; what cannot be read is a DecodeError."""

    def wanted(ctx: Context) -> DecodedValues[T]:
        return ctx.memo((what, source, parts), lambda: _spread(source(ctx), parts, what))

    return wanted


def _spread(gathered: DecodedValues[S], parts: Parts[S, T], what: str) -> DecodedValues[T]:
    items: list[DecodedValue[T]] = []
    failures = list(gathered.failures)
    for item in gathered.items:
        for place, value in parts(item):
            carrier = ", ".join(one for one in (item.carrier, place) if one)
            inside = replace(item.inner(value, item.part), carrier=carrier)
            if isinstance(value, DecodeError):
                failures.append(inside)  # type: ignore[arg-type]
            else:
                items.append(inside)  # type: ignore[arg-type]
    return DecodedValues(tuple(items), tuple(failures), what)


def together(what: str, *sources: Source[bytes]) -> Source[bytes]:
    """The payloads of several sources; what a DRMSystem holds in several places is one, and names them all.

    What cannot be read on the way to a payload has checks of its own. It counts here only where the DRMSystem holds
    no other payload of this kind: with one, there is something to ask about.
    """

    def wanted(ctx: Context) -> DecodedValues[bytes]:
        return ctx.memo(("together", what, sources), lambda: _together([source(ctx) for source in sources], what))

    return wanted


def _together(parts: Sequence[DecodedValues[bytes]], what: str) -> DecodedValues[bytes]:
    items: dict[tuple[int, bytes], DecodedValue[bytes]] = {}
    for item in (item for part in parts for item in part.items):
        name = (id(item.signal), item.value)
        first = items.get(name)
        items[name] = item if first is None else replace(first, also=(*first.also, item, *item.also))
    served = {signal for signal, _ in items}
    failures = [failure for part in parts for failure in part.failures if id(failure.signal) not in served]
    return DecodedValues(tuple(items.values()), tuple(failures), what)


def beside(ctx: Context, item: DecodedValue[Any], source: Source[T]) -> DecodedValue[T]:
    """The first value of another source in the same DRMSystem; NotApplicable where there is none."""
    gathered = source(ctx)
    for other in gathered.items:
        if other.signal is item.signal:
            return other
    for failure in gathered.failures:
        if failure.signal is item.signal:
            raise Untestable(unreadable(failure))
    raise NotApplicable(f"the DRMSystem holds no {gathered.what} to compare with")


def byte_order_hint(kid: UUID, seen: Iterable[UUID]) -> str:
    """Says so where the KID is there with its first three fields in the other byte order."""
    if UUID(bytes=kid.bytes_le) in seen:
        return "the bytes of the KID are in the wrong order: its first three fields are reversed"
    return ""


def listing(kids: Iterable[object]) -> str:
    """A few values for a sentence."""
    shown = [str(kid) for kid in kids]
    return ", ".join(shown[:4]) + (f" and {len(shown) - 4} more" if len(shown) > 4 else "") or "none"


def kid_listing(ctx: Context, kids: Iterable[UUID | None]) -> str:
    """KIDs for a sentence, each with whose it is; what is a content key in the place of a KID is not spelled out."""
    secret = ctx.memo("keys as UUIDs", lambda: frozenset(_as_uuids(ctx)))
    owners = ctx.memo("owners of KIDs", lambda: _owners(ctx))
    return listing(
        "a content key" if kid in secret else f"{kid} ({owners.get(kid, 'of no key of this answer')})" for kid in kids
    )


def _owners(ctx: Context) -> Mapping[UUID | None, str]:
    named: dict[UUID | None, str] = {}
    for pair in ctx.pairs.keys:
        if pair.answered is not None:
            named[uuid_of(pair.asked.kid)] = "as the request has it; the answer has another KID for that key"
    keys = enumerate(ctx.document.content_keys, 1)
    return named | {uuid_of(key.kid): f"of ContentKey {nth}" for nth, key in keys}


def _as_uuids(ctx: Context) -> Iterator[UUID]:
    for key in ctx.keys.values():
        if len(key) == 16:
            yield from (UUID(bytes=key), UUID(bytes_le=key))
