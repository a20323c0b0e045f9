"""The words that a fault file may use: operations with their arguments, by seam."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

TEXT_CHANGES: Final = (
    "value",
    "replace",
    "pattern",
    "case",
    "append",
    "prepend",
    "add",
    "shift-hours",
    "derive-uuid",
    "swap-uuid",
    "truncate",
    "base64",
    "hex",
    "url-safe",
    "unpadded",
    "narrow",
)
BYTE_CHANGES: Final = ("splice", "append-hex", "becomes-hex", "cut", "repeat", "swap-uuid-at")
CHANGES: Final = TEXT_CHANGES + BYTE_CHANGES


@dataclass(frozen=True, slots=True)
class Spec:
    """One operation: where it acts, what it needs, what it takes, and which argument a bare value stands for.

    `free` operations take any arguments; they are checked where they are used.
    """

    seam: str
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    scalar: str | None = None
    changes: bool = False
    free: bool = False


OPS: Final[Mapping[str, Spec]] = {
    # request: how the server reads the request
    "drop-check": Spec("request", ("checks",), scalar="checks"),
    "config": Spec("request", free=True),
    "treat-version": Spec("request", ("as",), ("from",)),
    "read-version": Spec("request", ("as",), scalar="as"),
    "edit-request": Spec("request", ("do",), scalar="do"),
    "fetch-external": Spec("request", ("of",), scalar="of"),
    "wait-for-company": Spec("request", ("ms",), scalar="ms"),
    "wait-for-twin": Spec("request", ("ms",), scalar="ms"),
    # keys: which keys are made, and what the DRM data is built from
    "key": Spec("keys", ("value",), ("which", "signalled"), scalar="value"),
    "iv": Spec("keys", ("value",), ("which", "signalled"), scalar="value"),
    "signal": Spec("keys", (), ("kid", "key", "scheme", "which", "systems")),
    # answer: the document
    "set-attr": Spec("answer", ("at", "name", "value")),
    "remove-attr": Spec("answer", ("at", "name")),
    "edit-attr": Spec("answer", ("at", "name"), changes=True),
    "copy-attr": Spec("answer", ("from", "to", "name")),
    "swap-attr": Spec("answer", ("first", "second", "name")),
    "set-text": Spec("answer", ("at", "value")),
    "edit-text": Spec("answer", ("at",), changes=True),
    "copy-text": Spec("answer", ("from", "to")),
    "swap-text": Spec("answer", ("first", "second")),
    "remove": Spec("answer", ("at",), scalar="at"),
    "insert": Spec("answer", ("at", "xml"), ("where",)),
    "rename": Spec("answer", ("at", "to"), ("namespace",)),
    "move": Spec("answer", ("at", "to"), ("where",)),
    "duplicate": Spec("answer", ("at",), scalar="at"),
    "reverse": Spec("answer", ("at",), scalar="at"),
    "swap": Spec("answer", ("first", "second")),
    "decode-edit": Spec("answer", ("at", "layers"), ("follow",), changes=True),
    # http: status, headers, body, and how they are sent
    "status": Spec("http", ("code",), ("reason",), scalar="code"),
    "header": Spec("http", ("name", "value")),
    "add-header": Spec("http", ("name", "value")),
    "remove-header": Spec("http", ("name",), scalar="name"),
    "rename-header": Spec("http", ("name", "to")),
    "edit-header": Spec("http", ("name",), changes=True),
    "body": Spec("http", ("text",), scalar="text"),
    "edit-body": Spec("http", (), changes=True),
    "encode-body": Spec("http", ("as",), scalar="as"),
    "replay": Spec("http", ("by",), scalar="by"),
    "behave": Spec("http", free=True),
}

LAYERS: Final = ("base64", "utf-8", "utf-16", "pssh-data", "pro-header")
"""What a payload can be peeled of; `{group: REGEX}` besides these takes the first group of a text."""
