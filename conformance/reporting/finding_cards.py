"""The findings of the qualification page: a card for each cause, with one worked example."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.diagnosis.cause import Cause, Diagnosis, Part
from conformance.diagnosis.diagnose import notes_by_check
from conformance.model import endpoint_of
from conformance.recording.records import ExchangeRecord
from conformance.reporting.exchange_files import script_with_body
from conformance.reporting.exchange_view import Change, minimal_pair, parts
from conformance.reporting.marked_body import MarkedLine, marked_answer, marked_body, shortened
from conformance.reporting.page_parts import control_of
from conformance.results.index import FailureView, ResultsIndex
from conformance.run.command import url_variable

BUDGET = 700_000
"""Characters of messages and scripts on all cards together; the later ones name the files instead."""

LONGEST_SCRIPT = 12_000

MOST_CARDS = 80
"""Cards of one kind; what is left is said, with how much it is."""


@dataclass(frozen=True, slots=True)
class PayloadTree:
    """The DRM payloads of one system, decoded: what each element holds, piece by piece."""

    system: str
    elements: tuple[tuple[str, str, tuple[str, ...]], ...]
    """(kind, for which keys, pieces)."""


@dataclass(frozen=True, slots=True)
class Example:
    """One result of a cause, worked out: both messages side by side, decoded payloads, a script."""

    pair: tuple[Change, ...] = ()
    request: tuple[MarkedLine, ...] = ()
    answer: tuple[MarkedLine, ...] = ()
    payloads: tuple[PayloadTree, ...] = ()
    script: str = ""
    files: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A cause as the page shows it."""

    number: int
    anchor: str
    cause: Cause
    explains: str
    failure: FailureView
    example: Example
    endpoint: str = ""
    """At which of several endpoints it shows; empty where it is all of them."""


@dataclass(frozen=True, slots=True)
class Cards:
    """All cards by kind, and how many causes and results had no room."""

    wrong: tuple[Card, ...]
    open: tuple[Card, ...]
    advice: tuple[Card, ...]
    notes: tuple[tuple[Part, FailureView], ...]
    left: int
    left_results: int

    def of(self, cause: Cause) -> Card | None:
        """The card of a cause; None where it had no room."""
        return next((one for one in (*self.wrong, *self.open, *self.advice) if one.cause is cause), None)


def finding_cards(reading: ResultsIndex, diagnosis: Diagnosis) -> Cards:
    """The cards in the order of the diagnosis."""
    writer = _Writer(reading, diagnosis)
    kinds = [
        diagnosis.of_verdict("FAIL", "ERROR", "KNOWN"),
        diagnosis.of_verdict("UNTESTABLE"),
        diagnosis.of_verdict("ADVISORY"),
    ]
    wrong, could_not_run, advice = (tuple(writer.card(cause) for cause in kind[:MOST_CARDS]) for kind in kinds)
    left = [cause for kind in kinds for cause in kind[MOST_CARDS:]]
    notes = tuple((part, reading.failure(part.example)) for part in notes_by_check(reading))
    return Cards(wrong, could_not_run, advice, notes, len(left), sum(cause.count for cause in left))


class _Writer:
    def __init__(self, reading: ResultsIndex, diagnosis: Diagnosis) -> None:
        self._reading, self._diagnosis = reading, diagnosis
        self._left = BUDGET
        self._anchors: dict[str, int] = {}
        self._number = 0

    def card(self, cause: Cause) -> Card:
        self._number += 1
        failure = self._reading.failure(cause.example)
        again = self._anchors[cause.id] = self._anchors.get(cause.id, 0) + 1
        anchor = f"{cause.id}-{again}" if again > 1 else cause.id
        explains, where = self._diagnosis.explains(cause), self._reading.where(cause.cases)
        return Card(self._number, anchor, cause, explains, failure, self._example(cause), where)

    def _example(self, cause: Cause) -> Example:
        reading = self._reading
        exchange = reading.exchange_of(cause.example)
        if exchange is None:
            return Example()
        twin = control_of(reading, cause.example.case, cause.example.step)
        pair = tuple(minimal_pair(reading.exchanges[twin], exchange)) if twin and twin != exchange.name else ()
        files = reading.paths[exchange.name]
        if self._left <= 0:
            return Example(pair, files=files)
        request = (
            MarkedLine(f"{exchange.request.method} {url_variable(endpoint_of(exchange.case))}"),
            *(MarkedLine(f"{name}: {value}") for name, value in exchange.request.headers if _telling(name)),
            MarkedLine(""),
            *marked_body(exchange.request.body, _asked_at(cause)),
        )
        made = Example(
            pair,
            tuple(shortened(request)),
            tuple(marked_answer(exchange.outcome, exchange.answer, cause.example.findings)),
            payload_trees(exchange),
            self._script(exchange),
            files,
        )
        self._left -= sum(len(line.text) for line in (*made.request, *made.answer)) + len(made.script)
        return made

    def _script(self, exchange: ExchangeRecord) -> str:
        text = script_with_body(exchange, self._reading.document.run.auth)
        return text if len(text) <= LONGEST_SCRIPT else ""


def _telling(header: str) -> bool:
    return header.lower() not in ("accept", "accept-encoding", "content-length", "user-agent")


def _asked_at(cause: Cause) -> list[str]:
    """Where the request has what the findings are about: the same place, as the answer is the request filled in."""
    return [finding.where for finding in cause.example.findings]


def payload_trees(exchange: ExchangeRecord) -> tuple[PayloadTree, ...]:
    """The payloads of an answer by DRM system."""
    found: dict[str, list[tuple[str, str, tuple[str, ...]]]] = {}
    for part in parts(exchange.summary)[:40]:
        found.setdefault(part.system, []).append((part.kind, part.keys, tuple(part.text.split(" · "))))
    return tuple(PayloadTree(system, tuple(elements)) for system, elements in found.items())
