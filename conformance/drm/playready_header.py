"""The PlayReady header (WRMHEADER), versions 4.0 to 4.3."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from lxml import etree

from conformance.cpix import b64, xml
from conformance.cpix.bounds import bounded, preview
from conformance.cpix.errors import DecodeError
from conformance.drm import playready_style
from conformance.model.quoted import excerpt

NAMESPACE: Final = "http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader"
VERSIONS: Final = ("4.0.0.0", "4.1.0.0", "4.2.0.0", "4.3.0.0")

_CUSTOM: Final = "DATA/CUSTOMATTRIBUTES"
_KID_PLACES: Final = ("DATA/KID", "DATA/PROTECTINFO/KID", "DATA/PROTECTINFO/KIDS/KID")
_KNOWN_PLACES: Final = frozenset(
    {
        *_KID_PLACES,
        *(f"DATA/{name}" for name in ("PROTECTINFO", "CHECKSUM", "LA_URL", "LUI_URL", "DS_ID", "DECRYPTORSETUP")),
        *(f"DATA/PROTECTINFO/{name}" for name in ("KIDS", "KEYLEN", "ALGID")),
        *(f"{place}/@{name}" for place in _KID_PLACES[1:] for name in ("ALGID", "CHECKSUM", "VALUE")),
        "DATA/PROTECTINFO/@LICENSEREQUESTED",
        "@version",
        "DATA",
        _CUSTOM,
    }
)
# Where each version must not have what another one has there.
_MISPLACED: Final[Mapping[str, frozenset[str]]] = {
    "4.0.0.0": frozenset({*_KID_PLACES[1:], "DATA/PROTECTINFO/KIDS", "DATA/DECRYPTORSETUP"}),
    "4.1.0.0": frozenset(
        {"DATA/KID", "DATA/CHECKSUM", "DATA/PROTECTINFO/KEYLEN", "DATA/PROTECTINFO/ALGID", "DATA/PROTECTINFO/KIDS"}
    ),
    "4.2.0.0": frozenset(
        {"DATA/KID", "DATA/CHECKSUM", "DATA/PROTECTINFO/KEYLEN", "DATA/PROTECTINFO/ALGID", "DATA/PROTECTINFO/KID"}
    ),
}
_LICENSE_REQUESTED: Final = "DATA/PROTECTINFO/@LICENSEREQUESTED"
_SINGLE: Final = frozenset({"DATA", "DATA/PROTECTINFO", "DATA/PROTECTINFO/KIDS", *_KID_PLACES[:2], "DATA/CHECKSUM"})


@dataclass(frozen=True, slots=True)
class WrmKid:
    """One KID of the header; `value` is None where the text is no base64, `uuid` where it is not 16 bytes long.

    `place` is its path below WRMHEADER. `checksum_text` is what is written, `checksum` the bytes that it stands for.
    """

    place: str
    text: str
    value: bytes | None
    uuid: UUID | None
    algid: str | None
    checksum_text: str | None
    checksum: bytes | None


@dataclass(frozen=True, slots=True)
class WrmHeader:
    """What a header says, with KIDs gathered from wherever they stand.

    `misplaced` lists elements at a place that this version does not have, `missing` what it requires beside each KID,
    `repeated` single elements that occur again, `foreign` what is outside the schema (but for the inside of
    CUSTOMATTRIBUTES), all as paths below WRMHEADER. `style` names departures from the plain canonical form.
    Sizes are bytes of UTF-16.
    """

    version: str | None
    kids: tuple[WrmKid, ...]
    algid: str | None
    keylen: str | None
    la_urls: tuple[str, ...]
    lui_urls: tuple[str, ...]
    ds_ids: tuple[str, ...]
    decryptor_setup: str | None
    custom_attributes_size: int
    foreign: tuple[str, ...]
    misplaced: tuple[str, ...]
    missing: tuple[str, ...]
    repeated: tuple[str, ...]
    style: tuple[str, ...]
    has_data: bool
    size: int

    @property
    def algids(self) -> frozenset[str | None]:
        """The distinct algorithms of all KIDs; None stands for a KID without one."""
        return frozenset(kid.algid for kid in self.kids)


@dataclass(frozen=True, slots=True)
class _Node:
    place: str
    element: etree._Element


def read_header(data: bytes) -> WrmHeader:
    """Read the UTF-16LE header of a PlayReady object.

    A version that does not exist, KIDs at a wrong place and the like are values, to be judged one by one. Raises
    DecodeError `playready.*` where there is no well-formed WRMHEADER (PlayReady Header Specification).
    """
    text = _text(bounded(data, "playready"))
    body = playready_style.without_declaration(text).strip("\0\ufeff")
    root = _root(body)
    nodes = tuple(_walk(root, ""))
    version = root.get("version")
    texts: dict[str, list[str]] = {}
    for node in nodes:
        texts.setdefault(node.place, []).append((node.element.text or "").strip(xml.SPACE))
    places = tuple(_places(root, nodes))
    algid, checksum = _first(texts, "DATA/PROTECTINFO/ALGID"), _first(texts, "DATA/CHECKSUM")
    kids = tuple(_kid(node, algid, checksum) for node in nodes if node.place in _KID_PLACES)
    return WrmHeader(
        version=version,
        kids=kids,
        algid=algid,
        keylen=_first(texts, "DATA/PROTECTINFO/KEYLEN"),
        la_urls=tuple(texts.get("DATA/LA_URL", ())),
        lui_urls=tuple(texts.get("DATA/LUI_URL", ())),
        ds_ids=tuple(texts.get("DATA/DS_ID", ())),
        decryptor_setup=_first(texts, "DATA/DECRYPTORSETUP"),
        custom_attributes_size=playready_style.custom_attributes_size(body),
        foreign=tuple(place for place in places if place not in _KNOWN_PLACES),
        misplaced=tuple(place for place in places if _is_misplaced(place, version)),
        missing=tuple(_missing(version, texts, kids)),
        repeated=tuple(place for place, found in texts.items() if place in _SINGLE and len(found) > 1),
        style=playready_style.departures(text, body),
        has_data="DATA" in texts,
        size=len(data),
    )


def _text(data: bytes) -> str:
    if data.startswith((b"\0<", b"\xfe\xff")):
        raise DecodeError(
            "playready.utf-16-big-endian",
            "the header is UTF-16 in big-endian order",
            offset=0,
            expected="UTF-16LE: 3c 00",
            found=preview(data),
        )
    if data.lstrip().startswith(b"<") and data.find(b"\0") < 0:
        raise DecodeError(
            "playready.not-utf16",
            "the header is written in one byte per character instead of UTF-16LE",
            offset=0,
            expected="UTF-16LE: 3c 00",
            found=preview(data),
        )
    if len(data) % 2:
        raise DecodeError(
            "playready.odd-length",
            "the header has an odd number of bytes, which UTF-16 cannot have",
            offset=len(data) - 1,
            expected="an even number of bytes",
            found=f"{len(data)} bytes",
        )
    try:
        return data.decode("utf-16-le")
    except UnicodeDecodeError as error:
        raise DecodeError(
            "playready.not-utf16",
            f"the header is not UTF-16LE at byte {error.start}",
            offset=error.start,
            expected="UTF-16LE text",
            found=preview(data, error.start, 4),
        ) from None


def _root(body: str) -> etree._Element:
    try:
        root = xml.parse(body.encode("utf-8")).root
    except DecodeError as error:
        raise DecodeError(
            "playready." + error.code.removeprefix("xml."),
            f"the header cannot be read as XML: {error.message}",
            offset=error.offset,
            expected=error.expected,
            found=error.found,
        ) from None
    if root.tag != f"{{{NAMESPACE}}}WRMHEADER":
        raise DecodeError(
            "playready.wrong-root",
            "the header does not begin with the element WRMHEADER of the PlayReady namespace",
            offset=0,
            expected=f"{{{NAMESPACE}}}WRMHEADER",
            found=excerpt(str(root.tag), 160),
        )
    return root


def _walk(parent: etree._Element, path: str) -> Iterator[_Node]:
    """All elements below WRMHEADER in document order, but for the inside of CUSTOMATTRIBUTES."""
    for child in parent:
        name = etree.QName(child)
        # Producers reset the namespace on CUSTOMATTRIBUTES; it is theirs, whatever namespace it has.
        ours = name.namespace == NAMESPACE or f"{path}{name.localname}" == _CUSTOM
        place = path + (name.localname if ours else str(child.tag))
        yield _Node(place, child)
        if place != _CUSTOM:
            yield from _walk(child, place + "/")


def _places(root: etree._Element, nodes: tuple[_Node, ...]) -> Iterator[str]:
    yield from (f"@{name}" for name in map(str, root.keys()))
    for node in nodes:
        yield node.place
        if node.place != _CUSTOM:
            yield from (f"{node.place}/@{name}" for name in map(str, node.element.keys()))


def _first(texts: Mapping[str, list[str]], place: str) -> str | None:
    return texts[place][0] if place in texts else None


def _kid(node: _Node, algid: str | None, checksum: str | None) -> WrmKid:
    """A KID with the algorithm and checksum that belong to it: 4.0 has them elsewhere under DATA."""
    if node.place == "DATA/KID":
        text = (node.element.text or "").strip(xml.SPACE)
    else:
        text = node.element.get("VALUE", "")
        algid, checksum = node.element.get("ALGID"), node.element.get("CHECKSUM")
    value = _decoded(text)
    uuid = UUID(bytes_le=value) if value is not None and len(value) == 16 else None
    return WrmKid(node.place, text, value, uuid, algid, checksum, None if checksum is None else _decoded(checksum))


def _decoded(text: str) -> bytes | None:
    try:
        return b64.decode(text).data
    except DecodeError:
        return None


def _is_misplaced(place: str, version: str | None) -> bool:
    if version not in VERSIONS:
        return False
    if place == _LICENSE_REQUESTED:
        return version != "4.3.0.0"
    return place in _MISPLACED.get(version, _MISPLACED["4.2.0.0"])


def _missing(version: str | None, texts: Mapping[str, list[str]], kids: tuple[WrmKid, ...]) -> Iterator[str]:
    if version == "4.0.0.0":
        yield from (place for place in ("DATA/PROTECTINFO/ALGID", "DATA/PROTECTINFO/KEYLEN") if place not in texts)
    elif version in ("4.1.0.0", "4.2.0.0"):
        yield from (f"{kid.place}/@ALGID" for kid in kids if kid.algid is None and kid.place != "DATA/KID")
