"""What follows from recorded exchanges, and what a document says that does not follow from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import msgspec
from msgspec.structs import replace as changed

from conformance.judge import Judgement
from conformance.offline.recorded import NO_EXCHANGE
from conformance.offline.replay import Key, Replayed
from conformance.results.bodies import WARNING
from conformance.results.document import CaseRecord, Document
from conformance.results.hashes import environment_hash
from conformance.results.index import ResultsIndex

MOST_NAMED = 5

_FOLLOW = (
    "baseline",
    "profile",
    "claims",
    "outcome",
    "exit_status",
    "counts",
    "sets",
    "requirements",
    "checks",
    "not_run",
    "stale",
    "budget",
    "not_covered",
    "matrix",
    "silence",
    "proof",
    "audit",
    "previous",
    "endpoints",
)
"""Members of a document that are made of the others; results, cases and warnings are looked at one by one."""

_OF_OPTIONS = frozenset({"option", "replay", WARNING})
"""Warnings that follow from how a run was started, or from how it is read."""


def contradictions(document: Document, again: Replayed) -> Iterator[str]:
    """Whatever the document says and its exchanges, its profile and the catalogue do not, a sentence each."""
    recorded = list(ResultsIndex(document).every())
    before = {_key(one): one for one in recorded}
    now = {_key(one): changed(one, as_recorded=False) for one in ResultsIndex(again.document).every()}
    now |= {_key(one): changed(one, as_recorded=False) for one in again.document.results}
    if len(before) != document.count:
        yield f"{document.count - len(before)} results occur twice"
    if missing := sorted({*again.unasked, *(now.keys() - before.keys())}):
        cases = list(dict.fromkeys(case for case, _, _ in missing))
        yield f"{len(missing)} results are missing that profile and catalogue select, of {_named(cases)}"
    if again.gone:
        names = list(dict.fromkeys(check for _, _, check in again.gone))
        yield f"{len(again.gone)} results are for checks that profile and catalogue do not select: {_named(names)}"
    unfounded = [key for key in again.unlisted if again.as_recorded[key] == NO_EXCHANGE]
    if unfounded:
        cases = list(dict.fromkeys(case for case, _, _ in unfounded))
        yield f"{len(unfounded)} results have no exchange, of {_named(cases)}"
    other = [(before[key], now[key]) for key in before.keys() & now.keys() if before[key] != now[key]]
    if other:
        told = dict.fromkeys(f"{was.check} ({_difference(was, one)})" for was, one in sorted(other, key=_order))
        yield f"{len(other)} results do not follow from their exchanges: {_named(list(told))}"
    if torn := list(_members(document, again)):
        yield f"these parts of results.json do not follow from the rest: {', '.join(torn)}"


def _members(document: Document, again: Replayed) -> Iterator[str]:
    made = again.document
    yield from (name for name in _FOLLOW if getattr(document, name) != getattr(made, name))
    if _cases(document.cases) != _cases(made.cases):
        yield "cases"
    if _warnings(document) != _warnings(made):
        yield "warnings"
    used = {place for case in document.cases for step in case.steps for place in step.passed}
    if used != set(range(len(document.passes))):
        yield "passes"
    if stray := document.exchanges.keys() - {step.exchange for case in document.cases for step in case.steps}:
        yield f"exchanges ({_named(sorted(stray))}: no step names them)"
    if again.facts is not None:
        told = {name: text for name, text in document.environment.items() if name != "hash"}
        if environment_hash(replace(again.facts, environment=told)) != document.environment.get("hash"):
            yield "environment"


def _cases(cases: Iterable[CaseRecord]) -> dict[str, bytes]:
    """Each case as text, without the places of what passed (those are looked at as results)."""
    return {
        case.name: msgspec.json.encode(changed(case, steps=[changed(step, passed=[]) for step in case.steps], node=""))
        for case in cases
    }


def _warnings(document: Document) -> list[tuple[str, str]]:
    return [(one.id, one.text) for one in document.warnings if one.id not in _OF_OPTIONS]


def _key(one: Judgement) -> Key:
    return one.case, one.step, one.check


def _order(pair: tuple[Judgement, Judgement]) -> tuple[bool, Key]:
    was, now = pair
    return was.verdict == now.verdict, _key(was)


def _difference(was: Judgement, now: Judgement) -> str:
    if was.verdict != now.verdict:
        return f"{was.verdict} → {now.verdict}"
    names = [name for name in was.__struct_fields__ if getattr(was, name) != getattr(now, name)]
    return f"{was.verdict} with other {', '.join(names)}"


def carried(again: Replayed) -> Mapping[str, int]:
    """Why results were recorded and not judged again, by the published list -> how many."""
    unlisted = set(again.unlisted)
    return Counter(why for key, why in again.as_recorded.items() if key not in unlisted)


def outside(again: Replayed) -> Mapping[str, int]:
    """Why results could not be judged again that no list names, but for those that contradict the record."""
    return Counter(again.as_recorded[key] for key in again.unlisted if again.as_recorded[key] != NO_EXCHANGE)


def _named(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
