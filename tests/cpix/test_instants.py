"""xs:dateTime and xs:duration: same instants compare equal, and nothing but the right form is read."""

from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.cpix.errors import DecodeError
from conformance.cpix.instants import compare_durations, duration, instant
from conformance.model.quoted import plain


@given(
    st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)),
    st.integers(min_value=-840, max_value=840),
)
@settings(deadline=None, max_examples=150)
def test_agrees_with_the_standard_library(moment: datetime, offset: int) -> None:
    zoned = moment.replace(tzinfo=timezone(timedelta(minutes=offset)))
    since = zoned - datetime(1970, 1, 1, tzinfo=UTC)
    expected = Fraction(since // timedelta(microseconds=1), 1_000_000)
    assert instant(zoned.isoformat()).seconds == expected


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00.000Z",
        "2026-01-01T00:00:00+00:00",
        "2025-12-31T24:00:00Z",
        "2026-01-01T05:30:00+05:30",
        "2025-12-31T16:00:00-08:00",
        " 2026-01-01T00:00:00Z\n",
    ],
)
def test_the_same_instant_in_other_words(text: str) -> None:
    assert instant(text) == instant("2026-01-01T00:00:00Z")


def test_a_missing_zone_is_utc() -> None:
    assert instant("2026-01-01T00:00:00") == instant("2026-01-01T00:00:00Z")


def test_order_and_fractions() -> None:
    assert instant("2026-01-01T00:00:00.5Z") < instant("2026-01-01T00:00:00.51Z")
    assert instant("-0001-12-31T00:00:00Z") < instant("0001-01-01T00:00:00Z") < instant("12026-01-01T00:00:00Z")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-01-01",
        "2026-01-01 00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-01-01T24:00:01Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T23:59:60Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00+14:01",
        "2026-01-01T00:00:00+0000",
        "2026-01-01T00:00:00z",
        "0000-01-01T00:00:00Z",
        "02026-01-01T00:00:00Z",
        "\u0662026-01-01T00:00:00Z",
        "9" * 5_000,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(DecodeError) as caught:
        instant(text)
    assert caught.value.code == "instant.malformed"
    assert len(plain(caught.value.message)) < 200


@pytest.mark.parametrize(
    ("a", "b", "order"),
    [
        ("PT60S", "PT1M", 0),
        ("PT24H", "P1D", 0),
        ("P12M", "P1Y", 0),
        ("PT6.0S", "PT6S", 0),
        ("PT0S", "P0Y", 0),
        ("PT6S", "PT6.001S", -1),
        ("P1M", "P32D", -1),
        ("P1M", "P27D", 1),
        ("-PT1S", "PT0S", -1),
        ("P1M", "P30D", None),
        ("P1Y", "P365D", None),
    ],
)
def test_durations_compare_as_xml_schema_says(a: str, b: str, order: int | None) -> None:
    assert compare_durations(duration(a), duration(b)) == order
    reverse = None if order is None else -order
    assert compare_durations(duration(b), duration(a)) == reverse


@pytest.mark.parametrize("text", ["", "P", "PT", "P1", "1D", "P1S", "PT1D", "P-1D", "PT.5S", "P1DT", "PT1M1H", "p1d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(DecodeError) as caught:
        duration(text)
    assert caught.value.code == "duration.malformed"


@given(st.text(alphabet="PT0123456789YMDHS-:.Z+ ", max_size=30) | st.text(max_size=20))
@settings(deadline=None, max_examples=150)
def test_arbitrary_text_raises_decode_errors_only(text: str) -> None:
    for reader in (instant, duration):
        try:
            reader(text)
        except DecodeError:
            continue
