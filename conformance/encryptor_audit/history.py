"""What is remembered of earlier exchanges: which KID held in which period, which key answered it, what was refused."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from conformance.cpix.reader import Cpix, Period, Rule, uuid_of

MOST_CONTENTS = 500
MOST_KIDS = 2000
"""Of one content: a year of rotation every five minutes is more, but nobody needs all of it."""

Slot = tuple[str, str, str]
"""(scheme, key period, intendedTrackType): what has one KID at a time."""


@dataclass
class ContentHistory:
    """One contentId as it was asked for so far; holds fingerprints, never a key."""

    kids: OrderedDict[Slot, str] = field(default_factory=OrderedDict)
    keys: OrderedDict[tuple[str, str, str], str] = field(default_factory=OrderedDict)
    """(scheme, key period, KID) -> fingerprint of the key."""
    refused: bool = False
    """The last answer for this content was a refusal of a v2 request."""


class History:
    """The contents that were asked for lately. `fingerprint` stands for a key without giving it away."""

    def __init__(self, fingerprint: Callable[[bytes], str]) -> None:
        self.fingerprint = fingerprint
        self._contents: OrderedDict[str, ContentHistory] = OrderedDict()

    def content(self, name: str) -> ContentHistory:
        """What is known of one content; an empty memory where it is new."""
        found = self._contents.setdefault(name, ContentHistory())
        self._contents.move_to_end(name)
        while len(self._contents) > MOST_CONTENTS:
            self._contents.popitem(last=False)
        return found

    def learn_kids(self, document: Cpix) -> None:
        """Remember which KID the request uses where."""
        content = self.content(document.content_id or "")
        for slot, kid in slots(document):
            content.kids[slot] = kid
        while len(content.kids) > MOST_KIDS:
            content.kids.popitem(last=False)

    def learn_key(self, content: str, place: tuple[str, str, str], key: bytes) -> None:
        """Remember which key answered."""
        held = self.content(content).keys
        held[place] = self.fingerprint(key)
        while len(held) > MOST_KIDS:
            held.popitem(last=False)


def slots(document: Cpix) -> Iterator[tuple[Slot, str]]:
    """Each (scheme, period, track type) of a request with its KID in lower case; rules without a KID are left out."""
    schemes = {uuid_of(key.kid): key.scheme or "" for key in document.content_keys}
    names = {period.id: name_of(period) for period in document.periods}
    for rule in document.rules:
        kid = uuid_of(rule.kid)
        if kid is not None and rule.intended_track_type:
            for period in _periods(rule):
                yield (schemes.get(kid, ""), names.get(period, period), rule.intended_track_type), str(kid)


def periods_by_kid(document: Cpix) -> dict[str, str]:
    """KID in lower case -> the period that its rule names; empty text for content without periods."""
    return {kid: period for (_, period, _), kid in slots(document)}


def name_of(period: Period) -> str:
    """What tells a key period apart from request to request: its index, else when it begins, else its id."""
    return period.index or period.start or period.start_offset or period.id or ""


def _periods(rule: Rule) -> tuple[str, ...]:
    return rule.period_ids or ("",)
