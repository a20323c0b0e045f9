"""What the words of a report mean, and what to do about each; docs/verdicts.md says the same in its tables."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.model import Outcome, Verdict

VERDICTS: Mapping[str, tuple[str, str]] = {
    Verdict.PASS: ("the check ran, and nothing was found", "nothing"),
    Verdict.FAIL: ("a finding against a MUST of a required set", "fix the server; or, until then, list it as known"),
    Verdict.ADVISORY: (
        "a finding against a SHOULD, or in a set that is only reported (`--strict` makes the former a FAIL)",
        "fix it when you can",
    ),
    Verdict.NOTE: ("worth knowing, costs nothing", "read it once"),
    Verdict.RECORDED: (
        "the specification is silent; the report lists what was seen",
        "compare it with what your encryptors expect",
    ),
    Verdict.KNOWN: (
        "a finding that your profile lists, with reason, reference and date",
        "fix it before the date; the set is not qualified meanwhile",
    ),
    Verdict.STALE: ("an entry of that list that no longer applies, matches nothing or has expired", "remove it"),
    Verdict.UNTESTABLE: (
        "the check could not run: no answer, or the good request was not accepted either",
        "look at the cause, which is named once",
    ),
    Verdict.NOT_CLAIMED: (
        "your profile does not claim it, or discovery found that the server does not offer it",
        "nothing; or claim it",
    ),
    Verdict.ERROR: ("the suite itself broke", "report it: it is our bug and never counts against you"),
}
"""Verdict -> what it means, and what to do."""

OUTCOMES: Mapping[str, str] = {
    Outcome.NOT_QUALIFIED: "a FAIL in a required set, or a known deviation at MUST",
    Outcome.INCOMPLETE: "no FAIL, but an UNTESTABLE or ERROR result: no verdict",
    Outcome.QUALIFIED_WITH_ADVISORIES: "no rule at MUST is broken, some at SHOULD are",
    Outcome.QUALIFIED: "no rule at MUST or SHOULD is broken, and every check of a required set ran",
    Outcome.NOT_CLAIMED: "nothing of the set is claimed",
    Outcome.PARTIAL: "only a selection was run (-k, node ids, --lf, -x, a profile with cases), so there is no outcome",
}
"""Outcome of a requirement set or a run -> when it is that."""


def meaning(word: str) -> list[str]:
    """The lines about a verdict or an outcome; empty for another word. Letter case and _ for a space are free."""
    name = word.upper().replace("_", " ").replace("-", " ")
    lines = []
    if name in VERDICTS:
        means, do = VERDICTS[name]
        lines += [f"verdict {name}: {means}", f"  what to do: {do}"]
    if name in OUTCOMES:
        lines.append(f"outcome {name}: {OUTCOMES[name]}")
    return lines
