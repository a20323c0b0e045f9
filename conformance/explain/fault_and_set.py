"""Explains a fault of the reference key server, and a requirement set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from conformance.catalogue import load_catalogue
from conformance.checks.registry import Check
from conformance.refserver import Fault, load_faults
from conformance.run.profile import load_profile, profile_names

MOST = 8
"""Checks that are written out where there may be many."""


def explain_fault(fault: Fault, checks: Mapping[str, Check]) -> Iterator[str]:
    """What the server does wrong, when, which checks report it, and how to see it."""
    yield f"fault {fault.id}: {fault.story}"
    where = " and ".join(_SEAMS[seam] for seam in fault.seams)
    yield f"  it changes {where}" + (f", in {fault.carrier} alone" if fault.carrier else "")
    for condition in fault.when:
        yield f"  only where {condition.fact} is {_wanted(condition.wanted)}"
    for heading, names in (
        ("reported by", fault.kills),
        ("may also be reported by", fault.may_kill),
        ("shows in the register of", fault.records),
    ):
        if names:
            yield ""
            yield heading
            yield from (f"  {name}: {checks[name].question}" for name in names[:MOST])
            if len(names) > MOST:
                yield f"  and {len(names) - MOST} more"
    also = [name for name, other in load_faults().items() if other.base == fault.id]
    if also:
        yield ""
        yield f"also in one carrier alone: {', '.join(also)}"
    yield ""
    yield "see what the report says about it:"
    yield f"  speke-conformance run --fault '{fault.id}'"


_SEAMS = {
    "request": "how the server reads the request",
    "keys": "the keys that it makes",
    "answer": "the answer document",
    "http": "the HTTP answer",
}


def _wanted(wanted: object) -> str:
    choices = wanted if isinstance(wanted, list) else [wanted]
    return " or ".join(str(one).replace("~ ", "something that fits ") for one in choices)


def explain_set(name: str) -> Iterator[str]:
    """Whose word the set is, what it holds, which profiles require it, and every rule of it."""
    catalogue = load_catalogue()
    one, rules = catalogue.sets[name], catalogue.resolve_set(name)
    levels = Counter(level.value for level in rules.values())
    yield f"requirement set {name}: {one.title}"
    yield f"  {len(rules)} rules: {', '.join(f'{count} {level}' for level, count in levels.most_common())}"
    if one.includes:
        yield f"  includes {', '.join(one.includes)}"
    if one.claim:
        yield f"  counts where {one.claim} is claimed"
    if not one.decides:
        yield "  is reported and never decides"
    requiring = [profile for profile in profile_names() if name in load_profile(profile).requires]
    yield f"  required by the profiles {', '.join(requiring)}" if requiring else "  required by no shipped profile"
    yield ""
    yield from (f"{rule:<18} {level.value:<10} {catalogue.requirement(rule).rule}" for rule, level in rules.items())
