"""Named defects: small operations that damage a good request in exactly one place."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from conformance.cases.identity import Identity
from conformance.document.xml import CPIX, DS, ENC, PSKC

NAMESPACES = {"cpix": CPIX, "pskc": PSKC, "ds": DS, "enc": ENC, "speke": "urn:aws:amazon:com:speke"}

_ATTRIBUTE = re.compile(r"^(?P<element>.*)/@(?P<name>[\w:.-]+)$", re.DOTALL)
_VARIABLE = re.compile(r"\$\{(kid|content-id)(?:\.(\d+))?\}")


class DefectError(Exception):
    """A defect that cannot be applied: a mistake in the case, never in the server."""


@dataclass
class RequestDraft:
    """A request on its way to the wire: a tree as long as possible, text or bytes once it no longer is XML."""

    tree: etree._Element | None
    text: str | None
    headers: list[tuple[str, str]]
    method: str = "POST"
    raw: bytes | None = None
    _serialize: list[Callable[[bytes], bytes]] = field(default_factory=list)

    def bytes(self, serialize: Callable[[etree._Element], bytes]) -> bytes:
        """The body as it is sent, the operations on the text done."""
        if self.raw is not None:
            body = self.raw
        elif self.tree is not None:
            body = serialize(self.tree)
        else:
            body = (self.text or "").encode()
        for change in self._serialize:
            body = change(body)
        return body


def apply_defects(draft: RequestDraft, defects: Sequence[Mapping[str, object]], identity: Identity) -> None:
    """Apply the operations in order; DefectError where one hits nothing (a defect that is none proves nothing)."""
    for defect in defects:
        for name, argument in defect.items():
            _OPERATIONS[name](draft, _filled(argument, identity))


def _filled(argument: object, identity: Identity) -> object:
    def value(match: re.Match[str]) -> str:
        if match.group(1) == "content-id":
            return identity.content_id
        return str(identity.kid(int(match.group(2) or 1) - 1))

    if isinstance(argument, str):
        return _VARIABLE.sub(value, argument)
    if isinstance(argument, Mapping):
        return {key: _filled(item, identity) for key, item in argument.items()}
    return argument


def _nodes(draft: RequestDraft, path: str) -> list[etree._Element]:
    if draft.tree is None:
        raise DefectError(f"{path}: this request is no longer a tree; put text operations after tree operations")
    if path.startswith("/") and not path.startswith("//"):
        # The first step of an absolute path names the root, which lxml evaluates from the document node.
        found = draft.tree.getroottree().xpath(path, namespaces=NAMESPACES)
    else:
        found = draft.tree.xpath(path, namespaces=NAMESPACES)
    nodes = [node for node in found if isinstance(node, etree._Element)] if isinstance(found, list) else []
    if not nodes:
        raise DefectError(f"{path} finds nothing in the request")
    return nodes


def _split(path: str) -> tuple[str, str | None]:
    match = _ATTRIBUTE.match(path)
    return (match.group("element"), match.group("name")) if match else (path, None)


def _remove(draft: RequestDraft, argument: object) -> None:
    path, attribute = _split(str(argument))
    nodes = _nodes(draft, path)
    if attribute:
        nodes = [node for node in nodes if attribute in node.attrib]
        if not nodes:
            raise DefectError(f"{argument} finds no such attribute in the request")
    for node in nodes:
        if attribute:
            del node.attrib[attribute]
        else:
            parent = node.getparent()
            if parent is None:
                raise DefectError("the root cannot be removed; use body")
            parent.remove(node)


def _set(draft: RequestDraft, argument: object) -> None:
    values = _mapping(argument)
    path, attribute = _split(str(values["at"]))
    text = "" if values["to"] is None else str(values["to"])
    for node in _nodes(draft, path):
        if attribute:
            node.set(attribute, text)
        else:
            node.text = text


def _insert(draft: RequestDraft, argument: object) -> None:
    values = _mapping(argument)
    declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
    for node in _nodes(draft, str(values["into"])):
        wrapper = etree.fromstring(f"<w {declared}>{values['xml']}</w>")
        children = list(wrapper)
        position = values.get("position", "last")
        at = len(node) if position == "last" else 0 if position == "first" else int(str(position))
        for offset, child in enumerate(children):
            node.insert(at + offset, child)
        etree.cleanup_namespaces(node)


def _rename(draft: RequestDraft, argument: object) -> None:
    values = _mapping(argument)
    prefix, _, local = str(values["to"]).rpartition(":")
    for node in _nodes(draft, str(values["at"])):
        node.tag = f"{{{NAMESPACES[prefix]}}}{local}" if prefix else local


def _move(draft: RequestDraft, argument: object) -> None:
    _place(draft, _mapping(argument), keep=False)


def _copy(draft: RequestDraft, argument: object) -> None:
    _place(draft, _mapping(argument), keep=True)


def _place(draft: RequestDraft, values: Mapping[str, object], *, keep: bool) -> None:
    target = _nodes(draft, str(values["into"]))[0]
    position = values.get("position", "last")
    for node in _nodes(draft, str(values["at"])):
        moved = copy.deepcopy(node) if keep else node
        at = len(target) if position == "last" else 0 if position == "first" else int(str(position))
        target.insert(at, moved)


def _copy_value(draft: RequestDraft, argument: object) -> None:
    values = _mapping(argument)
    path, attribute = _split(str(values["from"]))
    node = _nodes(draft, path)[0]
    text = node.get(attribute, "") if attribute else (node.text or "")
    _set(draft, {"at": values["to"], "to": text})


def _header(draft: RequestDraft, argument: object) -> None:
    for name, value in _mapping(argument).items():
        draft.headers = [pair for pair in draft.headers if pair[0].lower() != name.lower()]
        for item in value if isinstance(value, list) else [value]:
            if item is not None:
                draft.headers.append((name, str(item)))


def _method(draft: RequestDraft, argument: object) -> None:
    draft.method = str(argument)


def _body(draft: RequestDraft, argument: object) -> None:
    draft.raw = str(argument or "").encode()


def _truncate(draft: RequestDraft, argument: object) -> None:
    share = float(str(argument))
    draft._serialize.append(lambda body: body[: int(len(body) * share)])


def _replace(draft: RequestDraft, argument: object) -> None:
    values = _mapping(argument)
    this, by = str(values["this"]).encode(), str(values["by"]).encode()

    def change(body: bytes) -> bytes:
        if this not in body:
            raise DefectError(f"the request does not contain {values['this']!r}")
        return body.replace(this, by, 1)

    draft._serialize.append(change)


def _mapping(argument: object) -> Mapping[str, object]:
    if not isinstance(argument, Mapping):
        raise DefectError("this operation needs a mapping")
    return argument


_OPERATIONS: dict[str, Callable[[RequestDraft, object], None]] = {
    "remove": _remove,
    "set": _set,
    "insert": _insert,
    "rename": _rename,
    "move": _move,
    "copy": _copy,
    "copy-value": _copy_value,
    "header": _header,
    "method": _method,
    "body": _body,
    "truncate": _truncate,
    "replace": _replace,
}

OPERATIONS: Mapping[str, tuple[str, ...] | None] = {
    "remove": None,
    "set": ("at", "to"),
    "insert": ("into", "xml"),
    "rename": ("at", "to"),
    "move": ("at", "into"),
    "copy": ("at", "into"),
    "copy-value": ("from", "to"),
    "header": (),
    "method": None,
    "body": None,
    "truncate": None,
    "replace": ("this", "by"),
}
"""Name of each operation -> the fields that it requires (None: a plain value; empty: any mapping)."""
