"""Pictures as inline SVG: which key covers which tracks, which key holds in which period, how long answers took."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from types import MappingProxyType

from lxml import etree

from conformance.cpix.contract import Track, key_for
from conformance.cpix.reader import Filter, Rule
from conformance.recording.records import ExchangeSummary, PeriodSummary, RuleSummary
from conformance.redaction.escaping import visible

WIDTH = 560
ROW = 30
LEFT = 84
LETTER = 8.2
"""Width of a letter at 12 pixels, generously: track types are written in capitals."""

MOST_COLUMNS = 14
HUES = 8
"""Tints that style.css knows; keys beyond share them, and always carry their number."""

NumberedRule = tuple[int, RuleSummary]
"""(number of the content key, rule)."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Sample values, one inside each interval between borders, and the words for the borders."""

    samples: tuple[int, ...]
    borders: tuple[str, ...]


def contract_svg(rules: Sequence[NumberedRule], title: str) -> str:
    """The pixels × frame rate plane (one for HDR where rules ask) and the channel line, covered by numbered keys.

    Borders are evenly spaced, not to scale: what matters is on which side a track lies. Empty where the rules draw
    nothing.
    """
    known = [(number, _rule(rule)) for number, rule in rules]
    video = [one for _, rule in known for one in rule.video]
    audio = [one for _, rule in known for one in rule.audio]
    pixels = _axis(video, "minPixels", "maxPixels", step=1, words=_pixels)
    fps = _axis(video, "minFps", "maxFps", step=0, words=str)
    channels = _axis(audio, "minChannels", "maxChannels", step=1, words=str)
    names = {number: rule.intended_track_type or "" for number, rule in known}
    lookup = {id(rule): number for number, rule in known}
    ordered = [rule for _, rule in known]

    def key(track: Track) -> int:
        rule = key_for(ordered, track)
        return lookup[id(rule)] if rule is not None else 0

    drawn: list[str] = []
    top = 6
    unfiltered = not video and not audio and bool(known)
    if video or unfiltered:
        ranges = (False, True) if any("hdr" in one.attributes for one in video) else (False,)
        for hdr in ranges:
            label = ("HDR " if hdr else "SDR ") if len(ranges) > 1 else ""
            rows = [
                (
                    _rate(fps, at, label),
                    [key(Track("video", pixels=p, fps=rate, hdr=hdr)) for p in pixels.samples],
                )
                for at, rate in reversed(list(enumerate(fps.samples)))
            ]
            drawn.append(_grid(rows, names, top))
            top += ROW * len(rows) + (4 if hdr is not ranges[-1] else 0)
        drawn.append(_ticks(pixels.borders, len(pixels.samples), top, "pixels"))
        top += 26 if pixels.borders else 6
    if audio or unfiltered:
        drawn.append(_grid([("audio", [key(Track("audio", channels=c)) for c in channels.samples])], names, top))
        top += ROW
        drawn.append(_ticks(channels.borders, len(channels.samples), top, "channels"))
        top += 22 if channels.borders else 2
    if not drawn:
        return ""
    return _svg(WIDTH, top, title, "".join(drawn))


def _rule(rule: RuleSummary) -> Rule:
    element = etree.Element("rule")
    filters = tuple(
        Filter(element=element, kind=kind, attributes=MappingProxyType(dict(attributes)))
        for kind, attributes in rule.filters
        if kind != "KeyPeriodFilter"
    )
    return Rule(element=element, kid=None, intended_track_type=rule.type, filters=filters)


def _axis(filters: Iterable[Filter], low: str, high: str, *, step: int, words: Callable[[int], str]) -> Axis:
    """Intervals between the bounds. `step` is 1 where a minimum belongs to its interval, 0 where it does not (fps)."""
    cuts: set[int] = set()
    for one in filters:
        for name, shift in ((low, step), (high, 0)):
            text = one.attributes.get(name, "").strip()
            if text.isascii() and text.isdigit() and len(text) < 12:
                cuts.add(int(text) - shift)
    ordered = sorted(cut for cut in cuts if cut > 0)[: MOST_COLUMNS - 1]
    return Axis((*(cut for cut in ordered), (ordered[-1] + 1) if ordered else 2), tuple(words(cut) for cut in ordered))


def _pixels(count: int) -> str:
    usual = {589824: "1024×576", 442368: "768×576", 921600: "1280×720", 2073600: "1920×1080", 8847360: "4096×2160"}
    return usual.get(count, f"{count:,}".replace(",", "\u202f"))


def _rate(fps: Axis, at: int, label: str) -> str:
    if not fps.borders:
        return label or "video"
    return f"{label}≤{fps.borders[at]} fps" if at < len(fps.borders) else f"{label}>{fps.borders[-1]} fps"


