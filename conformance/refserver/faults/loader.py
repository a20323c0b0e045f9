"""Reads fault files; what is wrong with them is said with file, line and the nearest word that exists."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import yaml
from lxml import etree

from conformance.refserver.checklist import CHECKS
from conformance.refserver.config import Config
from conformance.refserver.facts import NAMES as FACTS
from conformance.refserver.facts import ONLY_WITH_THE_ANSWER
from conformance.refserver.faults import carriers, key_ops, tree_ops
from conformance.refserver.faults.engine import configured
from conformance.refserver.faults.model import SEAMS, Condition, Fault, FaultError, Op
from conformance.refserver.faults.vocabulary import CHANGES, LAYERS, OPS

FOLDER = Path(__file__).parent
FIELDS = ("id", "story", "area", "seam", "do", "when", "kills", "may_kill", "records", "carriers", "cause")
NEEDED = ("id", "story", "area", "seam", "do")
XPATHS = ("at", "from", "to", "first", "second")
WITNESSES = ("schema.profile-schema-valid", "drm.rotated-keys-have-boxes")
"""Checks that look at whole documents, or at what nobody asked for: they may notice any fault, and accuse nobody."""
_LINE = "__line__"


_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):  # type: ignore[misc]
    """Keeps the line of every mapping and refuses a key that is written twice."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    read: dict[str, Any] = {_LINE: node.start_mark.line + 1}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in read:
            raise FaultError(f"line {key_node.start_mark.line + 1}: {key} is written twice")
        read[key] = loader.construct_object(value_node, deep=True)
    return read


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def load_faults(paths: Iterable[Path] | None = None) -> Mapping[str, Fault]:
    """Load fault files, by default those that come with the server, as faults by id; raise FaultError."""
    faults: dict[str, Fault] = {}
    for path in sorted(FOLDER.glob("*.yaml")) if paths is None else paths:
        for fault in _file(Path(path)):
            for one in (fault, *carriers.expanded(fault)):
                if one.id in faults:
                    raise FaultError(f"{one.source}: {one.id} is already defined at {faults[one.id].source}")
                faults[one.id] = one
    return faults


def _file(path: Path) -> Iterable[Fault]:
    try:
        entries = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, FaultError) as error:
        raise FaultError(f"{path.name}: {error}") from None
    if entries is None:
        return []
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise FaultError(f"{path.name}:1: a list of faults was expected")
    return [_Reader(path.name, one).fault() for one in entries]


