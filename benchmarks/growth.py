"""(c): how judging grows with the number of content keys in a document."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from benchmarks.measuring import Row
from conformance.cases import Seed, build_request, load_cases
from conformance.checks import load_checks
from conformance.checks.context import Context
from conformance.faultmatrix.in_process import InProcess
from conformance.model import Case, Claims, Exchange, Plan, PlannedFilter, PlannedRule
from conformance.recording.exchange_record import Recorder
from conformance.redaction.redactor import Redactor
from conformance.run.asking import answers_at
from conformance.run.built_in import built_in_config
from conformance.run.profile import load_profile

SIZES = (1, 2, 4, 8, 16, 32, 64)
SYSTEMS = ("widevine", "playready", "fairplay", "common-pssh")
TEMPLATE = "HTTP-BASIC[2.0]"
REPETITIONS = 20


@dataclass(frozen=True)
class Grown:
    """What one exchange with so many keys costs."""

    keys: int
    questions: int
    judging: float
    """Milliseconds of CPU for all questions, parsing and decoding included."""
    recording: float
    """Milliseconds of CPU for redaction and the story."""
    kilobytes: float
    """Most memory held while judging."""


def growth(sizes: Sequence[int] = SIZES) -> Iterator[Row]:
    """Time and memory for documents of 1 to 64 keys with four DRM systems each."""
    measured = [_grown(size) for size in sizes]
    first, last = measured[0], measured[-1]
    for one in measured:
        shown = f"{one.judging:.1f} ms judging ({one.judging / one.keys:.2f} ms a key)"
        yield Row(
            "c",
            f"{one.keys} keys × {len(SYSTEMS)} systems, {one.questions} questions",
            f"{shown}, {one.recording:.1f} ms recording, {one.kilobytes / 1024:.1f} MB",
            numbers={"keys": one.keys, "judging": one.judging, "recording": one.recording, "kilobytes": one.kilobytes},
        )
    middle = next(one for one in measured if one.keys >= 8)
    factor = (last.judging / last.keys) / (middle.judging / middle.keys)
    yield Row(
        "c",
        f"cost of a key at {last.keys} keys, compared with {middle.keys}",
        f"{factor:.2f} ×",
        "linear: ≤ 1.3 ×",
        factor <= 1.3,
        {"factor": factor, "one_key": first.judging},
    )


def _grown(size: int) -> Grown:
    profile = load_profile("reference")
    claims = profile.claims
    assert claims is not None
    case = next(one for one in load_cases(load_checks()) if one.name == TEMPLATE)
    plan = Plan("2.0", ("cbcs",), SYSTEMS, tuple(_rule(number) for number in range(size)), systems_mode="asked")
    step = replace(case.steps[0], plan=plan)
    request = build_request(step, plan, f"GROWTH-{size}", Seed("benchmark"), "http://127.0.0.1/", {}).http
    exchange = InProcess(built_in_config(profile)).send(request)
    if exchange.answer is None or exchange.answer.status != 200:
        raise SystemExit(f"The reference server refuses a request for {size} keys.")
    case = replace(case, steps=(step,))

    def judge() -> None:
        context = _context(case, exchange, claims)
        answers_at(context, case, step)

    asked = sum(1 for _ in answers_at(_context(case, exchange, claims), case, step).spread())
    recorder = Recorder(Redactor(b"benchmark", ()))
    judging = _milliseconds(judge)
    recording = _milliseconds(lambda: recorder.observe(_context(case, exchange, claims)))
    tracemalloc.start()
    judge()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return Grown(size, asked, judging, recording, peak / 1024)


def _context(case: Case, exchange: Exchange, claims: Claims) -> Context:
    return Context(case, case.steps[0], exchange, claims=claims)


def _rule(number: int) -> PlannedRule:
    bounds = (("minPixels", str(number * 1000 + 1)), ("maxPixels", str((number + 1) * 1000)))
    return PlannedRule(f"TRACK{number}", (PlannedFilter("VideoFilter", bounds),))


def _milliseconds(do: Callable[[], None]) -> float:
    do()
    begin = time.process_time()
    for _ in range(REPETITIONS):
        do()
    return (time.process_time() - begin) / REPETITIONS * 1000
