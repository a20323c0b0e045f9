"""Times that the server itself put on a period; those that came back as they were sent are the encryptor's."""

from __future__ import annotations

import pytest

from tests.checks.exchange import Change, all_of, answered, as_it_is, attribute, finds, says
from tests.refserver.asking import Ask

ONE, TWO = "(//cpix:ContentKeyPeriod)[1]", "(//cpix:ContentKeyPeriod)[2]"
EARLY, LATE, LATER = "2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z", "2026-01-01T00:10:00Z"
INDEX_2_0, INDEX_2_1 = Ask(), Ask(version="2.1")
LIVE = Ask(version="2.1", periods=(f'id="keyPeriod_1" index="1" start="{EARLY}" end="{LATE}"',))
LIVE_2_0 = Ask(periods=(f'id="keyPeriod_1" index="1" start="{EARLY}" end="{LATE}"',))
TWO_LIVE = Ask(
    version="2.1",
    periods=(
        f'id="keyPeriod_1" index="1" start="{EARLY}" end="{LATE}"',
        f'id="keyPeriod_2" index="2" start="{LATE}" end="{LATER}"',
    ),
).edited(
    (
        '<cpix:KeyPeriodFilter periodId="keyPeriod_1"/>',
        '<cpix:KeyPeriodFilter periodId="keyPeriod_1"/><cpix:KeyPeriodFilter periodId="keyPeriod_2"/>',
    )
)


def times(path: str = ONE, **named: str | None) -> Change:
    """Give a period these times."""
    return all_of(*(attribute(path, name, value) for name, value in named.items()))


WRONG = [
    ("periods.index-or-times", times(start=EARLY, end=LATE), INDEX_2_0, "an index with end and start"),
    ("periods.index-or-times", times(start=EARLY, end=LATE, duration="PT5M"), LIVE_2_0, "duration and end and start"),
    ("periods.end-or-duration", times(duration="PT5M"), LIVE, "an end or a duration; seen: duration and end and start"),
    ("periods.end-or-duration", times(duration="PT5M", endOffset="PT5M"), INDEX_2_1, "duration and endOffset"),
    ("periods.times-in-pairs", times(end=None), LIVE, "start and end, or startOffset and endOffset; seen: start"),
    ("periods.times-in-pairs", times(end=None, endOffset="PT5M"), LIVE, "seen: endOffset and start"),
    ("periods.times-valid", times(end=EARLY), LIVE, "an end that is not after the start"),
    ("periods.times-valid", times(end="tomorrow"), LIVE, "tomorrow"),
    ("periods.times-valid", times(startOffset="PT1H", endOffset="PT1M"), INDEX_2_1, "not after the start"),
    ("periods.times-valid", times(startOffset="PT0S", duration="5 minutes"), INDEX_2_1, "5 minutes"),
    ("periods.no-overlap", times(TWO, start="2026-01-01T00:04:59Z"), TWO_LIVE, "'keyPeriod_1' and 'keyPeriod_2'"),
]

HARMLESS = [
    ("periods.index-or-times", as_it_is, LIVE_2_0),
    ("periods.index-or-times", times(start="2026-01-01T01:00:00+01:00", end="2026-01-01T00:05:00.000Z"), LIVE_2_0),
    ("periods.end-or-duration", times(start=EARLY, duration="PT5M"), INDEX_2_1),
    ("periods.times-in-pairs", times(startOffset="PT0S", endOffset="PT5M"), INDEX_2_1),
    ("periods.times-in-pairs", times(startOffset="PT0S", duration="PT5M"), INDEX_2_1),
    ("periods.times-valid", times(start="2026-01-01T01:00:00+01:00"), LIVE),
    ("periods.no-overlap", times(TWO, start="2026-01-01T00:05:01Z"), TWO_LIVE),
]


@pytest.mark.parametrize(("check", "change", "ask", "words"), WRONG)
def test_wrong_times_of_the_servers_own_are_found(check: str, change: Change, ask: Ask, words: str) -> None:
    assert words in finds(check, change, ask)


@pytest.mark.parametrize(("check", "change", "ask"), HARMLESS)
def test_right_times_are_left_alone(check: str, change: Change, ask: Ask) -> None:
    assert finds(check, change, ask) == ""


@pytest.mark.parametrize(
    ("check", "ask"),
    [
        (
            "periods.times-valid",
            Ask(version="2.1", periods=(f'id="keyPeriod_1" index="1" start="{LATE}" end="{EARLY}"',)),
        ),
        ("periods.times-in-pairs", Ask(version="2.1", periods=(f'id="keyPeriod_1" index="1" start="{LATE}"',))),
        ("periods.no-overlap", TWO_LIVE.edited((f'start="{LATE}"', f'start="{EARLY}"'))),
    ],
)
def test_times_of_the_request_that_come_back_are_not_the_servers(check: str, ask: Ask) -> None:
    assert says(check, answered(ask)) == ""
