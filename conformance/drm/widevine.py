"""The Widevine header, which is the Data of a Widevine pssh box."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from conformance.cpix.bounds import bounded, preview
from conformance.cpix.errors import DecodeError
from conformance.drm.once import once
from conformance.drm.protobuf import BYTES, VARINT, WIRE_NAMES, Field, fields
from conformance.drm.recognised import WIDEVINE_DATA, recognised

SCHEMES: Final[Mapping[int, str]] = {
    int.from_bytes(name.encode(), "big"): name for name in ("cenc", "cbc1", "cens", "cbcs")
}
"""Protection scheme by the number that stands in the header: the four characters as a big-endian integer."""

ENTITLED_KEY: Final = 2
"""The `type` of a header that names its KIDs in `entitled_keys`."""

DEPRECATED_FIELDS: Final[Mapping[int, str]] = {3: "provider", 5: "track_type", 6: "policy", 8: "grouped_license"}

_NAMES: Final[Mapping[int, tuple[str, int]]] = {
    1: ("algorithm", VARINT),
    2: ("key_ids", BYTES),
    3: ("provider", BYTES),
    4: ("content_id", BYTES),
    5: ("track_type", BYTES),
    6: ("policy", BYTES),
    7: ("crypto_period_index", VARINT),
    8: ("grouped_license", BYTES),
    9: ("protection_scheme", VARINT),
    10: ("crypto_period_seconds", VARINT),
    11: ("type", VARINT),
    12: ("key_sequence", VARINT),
    13: ("group_ids", BYTES),
    14: ("entitled_keys", BYTES),
    15: ("video_feature", BYTES),
}
_REPEATED: Final = frozenset({2, 13, 14})
_TEXT: Final = frozenset({3, 5, 6, 15})
_ENTITLED_NAMES: Final[Mapping[int, tuple[str, int]]] = {
    1: ("entitlement_key_id", BYTES),
    2: ("key_id", BYTES),
    3: ("key", BYTES),
    4: ("iv", BYTES),
    5: ("entitlement_key_size_bytes", VARINT),
}


@dataclass(frozen=True, slots=True)
class EntitledKey:
    """A content key wrapped by an entitlement key; absent fields are empty or None."""

    entitlement_key_id: bytes
    key_id: bytes
    key: bytes = field(repr=False)
    iv: bytes
    entitlement_key_size_bytes: int | None


@dataclass(frozen=True, slots=True)
class WidevineHeader:
    """All known fields (None where absent), and what is unusual about the message."""

    algorithm: int | None
    key_ids: tuple[bytes, ...]
    provider: str | None
    content_id: bytes | None
    track_type: str | None
    policy: str | None
    crypto_period_index: int | None
    grouped_license: bytes | None
    protection_scheme: int | None
    crypto_period_seconds: int | None
    type: int | None
    key_sequence: int | None
    group_ids: tuple[bytes, ...]
    entitled_keys: tuple[EntitledKey, ...]
    video_feature: str | None
    present: tuple[int, ...]
    repeated_scalars: tuple[int, ...]
    unknown: tuple[int, ...]
    not_utf8: tuple[int, ...]

    @property
    def is_entitled(self) -> bool:
        """Whether the header is one whose content keys come wrapped in entitlement keys."""
        return self.type == ENTITLED_KEY

    @property
    def named_kids(self) -> tuple[bytes, ...]:
        """The KIDs that the header speaks of, whatever their length: `key_ids`, or those of an ENTITLED_KEY header."""
        return self.key_ids + (tuple(key.key_id for key in self.entitled_keys) if self.is_entitled else ())

    @property
    def scheme(self) -> str | None:
        """The protection scheme in words: absent or 0 reads as `cenc`, None stands for an unknown number."""
        return SCHEMES.get(self.protection_scheme) if self.protection_scheme else "cenc"

    @property
    def scheme_if_reversed(self) -> str | None:
        """The scheme that the number means when its four bytes are read backwards, or None."""
        number = self.protection_scheme or 0
        return SCHEMES.get(int.from_bytes(number.to_bytes(4, "little"), "big")) if number < 1 << 32 else None

    @property
    def deprecated(self) -> tuple[str, ...]:
        """Names of the deprecated fields that are present."""
        return tuple(name for number, name in DEPRECATED_FIELDS.items() if number in self.present)


@once
def read(data: bytes, *, base: int = 0) -> WidevineHeader:
    """Read the header; `base` is the offset of `data` in the payload, so that errors name the byte there.

    Empty data is a header without fields. Raises DecodeError `widevine.*` for anything that a protobuf reader
    would refuse, and for known fields of the wrong wire type, which the usual runtimes hide.
    """
    if data:
        bounded(data, "widevine")
    if data[4:8] == b"pssh":
        raise DecodeError(
            "widevine.nested-box",
            "the data of the box is another pssh box instead of a Widevine header",
            offset=base,
            expected="a protobuf message",
            found=preview(data),
        )
    try:
        found = list(fields(data, "widevine", base))
        _check_wire_types(found, _NAMES)
    except DecodeError:
        # Only what is no header is looked at for what else it is: short headers may look like other things.
        what = recognised(data)
        if what and what != WIDEVINE_DATA:
            raise DecodeError(
                "widevine.is-something-else",
                f"the data of the box is {what}, not a Widevine header",
                offset=base,
                expected="a protobuf message",
                found=preview(data),
            ) from None
        raise
    numbers = Counter(item.number for item in found)
    last = {item.number: item for item in found}
    texts = {number: last[number].data for number in _TEXT if number in last}

    def integer(number: int) -> int | None:
        return last[number].integer if number in last else None

    def text(number: int) -> str | None:
        return texts[number].decode("utf-8", "backslashreplace") if number in texts else None

    def content(number: int) -> bytes | None:
        return last[number].data if number in last else None

    return WidevineHeader(
        algorithm=integer(1),
        key_ids=tuple(item.data for item in found if item.number == 2),
        provider=text(3),
        content_id=content(4),
        track_type=text(5),
        policy=text(6),
        crypto_period_index=integer(7),
        grouped_license=content(8),
        protection_scheme=integer(9),
        crypto_period_seconds=integer(10),
        type=integer(11),
        key_sequence=integer(12),
        group_ids=tuple(item.data for item in found if item.number == 13),
        entitled_keys=tuple(_entitled(item) for item in found if item.number == 14),
        video_feature=text(15),
        present=tuple(sorted(numbers)),
        repeated_scalars=tuple(
            number for number in sorted(numbers) if numbers[number] > 1 and number in _NAMES and number not in _REPEATED
        ),
        unknown=tuple(number for number in sorted(numbers) if number not in _NAMES),
        not_utf8=tuple(sorted(number for number, raw in texts.items() if not _is_utf8(raw))),
    )


def _check_wire_types(found: Sequence[Field], names: Mapping[int, tuple[str, int]]) -> None:
    for item in found:
        name, wire = names.get(item.number, ("", item.wire))
        if item.wire != wire:
            raise DecodeError(
                "widevine.wire-type",
                f"field {item.number} ({name}) at byte {item.offset} has the wrong wire type",
                offset=item.offset,
                expected=f"{WIRE_NAMES[wire]} (wire type {wire})",
                found=f"{WIRE_NAMES[item.wire]} (wire type {item.wire})",
            )


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _entitled(outer: Field) -> EntitledKey:
    found = list(fields(outer.data, "widevine", outer.start))
    _check_wire_types(found, _ENTITLED_NAMES)
    last = {item.number: item for item in found}

    def content(number: int) -> bytes:
        return last[number].data if number in last else b""

    return EntitledKey(content(1), content(2), content(3), content(4), last[5].integer if 5 in last else None)
