"""Operations on an XML tree: the answer document, or the request before it is understood."""

from __future__ import annotations

import base64
import copy
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from lxml import etree

from conformance.refserver.faults.changes import change_text
from conformance.refserver.faults.model import Op
from conformance.refserver.faults.payload import NotPeelable, edit
from conformance.refserver.names import CENC, MSPR, NAMESPACES, SPEKE_V1, cpix
from conformance.refserver.reading import bytes_of
from conformance.refserver.systems import SYSTEM_IDS

_Element: TypeAlias = etree._Element
Handler: TypeAlias = Callable[[_Element, Op], None]

PREFIXES = NAMESPACES | {"cenc": CENC, "mspr": MSPR, "speke": SPEKE_V1}


@lru_cache(maxsize=1024)
def xpath(path: str) -> etree.XPath:
    """Compile an XPath; `$widevine` and the like stand for the system ids. Raises etree.XPathError."""
    return etree.XPath(path, namespaces=PREFIXES)


def find(root: _Element, path: str) -> list[_Element]:
    """Give the elements that an XPath selects."""
    found = xpath(path)(root, **SYSTEM_IDS)
    return [one for one in found if isinstance(one, etree._Element)] if isinstance(found, list) else []


def apply(root: _Element, op: Op) -> None:
    """Carry out one operation; where its XPath selects nothing, nothing happens."""
    _HANDLERS[op.name](root, op)


def _pairs(root: _Element, op: Op) -> list[tuple[_Element, _Element]]:
    return list(zip(find(root, op["first"]), find(root, op["second"]), strict=False))


def _set_attr(root: _Element, op: Op) -> None:
    for one in find(root, op["at"]):
        one.set(op["name"], str(op["value"]))


def _remove_attr(root: _Element, op: Op) -> None:
    for one in find(root, op["at"]):
        if op["name"] in one.attrib:
            del one.attrib[op["name"]]


def _edit_attr(root: _Element, op: Op) -> None:
    for one in find(root, op["at"]):
        value = one.get(op["name"])
        if value is not None:
            one.set(op["name"], change_text(value, op.arguments))


def _copy_attr(root: _Element, op: Op) -> None:
    for source in find(root, op["from"])[:1]:
        for one in find(root, op["to"]):
            one.set(op["name"], source.get(op["name"]) or "")


def _swap_attr(root: _Element, op: Op) -> None:
    for first, second in _pairs(root, op):
        mine, yours = first.get(op["name"]), second.get(op["name"])
        if mine is not None and yours is not None:
            first.set(op["name"], yours)
            second.set(op["name"], mine)


def _set_text(root: _Element, op: Op) -> None:
    for one in find(root, op["at"]):
        one.text = str(op["value"])


def _edit_text(root: _Element, op: Op) -> None:
    for one in find(root, op["at"]):
        one.text = change_text(one.text or "", op.arguments)


def _copy_text(root: _Element, op: Op) -> None:
    for source in find(root, op["from"])[:1]:
        for one in find(root, op["to"]):
            one.text = source.text


def _swap_text(root: _Element, op: Op) -> None:
    for first, second in _pairs(root, op):
        first.text, second.text = second.text, first.text


def _remove(root: _Element, op: Op) -> None:
    for one in find(root, op["at"]):
        parent = one.getparent()
        if parent is not None:
            parent.remove(one)


def _insert(root: _Element, op: Op) -> None:
    declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in PREFIXES.items())
    for one in find(root, op["at"]):
        holder = etree.fromstring(f"<w {declared}>{op['xml']}</w>")
        for new in list(holder):
            _place(new, one, op.get("where", "last"))


def _place(new: _Element, at: _Element, where: str) -> None:
    if where == "first":
        at.insert(0, new)
    elif where == "before":
        at.addprevious(new)
    elif where == "after":
        at.addnext(new)
    else:
        at.append(new)


def _rename(root: _Element, op: Op) -> None:
    for one in find(root, op["at"]):
        namespace = op.get("namespace", etree.QName(one).namespace)
        one.tag = f"{{{namespace}}}{op['to']}" if namespace else op["to"]


def _move(root: _Element, op: Op) -> None:
    for target in find(root, op["to"])[:1]:
        for one in find(root, op["at"]):
            _place(one, target, op.get("where", "last"))


def _duplicate(root: _Element, op: Op) -> None:
    for one in find(root, op["at"]):
        one.addnext(copy.deepcopy(one))


def _reverse(root: _Element, op: Op) -> None:
    for one in find(root, op["at"]):
        one[:] = reversed(one)


def _swap(root: _Element, op: Op) -> None:
    for first, second in _pairs(root, op):
        place = etree.Element("place")
        first.addprevious(place)
        second.addprevious(first)
        place.addprevious(second)
        parent = place.getparent()
        if parent is not None:
            parent.remove(place)


def _decode_edit(root: _Element, op: Op) -> None:
    for one in find(root, op["at"]):
        try:
            text, replaced = edit(one.text or "", op["layers"], op.arguments)
        except NotPeelable:
            continue
        one.text = text
        parent = one.getparent()
        if op.get("follow") and parent is not None:
            _follow(parent, one, replaced)


def _follow(system: _Element, changed: _Element, replaced: list[tuple[bytes, bytes]]) -> None:
    """Let the copies of a payload elsewhere in the same DRMSystem have the same change."""
    texts = [(base64.b64encode(old).decode(), base64.b64encode(new).decode()) for old, new in replaced]
    for one in system:
        if one is changed or not one.text:
            continue
        if one.tag in (cpix("ContentProtectionData"), cpix("HLSSignalingData")):
            inner = (bytes_of(one.text) or b"").decode("utf-8", "replace")
            one.text = base64.b64encode(_replace_all(inner, texts).encode()).decode()
        else:
            one.text = _replace_all(one.text, texts)


def _replace_all(text: str, pairs: list[tuple[str, str]]) -> str:
    for old, new in pairs:
        if old:
            text = text.replace(old, new)
    return text


_HANDLERS: Mapping[str, Handler] = {
    "set-attr": _set_attr,
    "remove-attr": _remove_attr,
    "edit-attr": _edit_attr,
    "copy-attr": _copy_attr,
    "swap-attr": _swap_attr,
    "set-text": _set_text,
    "edit-text": _edit_text,
    "copy-text": _copy_text,
    "swap-text": _swap_text,
    "remove": _remove,
    "insert": _insert,
    "rename": _rename,
    "move": _move,
    "duplicate": _duplicate,
    "reverse": _reverse,
    "swap": _swap,
    "decode-edit": _decode_edit,
}


def filled(arguments: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
    """Put the facts of the exchange into the texts of an operation: `{kid-1}`, `{message}` and so on."""
    return {name: _fill(value, variables) for name, value in arguments.items()}


def _fill(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for name, text in variables.items():
            value = value.replace(f"{{{name}}}", text)
        return value
    if isinstance(value, list):
        return [_fill(one, variables) for one in value]
    return filled(value, variables) if isinstance(value, Mapping) else value
