"""Values inside HLS signalling that have a form of their own: data URIs, ALLOWED-CPC lists, visible UUIDs."""

from __future__ import annotations

import binascii
import json
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final
from urllib.parse import unquote, unquote_to_bytes
from uuid import UUID

from conformance.cpix import b64
from conformance.cpix.bounds import MAX_BYTES
from conformance.cpix.errors import DecodeError
from conformance.drm.hls_attributes import show
from conformance.drm.once import once
from conformance.model.quoted import excerpt

DEFAULT_MEDIA_TYPE: Final = "text/plain"

_STRICT_LABEL: Final = re.compile(r"[A-Z0-9-]+")
_CPC_STRAY: Final = re.compile(r"[\s\"]")
_UUID: Final = re.compile(
    r"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[0-9A-Fa-f]{32})(?![0-9A-Fa-f])"
)
# What stands in front of 32 hexadecimal digits that are an IV: `iv=`, JSON `"IV":"0x`, or a UUID and a colon.
_IV_BEFORE: Final = re.compile(r"(?:[0-9A-Fa-f]{12}:|(?i:\biv)[\"']?\s?[=:]\s?[\"']?)(?:0[xX])?$")
# In base64 a JSON object begins with `ew` or `ey`. Looking ahead lets one begin inside what was taken for another.
_BASE64_JSON: Final = re.compile(r"(?<![A-Za-z0-9+_-])(?=(e[wy][A-Za-z0-9+/_-]{14,8192}))")
_MOST_RUNS: Final = 16
_HEX_IV: Final = re.compile(r"[0-9A-Fa-f]{32}")
_URL_SAFE: Final = str.maketrans("-_", "+/")
_KEY_ID_NAMES: Final = frozenset({"keyid", "key_id", "kid", "key-id"})


@dataclass(frozen=True, slots=True)
class DataUri:
    """A data URI; `parameters` as written without `;base64`, `data` decoded.

    `percent_encoded` says that base64 characters were written as %2B and the like, which players may not undo.
    """

    media_type: str
    parameters: tuple[str, ...]
    base64: bool
    percent_encoded: bool
    data: bytes

    @property
    def head(self) -> str:
        """Media type and parameters as written, for comparison with what a key format prescribes."""
        return ";".join((self.media_type, *self.parameters))


@dataclass(frozen=True, slots=True)
class AllowedCpc:
    """One entry of an ALLOWED-CPC list; `strict` tells whether the labels keep to capitals, digits and hyphens."""

    key_format: str
    labels: tuple[str, ...]
    strict: bool


@once
def data_uri(uri: str) -> DataUri:
    """Split and decode a data URI (RFC 2397).

    Raises DecodeError `hls.data-uri-scheme`, `-no-comma`, `-too-large` or `-base64`; `offset` counts characters.
    """
    if uri[:5].lower() != "data:":
        raise DecodeError(
            "hls.data-uri-scheme", "the URI is not a data URI", offset=0, expected="data:", found=excerpt(uri, 24)
        )
    if len(uri) > 2 * MAX_BYTES:
        raise DecodeError(
            "hls.data-uri-too-large",
            f"the data URI has {len(uri)} characters; more than {2 * MAX_BYTES} are not read",
            offset=2 * MAX_BYTES,
            expected=f"at most {2 * MAX_BYTES} characters",
            found=f"{len(uri)} characters",
        )
    head, comma, payload = uri[5:].partition(",")
    if not comma:
        raise DecodeError(
            "hls.data-uri-no-comma",
            "the data URI has no comma before its data",
            offset=len(uri),
            expected="data:[media type][;base64],data",
            found=excerpt(uri, 24),
        )
    media_type, *parameters = head.split(";")
    if not parameters or parameters[-1].lower() != "base64":
        return DataUri(media_type or DEFAULT_MEDIA_TYPE, tuple(parameters), False, False, unquote_to_bytes(payload))
    text = unquote(payload)
    return DataUri(
        media_type or DEFAULT_MEDIA_TYPE, tuple(parameters[:-1]), True, text != payload, _base64(text, 6 + len(head))
    )


def _base64(text: str, start: int) -> bytes:
    try:
        decoded = b64.decode(text)
    except DecodeError as error:
        raise DecodeError(
            "hls.data-uri-base64",
            f"the data of the URI is not base64: {error.message}",
            offset=start + (error.offset or 0),
            expected=error.expected,
            found=error.found,
        ) from None
    if decoded.whitespace:
        at = next(index for index, character in enumerate(text) if character.isspace())
        raise DecodeError(
            "hls.data-uri-base64",
            f"there is white space inside the base64 of the data URI at character {start + at}",
            offset=start + at,
            expected="base64 without white space",
            found=show(text[at]),
        )
    return decoded.data


