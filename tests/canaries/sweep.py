"""Plants each notation in each place, asks every check, and looks through all that is kept of it."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from conformance import refserver
from conformance.cases import load_cases
from conformance.cases.certificates import KeyRing
from conformance.cases.features import everything
from conformance.cases.identity import Seed
from conformance.checks import load_checks
from conformance.checks.context import Context
from conformance.model import Case, Exchange, HttpAnswer, HttpRequest, Step
from conformance.recording.exchange_record import Recorder
from conformance.redaction.redactor import Redactor
from conformance.run.asking import answers_at
from conformance.run.built_in import built_in_config
from conformance.run.profile import load_profile
from conformance.run.runner import RunContext, Runner
from tests.canaries.places import DOCUMENT, PROSE, Answer, Spoil, Unwritable
from tests.canaries.spoils import aligned
from tests.canaries.written import NOTATIONS, traces

_PLAIN = re.compile(r"(PlainValue[^>]*>)[^<]+")
_PART = 6
"""Bytes of a key that no text has by chance."""

STRIDE = 12
"""Of the tests: every notation at some places, every place in some notations."""
NEEDED = ("VideoFilter", "explicitIV=", "commonEncryptionScheme=", "</cpix:PSSH>", "</cpix:HLSSignalingData>")
"""What an answer has that all places are in."""
URL = "http://127.0.0.1/speke"


@dataclass(frozen=True)
class Sighting:
    """A planted key that shows: where it was planted, how it was written, and what shows of it."""

    place: str
    notation: str
    shown: str


class _Server:
    """The reference server as a function."""

    def send(self, request: HttpRequest) -> Exchange:
        made = refserver.answer(
            refserver.HttpRequest(request.method, "/speke", request.headers, request.body),
            built_in_config(load_profile("reference")),
        )
        return Exchange(request, HttpAnswer(made.status, made.headers, made.body), started="2026-01-01T00:00:00Z")


@lru_cache(maxsize=1)
def scenes() -> tuple[Context, Context]:
    """A small request that is accepted, and one that is refused with a standard message."""
    library = load_cases(load_checks())
    runner = Runner(RunContext(URL, _Server(), Seed("canary"), everything(), KeyRing()), library)

    def first(kind: str) -> Context:
        steps: list[tuple[Case, Step]] = [
            (case, step) for case in library for step in case.steps if step.expect.kind == kind
        ]
        for case, step in steps:
            found = runner.performed(case, step)
            if isinstance(found, Context) and (found.refused if kind == "refused" else found.accepted):
                body = found.answer.body.decode()
                if (kind == "refused" and found.expect.message) or all(part in body for part in NEEDED):
                    return found
        raise AssertionError(f"no case is {kind}")

    return first("accepted"), first("refused")


def canary(*of: str) -> bytes:
    """A key for one planting: nobody else has it, and each run has the same.

    Raw bytes that happen to be letters are a word like any other; each key has bytes that no text has.
    """
    return b"\x8f" + hashlib.sha256("|".join(of).encode()).digest()[:14] + b"\x02"


def kept_of(context: Context, answer: Answer) -> list[Any]:
    """All that a run keeps of a spoilt answer: its record and the results of every check."""
    redactor = Redactor(b"canary")
    recorder = Recorder(redactor)
    exchange = Exchange(
        context.exchange.request,
        HttpAnswer(answer.status, answer.headers, answer.body, answer.reason),
        started=context.exchange.started,
    )
    spoilt = context.again(exchange, context.earlier)
    recorder.observe(spoilt)
    results = [redactor.result(one) for one in answers_at(spoilt, context.case, context.step).spread()]
    assert "error" not in {str(one.state) for one in results}, [one for one in results if str(one.state) == "error"]
    return [recorder.exchanges, [(one.reason, one.findings) for one in results]]


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from (*strings(name), *strings(one))
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from strings(one)
    elif hasattr(value, "where"):
        yield from (value.where, value.expected, value.seen, value.hint)


def sweep(
    places: Mapping[str, Spoil], *, known: bool, stride: int = 1, planted: Counter[str] | None = None
) -> Iterator[Sighting]:
    """Every key that shows. A known one is a content key of the same answer as well.

    `stride` takes every so-many-th notation, other ones at each place; `planted` counts them by kind of place.
    """
    accepted, refused = scenes()
    for number, (place, spoil) in enumerate(places.items()):
        for notation, write in list(NOTATIONS.items())[number % stride :: stride]:
            key = canary(place, notation, str(known))
            text = write(key)
            try:
                spoil(Answer(200, (), accepted.answer.body), text)
            except Unwritable:
                continue
            if planted is not None:
                planted[kind_of(place)] += 1
            kept = [_spoilt(context, accepted, spoil, key, text, known=known) for context in (accepted, refused)]
            shown = "\n".join(strings(kept))
            looked = set(pieces(key, text))
            seen = next((one for one in sorted(looked) if one in shown), None)
            if seen is not None:
                yield Sighting(place, notation, seen)


def pieces(key: bytes, text: str) -> Iterator[str]:
    """What gives away that a key stands somewhere: parts of it as it was written, in base64 too, and of its bytes."""
    inside = (core.decode() for core in aligned(text.encode("utf-8", "surrogatepass")))
    for form in (text, " ".join(text.split()), *inside):
        yield from traces(form)
    for start in range(len(key) - _PART + 1):
        part = key[start : start + _PART]
        yield from (part.hex(), part.hex(" "), part.hex().upper())


def _spoilt(context: Context, good: Context, spoil: Spoil, key: bytes, text: str, *, known: bool) -> list[Any]:
    body = good.answer.body.decode()
    if known:
        body = _PLAIN.sub(lambda match: match[1] + NOTATIONS["base64"](key), body, count=1)
    return kept_of(context, spoil(Answer(200, good.answer.headers, body.encode()), text))


def kind_of(place: str) -> str:
    """The kind of place by which the table lists it."""
    return place.partition(":")[0]


def table(planted: Counter[str], known: list[Sighting], unknown: list[Sighting]) -> str:
    """How many of the planted keys show, by kind of place; as many were planted of either sort."""
    lines = ["| keys in | places | planted | known ones that show | unknown ones |", "|---|---|---|---|---|"]
    places = Counter(map(kind_of, (*PROSE, *DOCUMENT)))
    shown = [Counter(kind_of(one.place) for one in found) for found in (known, unknown)]
    for kind, number in places.items():
        lines.append(f"| {kind} | {number} | {planted[kind] // 2} | {shown[0][kind]} | {shown[1][kind]} |")
    return "\n".join(lines)
