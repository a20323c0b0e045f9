"""The results of a run as they are kept: what passed is one shared entry and a place in it, the rest stands alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from conformance.judge import Judgement, Rulebook, StepOutcome
from conformance.model import Case, ResultState, Verdict
from conformance.redaction.recorded import Clean
from conformance.results.document import Passed

Place = tuple[str, str]
"""(case, step)."""


class Judgements:
    """Takes results in, one by one; looked through, it yields all of them, those that passed last."""

    def __init__(self, judgements: Iterable[Judgement] = ()) -> None:
        self.results: list[Judgement] = []
        """What did not simply pass."""
        self.passes: list[Passed] = []
        self.passed: dict[Place, list[int]] = {}
        """(case, step) -> places in `passes`."""
        self._places: dict[tuple[str, str, tuple[str, ...], str, bool], int] = {}
        for one in judgements:
            self.add(one)

    def add(self, judgement: Judgement) -> None:
        """Take in a result."""
        if judgement.verdict is not Verdict.PASS:
            self.results.append(judgement)
            return
        # Within one run the grades follow from the requirements and the version.
        key = (judgement.check, judgement.version, judgement.requirements, judgement.reason, judgement.as_recorded)
        place = self._places.setdefault(key, len(self.passes))
        if place == len(self.passes):
            self.passes.append(
                Passed(
                    judgement.check,
                    judgement.version,
                    judgement.requirements,
                    judgement.requirement,
                    judgement.grades,
                    judgement.reason,
                    judgement.as_recorded,
                )
            )
        self.passed.setdefault((judgement.case, judgement.step), []).append(place)

    def add_step(self, step: StepOutcome, rulebook: Rulebook) -> None:
        """Take in what a step came to; what passed is counted without an object for each."""
        for one in step.judged:
            self.add(one)
        for group in step.alike:
            for named in group.checks:
                check, requirements = named
                place = self._places.get((check, group.version, requirements, group.reason, False))
                if place is not None and group.state is ResultState.ASKED:
                    self.passed.setdefault((step.case, step.step), []).append(place)
                else:
                    self.add(rulebook.alone(step, group, named))

    def __iter__(self) -> Iterator[Judgement]:
        yield from self.results
        yield from every_pass(self.passes, self.passed)

    def __len__(self) -> int:
        return len(self.results) + sum(map(len, self.passed.values()))

    def sort(self, cases: Iterable[Case]) -> None:
        """Bring the results into the order of the cases, whichever process was asked first."""
        order = {(case.name, step.id): at for at, (case, step) in enumerate((c, s) for c in cases for s in c.steps)}
        self.results.sort(key=lambda one: order.get((one.case, one.step), len(order)))

    @property
    def kinds(self) -> list[Judgement | Passed]:
        """Every result that did not simply pass, and each kind of pass once."""
        return [*self.passes, *self.results]

    @property
    def cases(self) -> set[str]:
        """The cases of which something was asked."""
        return {one.case for one in self.results} | {case for case, _ in self.passed}


def every_pass(passes: Sequence[Passed], passed: Mapping[Place, Iterable[int]]) -> Iterator[Judgement]:
    """The results that passed, each as any other result."""
    for (case, step), places in passed.items():
        for place in places:
            yield passed_at(passes[place], case, step)


def passed_at(passed: Passed, case: str, step: str) -> Judgement:
    """One result that passed, as any other result."""
    return Judgement(
        case,
        step,
        passed.check,
        passed.version,
        ResultState.ASKED,
        Verdict.PASS,
        passed.requirements,
        passed.requirement,
        passed.grades,
        reason=Clean(passed.reason),
        as_recorded=passed.as_recorded,
    )
