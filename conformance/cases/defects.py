"""Named defects: small operations that damage a good request in exactly one place."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from conformance.cases.identity import Identity
from conformance.catalogue import load_catalogue
from conformance.cpix.xml import CPIX, DS, ENC, PSKC

NAMESPACES: Mapping[str, str] = {"cpix": CPIX, "pskc": PSKC, "ds": DS, "enc": ENC, "speke": "urn:aws:amazon:com:speke"}

_XML = "http://www.w3.org/XML/1998/namespace"
_ATTRIBUTE = re.compile(r"^(?P<element>.*)/@(?P<name>[\w:.-]+)$", re.DOTALL)
VARIABLE = re.compile(
    r"\$\{(?:kid(?:\.(?P<kid>[1-9]\d{0,3}))?|content-id|speke-version|listener|system\.(?P<system>[\w-]+))\}"
)
"""`${kid}`, `${kid.2}`, `${content-id}`, `${speke-version}`, `${system.fairplay}`, `${listener}` in its texts."""

NOBODY = "http://127.0.0.1:9"
"""What `${listener}` begins with where the run listens nowhere: the port at which everything is discarded."""


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


def apply_defects(
    draft: RequestDraft,
    defects: Sequence[Mapping[str, object]],
    identity: Identity,
    period: str = "",
    listener: str = NOBODY,
    version: str = "",
) -> None:
    """Apply the operations in order; DefectError where one hits nothing (a defect that is none proves nothing).

    `period` is the label of the key period whose KIDs `${kid.N}` stands for; `listener` is where the run listens,
    `version` the SPEKE version of the case.
    """
    fixed = {
        "${content-id}": identity.content_id,
        "${speke-version}": version,
        "${listener}": f"{listener}/{identity.name}",
    }
    for defect in defects:
        for name, argument in defect.items():
            try:
                _OPERATIONS[name](draft, _filled(argument, identity, period, fixed))
            except (etree.LxmlError, ValueError, TypeError) as error:
                raise DefectError(f"the operation {name} cannot be applied: {error}") from None


def _filled(argument: object, identity: Identity, period: str, fixed: Mapping[str, str]) -> object:
    def value(match: re.Match[str]) -> str:
        if match["system"]:
            return load_catalogue().system(match["system"]).system_id
        if match.group() in fixed:
            return fixed[match.group()]
        return str(identity.kid(int(match["kid"] or 1) - 1, period))

    if isinstance(argument, str):
        return VARIABLE.sub(value, argument)
    if isinstance(argument, Mapping):
        return {key: _filled(item, identity, period, fixed) for key, item in argument.items()}
    if isinstance(argument, list):
        return [_filled(item, identity, period, fixed) for item in argument]
    return argument


def _nodes(draft: RequestDraft, path: str) -> list[etree._Element]:
    if draft.tree is None:
        raise DefectError(f"{path}: this request is no longer a tree; put text operations after tree operations")
    if path.startswith("/") and not path.startswith("//"):
        # The first step of an absolute path names the root, which lxml evaluates from the document node.
        found = draft.tree.getroottree().xpath(path, namespaces=dict(NAMESPACES))
    else:
        found = draft.tree.xpath(path, namespaces=dict(NAMESPACES))
    nodes = [node for node in found if isinstance(node, etree._Element)] if isinstance(found, list) else []
    if not nodes:
        raise DefectError(f"{path} finds nothing in the request")
    return nodes


def element_and_attribute(path: str) -> tuple[str, str | None]:
    """The XPath of the elements, and the attribute where the path ends in one."""
    match = _ATTRIBUTE.match(path)
    return (match.group("element"), match.group("name")) if match else (path, None)


def fragment(text: str) -> list[etree._Element]:
    """The nodes of a piece of XML that may use the prefixes of NAMESPACES; raises XMLSyntaxError."""
    declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
    return list(etree.fromstring(f"<w {declared}>{text}</w>"))


def _split(path: str) -> tuple[str, str | None]:
    element, attribute = element_and_attribute(path)
    return element, attribute and _qualified(attribute)


def _qualified(name: str) -> str:
    prefix, _, local = name.rpartition(":")
    uri = _XML if prefix == "xml" else NAMESPACES.get(prefix, "")
    return f"{{{uri}}}{local}" if uri else local


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
    text = _written(values["to"])
    changed = False
    for node in _nodes(draft, path):
        changed = changed or text != (node.get(attribute) if attribute else node.text or "")
        if attribute:
            node.set(attribute, text)
        else:
            node.text = text
    if not changed:
        raise DefectError(f"{values['at']} has that value already")


def _insert(draft: RequestDraft, argument: object) -> None:
    values = _mapping(argument)
    for node in _nodes(draft, str(values["into"])):
        at = _index(node, values)
        for offset, child in enumerate(fragment(str(values["xml"]))):
            node.insert(at + offset, child)
        etree.cleanup_namespaces(node)


def _rename(draft: RequestDraft, argument: object) -> None:
    values = _mapping(argument)
    for node in _nodes(draft, str(values["at"])):
        node.tag = _qualified(str(values["to"]))


def _move(draft: RequestDraft, argument: object) -> None:
    _place(draft, _mapping(argument), keep=False)


def _copy(draft: RequestDraft, argument: object) -> None:
    _place(draft, _mapping(argument), keep=True)


def _place(draft: RequestDraft, values: Mapping[str, object], *, keep: bool) -> None:
    target = _nodes(draft, str(values["into"]))[0]
    for node in _nodes(draft, str(values["at"])):
        moved = copy.deepcopy(node) if keep else node
        target.insert(_index(target, values), moved)


def _index(parent: etree._Element, values: Mapping[str, object]) -> int:
    position = values.get("position", "last")
    if position == "last":
        return len(parent)
    return 0 if position == "first" else int(str(position))


def _copy_value(draft: RequestDraft, argument: object) -> None:
    values = _mapping(argument)
    path, attribute = _split(str(values["from"]))
    node = _nodes(draft, path)[0]
    text = node.get(attribute) if attribute else (node.text or "")
    if text is None:
        raise DefectError(f"{values['from']} finds no such attribute in the request")
    _set(draft, {"at": values["to"], "to": text})


def _header(draft: RequestDraft, argument: object) -> None:
    for name, value in _mapping(argument).items():
        kept = [pair for pair in draft.headers if pair[0].lower() != name.lower()]
        if value is None and len(kept) == len(draft.headers):
            raise DefectError(f"the request has no header {name} that could be removed")
        values = [_written(item) for item in (value if isinstance(value, list) else [value]) if item is not None]
        draft.headers = kept + [(name, text) for text in values]


def _method(draft: RequestDraft, argument: object) -> None:
    draft.method = str(argument)


def _body(draft: RequestDraft, argument: object) -> None:
    draft.raw = _written(argument).encode()


def _truncate(draft: RequestDraft, argument: object) -> None:
    share = float(str(argument))
    draft._serialize.append(lambda body: body[: int(len(body) * share)])


def _replace(draft: RequestDraft, argument: object) -> None:
    values = _mapping(argument)
    this, by = str(values["this"]).encode(), _written(values["by"]).encode()

    def change(body: bytes) -> bytes:
        if this not in body:
            raise DefectError(f"the request does not contain {values['this']!r}")
        return body.replace(this, by, 1)

    draft._serialize.append(change)


def _mapping(argument: object) -> Mapping[str, object]:
    if not isinstance(argument, Mapping):
        raise DefectError("this operation needs a mapping")
    return argument


def _written(value: object) -> str:
    """A YAML value as XML and HTTP write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


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

OPERATIONS = tuple(_OPERATIONS)
"""Names of the operations."""
