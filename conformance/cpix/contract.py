"""Which content key an encryptor gives to a track, read from the usage rules as SPEKE means them.

SPEKE differs from CPIX in two ways: of several rules that match a track the last one wins, and the VideoFilter and
AudioFilter of an ``ALL`` rule are alternatives. BitrateFilter and VideoFilter@wcg are ignored, as SPEKE demands.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from conformance.cpix.reader import Filter, Rule

_INTEGER = re.compile(r"[ \t\r\n]*([+-]?[0-9]{1,18})[ \t\r\n]*")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_EVALUATED = frozenset({"VideoFilter", "AudioFilter", "KeyPeriodFilter", "BitrateFilter"})

# Points that lie in the middle of common ladders, so that rules without any border are asked about too.
_USUAL_PIXELS = 1280 * 720
_USUAL_FPS = 25
_USUAL_CHANNELS = 2


@dataclass(frozen=True, slots=True)
class Track:
    """One track as an encryptor sees it: ``pixels`` is width times height, ``fps`` pictures per second.

    ``period_id`` is the key period in which it is looked at, None for content without key periods. What does not
    belong to the kind of track is not looked at.
    """

    kind: Literal["video", "audio"]
    pixels: int = _USUAL_PIXELS
    fps: int | Fraction = _USUAL_FPS
    hdr: bool = False
    channels: int = _USUAL_CHANNELS
    period_id: str | None = None

    def __str__(self) -> str:
        period = "" if self.period_id is None else f" in period {self.period_id}"
        if self.kind == "audio":
            return f"audio with {self.channels} channels{period}"
        return f"{'HDR' if self.hdr else 'SDR'} video of {self.pixels} pixels at {self.fps} fps{period}"


def key_for(rules: Sequence[Rule], track: Track) -> Rule | None:
    """The rule whose key protects a track: the last one that matches, None where it stays in the clear."""
    return next((rule for rule in reversed(rules) if matches(rule, track)), None)


def matches(rule: Rule, track: Track) -> bool:
    """Whether one rule applies to a track.

    A rule without any filter matches everything; one with period filters needs one of them to name the track's
    period. A rule with a CPIX filter that SPEKE does not know, or a bound that is no number, matches nothing,
    because nobody can say what it means.
    """
    if any(_is_unknown(one) for one in rule.filters):
        return False
    if any(one.kind == "KeyPeriodFilter" for one in rule.filters) and track.period_id not in rule.period_ids:
        return False
    if not rule.video and not rule.audio:
        return True
    if track.kind == "video":
        return any(_video_matches(one, track) for one in rule.video)
    return any(_audio_matches(one, track) for one in rule.audio)


def probe_tracks(rules: Sequence[Rule]) -> tuple[Track, ...]:
    """Tracks on both sides of every border that the rules draw, in every key period that they name.

    Two lists of rules that give each of these tracks the same key protect everything alike. The number is the
    product of the borders, so this is meant for the rules that were asked, not for those of a stranger.
    """
    video = [one for rule in rules for one in rule.video]
    audio = [one for rule in rules for one in rule.audio]
    periods = _periods(rules)
    hdr = (False, True) if any("hdr" in one.attributes for one in video) else (False,)
    pixels = _around(video, "minPixels", "maxPixels", _USUAL_PIXELS, step_down=True)
    fps = _around(video, "minFps", "maxFps", _USUAL_FPS, step_down=False)
    channels = _around(audio, "minChannels", "maxChannels", _USUAL_CHANNELS, step_down=True)
    return (
        *(
            Track("video", pixels=p, fps=f, hdr=h, period_id=period)
            for period, p, f, h in itertools.product(periods, pixels, fps, hdr)
        ),
        *(Track("audio", channels=c, period_id=period) for period, c in itertools.product(periods, channels)),
    )


def _is_unknown(one: Filter) -> bool:
    # Foreign elements are extensions, which may be skipped; an unknown filter of CPIX itself may not.
    return one.kind not in _EVALUATED and not one.kind.startswith("{") and ":" not in one.kind


def _video_matches(one: Filter, track: Track) -> bool:
    hdr = one.attributes.get("hdr")
    return (
        _at_least(track.pixels, one.attributes.get("minPixels"))
        and _at_most(track.pixels, one.attributes.get("maxPixels"))
        and _above(track.fps, one.attributes.get("minFps"))
        and _at_most(track.fps, one.attributes.get("maxFps"))
        and (hdr is None or _BOOLEANS.get(hdr.strip()) is track.hdr)
    )


def _audio_matches(one: Filter, track: Track) -> bool:
    return _at_least(track.channels, one.attributes.get("minChannels")) and _at_most(
        track.channels, one.attributes.get("maxChannels")
    )


def _at_least(value: int | Fraction, bound: str | None) -> bool:
    return bound is None or ((number := _integer(bound)) is not None and value >= number)


def _at_most(value: int | Fraction, bound: str | None) -> bool:
    return bound is None or ((number := _integer(bound)) is not None and value <= number)


def _above(value: int | Fraction, bound: str | None) -> bool:
    return bound is None or ((number := _integer(bound)) is not None and value > number)


def _integer(text: str) -> int | None:
    match = _INTEGER.fullmatch(text)
    return int(match[1]) if match else None


def _periods(rules: Iterable[Rule]) -> tuple[str | None, ...]:
    named = dict.fromkeys(period for rule in rules for period in rule.period_ids)
    free = any(not rule.period_ids for rule in rules)
    return (*named, None) if free or not named else tuple(named)


def _around(filters: Iterable[Filter], low: str, high: str, usual: int, *, step_down: bool) -> tuple[int, ...]:
    """The usual value, and the values on both sides of each border.

    An inclusive lower bound m separates m-1 from m (``step_down``), an exclusive one m from m+1, as does any upper
    bound.
    """
    values = {usual}
    for one in filters:
        for name, down in ((low, step_down), (high, False)):
            number = _integer(one.attributes.get(name, ""))
            if number is not None:
                values.update((number - 1, number) if down else (number, number + 1))
    return tuple(sorted(value for value in values if value > 0))
