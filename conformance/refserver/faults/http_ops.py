"""Operations on the HTTP answer: status, headers, body, and the way it is sent."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from conformance.refserver.exchange import USUAL, HttpAnswer
from conformance.refserver.facts import Facts
from conformance.refserver.faults.changes import change_bytes, change_text
from conformance.refserver.faults.model import Op
from conformance.refserver.faults.vocabulary import BYTE_CHANGES

Handler: TypeAlias = Callable[[HttpAnswer, Mapping[str, Any]], HttpAnswer]


def apply(made: HttpAnswer, op: Op, facts: Facts, memory: dict[str, object]) -> HttpAnswer:
    """Carry out one operation; `memory` is what the server keeps between requests."""
    if op.name == "replay":
        return _replay(made, op.arguments, facts, memory)
    return _HANDLERS[op.name](made, op.arguments)


def _replay(made: HttpAnswer, arguments: Mapping[str, Any], facts: Facts, memory: dict[str, object]) -> HttpAnswer:
    names = arguments["by"] if isinstance(arguments["by"], list) else [arguments["by"]]
    place = "replay:" + "|".join(str(facts.value(name)) for name in names)
    kept = memory.setdefault(place, made)
    return kept if isinstance(kept, HttpAnswer) else made


def _status(made: HttpAnswer, arguments: Mapping[str, Any]) -> HttpAnswer:
    if "reason" in arguments:
        made = replace(made, behaviour=replace(made.behaviour or USUAL, reason=str(arguments["reason"])))
    return replace(made, status=int(arguments["code"]))


def _same(name: str, arguments: Mapping[str, Any]) -> bool:
    return name.lower() == str(arguments["name"]).lower()


def _header(made: HttpAnswer, arguments: Mapping[str, Any]) -> HttpAnswer:
    kept = tuple(pair for pair in made.headers if not _same(pair[0], arguments))
    return replace(made, headers=(*kept, (str(arguments["name"]), str(arguments["value"]))))


def _add_header(made: HttpAnswer, arguments: Mapping[str, Any]) -> HttpAnswer:
    return replace(made, headers=(*made.headers, (str(arguments["name"]), str(arguments["value"]))))


def _remove_header(made: HttpAnswer, arguments: Mapping[str, Any]) -> HttpAnswer:
    return replace(made, headers=tuple(pair for pair in made.headers if not _same(pair[0], arguments)))


def _rename_header(made: HttpAnswer, arguments: Mapping[str, Any]) -> HttpAnswer:
    new = str(arguments["to"])
    return replace(made, headers=tuple((new if _same(n, arguments) else n, value) for n, value in made.headers))


def _edit_header(made: HttpAnswer, arguments: Mapping[str, Any]) -> HttpAnswer:
    headers = tuple((n, change_text(v, arguments) if _same(n, arguments) else v) for n, v in made.headers)
    return replace(made, headers=headers)


def _body(made: HttpAnswer, arguments: Mapping[str, Any]) -> HttpAnswer:
    return replace(made, body=str(arguments["text"]).encode("utf-8"))


def _edit_body(made: HttpAnswer, arguments: Mapping[str, Any]) -> HttpAnswer:
    if any(name in arguments for name in BYTE_CHANGES):
        return replace(made, body=change_bytes(made.body, arguments))
    return replace(made, body=change_text(made.body.decode("utf-8", "replace"), arguments).encode("utf-8"))


def _encode_body(made: HttpAnswer, arguments: Mapping[str, Any]) -> HttpAnswer:
    name = str(arguments["as"])
    if name in ("gzip", "deflate"):
        packed = gzip.compress(made.body, mtime=0) if name == "gzip" else zlib.compress(made.body)
        return replace(made, body=packed, headers=(*made.headers, ("Content-Encoding", name)))
    return replace(made, body=made.body.decode("utf-8", "replace").encode(name, "replace"))


def _behave(made: HttpAnswer, arguments: Mapping[str, Any]) -> HttpAnswer:
    fields = {name.replace("-", "_"): value for name, value in arguments.items()}
    if isinstance(fields.get("raw"), str):
        fields["raw"] = fields["raw"].encode("utf-8")
    if isinstance(fields.get("declared_length"), str):
        fields["declared_length"] = len(made.body) + int(fields["declared_length"])
    return replace(made, behaviour=replace(made.behaviour or USUAL, **fields))


_HANDLERS: Mapping[str, Handler] = {
    "status": _status,
    "header": _header,
    "add-header": _add_header,
    "remove-header": _remove_header,
    "rename-header": _rename_header,
    "edit-header": _edit_header,
    "body": _body,
    "edit-body": _edit_body,
    "encode-body": _encode_body,
    "behave": _behave,
}
