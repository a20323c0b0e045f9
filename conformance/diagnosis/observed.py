"""What a diagnosis looks at: results that are not as they should be, and what is known of their steps."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from conformance.catalogue import load_catalogue
from conformance.judge import Judgement
from conformance.model import Verdict
from conformance.model.headers import SPEKE_VERSION, header_values
from conformance.recording.records import Body
from conformance.results.index import ResultsIndex

StepName = tuple[str, str]
"""Case and step."""


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What was sent at a step and what came of it."""

    exchange: Hashable
    """The same for all steps that one exchange answers."""
    expected: str = ""
    """accepted, refused, free, …"""
    due: tuple[str, ...] = ()
    """Names of the standard messages that are due."""
    defect: str = ""
    status: int = 0
    """Of the answer; 0 where none came."""
    media_type: str = ""
    shared: bool = False
    """Whether a request that asks for something else was answered with the same document, to the byte."""


@dataclass(frozen=True)
class Observed:
    """The results that a diagnosis has to explain, in the order of the run, and the steps of the whole run."""

    results: Sequence[Judgement]
    steps: Mapping[StepName, StepFacts]

    def facts(self, result: Judgement) -> StepFacts:
        """What is known of the step of a result."""
        return self.steps.get((result.case, result.step)) or StepFacts((result.case, result.step))

    @cached_property
    def failed(self) -> frozenset[str]:
        """Checks that were asked and failed somewhere."""
        return frozenset(one.check for one in self.results if one.verdict is not Verdict.UNTESTABLE)

    @cached_property
    def only_shared(self) -> frozenset[str]:
        """Checks that fail nowhere but where the answer is shared: at no answer that was made for its request."""
        return self.failed - {
            one.check for one in self.results if one.verdict is not Verdict.UNTESTABLE and not self.facts(one).shared
        }

    def asked(self, expected: str) -> int:
        """How many steps of the run expected this."""
        return sum(one.expected == expected for one in self.steps.values())


def observed(reading: ResultsIndex, *verdicts: str) -> Observed:
    """What a result document holds of it; results with one of the verdicts are to be explained."""
    steps: dict[StepName, StepFacts] = {}
    shared = shared_answers(
        (name, (version_asked(record.request.headers), _identity(record.request.body)), _identity(record.answer.body))
        for name, record in reading.exchanges.items()
        if record.answer is not None and record.summary.state == "answered" and not record.summary.note
    )
    names = {message.shown: message.name for message in load_catalogue().messages.values()}
    for (case, step), record in reading.steps.items():
        exchange = reading.exchanges.get(record.exchange)
        answer = exchange.answer if exchange is not None else None
        media = next(iter(header_values(answer.headers if answer else (), "Content-Type")), "")
        steps[case, step] = StepFacts(
            record.exchange or (case, step),
            record.expect.kind,
            tuple(names.get(text, text) for text in record.expect.messages),
            record.defect,
            answer.status if answer else 0,
            media,
            record.exchange in shared,
        )
    return Observed(list(reading.of_verdict(*verdicts)), steps)


def shared_answers(exchanges: Iterable[tuple[Hashable, Hashable, Hashable]]) -> set[Hashable]:
    """Of exchanges, each a name, a request and an answer, those whose answer another request was given as well."""
    found: dict[Hashable, dict[Hashable, list[Hashable]]] = {}
    for name, request, answer in exchanges:
        if answer:
            found.setdefault(answer, {}).setdefault(request, []).append(name)
    return {name for requests in found.values() if len(requests) > 1 for names in requests.values() for name in names}


def version_asked(headers: Iterable[tuple[str, str]]) -> str:
    """The value of X-Speke-Version, which asks for something as the body does."""
    return next(iter(header_values(headers, SPEKE_VERSION)), "")


def _identity(body: Body) -> str:
    """What tells bodies apart; empty where there is none."""
    return body.sha256 or body.text
