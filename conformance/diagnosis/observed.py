"""What a diagnosis looks at: results that are not as they should be, and what is known of their steps."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from conformance.catalogue import load_catalogue
from conformance.judge import Judgement
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


@dataclass(frozen=True, slots=True)
class Observed:
    """The results that a diagnosis has to explain, in the order of the run, and the steps of the whole run."""

    results: Sequence[Judgement]
    steps: Mapping[StepName, StepFacts]

    def facts(self, result: Judgement) -> StepFacts:
        """What is known of the step of a result."""
        return self.steps.get((result.case, result.step)) or StepFacts((result.case, result.step))

    def asked(self, expected: str) -> int:
        """How many steps of the run expected this."""
        return sum(one.expected == expected for one in self.steps.values())


def observed(reading: ResultsIndex, *verdicts: str) -> Observed:
    """What a result document holds of it; results with one of the verdicts are to be explained."""
    steps: dict[StepName, StepFacts] = {}
    names = {message.shown: message.name for message in load_catalogue().messages.values()}
    for (case, step), record in reading.steps.items():
        exchange = reading.exchanges.get(record.exchange)
        answer = exchange.answer if exchange is not None else None
        media = next((value for name, value in answer.headers if name.lower() == "content-type"), "") if answer else ""
        steps[case, step] = StepFacts(
            record.exchange or (case, step),
            record.expect.kind,
            tuple(names.get(text, text) for text in record.expect.messages),
            record.defect,
            answer.status if answer else 0,
            media,
        )
    return Observed(list(reading.of_verdict(*verdicts)), steps)
