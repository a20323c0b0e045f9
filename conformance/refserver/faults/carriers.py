"""The axis `carriers` of a fault: the same mistake in one carrier of a DRM payload, the others being right.

A fault of a payload is written once, as the server makes it everywhere. For each carrier in which the payload can
stand it also exists as FAULT[carrier], where only that carrier is wrong and right ones are beside it, and as
FAULT[carrier-alone], where the request asks for no other. Nothing is copied: the answer is made twice, and the carrier
is taken from the one with the mistake.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from lxml import etree

from conformance.refserver.faults.model import Condition, Fault
from conformance.refserver.names import cpix
from conformance.refserver.reading import Asked
from conformance.refserver.systems import SERVED


@dataclass(frozen=True, slots=True)
class Carrier:
    """One place for a payload: the placeholder that asks for it, and the checks that compare it with other places."""

    words: str
    placeholder: str
    element: str
    playlists: tuple[str | None, ...]
    compared_by: tuple[str, ...]


_HLS_CHECKS: Final = (
    "hls.lines-alike-but-for-the-tag",
    "hls.lines-of-one-uri-agree",
    "hls.lines-of-two-uris-agree",
    *(check for system in SERVED.values() for check in system.compared_in_hls),
)
_MANIFEST_CHECKS: Final = (
    "protection.pssh-equals-pssh",
    "protection.pssh-text-equals-pssh-text",
    "protection.pro-equals-pssh-data",
    "protection.pro-names-its-kid",
)
_SMOOTH_CHECKS: Final = (
    "smooth.equals-pssh-data",
    "smooth.is-playready-object",
    "smooth.names-its-kid",
    "smooth.algorithm-agrees",
)

CARRIERS: Final[Mapping[str, Carrier]] = {
    "pssh": Carrier(
        "the PSSH",
        "pssh",
        "PSSH",
        (),
        (
            *_MANIFEST_CHECKS,
            *(check for check in _HLS_CHECKS if check.endswith("-equals-pssh")),
            "smooth.equals-pssh-data",
        ),
    ),
    "content-protection": Carrier(
        "ContentProtectionData", "content-protection", "ContentProtectionData", (), _MANIFEST_CHECKS
    ),
    "hls-media": Carrier("the media playlist", "hls", "HLSSignalingData", ("media", None), _HLS_CHECKS),
    "hls-master": Carrier("the master playlist", "hls", "HLSSignalingData", ("master", "multiVariant"), _HLS_CHECKS),
    "smooth": Carrier(
        "the Smooth protection header",
        "smooth",
        "SmoothStreamingProtectionHeaderData",
        (),
        _SMOOTH_CHECKS,
    ),
}

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "box": ("pssh", "content-protection", "hls-media", "hls-master"),
    "bare-box": ("pssh", "content-protection"),
    "object": tuple(CARRIERS),
}
"""Word in a fault file -> where such a payload stands: a box with an HLS line, a box, a PlayReady object."""

SEAMS: Final = frozenset({"request", "keys", "answer"})
"""Where a fault with carriers may act; only a part of the answer is taken over, so HTTP is none of its business."""
OPS: Final = frozenset({"config"})
"""What it may do at the request: the other operations decide whether there is an answer."""


def expanded(fault: Fault) -> Iterator[Fault]:
    """The faults that one story stands for besides itself."""
    for name in fault.carriers:
        carrier = CARRIERS[name]
        yield _in_one(fault, name, carrier, alone=False)
        yield _in_one(fault, name, carrier, alone=True)


def _in_one(fault: Fault, name: str, carrier: Carrier, *, alone: bool) -> Fault:
    asked = carrier.placeholder if alone else rf"~ (^|\+){carrier.placeholder}(\+|$)"
    beside = () if alone else (Condition("signalling", r"~ \+"),)
    others = "which alone is asked for" if alone else "beside right ones elsewhere"
    return replace(
        fault,
        id=f"{fault.id}[{name}{'-alone' if alone else ''}]",
        story=f"{fault.story} Only in {carrier.words}, {others}.",
        when=(*fault.when, Condition("signalling", asked), *beside),
        may_kill=tuple(dict.fromkeys((*fault.may_kill, *carrier.compared_by))),
        carriers=(),
        base=fault.id,
        carrier=name,
    )


def with_all(asked: Asked) -> Asked:
    """The same request with every placeholder, so that a mistake can be made that shows in one of them only."""
    systems = (replace(one, pssh=True, content_protection=True, smooth=True) for one in asked.systems)
    return replace(asked, systems=tuple(systems))


def take_over(tree: etree._Element, wrong: etree._Element, name: str) -> None:
    """Put the payloads of one carrier from the answer with the mistake into the right one."""
    for mine, yours in zip(_systems(tree), _systems(wrong), strict=False):
        for here, there in zip(_payloads(mine, name), _payloads(yours, name), strict=False):
            here.text = there.text


def _systems(tree: etree._Element) -> Sequence[etree._Element]:
    return list(tree.iter(cpix("DRMSystem")))


def _payloads(system: etree._Element, name: str) -> list[etree._Element]:
    carrier = CARRIERS[name]
    found = system.iterchildren(cpix(carrier.element))
    return [one for one in found if not carrier.playlists or one.get("playlist") in carrier.playlists]
