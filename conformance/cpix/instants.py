"""Points in time and lengths of time as XML Schema writes them, compared exactly.

``datetime`` reads neither fractions of any length, nor 24:00:00, nor years beyond 9999, and reads much that
xs:dateTime does not allow; hence a strict reader of our own. Seconds are fractions, never floats.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from conformance.cpix.errors import DecodeError
from conformance.cpix.xml import SPACE
from conformance.model.quoted import excerpt

_DATE_TIME = re.compile(
    r"(-?(?:[1-9][0-9]{4,8}|[0-9]{4}))-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]{1,20})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_DURATION = re.compile(
    r"(-)?P(?=[0-9T])(?:([0-9]{1,12})Y)?(?:([0-9]{1,12})M)?(?:([0-9]{1,12})D)?"
    r"(?:T(?=[0-9])(?:([0-9]{1,12})H)?(?:([0-9]{1,12})M)?(?:([0-9]{1,12}(?:\.[0-9]{1,20})?)S)?)?"
)
_LONGEST_OFFSET = 14 * 60
_DAY = 86_400
_MONTH_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

# XML Schema compares durations by adding them to these four months (year, month), which differ in what follows.
_REFERENCE_MONTHS = ((1696, 9), (1697, 2), (1903, 3), (1903, 7))


@dataclass(frozen=True, slots=True, order=True)
class Instant:
    """A point in time: seconds since 1970-01-01T00:00:00 UTC, so that ``Z`` and ``+00:00`` are the same."""

    seconds: Fraction


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time: whole months, and seconds beside them; both carry the sign."""

    months: int
    seconds: Fraction


def instant(text: str) -> Instant:
    """Read an xs:dateTime; one without a zone is read as UTC. Raises DecodeError ``instant.malformed``."""
    match = _DATE_TIME.fullmatch(text.strip(SPACE))
    if match is None:
        raise _not_an_instant(text, "it is not of the form YYYY-MM-DDThh:mm:ss with an optional zone")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    fraction = Fraction("0" + match[7]) if match[7] else Fraction(0)
    if year == 0 or not 1 <= month <= 12 or not 1 <= day <= _days_in(year, month):
        raise _not_an_instant(text, "there is no such day")
    end_of_day = hour == 24 and minute == second == fraction == 0
    if not end_of_day and (hour > 23 or minute > 59 or second > 59):
        raise _not_an_instant(text, "there is no such time of day")
    offset = _offset_minutes(match[8], text)
    whole = _day_number(year, month, day) * _DAY + hour * 3600 + minute * 60 + second - offset * 60
    return Instant(whole + fraction)


def duration(text: str) -> Duration:
    """Read an xs:duration such as ``PT6S``. Raises DecodeError ``duration.malformed``."""
    match = _DURATION.fullmatch(text.strip(SPACE))
    if match is None:
        raise DecodeError(
            "duration.malformed",
            f"{_short(text)} is not an xs:duration",
            expected="a duration such as PT6S or P1DT2H",
            found=_short(text),
        )
    sign = -1 if match[1] else 1
    years, months, days, hours, minutes = (int(part or 0) for part in match.groups()[1:6])
    seconds = Fraction(match[7] or 0) + days * _DAY + hours * 3600 + minutes * 60
    return Duration(months=sign * (12 * years + months), seconds=sign * seconds)


def compare_durations(a: Duration, b: Duration) -> int | None:
    """-1, 0 or 1 as ``a`` is shorter than, equal to or longer than ``b``; None where it depends on the calendar."""
    signs = set()
    for year, month in _REFERENCE_MONTHS:
        first, second = (_after(year, month, length) for length in (a, b))
        signs.add((first > second) - (first < second))
    return signs.pop() if len(signs) == 1 else None


def _after(year: int, month: int, length: Duration) -> Fraction:
    months = year * 12 + (month - 1) + length.months
    return _day_number_proleptic(months // 12, months % 12 + 1, 1) * _DAY + length.seconds


def _offset_minutes(zone: str | None, text: str) -> int:
    if zone is None or zone == "Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    total = hours * 60 + minutes
    if minutes > 59 or total > _LONGEST_OFFSET:
        raise _not_an_instant(text, "there is no such time zone")
    return -total if zone[0] == "-" else total


def _days_in(year: int, month: int) -> int:
    astronomical = year if year > 0 else year + 1
    leap = astronomical % 4 == 0 and (astronomical % 100 != 0 or astronomical % 400 == 0)
    return 29 if leap and month == 2 else _MONTH_LENGTHS[month - 1]


def _day_number(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01; the year before 1 is -1 in XML Schema 1.0."""
    return _day_number_proleptic(year if year > 0 else year + 1, month, day)


def _day_number_proleptic(year: int, month: int, day: int) -> int:
    # Counting years from March puts the leap day last, so that the months before it have a fixed pattern.
    shifted = year - (month <= 2)
    since_march = (month + 9) % 12
    day_of_year = (153 * since_march + 2) // 5 + day - 1
    return 365 * shifted + shifted // 4 - shifted // 100 + shifted // 400 + day_of_year - 719_468


def _not_an_instant(text: str, reason: str) -> DecodeError:
    return DecodeError(
        "instant.malformed",
        f"{_short(text)} is not an xs:dateTime: {reason}",
        expected="a dateTime such as 2026-01-01T00:00:00Z",
        found=_short(text),
    )


def _short(text: str) -> str:
    return excerpt(text, 64)