def read_allowed_cpc(text: str) -> tuple[AllowedCpc, ...]:
    """Read an ALLOWED-CPC list, `KEYFORMAT:LABEL/LABEL,...`; a key format may hold colons itself.

    Raises DecodeError `hls.cpc-*` with the character at which an entry goes wrong (rfc8216bis, ALLOWED-CPC).
    """
    stray = _CPC_STRAY.search(text)
    if stray:
        raise _cpc_error("stray-character", "holds white space or a quote", stray.start(), stray.group())
    entries: list[AllowedCpc] = []
    position = 0
    for entry in text.split(","):
        key_format, colon, labels = entry.rpartition(":")
        if not entry:
            raise _cpc_error("empty-entry", "has an empty entry", position, "")
        if not colon:
            raise _cpc_error("no-colon", "has an entry without a colon", position, entry)
        if not key_format:
            raise _cpc_error("no-key-format", "has an entry without a key format", position, entry)
        split = tuple(labels.split("/"))
        if not all(split):
            raise _cpc_error("empty-label", "has an empty label", position, entry)
        entries.append(AllowedCpc(key_format, split, all(_STRICT_LABEL.fullmatch(label) for label in split)))
        position += len(entry) + 1
    return tuple(entries)


def _cpc_error(code: str, what: str, offset: int, found: str) -> DecodeError:
    return DecodeError(
        f"hls.cpc-{code}",
        f"the list of allowed content protection configurations {what} at character {offset}",
        offset=offset,
        expected="KEYFORMAT:LABEL or KEYFORMAT:LABEL/LABEL",
        found=show(found),
    )


def uuids_in(text: str) -> tuple[UUID, ...]:
    """Find the UUIDs that can be seen in a URI or text, each once, in order of appearance.

    Seen are UUIDs with hyphens, 32 hexadecimal digits, and the key id of a JSON object that is written as it is or in
    base64. Hexadecimal digits that are marked as an IV are left out.
    """
    plain = unquote(text[: 2 * MAX_BYTES])
    found = [*_written_out(plain), *_in_json(plain)]
    for run in islice(_BASE64_JSON.finditer(plain), _MOST_RUNS):
        found += _in_json(_raw(run[1]).decode("utf-8", "replace"))
    return tuple(dict.fromkeys(found))


def _written_out(text: str) -> Iterator[UUID]:
    for match in _UUID.finditer(text):
        if not _is_marked_iv(text, match):
            yield UUID(match.group())


def _in_json(text: str) -> Iterator[UUID]:
    for name, member in _json_members(text):
        if name.lower() in _KEY_ID_NAMES:
            yield from _written_out(member)
            raw = _raw(member)
            if len(raw) == 16:
                yield UUID(bytes=raw)


def ivs_in(text: str) -> tuple[bytes, ...]:
    """Find the IVs of 16 bytes that can be seen in a URI, each once.

    Seen are those that a JSON object names `IV`, in base64 or hexadecimal, and the 32 hexadecimal digits that are
    marked as an IV: by `iv=`, or by a KID and a colon before them. The object is found as in `uuids_in`.
    """
    plain = unquote(text[: 2 * MAX_BYTES])
    marked = [bytes.fromhex(match.group()) for match in _digits_of_16_bytes(plain) if _is_marked_iv(plain, match)]
    runs = (_raw(run[1]).decode("utf-8", "replace") for run in islice(_BASE64_JSON.finditer(plain), _MOST_RUNS))
    named = (_iv(member) for json_text in (plain, *runs) for name, member in _json_members(json_text) if _is_iv(name))
    return tuple(dict.fromkeys((*marked, *(iv for iv in named if len(iv) == 16))))


def _digits_of_16_bytes(text: str) -> Iterator[re.Match[str]]:
    return (match for match in _UUID.finditer(text) if "-" not in match.group())


def _is_marked_iv(text: str, match: re.Match[str]) -> bool:
    return _IV_BEFORE.search(text[max(match.start() - 24, 0) : match.start()]) is not None


def _is_iv(name: str) -> bool:
    return name.lower() == "iv"


def _iv(text: str) -> bytes:
    digits = text[2:] if text[:2].lower() == "0x" else text
    return bytes.fromhex(digits) if _HEX_IV.fullmatch(digits) else _raw(text)


def _json_members(text: str) -> Iterator[tuple[str, str]]:
    """The members with a text in the first JSON object of a text."""
    start = text.find("{")
    if start < 0:
        return
    try:
        value, _ = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return
    for name, member in value.items() if isinstance(value, dict) else ():
        if isinstance(member, str):
            yield name, member


def _raw(text: str) -> bytes:
    """Base64 in either alphabet and with or without padding; nothing where it is none."""
    dense = text.translate(_URL_SAFE).rstrip("=")
    try:
        return b64decode(dense + "=" * (-len(dense) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""
