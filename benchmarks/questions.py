"""(h) One question asked and judged, without what the exchange costs: every answer of the right server once more."""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks.measuring import Row
from conformance.faultmatrix.baseline import DOOR, set_up
from conformance.judge import Alike
from conformance.run.asking import answered, questions_at
from conformance.run.step_questions import StepQuestions

MOST = 0.04
"""Milliseconds."""


def questions() -> Iterator[Row]:
    """(h) All questions at all exchanges, decoding included."""
    stage = set_up()
    asked = 0
    begin = time.process_time()
    for scene in stage.scenes:
        context = scene.context.again(scene.context.exchange, scene.context.earlier)
        for one in scene.steps:
            arising = StepQuestions(one.step, questions_at(context, one.case, one.step), scene.act.in_force)
            answers = answered(context, one.case, one.step, arising.about(""))
            alike = tuple(Alike(end.version, end.state, DOOR.line(end.reason), end.checks) for end in answers.alike)
            judged = scene.act.rulebook.judge_step(one.case.name, one.step.id, alike, map(DOOR.result, answers.results))
            asked += sum(1 for _ in judged.asked())
    each = (time.process_time() - begin) * 1000 / asked
    what = f"one check asked and judged, of {asked} at {len(stage.scenes)} exchanges"
    yield Row("h", what, f"{each:.3f} ms", f"≤ {MOST} ms", each <= MOST, {"milliseconds": each})
