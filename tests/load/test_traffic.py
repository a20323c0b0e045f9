"""What a load test sends, what it judges by, and what it counts."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from conformance.cases import Seed
from conformance.faultmatrix.in_process import InProcess
from conformance.load.config import VARIABLE, FindingCounts, LoadConfig
from conformance.load.load_report import exit_status, outcome_lines
from conformance.load.traffic import Traffic
from conformance.model import Claims, Exchange, TransportFailure
from conformance.refserver import load_faults
from conformance.run.built_in import built_in_config
from conformance.run.options import Options
from conformance.run.profile import Profile, load_profile
from conformance.wire.errors import OptionError

URL = "http://127.0.0.1/speke"


@pytest.fixture(scope="module")
def profile() -> Profile:
    return load_profile("reference")


@pytest.fixture
def brief(profile: Profile) -> LoadConfig:
    assert profile.claims is not None
    return LoadConfig(Options(url=URL, labels=("a=b",)), profile.claims)


def traffic(brief: LoadConfig, profile: Profile) -> Traffic:
    return Traffic(brief, profile, URL, Seed("load"))


def test_a_brief_travels_through_the_environment(brief: LoadConfig) -> None:
    changed = replace(brief, channels=7, rotation=0.5, checks="", claims=replace(brief.claims, refuses=("SHARED",)))
    assert LoadConfig.unpacked({VARIABLE: changed.packed()}) == changed
    with pytest.raises(OptionError, match="speke-conformance load"):
        LoadConfig.unpacked({})


def test_the_rate_is_what_the_channels_come_to(brief: LoadConfig) -> None:
    assert replace(brief, channels=1000, rotation=300.0).rate == pytest.approx(3.33, abs=0.01)
    assert replace(brief, rotation=0.0).rate == 0


def test_each_turn_is_a_key_period_of_its_own(brief: LoadConfig, profile: Profile) -> None:
    made = traffic(brief, profile)
    bodies = [made.request(channel, turn)[1].body for channel, turn in ((0, 0), (0, 1), (1, 0))]
    contents = [re.findall(rb'contentId="([^"]+)"', body)[0] for body in bodies]
    assert contents[0] == contents[1] != contents[2]
    kids = [set(re.findall(rb'kid="([^"]+)"', body)) for body in bodies]
    assert not kids[0] & kids[1] and not kids[0] & kids[2]
    assert [re.findall(rb'index="(\d+)"', body) for body in bodies] == [[b"1"], [b"2"], [b"1"]]


def test_without_rotation_a_channel_repeats_its_question(brief: LoadConfig, profile: Profile) -> None:
    made = traffic(replace(brief, rotation=0.0), profile)
    assert made.request(3, 0) == made.request(3, 1)


def test_right_answers_have_no_findings_and_wrong_ones_name_the_checks(brief: LoadConfig, profile: Profile) -> None:
    made = traffic(brief, profile)
    fault = load_faults()["KEY-SAME-FOR-ALL"]
    for faults, expected in (((), False), ((fault,), True)):
        sender = InProcess(built_in_config(profile), faults)
        step, request = made.request(0, 0)
        assert ("keys.values-distinct" in made.judged(step, sender.send(request), "")[0]) == expected
    assert {check.id for check in made.checks} > {"safety.answers-not-mixed", "pssh.system-id-matches"}


def test_an_answer_that_did_not_come_accuses_nobody(brief: LoadConfig, profile: Profile) -> None:
    made = traffic(brief, profile)
    step, request = made.request(0, 0)
    assert made.judged(step, Exchange(request, None, TransportFailure("refused", "Nobody is there.")), "")[0] == ()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"case": "HTTP-BASICS"}, "did you mean"),
        ({"case": "ERR-NO-KEY-LIST"}, "does not begin with a request that must be accepted"),
        ({"claims": Claims(frozenset({"2.1"}), frozenset())}, "cannot be sent"),
    ],
)
def test_what_cannot_be_asked(brief: LoadConfig, profile: Profile, changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(OptionError, match=sentence):
        traffic(replace(brief, **changes), profile)  # type: ignore[arg-type]


def test_tallies_add_up() -> None:
    worker, master = FindingCounts(), FindingCounts()
    worker.add(("a", "b"), "channel 1")
    worker.add((), "channel 2")
    master.merge(worker.drained())
    worker.add(("a",), "channel 3")
    master.merge(worker.drained())
    assert master == FindingCounts(3, {"a": 2, "b": 1}, {"a": "channel 1", "b": "channel 1"})


@pytest.mark.parametrize(
    ("numbers", "status"),
    [
        ({"requests": 5, "failures": 0, "judged": 5, "findings": {}}, 0),
        ({"requests": 5, "failures": 1, "judged": 4, "findings": {}}, 1),
        ({"requests": 5, "failures": 5, "judged": 5, "findings": {"a": {}}}, 1),
        ({"requests": 5, "failures": 5, "judged": 0, "findings": {}}, 10),
        ({"requests": 0, "failures": 0, "judged": 0, "findings": {}}, 10),
    ],
)
def test_exit_status(numbers: dict[str, object], status: int) -> None:
    assert exit_status(numbers) == status


def test_the_outcome_in_words() -> None:
    outcome = {
        "case": "C",
        "channels": 2,
        "wanted_per_second": 0.5,
        "requests": 9,
        "failures": 1,
        "per_second": 0.49,
        "milliseconds": {"p50": 1, "p95": 2, "p99": 3, "max": 4.5},
        "checks": ["a"],
        "judged": 9,
        "findings": {"a": {"answers": 1, "example": "channel 1, turn 0", "question": "All is well"}},
        "errors": {},
    }
    assert list(outcome_lines(outcome)) == [
        "9 requests for 2 channels of C: 0.49 a second of 0.5 wanted, 1 not answered correctly",
        "p50 1 ms, p95 2 ms, p99 3 ms, slowest 4.5 ms",
        "9 answers judged by 1 checks each",
        "FAIL  a in 1 answers, first at channel 1, turn 0: All is well",
    ]
