"""Key periods: all of them come back with their index and times, none is invented, each has keys of its own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from conformance.checks.context import Context
from conformance.checks.registry import Need, NotApplicable, Subject, check
from conformance.checks.shape import Shape
from conformance.cpix.align import PeriodPair
from conformance.cpix.errors import DecodeError
from conformance.cpix.instants import compare_durations, duration, instant
from conformance.cpix.numbers import whole
from conformance.cpix.reader import Period
from conformance.model import Finding

PERIODS = "/CPIX/ContentKeyPeriodList"
INSTANTS = ("start", "end")
OFFSETS = ("startOffset", "endOffset")


def _has_periods(shape: Shape) -> bool:
    return shape.periods > 0


def _timed(shape: Shape) -> bool:
    return shape.timed


def _answered(ctx: Context) -> Iterator[tuple[PeriodPair, Period]]:
    for pair in ctx.pairs.periods:
        if pair.answered is not None:
            yield pair, pair.answered


@check("periods.all-echoed", "SPK20-PER-005", applies=_has_periods)
def all_echoed(ctx: Context) -> Iterator[Finding]:
    """Every ContentKeyPeriod of the request comes back."""
    for pair in ctx.pairs.periods:
        if pair.answered is None:
            yield Finding(PERIODS, f"the ContentKeyPeriod {pair.asked.id!r}", "no such period")


@check("periods.id-unchanged", "SPK20-PER-002", applies=_has_periods)
def id_unchanged(ctx: Context) -> Iterator[Finding]:
    """Every ContentKeyPeriod keeps its id, to which the usage rules refer."""
    for pair, period in _answered(ctx):
        if period.id != pair.asked.id:
            seen = "none" if period.id is None else repr(period.id)
            yield Finding(f"{period.where}/@id", repr(pair.asked.id), seen)


@check("periods.index-unchanged", "SPK20-PER-005", applies=_has_periods)
def index_unchanged(ctx: Context) -> Iterator[Finding]:
    """Every ContentKeyPeriod keeps its index.

    The index is how an encryptor keeps track of the period. One that was sent without an index gets none.
    """
    for pair, period in _answered(ctx):
        if _number(period.index) != _number(pair.asked.index):
            expected = "no index" if pair.asked.index is None else f"index {pair.asked.index}"
            seen = "no index" if period.index is None else f"index {period.index!r}"
            yield Finding(f"{period.where}/@index", expected, seen)


def _number(text: str | None) -> int | str | None:
    if text is None:
        return None
    number = whole(text.strip())
    return text.strip() if number is None else number


@check("periods.none-invented", "SPK20-PER-005", "AWS-MP1-013", "AWS-MC-013")
def none_invented(ctx: Context) -> Iterator[Finding]:
    """The answer holds no ContentKeyPeriod that was not in the request."""
    for period in ctx.pairs.extra_periods:
        yield Finding(period.where, "only the key periods of the request", f"a period {period.id!r}")


@check("periods.instants-unchanged", "SPK21-PER-002", applies=_timed)
def instants_unchanged(ctx: Context) -> Iterator[Finding]:
    """Every start and end of a key period comes back as the same instant.

    Compared in UTC, so `Z`, `+00:00` and another zone for the same moment are all right; a value without a zone is
    read as UTC. A shifted boundary makes players ask for the wrong key.
    """
    for pair, period in _answered(ctx):
        for name, asked, answered in _written(pair.asked, period, INSTANTS):
            if asked is not None and not _same_instant(asked, answered):
                yield Finding(
                    f"{period.where}/@{name}", asked, answered or "no such attribute", _shift(asked, answered)
                )


@check("periods.offsets-unchanged", "SPK21-PER-002", applies=_timed)
def offsets_unchanged(ctx: Context) -> Iterator[Finding]:
    """Every startOffset and endOffset of a key period comes back as the same duration."""
    for pair, period in _answered(ctx):
        for name, asked, answered in _written(pair.asked, period, OFFSETS):
            if asked is not None and not _same_duration(asked, answered):
                yield Finding(f"{period.where}/@{name}", asked, answered or "no such attribute")


@check("periods.times-not-invented", "SPK21-PER-005", applies=lambda s: s.periods > 0 and s.version == "2.1")
def times_not_invented(ctx: Context) -> Iterator[Finding]:
    """A key period that was sent without a boundary comes back without it.

    This is about start, end, startOffset, endOffset and duration; a server knows none of them better.
    """
    for pair, period in _answered(ctx):
        for name, asked, answered in _written(pair.asked, period, (*INSTANTS, *OFFSETS, "duration")):
            if asked is None and answered is not None:
                yield Finding(f"{period.where}/@{name}", f"no {name}", repr(answered))


@check("periods.text-unchanged", "SPK21-PER-P01", applies=_timed)
def text_unchanged(ctx: Context) -> Iterator[Finding]:
    """Every time of a key period comes back letter by letter.

    Other spellings of the same instant are right, but some readers compare the text.
    """
    for pair, period in _answered(ctx):
        for name, asked, answered in _written(pair.asked, period, INSTANTS + OFFSETS):
            same = _same_instant if name in INSTANTS else _same_duration
            if asked is not None and asked != answered and same(asked, answered):
                yield Finding(f"{period.where}/@{name}", asked, str(answered))


def _written(asked: Period, answered: Period, names: tuple[str, ...]) -> Iterator[tuple[str, str | None, str | None]]:
    for name in names:
        yield name, asked.element.get(name), answered.element.get(name)


def _same_instant(asked: str, answered: str | None) -> bool:
    try:
        return asked == answered or (answered is not None and instant(asked) == instant(answered))
    except DecodeError:
        return False


def _same_duration(asked: str, answered: str | None) -> bool:
    try:
        return asked == answered or (
            answered is not None and compare_durations(duration(asked), duration(answered)) == 0
        )
    except DecodeError:
        return False


def _shift(asked: str, answered: str | None) -> str:
    try:
        seconds = instant(answered or "").seconds - instant(asked).seconds
    except DecodeError as error:
        return error.message if answered else ""
    if seconds % 900 == 0 and abs(seconds) <= 14 * 3600:
        return f"The difference of {float(seconds / 3600):g} hours looks like a time zone."
    return f"The difference is {float(seconds):g} seconds."


@check("periods.index-increases", "CPX-P06", applies=lambda shape: shape.periods > 1)
def index_increases(ctx: Context) -> Iterator[Finding]:
    """The indices of the answered key periods increase from one to the next, as those of the request do."""
    asked = [_number(period.index) for period in ctx.request.periods]
    if not all(
        isinstance(first, int) and isinstance(second, int) and first < second for first, second in pairwise(asked)
    ):
        raise NotApplicable("the request's own periods have no index that increases")
    numbers = [number for period in ctx.document.periods if isinstance(number := _number(period.index), int)]
    for first, second in pairwise(numbers):
        if second <= first:
            yield Finding(PERIODS, f"an index above {first}", f"index {second}")


@check(
    "periods.times-in-2.0",
    "SPK20-PER-004",
    need=Need.ANSWER,
    applies=lambda s: s.version == "2.0" and s.timed,
    subject=Subject.EXPECTATION,
)
def times_in_2_0(ctx: Context) -> Iterator[Finding]:
    """What happens to start and end in a 2.0 request, where only the index counts, is recorded."""
    if not ctx.accepted:
        yield Finding("status line", "(silent)", f"refused with {ctx.answer.status}")
        return
    kept = any(period.element.get(name) is not None for period in ctx.document.periods for name in INSTANTS + OFFSETS)
    yield Finding(PERIODS, "(silent)", "accepted and echoed" if kept else "accepted and dropped")


@check(
    "periods.same-track-type-in-periods",
    "SPK20-PER-P01",
    need=Need.ANSWER,
    applies=lambda s: s.periods > 1,
    subject=Subject.EXPECTATION,
)
def same_track_type_in_periods(ctx: Context) -> Iterator[Finding]:
    """Whether the same intendedTrackType may be in several periods of one document is recorded."""
    types = [rule.intended_track_type for rule in ctx.request.rules]
    if len(set(types)) == len(types):
        raise NotApplicable("no intendedTrackType of the request occurs twice")
    yield Finding("status line", "(silent)", "accepted" if ctx.accepted else f"refused: {ctx.excerpt}")
