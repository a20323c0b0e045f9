"""Mutations of good answers go through the whole judge: nothing but declared outcomes comes out, in bounded time.

`SPEKE_MUTATIONS=1000000 pytest tests/hostile/test_mutated_answers.py` tries so many, of the seed `SPEKE_MUTATIONS_SEED`
(default: 1); the count of those that were judged is printed. A million take a few hours of one processor.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.cases import Seed, load_cases
from conformance.cases.certificates import KeyRing
from conformance.cases.features import ENDPOINT, everything
from conformance.checks import load_checks
from conformance.checks.context import Context
from conformance.faultmatrix.in_process import TOKEN, InProcess
from conformance.model import Case, ResultState
from conformance.recording.exchange_record import Recorder
from conformance.redaction.redactor import Redactor
from conformance.run.asking import answers_at
from conformance.run.built_in import built_in_config
from conformance.run.profile import load_profile
from conformance.run.rulebooks import rulebook_of
from conformance.run.runner import RunContext, Runner
from tests.hostile.mutations import MUTATIONS, Steps, mutated

IN_CI = 600
ASKED_FOR = int(os.environ.get("SPEKE_MUTATIONS", "0"))
SEED = os.environ.get("SPEKE_MUTATIONS_SEED", "1")
MOST_SECONDS = 5.0
"""Processor time for all questions at one answer, its story and its record; a good answer takes a hundredth."""

PROFILE = load_profile("reference")
CLAIMED = PROFILE.claims or everything()
CLAIMS = replace(CLAIMED, features=CLAIMED.features | set(ENDPOINT))
RULEBOOK = rulebook_of(PROFILE, CLAIMS)
RING = KeyRing()
ALSO = (
    "DRM-CLEARKEY[2.0]",
    "DRM-UNKNOWN-SYSTEM[2.1]",
    "EXTRAS-HDCP-CLAIMED[2.1]",
    "ERR-MISSING-SCHEME[2.0]",
    "ERR-SCHEME-NOT-FOR-SYSTEM[2.1]",
    "ERR-KEY-WITHOUT-RULE[2.0]",
    "MALFORMED-EMPTY[2.0]",
    "DOCTYPE-ENTITY-IN-ATTRIBUTE[2.0]",
    "HTTP-GET[2.0]",
    "SAFE-HISTORY[2.0]",
    "ROTATION[2.1]",
    "ENCRYPTION[2.0]",
    "VERSIONS-20-WITH-24[2.0]",
    "ENDPOINT-NO-CREDENTIALS[2.0]",
    "ENDPOINT-CERTIFICATE[2.0]",
)
"""Cases of the library with questions that the rich ones do not ask."""


@dataclass
class Count:
    """How many answers were judged, and the verdicts."""

    answers: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)


COUNT = Count()


@cache
def scenes() -> list[Context]:
    """The good exchanges, each with its case and step."""
    library = load_cases(load_checks(), [Path(__file__).with_name("cases")])
    cases = [case for case in library if case.id.startswith("RICH") or case.name in ALSO]
    assert len({case.name for case in cases}) == len(ALSO) + 5
    return [context for group in _groups(cases) for context in _played(group, library)]


def _groups(cases: list[Case]) -> list[list[Case]]:
    found: dict[str, list[Case]] = {}
    for case in cases:
        found.setdefault(case.group, []).append(case)
    return list(found.values())


def _played(cases: list[Case], library: list[Case]) -> Iterator[Context]:
    config = replace(built_in_config(PROFILE), token=TOKEN)
    setting = RunContext("https://good.example/", InProcess(config), Seed("hostile"), CLAIMS, RING)
    runner = Runner(setting, cases, {case.name: case for case in library})
    for case in cases:
        for step in case.steps:
            performed = runner.performed(case, step)
            assert isinstance(performed, Context), performed
            if not step.use:
                yield performed


def judge_all(context: Context) -> None:
    """Ask everything, judge it and record it, as a run does."""
    recorder = Recorder(Redactor(b"salt", [b"not-in-any-answer"]))
    recorder.observe(context)
    step = next(one for one in context.case.steps if one.id == context.step.id)
    for result in answers_at(context, context.case, step).spread():
        assert result.state is not ResultState.ERROR, f"{result.finding_id}: {result.reason}"
        judgement = RULEBOOK.judge(recorder.redactor.result(result))
        COUNT.verdicts[str(judgement.verdict)] += 1
        msgspec.json.encode(judgement)


steps_of = st.lists(
    st.tuples(st.sampled_from(sorted(MUTATIONS)), st.integers(0, 1 << 20), st.integers(0, 1 << 20)), max_size=4
)


@pytest.fixture(scope="module", autouse=True)
def played() -> None:
    """Play the good exchanges first, so that no failure in there is taken for one of a mutation."""
    scenes()


def judge_a_spoilt_answer(which: int, steps: Steps, before: bool) -> None:
    good = scenes()[which % len(scenes())]
    earlier = dict(good.earlier)
    exchange = good.exchange
    began = time.thread_time()
    if before and earlier:
        name = sorted(earlier)[0]
        earlier[name] = earlier[name].again(mutated(earlier[name].exchange, steps), earlier[name].earlier)
    else:
        exchange = mutated(exchange, steps)
    judge_all(good.again(exchange, earlier))
    assert time.thread_time() - began < MOST_SECONDS
    COUNT.answers += 1


a_few = settings(
    max_examples=IN_CI, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)(given(which=st.integers(0, 1 << 10), steps=steps_of, before=st.booleans())(judge_a_spoilt_answer))
"""Those of every day; of a breaking one it shows the smallest."""


def very_many() -> None:
    """Those that somebody asks for: Hypothesis remembers each, which a million of them do not allow."""
    chance, names = random.Random(SEED), sorted(MUTATIONS)

    def step() -> tuple[str, int, int]:
        return chance.choice(names), chance.randrange(1 << 20), chance.randrange(1 << 20)

    for _ in range(ASKED_FOR):
        which, before = chance.randrange(1 << 10), chance.random() < 0.5
        steps = [step() for _ in range(chance.randrange(1, 5))]
        try:
            judge_a_spoilt_answer(which, steps, before)
        except Exception as error:
            raise AssertionError(f"judge_a_spoilt_answer({which}, {steps}, {before})") from error


@pytest.mark.parametrize("word", range(len(MUTATIONS)))
def test_each_mutation_changes_answers(word: int) -> None:
    name = sorted(MUTATIONS)[word]
    good = next(one.exchange for one in scenes() if one.case.name == "RICH[2.1-cbcs]")
    assert any(mutated(good, [(name, place, 3 * place + 1)]).answer != good.answer for place in range(40)), name


def test_nothing_breaks_the_judge(capsys: pytest.CaptureFixture[str]) -> None:
    very_many() if ASKED_FOR else a_few()
    told = ", ".join(f"{number} {verdict}" for verdict, number in sorted(COUNT.verdicts.items()))
    with capsys.disabled():
        print(f"\n{COUNT.answers} mutated answers judged, no unexpected exception ({told})")
    assert COUNT.verdicts["FAIL"] > COUNT.answers / 10