class _Reader:
    """Reads one fault."""

    def __init__(self, name: str, entry: dict[str, Any]) -> None:
        self.name, self.entry, self.line = name, entry, int(entry[_LINE])

    def fault(self) -> Fault:
        """Give the fault, or raise FaultError."""
        entry = {key: value for key, value in self.entry.items() if key != _LINE}
        self._known("field", entry, FIELDS)
        for name in NEEDED:
            if not entry.get(name):
                self._fail(f"{name} is missing")
        seams = tuple(_list(entry["seam"]))
        self._known("seam", seams, SEAMS)
        ops = tuple(self._op(one) for one in _list(entry["do"]))
        self._seams_agree(seams, ops)
        kills = tuple(_list(entry.get("kills")))
        witnesses = (name for name in WITNESSES if name not in kills)
        return Fault(
            id=str(entry["id"]),
            story=str(entry["story"]),
            area=str(entry["area"]),
            seams=seams,
            do=ops,
            when=self._when(entry.get("when") or {}, seams),
            kills=kills,
            may_kill=(*_list(entry.get("may_kill")), *witnesses),
            records=tuple(_list(entry.get("records"))),
            source=f"{self.name}:{self.line}",
            carriers=self._carriers(entry.get("carriers"), ops),
            cause=str(entry.get("cause") or ""),
        )

    def _carriers(self, given: Any, ops: tuple[Op, ...]) -> tuple[str, ...]:
        wanted = _list(given)
        self._known("carrier", wanted, (*carriers.GROUPS, *carriers.CARRIERS))
        for op in ops if wanted else ():
            if op.seam not in carriers.SEAMS or (op.seam == "request" and op.name not in carriers.OPS):
                self._fail(f"{op.name} cannot act in one carrier only")
        named = (name for one in wanted for name in carriers.GROUPS.get(one, (one,)))
        return tuple(dict.fromkeys(named))

    def _seams_agree(self, seams: tuple[str, ...], ops: tuple[Op, ...]) -> None:
        used = {op.seam for op in ops}
        if used != set(seams):
            self._fail(f"seam says {', '.join(seams)}, but its operations act at {', '.join(sorted(used))}")

    def _when(self, given: dict[str, Any], seams: tuple[str, ...]) -> tuple[Condition, ...]:
        wanted = {name: value for name, value in given.items() if name != _LINE}
        self._known("fact", wanted, FACTS)
        late = ONLY_WITH_THE_ANSWER & set(wanted)
        if late and seams != ("http",):
            self._fail(f"{', '.join(sorted(late))} is known at the seam http only", given)
        return tuple(Condition(name, value) for name, value in wanted.items())

    def _op(self, one: Any) -> Op:
        if not isinstance(one, dict) or len(one) != 2:
            self._fail("an operation is written as `- name: arguments`", one)
        name = next(key for key in one if key != _LINE)
        self._known("operation", [name], OPS, one)
        spec, value = OPS[name], one[name]
        if not isinstance(value, dict):
            if spec.scalar is None:
                self._fail(f"{name} needs named arguments", one)
            value = {spec.scalar: value}
        arguments = {key: _plain(inner) if key != "do" else inner for key, inner in value.items() if key != _LINE}
        if name == "edit-request":
            arguments["do"] = [self._op(inner) for inner in _list(arguments.get("do"))]
        if not spec.free:
            allowed = spec.required + spec.optional + (CHANGES if spec.changes else ())
            self._known(f"argument of {name}", arguments, allowed, one)
            missing = [key for key in spec.required if key not in arguments]
            if missing:
                self._fail(f"{name} needs {', '.join(missing)}", one)
            if spec.changes and not set(arguments) & set(CHANGES):
                self._fail(f"{name} does not say what to change", one)
        self._values(name, arguments, spec.seam, one)
        return Op(name, spec.seam, arguments)

    def _values(self, name: str, arguments: dict[str, Any], seam: str, at: Any) -> None:
        for key in XPATHS:
            if seam == "answer" and key in arguments and (name, key) != ("rename", "to"):
                self._xpath(str(arguments[key]), at)
        for layer in arguments.get("layers", ()):
            if not isinstance(layer, dict):
                self._known("layer", [layer], LAYERS, at)
        if name == "drop-check":
            self._known("check", _list(arguments["checks"]), CHECKS, at)
        if name == "key":
            self._known("key value", [arguments["value"]], (*key_ops.KEY_WORDS, *key_ops.TEXT_WORDS), at)
        if name == "iv":
            self._known("iv value", [arguments["value"]], key_ops.IV_WORDS, at)
        if name == "signal" and "kid" in arguments:
            self._known("signalled KID", [arguments["kid"]], key_ops.SIGNAL_KIDS, at)
        if name == "config":
            try:
                configured(Config(), arguments)
            except (TypeError, AttributeError) as error:
                self._fail(f"config does not fit: {error}", at)
        if seam == "keys" and isinstance(arguments.get("which", "all"), str):
            self._known("choice of keys", [arguments.get("which", "all")], key_ops.WHICH, at)

    def _xpath(self, path: str, at: Any) -> None:
        try:
            tree_ops.xpath(path)
        except etree.XPathError as error:
            self._fail(f"{path} is not an XPath: {error}", at)

    def _known(self, kind: str, given: Iterable[Any], known: Collection[str], at: Any = None) -> None:
        for one in given:
            if one not in known:
                near = difflib.get_close_matches(str(one), known, 1, 0.5)
                hint = f"; did you mean {near[0]}?" if near else f"; known are {', '.join(known)}"
                self._fail(f"there is no {kind} {one}{hint}", at)

    def _fail(self, message: str, at: Any = None) -> NoReturn:
        line = at.get(_LINE, self.line) if isinstance(at, dict) else self.line
        raise FaultError(f"{self.name}:{line}: {self.entry.get('id', 'a fault without id')}: {message}")


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _plain(value: Any) -> Any:
    """Take the line numbers out of nested arguments."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items() if key != _LINE}
    return [_plain(one) for one in value] if isinstance(value, list) else value
