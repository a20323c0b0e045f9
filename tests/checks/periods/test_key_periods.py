"""Key periods come back with their id, index and times; an instant may be written in another way."""

from __future__ import annotations

import pytest

from tests.checks.exchange import Change, add, all_of, answered, as_it_is, at, attribute, drop, finds, refusal, says
from tests.refserver.asking import Ask

ONE, TWO = "(//cpix:ContentKeyPeriod)[1]", "(//cpix:ContentKeyPeriod)[2]"
LIVE = Ask(
    version="2.1", periods=('id="keyPeriod_1" index="1" start="2026-01-01T00:00:00Z" end="2026-01-01T00:05:00Z"',)
)
VOD = Ask(version="2.1", periods=('id="keyPeriod_1" index="1" startOffset="PT0S" endOffset="PT1H"',))
TIMED_2_0 = Ask(periods=('id="keyPeriod_1" index="1" start="2026-01-01T00:00:00Z" end="2026-01-01T00:05:00Z"',))
TWO_PERIODS = Ask(periods=('id="keyPeriod_1" index="1"', 'id="keyPeriod_2" index="2"'))
INDEX_ONLY_2_1 = Ask(version="2.1")
START_END_ONLY = Ask(
    version="2.1", periods=('id="keyPeriod_1" start="2026-01-01T00:00:00Z" end="2026-01-01T00:05:00Z"',)
)

WRONG = [
    (
        "periods.all-echoed",
        drop("//cpix:ContentKeyPeriodList"),
        Ask(),
        "the ContentKeyPeriod 'keyPeriod_1'; seen: no such",
    ),
    ("periods.all-echoed", drop(TWO), TWO_PERIODS, "the ContentKeyPeriod 'keyPeriod_2'"),
    ("periods.id-unchanged", attribute(ONE, "id", "p1"), Ask(), "'keyPeriod_1'; seen: 'p1'"),
    ("periods.id-unchanged", attribute(ONE, "id", None), Ask(), "'keyPeriod_1'; seen: none"),
    ("periods.index-unchanged", attribute(ONE, "index", "2"), Ask(), "index 1; seen: index '2'"),
    ("periods.index-unchanged", attribute(ONE, "index", None), Ask(), "index 1; seen: no index"),
    ("periods.index-unchanged", attribute(ONE, "index", "0"), START_END_ONLY, "no index; seen: index '0'"),
    (
        "periods.none-invented",
        add("//cpix:ContentKeyPeriodList", '<cpix:ContentKeyPeriod id="p2" index="2"/>'),
        Ask(),
        "a period 'p2'",
    ),
    (
        "periods.none-invented",
        add("/*", '<cpix:ContentKeyPeriodList><cpix:ContentKeyPeriod id="p1" index="1"/></cpix:ContentKeyPeriodList>'),
        Ask(periods=()),
        "a period 'p1'",
    ),
    ("periods.instants-unchanged", attribute(ONE, "end", "2026-01-01T00:05:01Z"), LIVE, "The difference is 1 seconds"),
    (
        "periods.instants-unchanged",
        attribute(ONE, "start", "2026-01-01T02:00:00Z"),
        LIVE,
        "2 hours looks like a time zone",
    ),
    ("periods.instants-unchanged", attribute(ONE, "start", None), LIVE, "seen: no such attribute"),
    ("periods.instants-unchanged", attribute(ONE, "start", "2026-01-01"), LIVE, "seen: 2026-01-01"),
    ("periods.offsets-unchanged", attribute(ONE, "endOffset", "PT59M"), VOD, "PT1H; seen: PT59M"),
    ("periods.offsets-unchanged", attribute(ONE, "endOffset", None), VOD, "seen: no such attribute"),
    ("periods.times-not-invented", attribute(ONE, "start", "2026-01-01T00:00:00Z"), INDEX_ONLY_2_1, "no start"),
    ("periods.times-not-invented", attribute(ONE, "duration", "PT5M"), LIVE, "no duration; seen: 'PT5M'"),
    (
        "periods.text-unchanged",
        attribute(ONE, "start", "2026-01-01T00:00:00.000Z"),
        LIVE,
        "seen: 2026-01-01T00:00:00.000Z",
    ),
    ("periods.text-unchanged", attribute(ONE, "endOffset", "PT60M"), VOD, "PT1H; seen: PT60M"),
    (
        "periods.index-increases",
        all_of(attribute(ONE, "index", "2"), attribute(TWO, "index", "2")),
        TWO_PERIODS,
        "an index above 2; seen: index 2",
    ),
]

HARMLESS = [
    ("periods.all-echoed", attribute(ONE, "id", "p1"), Ask()),
    ("periods.index-unchanged", attribute(ONE, "index", " 01 "), Ask()),
    ("periods.index-unchanged", as_it_is, START_END_ONLY),
    ("periods.none-invented", as_it_is, Ask(periods=())),
    ("periods.instants-unchanged", attribute(ONE, "start", "2026-01-01T01:00:00+01:00"), LIVE),
    ("periods.instants-unchanged", attribute(ONE, "start", "2026-01-01T00:00:00"), LIVE),
    ("periods.instants-unchanged", attribute(ONE, "start", "2025-12-31T24:00:00.0Z"), LIVE),
    ("periods.offsets-unchanged", attribute(ONE, "endOffset", "PT3600S"), VOD),
    ("periods.times-not-invented", as_it_is, LIVE),
    ("periods.text-unchanged", attribute(ONE, "start", "2026-01-01T00:00:01Z"), LIVE),
    ("periods.index-increases", all_of(attribute(ONE, "index", "7"), attribute(TWO, "index", "9")), TWO_PERIODS),
]


@pytest.mark.parametrize(("check", "change", "ask", "words"), WRONG)
def test_a_changed_period_is_found(check: str, change: Change, ask: Ask, words: str) -> None:
    assert words in finds(check, change, ask)


@pytest.mark.parametrize(("check", "change", "ask"), HARMLESS)
def test_the_same_period_in_other_words_is_left_alone(check: str, change: Change, ask: Ask) -> None:
    assert finds(check, change, ask) == ""


def test_order_of_the_request_that_does_not_increase_is_the_encryptors() -> None:
    backwards = Ask(periods=('id="keyPeriod_1" index="2"', 'id="keyPeriod_2" index="1"'))
    assert says("periods.index-increases", answered(backwards)).startswith("not applicable")


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        (as_it_is, "accepted and echoed"),
        (at(ONE, lambda period: [period.attrib.pop(name) for name in ("start", "end")]), "accepted and dropped"),
        (refusal(400), "refused with 400"),
    ],
)
def test_times_under_2_0_are_recorded(change: Change, seen: str) -> None:
    assert says("periods.times-in-2.0", answered(TIMED_2_0, change)).endswith(f"(silent); seen: {seen}")


def test_one_track_type_in_two_periods_is_recorded() -> None:
    twice = TWO_PERIODS.edited(('intendedTrackType="AUDIO"', 'intendedTrackType="VIDEO"'))
    check = "periods.same-track-type-in-periods"
    assert says(check, answered(TWO_PERIODS, asked=twice)).endswith("seen: accepted")
    assert says(check, answered(TWO_PERIODS, refusal(400, "no"), asked=twice)).endswith("seen: refused: 'no'")
    assert says(check, answered(TWO_PERIODS)).startswith("not applicable")
