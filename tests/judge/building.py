"""Small pieces for tests of the judge: results, sets and rulebooks."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.judge import Ending, Judgement, KnownDeviation, Rulebook, SetInForce, summarize
from conformance.judge import Summary as Summary
from conformance.model import Claims, Level, Outcome, RequirementSet, ResultState
from conformance.redaction.recorded import Clean, RecordedFinding, RecordedResult

FINDING = RecordedFinding(Clean("//cpix:CPIX"), Clean("this"), Clean("that"))
CLAIMS = Claims(frozenset({"2.0", "2.1"}), frozenset({("widevine", "cbcs")}))


def result(
    requirement: str = "R-MUST",
    *,
    state: ResultState = ResultState.ASKED,
    bad: bool = False,
    check: str = "keys.some-check",
    case: str = "CASE[2.0]",
    version: str = "2.0",
) -> RecordedResult:
    """One result, with a finding or without."""
    return RecordedResult(case, "ask", check, version, (requirement,), state, (FINDING,) if bad else ())


def in_force(
    name: str = "speke-2.0@1",
    levels: Mapping[str, Level] | None = None,
    *,
    required: bool = True,
    decides: bool = True,
    claim: str = "",
    version: str = "2.0",
) -> SetInForce:
    """One set that holds one rule of each kind, or those given."""
    held = levels or {
        "R-MUST": Level.MUST,
        "R-MUST-NOT": Level.MUST_NOT,
        "R-SHOULD": Level.SHOULD,
        "R-SHOULD-NOT": Level.SHOULD_NOT,
        "R-MAY": Level.MAY,
        "R-NOTE": Level.NOTE,
        "R-RECORD": Level.RECORD,
    }
    return SetInForce(RequirementSet(name, name, claim=claim, decides=decides), required, {version: held})


def rulebook(*sets: SetInForce, known: tuple[KnownDeviation, ...] = (), strict: bool = False) -> Rulebook:
    """A rulebook on 22 November 2026."""
    return Rulebook(sets or (in_force(),), CLAIMS, known, strict, "2026-11-22")


def known(finding: str = "keys.some-check@CASE[2.0]::ask", expires: str = "") -> KnownDeviation:
    """One entry of the list of known deviations."""
    return KnownDeviation(finding, "the next release mends it", "TICKET-1", "2026-10-01", expires)


def judged(rules: Rulebook, *results: RecordedResult) -> list[Judgement]:
    """The results with their verdicts."""
    return [rules.judge(one) for one in results]


def summed(rules: Rulebook, *results: RecordedResult, ending: Ending | None = None) -> Summary:
    """What a run with these results comes to."""
    return summarize(judged(rules, *results), rules, ending or Ending())


def outcome(rules: Rulebook, *results: RecordedResult, ending: Ending | None = None) -> Outcome:
    """The overall outcome of these results."""
    return summed(rules, *results, ending=ending).outcome
