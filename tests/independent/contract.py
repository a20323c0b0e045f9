"""The rules of the encryption contract page, in the order in which this server looks at them."""

from __future__ import annotations

from collections import Counter
from xml.etree.ElementTree import Element

from tests.independent.wish import C, Refusal, Wish

MALFORMED = "Malformed encryption contract"
ALLOWED = {
    "VideoFilter": {"minPixels", "maxPixels", "hdr", "minFps", "maxFps"},
    "AudioFilter": {"minChannels", "maxChannels"},
    "KeyPeriodFilter": {"periodId"},
}
ABOVE_HD = 1920 * 1080 + 1


def require_some_contract(root: Element) -> None:
    """No filter for tracks anywhere is the one kind of missing contract; raises Refusal."""
    if root.find(f".//{C}VideoFilter") is None and root.find(f".//{C}AudioFilter") is None:
        raise Refusal("Missing CPIX encryption contract")


def require_sound_contract(wish: Wish, *, by_period: bool) -> None:
    """Each rule by itself and all of them together; raises Refusal."""
    for rule in wish.rules:
        if not rule.track:
            raise Refusal(MALFORMED)
        for kind, attributes in rule.filters:
            if not set(attributes) <= ALLOWED.get(kind, set()) or kind not in ALLOWED:
                raise Refusal(MALFORMED)
        if rule.track == "ALL":
            if len(wish.rules) > 1 + len(wish.periods or ()) * by_period or sorted(rule.tracks) != [
                ("AudioFilter", {}),
                ("VideoFilter", {}),
            ]:
                raise Refusal(MALFORMED)
        elif len(rule.tracks) != len(rule.track.split("+")):
            raise Refusal(MALFORMED)
    named = Counter((rule.track, rule.period if by_period else "") for rule in wish.rules)
    if named.most_common(1)[0][1] > 1:
        raise Refusal(MALFORMED)


def require_whole_references(wish: Wish) -> None:
    """Keys, rules, DRM systems and periods belong together; raises Refusal."""
    kids = Counter(key.number for key in wish.keys)
    if kids.most_common(1)[0][1] > 1:
        raise Refusal("Two content keys have the same kid.")
    if set(kids) != {rule.number for rule in wish.rules}:
        raise Refusal("Content keys and usage rules do not belong together.")
    if any(system.number not in kids for system in wish.systems):
        raise Refusal("A DRMSystem is for a key that nobody asks for.")
    if len({(system.number, system.system) for system in wish.systems}) < len(wish.systems):
        raise Refusal("A DRM system is wished for twice for one key.")
    periods = {period.get("id") for period in wish.periods or ()}
    if len(periods) < len(wish.periods or ()):
        raise Refusal("Two key periods have the same id.")
    for rule in wish.rules:
        if any(kind == "KeyPeriodFilter" for kind, _ in rule.filters) and rule.period not in periods:
            raise Refusal("A KeyPeriodFilter names no key period.")


def require_permitted_levels(wish: Wish) -> None:
    """This operator does not let sound share a key with pictures above HD; raises Refusal."""
    for rule in wish.rules:
        kinds = {kind for kind, _ in rule.tracks}
        least = max((int(values.get("minPixels", "0")) for _, values in rule.tracks), default=0)
        if len(kinds) == 2 and least >= ABOVE_HD:
            raise Refusal("Requested CPIX encryption contract not supported")
