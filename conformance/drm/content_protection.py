"""ContentProtectionData: the XML children that a packager puts under an MPD's ContentProtection element."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from lxml import etree

from conformance.cpix.bounds import bounded
from conformance.cpix.xml import SPACE, parse_fragment
from conformance.drm.once import once

CENC: Final = "urn:mpeg:cenc:2013"
MSPR: Final = "urn:microsoft:playready"

_PSSH: Final = f"{{{CENC}}}pssh"
_PRO: Final = f"{{{MSPR}}}pro"
_DEFAULT_KID: Final = f"{{{CENC}}}default_KID"
_DEPRECATED: Final = frozenset({f"{{{MSPR}}}IsEncrypted", f"{{{MSPR}}}IV_size", f"{{{MSPR}}}kid"})


@dataclass(frozen=True, slots=True)
class Protection:
    """What a fragment holds, wherever in it; texts are as written, without surrounding white space.

    `roots` are (namespace, local name), with an empty namespace where there is none. `wrapped` says that the children
    stand inside a ContentProtection or another element instead of at the top. `default_kids` are texts of
    `cenc:default_KID`, `deprecated` the local names of PlayReady elements from before Common Encryption.
    `text` is character data between the top elements.
    """

    roots: tuple[tuple[str, str], ...]
    pssh: tuple[str, ...]
    pro: tuple[str, ...]
    default_kids: tuple[str, ...]
    wrapped: bool
    unnamespaced: tuple[str, ...]
    deprecated: tuple[str, ...]
    comments: bool
    declaration: bool
    bom: bool
    text: str


@once
def read(data: bytes) -> Protection:
    """Read a fragment of one or several elements that declares all its prefixes itself.

    Raises DecodeError `protection.empty`, `protection.too-large` or `fragment.*` (DASH-IF CPIX, ContentProtectionData).
    """
    fragment = parse_fragment(bounded(data, "protection"))
    elements = [element for root in fragment.roots for element in root.iter(etree.Element)]
    return Protection(
        roots=tuple(_name(root) for root in fragment.roots),
        pssh=tuple(_texts(elements, _PSSH)),
        pro=tuple(_texts(elements, _PRO)),
        default_kids=tuple(kid for element in elements for kid in (element.get(_DEFAULT_KID) or "").split()),
        wrapped=any(_wraps(root) for root in fragment.roots),
        unnamespaced=tuple(dict.fromkeys(local for uri, local in map(_name, elements) if not uri)),
        deprecated=tuple(dict.fromkeys(_name(element)[1] for element in elements if element.tag in _DEPRECATED)),
        comments=fragment.comments,
        declaration=fragment.declaration,
        bom=fragment.bom,
        text=fragment.text,
    )


def _name(element: etree._Element) -> tuple[str, str]:
    name = etree.QName(element)
    return name.namespace or "", name.localname


def _texts(elements: Iterable[etree._Element], tag: str) -> list[str]:
    return [(element.text or "").strip(SPACE) for element in elements if element.tag == tag]


def _wraps(root: etree._Element) -> bool:
    if etree.QName(root).localname == "ContentProtection":
        return True
    return any(element.tag in (_PSSH, _PRO) for element in root.iterdescendants(etree.Element))
