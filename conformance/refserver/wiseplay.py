"""The data of a WisePlay (ChinaDRM) box: JSON in a box of version 0."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from conformance.refserver.keys import Signal
from conformance.refserver.signalling import Signals, boxed, common_scheme, listed

if TYPE_CHECKING:
    from conformance.refserver.config import Config


def write_header(kids: Sequence[UUID], content_id: str, scheme: str, *, hexadecimal: bool, padded: bool) -> bytes:
    """Write the four members; `hexadecimal` has the base64 of the 32 digits of each KID in place of its bytes."""
    members = {
        "version": "V1.0",
        "kids": [_base64(kid.hex.encode() if hexadecimal else kid.bytes) for kid in kids],
        "contentID": _base64(content_id.encode()),
        "enschema": scheme,
    }
    return json.dumps(members, separators=(", ", ": ") if padded else (",", ":")).encode()


def signals(system_id: str, signal: Signal, everyone: Sequence[Signal], content_id: str, config: Config) -> Signals:
    """Make the WisePlay data of one key."""
    scheme = common_scheme(signal.scheme)
    choices = config.choices
    header = write_header(
        [one.kid for one in listed(signal, everyone, config)],
        content_id,
        scheme.upper() if choices.get("wiseplay-enschema") == "upper-case" else scheme,
        hexadecimal=choices.get("wiseplay-kids") == "hexadecimal",
        padded=choices.get("wiseplay-json") == "with-spaces",
    )
    return boxed(system_id, header, signal, config)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
