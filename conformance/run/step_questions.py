"""The questions of one step by topic: pytest shows a step as one item for each topic, and asks them one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conformance.model import Step
from conformance.run.asking import Question, Wanted
from conformance.run.run_plan import topic_of


class StepQuestions:
    """What arises at a step and is wanted, sorted once for all of its items."""

    def __init__(self, step: Step, questions: Iterable[Question], wanted: Wanted) -> None:
        self._all = [one for one in questions if wanted(one.check, step, one.version)]
        self._by_topic: dict[str, list[Question]] = {}
        for one in self._all:
            self._by_topic.setdefault(topic_of(one.check, step), []).append(one)

    def about(self, name: str) -> Sequence[Question]:
        """Those of a topic, the one of a check's id, or all where no name is given."""
        if not name:
            return self._all
        return self._by_topic.get(name) or [one for one in self._all if one.check.id == name]
