"""The page docs/coverage.md: each rule with what tests it, or the reason why nothing can."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.catalogue import load_catalogue
from conformance.faultmatrix.coverage import Coverage, Tested, TestedState
from conformance.faultmatrix.named_cases import by_name
from conformance.model import VERSIONS, Level, Requirement, RequirementSet

FIRST = 3
"""Cases of a rule that are named; how many more there are stands behind them."""

HEAD = """\
# What is tested, and what is not

Made by `speke-conformance coverage --write` from real runs of all cases against the built-in key server, configured
for each profile; do not edit. A rule counts as tested when one of its checks ran and had something to
look at. *Where present* means that its checks run, and that no answer of the built-in server holds what it is about;
*needs* names what all its cases need, without which the rule is not judged.
A rule that no key server's answer can show has its reason instead. Every check on this page has been proven to
fail by a fault of the built-in server."""


def coverage_page(coverage: Coverage) -> str:
    """The page as Markdown."""
    return "\n".join(_lines(coverage)) + "\n"


def totals(coverage: Coverage) -> str:
    """The size of the suite in one sentence."""
    cases = {case.id for case in coverage.cases}
    return (
        f"{len(coverage.tested)} rules that bind key servers; {len(cases)} cases ({len(coverage.cases)} with their "
        f"variants), {coverage.checks} checks; {coverage.results} results of {coverage.exchanges} exchanges in a run "
        "that requires every set"
    )


def summary_rows(coverage: Coverage) -> list[tuple[str, ...]]:
    """For each set: its name, rules, tested, where present, not testable, not covered, rules of others named again."""
    rows = []
    for name in load_catalogue().sets:
        own = coverage.of_set(name)
        counts = [sum(one.standing is standing for one in own) for standing in TestedState]
        rows.append((name, *map(str, (len(own), *counts, len(coverage.named_again(name))))))
    return rows


COLUMNS = ("set", "rules", "tested", "where present", "not testable", "NOT COVERED", "named again")


def _lines(coverage: Coverage) -> Iterator[str]:
    catalogue = load_catalogue()
    yield HEAD
    yield ""
    yield f"{totals(coverage)}."
    yield ""
    yield from _table(COLUMNS, summary_rows(coverage))
    yield ""
    yield "*Named again*: rules of other sets that a set holds as well, with a grade of its own."
    for name, one in catalogue.sets.items():
        yield ""
        yield f"## {name}: {one.title}"
        yield ""
        yield from _set(coverage, one)
    yield ""
    yield "## Recorded, never judged"
    yield ""
    yield "Where the specification is silent or contradicts itself: what a server does is in the silence register."
    yield ""
    recorded = [one for one in coverage.tested.values() if _records(one.requirement)]
    yield from _table(("rule", "what is recorded", "checks"), [(*_id_and_rule(one), _checks(one)) for one in recorded])
    yield ""
    yield "## By name"
    yield ""
    yield "Each standard message, contract, DRM system and part of SPEKE 2.1 has cases of its own."
    yield ""
    named = [(one.kind, _code(one.name), _first(one.cases)) for one in by_name(coverage.cases)]
    yield from _table(("kind", "name", "cases"), named)
    yield ""
    yield "## Rules that bind the encryptor"
    yield ""
    yield "No answer of a key server can show whether they are kept; they are listed so that nothing seems forgotten."
    yield ""
    theirs = [(item.id, _level(item), _text(item.rule)) for item in catalogue.encryptor_requirements.values()]
    yield from _table(("rule", "level", "in words"), theirs)


def _set(coverage: Coverage, one: RequirementSet) -> Iterator[str]:
    rows = [
        (item.requirement.id, _level(item.requirement), _text(item.requirement.rule), _source(item), *_tests(item))
        for item in coverage.of_set(one.id)
    ]
    if one.includes:
        yield f"Holds all of {', '.join(one.includes)} as well."
        yield ""
    if rows:
        yield from _table(("rule", "level", "in words", "source", "checks", "cases"), rows)
    again = coverage.named_again(one.id)
    if again:
        listed = ", ".join(f"{item.requirement.id} ({item.requirement.also_in[one.id]})" for item in again)
        yield ""
        yield f"Named again from other sets: {listed}."


def _tests(one: Tested) -> tuple[str, str]:
    if one.standing is TestedState.NOT_TESTABLE:
        return "–", f"*not testable:* {_text(one.reason)}"
    if one.standing is TestedState.NOT_COVERED:
        return "–", "**NOT COVERED**"
    more = f"{_first(one.cases)}; {one.variants} in all" if one.variants > len(one.cases[:FIRST]) else _first(one.cases)
    if one.needs:
        more += f" · *needs* {', '.join(one.needs)}"
    return _checks(one), more + (" · *where present*" if one.standing is TestedState.WHERE_PRESENT else "")


def _first(cases: tuple[str, ...]) -> str:
    left = len(cases) - FIRST
    return ", ".join(cases[:FIRST]) + (f" and {left} more" if left > 0 else "")


def _checks(one: Tested) -> str:
    return ", ".join(map(_code, one.checks))


def _id_and_rule(one: Tested) -> tuple[str, str]:
    return one.requirement.id, _text(one.requirement.rule)


def _records(rule: Requirement) -> bool:
    return Level.RECORD in rule.levels.values()


def _level(rule: Requirement) -> str:
    levels = [rule.levels.get(version) for version in VERSIONS]
    if levels[0] == levels[1] and levels[0] is not None:
        return str(levels[0])
    return ", ".join(f"{level} in {version}" for version, level in zip(VERSIONS, levels, strict=True) if level)


def _source(one: Tested) -> str:
    source = one.requirement.source
    return f"{_text(load_catalogue().pages[source.page].title)} ({source.confidence})"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def _text(text: str) -> str:
    """Words of the catalogue, with what Markdown would take for markup made harmless."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def _code(text: str) -> str:
    return f"`{text}`"