def _grid(rows: Sequence[tuple[str, Sequence[int]]], names: Mapping[int, str], top: int) -> str:
    out = []
    for at, (label, keys) in enumerate(rows):
        y = top + at * ROW
        out.append(f'<text class="ax" x="{LEFT - 6}" y="{y + 19}" text-anchor="end">{_text(label)}</text>')
        wide = (WIDTH - LEFT - 4) / len(keys)
        start = 0
        while start < len(keys):
            end = start
            while end + 1 < len(keys) and keys[end + 1] == keys[start]:
                end += 1
            x, length, number = LEFT + start * wide, (end - start + 1) * wide, keys[start]
            kind = f"k{(number - 1) % HUES}" if number else "none"
            out.append(
                f'<rect class="{kind}" x="{x:.1f}" y="{y}" width="{max(length - 2, 1):.1f}" height="{ROW - 2}" rx="3"/>'
            )
            words = f"{number} {names.get(number, '')}".strip() if number else "clear"
            fits = int(length / LETTER)
            shown = words if len(words) <= fits else (str(number) if number else "–")
            out.append(f'<text x="{x + length / 2 - 1:.1f}" y="{y + 19}" text-anchor="middle">{_text(shown)}</text>')
            start = end + 1
    return "".join(out)


def _ticks(borders: Sequence[str], columns: int, top: int, unit: str) -> str:
    if not borders:
        return ""
    wide = (WIDTH - LEFT - 4) / columns
    out = [f'<text class="ax" x="{LEFT - 6}" y="{top + 13}" text-anchor="end">{unit}</text>']
    for at, border in enumerate(borders, 1):
        x = LEFT + at * wide - 1
        out.append(f'<text class="ax" x="{x:.1f}" y="{top + 13}" text-anchor="middle">{_text(border)}</text>')
    return "".join(out)


def timeline_svg(summary: ExchangeSummary, title: str) -> str:
    """A timeline of key periods: a row per track, a column per period, the key that holds there; same key, same tint.

    Empty where there are fewer than two periods.
    """
    periods = summary.periods
    if len(periods) < 2:
        return ""
    shown = periods[:MOST_COLUMNS]
    columns = {period.id: at for at, period in enumerate(shown)}
    cells: dict[str, dict[int, str]] = {}
    for row in summary.keys:
        for rule in row.rules:
            for kind, attributes in rule.filters:
                at = columns.get(attributes.get("periodId", "")) if kind == "KeyPeriodFilter" else None
                if at is not None:
                    cells.setdefault(rule.type or "(no type)", {})[at] = str(row.key or "–")
    tints = {key: at for at, key in enumerate(dict.fromkeys(k for line in cells.values() for k in line.values()))}
    wide = (WIDTH - LEFT - 4) / len(shown)
    out = []
    for at, period in enumerate(shown):
        label = _when(period, at)[: max(2, int(wide / 6.4))]
        missing = "" if period.answered or summary.state != "answered" else " ✕"
        middle = f"{LEFT + (at + 0.5) * wide:.1f}"
        out.append(f'<text class="ax" x="{middle}" y="16" text-anchor="middle">{_text(label)}{missing}</text>')
    for line, (track, keys) in enumerate(cells.items()):
        y = 24 + line * ROW
        out.append(f'<text class="ax" x="{LEFT - 6}" y="{y + 19}" text-anchor="end">{_text(track[:9])}</text>')
        for at, key in keys.items():
            x = LEFT + at * wide
            fits = int(wide / LETTER)
            name = key.removeprefix("key:")[:fits]
            tint, width = f"k{tints[key] % HUES}", f"{wide - 2:.1f}"
            out.append(
                f'<rect class="{tint}" x="{x:.1f}" y="{y}" width="{width}" height="{ROW - 2}" rx="3"/>'
                f'<text x="{x + wide / 2 - 1:.1f}" y="{y + 19}" text-anchor="middle">{_text(name)}</text>'
            )
    return _svg(WIDTH, 28 + ROW * len(cells), title, "".join(out))


def _when(period: PeriodSummary, at: int) -> str:
    if period.index:
        return f"#{period.index}"
    return str(period.start or f"period {at + 1}")


def bar_svg(p50: float, p95: float, worst: float, scale: float) -> str:
    """A bar for one area: solid up to the median, light up to the 95th percentile, a mark at the maximum."""
    whole = 240

    def at(value: float) -> float:
        return 0.0 if scale <= 0 else min(whole - 2.0, value / scale * whole)

    return (
        f'<svg class="bar" viewBox="0 0 {whole} 12" width="{whole}" height="12" aria-hidden="true">'
        f'<rect class="p95" width="{at(p95):.1f}" height="12" rx="2"/>'
        f'<rect class="p50" width="{at(p50):.1f}" height="12" rx="2"/>'
        f'<rect class="max" x="{at(worst):.1f}" width="2" height="12"/></svg>'
    )


def _svg(width: int, height: int, title: str, inside: str) -> str:
    name = _text(title)
    return f'<svg class="pic" viewBox="0 0 {width} {height}" role="img" aria-label="{name}">{inside}</svg>'


def _text(text: str) -> str:
    return escape(visible(text))
