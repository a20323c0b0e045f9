"""Plays the faults that are switched on, at the four seams of one exchange."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lxml import etree

from conformance.refserver.config import Config
from conformance.refserver.exchange import HttpAnswer
from conformance.refserver.facts import Facts
from conformance.refserver.faults import http_ops, key_ops, tree_ops
from conformance.refserver.faults.model import Fault, Op
from conformance.refserver.faults.version_reading import read_version
from conformance.refserver.keys import Material
from conformance.refserver.outside import fetch_external
from conformance.refserver.reading import Asked
from conformance.refserver.refusals import TEN
from conformance.refserver.state import Presence, ServerState

CACHE = 64
"""Contents in the small cache of a fault."""


class Engine:
    """The faults of one exchange; without any it does nothing and costs nothing."""

    def __init__(self, faults: Sequence[Fault], facts: Facts, state: ServerState) -> None:
        self._faults = [fault for fault in faults if not fault.carrier]
        self._partial = [fault for fault in faults if fault.carrier]
        self._facts, self._state = facts, state

    @property
    def partial(self) -> Iterator[tuple[str, Engine]]:
        """The faults that show in one carrier of DRM payloads only: the carrier, and an engine of the fault whole."""
        for fault in self._partial:
            if self._triggered(fault):
                yield fault.carrier, Engine((replace(fault, carrier="", when=()),), self._facts, self._state)

    @property
    def dropped(self) -> frozenset[str]:
        """Name the checks that the server forgets."""
        return frozenset(name for op in self._ops("request", "drop-check") for name in _listed(op["checks"]))

    @property
    def wait_seconds(self) -> float:
        """Say how long the server waits for another request, so that answers can be mixed up."""
        return max((op["ms"] / 1000 for op in self._ops("request", "wait-for-company")), default=0.0)

    @property
    def twin_seconds(self) -> float:
        """Say how long the server waits for another request for the same content."""
        return max((op["ms"] / 1000 for op in self._ops("request", "wait-for-twin")), default=0.0)

    def fetch(self, body: bytes) -> None:
        """Follow the external addresses of a request, as a careless XML parser does."""
        for _ in self._ops("request", "fetch-external"):
            fetch_external(body)

    def configure(self, config: Config) -> Config:
        """Change the configuration."""
        for op in self._ops("request", "config"):
            config = configured(config, op.arguments)
        return config

    def versions(self, given: tuple[str, ...]) -> tuple[str, ...]:
        """Misread the X-Speke-Version header."""
        for op in self._ops("request", "treat-version"):
            taken = str(op.get("from", ""))
            given = tuple(str(op["as"]) if taken in ("", one) else one for one in given)
            if taken == "missing" and not given:
                given = (str(op["as"]),)
        for op in self._ops("request", "read-version"):
            given = tuple(read_version(one, str(op["as"])) for one in given)
        return given

    def edit_request(self, root: etree._Element) -> bool:
        """Change the request before it is understood; say whether anything was to be changed."""
        edits = [inner for op in self._ops("request", "edit-request") for inner in op["do"]]
        for inner in edits:
            tree_ops.apply(root, self._filled(inner))
        return bool(edits)

    def keys(self, made: list[Material], asked: Asked, config: Config, others: Presence) -> list[Material]:
        """Change the keys."""
        speke = str(self._facts.value("version"))
        before = self._state.remembered.get("first key")
        last = before if isinstance(before, bytes) else b""
        if made:
            self._state.remembered["first key"] = made[0].key
        for op in self._ops("keys"):
            out = self._state.in_cache(asked.content_id or "", CACHE) if op.get("value") == "by-eviction" else 0
            company = (tuple(others.met), bool(others.twins))
            bench = key_ops.Bench(asked, made, config.seed, speke, *company, self._facts.turn.refusals, last, out)
            made = key_ops.apply(made, op, bench)
        return made

    def edit_answer(self, root: etree._Element) -> None:
        """Change the answer document."""
        for op in self._ops("answer"):
            tree_ops.apply(root, self._filled(op))

    def http(self, made: HttpAnswer) -> HttpAnswer:
        """Change the HTTP answer."""
        for op in self._ops("http"):
            made = http_ops.apply(made, self._filled(op, made), self._facts, self._state.remembered)
        return made

    def _ops(self, seam: str, name: str | None = None) -> Iterator[Op]:
        for fault in self._faults:
            if seam in fault.seams and self._triggered(fault):
                yield from (op for op in fault.do if op.seam == seam and name in (None, op.name))

    def _triggered(self, fault: Fault) -> bool:
        met = all(condition.holds(self._facts.value(condition.fact)) for condition in fault.when)
        if met:
            self._state.reached.add(fault.id)
        return met

    def _filled(self, op: Op, made: HttpAnswer | None = None) -> Op:
        if "{" not in str(list(op.arguments.values())):
            return op
        variables = self._facts.variables() | {"message": self._facts.message, "all-messages": "\n".join(TEN)}
        before = self._state.remembered.get("first key")
        variables["key-before-hex"] = before.hex() if isinstance(before, bytes) else ""
        if made is not None:
            variables["body"] = made.body.decode("utf-8", "replace")
        return replace(op, arguments=tree_ops.filled(op.arguments, variables))


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def configured(config: Config, arguments: Mapping[str, Any]) -> Config:
    """Replace fields of the configuration; `style` and `encryption` take fields of their own. Raises TypeError."""
    fields: dict[str, Any] = {}
    for name, value in arguments.items():
        if name in ("style", "encryption"):
            fields[name] = replace(getattr(config, name), **value)
        elif name == "choices":
            fields[name] = {**config.choices, **value}
        elif name == "schemes":
            fields[name] = dict(config.schemes) | {system: tuple(schemes) for system, schemes in value.items()}
        else:
            fields[name] = tuple(value) if isinstance(value, list) else value
    return replace(config, **fields)
