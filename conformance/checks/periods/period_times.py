"""The times that the server itself put on a key period: only in pairs that CPIX knows, valid, and without overlap.

Times that came back as they were sent are the encryptor's business and are not looked at here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations

from conformance.checks.context import Context
from conformance.checks.registry import NotApplicable, check
from conformance.cpix.errors import DecodeError
from conformance.cpix.instants import compare_durations, duration, instant
from conformance.cpix.reader import Cpix, Period, uuid_of
from conformance.model import Finding

TIMES = ("start", "end", "startOffset", "endOffset", "duration")
PAIRS = tuple(
    frozenset(pair)
    for pair in (("start", "end"), ("start", "duration"), ("startOffset", "endOffset"), ("startOffset", "duration"))
)


def retimed(ctx: Context) -> Iterator[Period]:
    """The answered periods whose times are not written as in the request."""
    for asked, period in [(pair.asked, pair.answered) for pair in ctx.pairs.periods]:
        if period is not None and any(asked.element.get(name) != period.element.get(name) for name in TIMES):
            yield period


def recombined(ctx: Context) -> Iterator[tuple[Period, frozenset[str]]]:
    """The answered periods that have other times than those asked for, with the names of the times they have.

    A time in another spelling is the one that was asked for.
    """
    for pair in ctx.pairs.periods:
        if pair.answered is not None and (names := _named(pair.answered)) != _named(pair.asked):
            yield pair.answered, names


def _named(period: Period) -> frozenset[str]:
    return frozenset(name for name in TIMES if period.element.get(name) is not None)


@check("periods.index-or-times", "CPX-P02", applies=lambda s: s.periods > 0 and s.version == "2.0")
def index_or_times(ctx: Context) -> Iterator[Finding]:
    """In CPIX 2.3 a period that came with an index gets no start and end beside it."""
    for period, times in recombined(ctx):
        if period.index is not None and times:
            yield Finding(period.where, "an index only", f"an index with {' and '.join(sorted(times))}")


@check("periods.end-or-duration", "CPX-P03", applies=lambda s: s.periods > 0 and s.version == "2.1")
def end_or_duration(ctx: Context) -> Iterator[Finding]:
    """No period has a duration beside its end or endOffset."""
    for period, times in recombined(ctx):
        if "duration" in times and times & {"end", "endOffset"}:
            yield Finding(period.where, "an end or a duration", " and ".join(sorted(times)))


@check("periods.times-in-pairs", "CPX-P04", applies=lambda s: s.periods > 0 and s.version == "2.1")
def times_in_pairs(ctx: Context) -> Iterator[Finding]:
    """The times of a period are one of the pairs that CPIX lists."""
    for period, times in recombined(ctx):
        if times and times not in PAIRS and not ("duration" in times and times & {"end", "endOffset"}):
            yield Finding(period.where, "start and end, or startOffset and endOffset", " and ".join(sorted(times)))


@check("periods.times-valid", "CPX-P05", applies=lambda shape: shape.periods > 0)
def times_valid(ctx: Context) -> Iterator[Finding]:
    """The times of a period can be read, and it starts before it ends."""
    for period in retimed(ctx):
        try:
            backwards = _ends_first(period)
        except DecodeError as error:
            yield Finding(period.where, error.expected, error.found, error.message)
            continue
        if backwards:
            yield Finding(period.where, "a start before the end", "an end that is not after the start")


def _ends_first(period: Period) -> bool:
    start, end = (instant(text) if text is not None else None for text in (period.start, period.end))
    first, last = (duration(text) if text is not None else None for text in (period.start_offset, period.end_offset))
    if period.duration is not None:
        duration(period.duration)
    wall = start is not None and end is not None and end <= start
    media = first is not None and last is not None and compare_durations(first, last) in (0, 1)
    return wall or media


@check("periods.no-overlap", "CPX-P07", applies=lambda shape: shape.periods > 1)
def no_overlap(ctx: Context) -> Iterator[Finding]:
    """The periods of one content key do not overlap, unless they did in the request."""
    known = {ids for _, ids in _overlaps(ctx.request)}
    found = list(_overlaps(ctx.document))
    if not any(period.start for period in ctx.document.periods):
        raise NotApplicable("no period has a start")
    for kid, ids in found:
        if ids not in known:
            names = " and ".join(sorted(map(repr, ids)))
            yield Finding("/CPIX/ContentKeyPeriodList", f"periods of KID {kid} that do not overlap", names)


def _overlaps(document: Cpix) -> Iterator[tuple[str, frozenset[str]]]:
    spans = {period.id: span for period in document.periods if period.id and (span := _span(period)) is not None}
    of_key: defaultdict[str, set[str]] = defaultdict(set)
    for rule in document.rules:
        of_key[str(uuid_of(rule.kid))].update(one for one in rule.period_ids if one in spans)
    for kid, ids in of_key.items():
        for one, other in combinations(sorted(ids), 2):
            if spans[one][0] < spans[other][1] and spans[other][0] < spans[one][1]:
                yield kid, frozenset({one, other})


def _span(period: Period) -> tuple[Fraction, Fraction] | None:
    if period.start is None or period.end is None:
        return None
    try:
        return instant(period.start).seconds, instant(period.end).seconds
    except DecodeError:
        return None
