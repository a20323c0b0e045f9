"""The difference of two runs in words, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from conformance.diagnosis.difference import CauseChange
from conformance.judge import FAILED, INCOMPLETE, PASSED
from conformance.redaction.escaping import visible
from conformance.results.document import CheckChange, Difference, ResultChange, RunName

MOST_CASES = 3
"""Cases that are named where a check changed in many."""

GROUPS = (
    ("newly_failing", "newly failing"),
    ("newly_passing", "newly passing"),
    ("unanswered", "ran before, could not run now"),
    ("otherwise", "another verdict"),
    ("still_known", "still known"),
    ("still_failing", "still failing"),
)
"""Member of a difference -> its heading, in the order in which a reader wants to meet them."""


def difference_lines(found: Difference) -> list[str]:
    """The whole difference, a line each, without control characters."""
    return [visible(line).replace("\n", " ") for line in _lines(found)]


def cause_lines(changes: Sequence[CauseChange]) -> Iterator[str]:
    """The causes that came, that are still there and that went."""
    for word, those in (
        ("came", [one for one in changes if not one.before]),
        ("still there", [one for one in changes if one.before and one.now]),
        ("went", [one for one in changes if not one.now]),
    ):
        if those:
            yield f"causes that {'are ' if word == 'still there' else ''}{word}: {len(those)}"
            yield from (f"  {one.title.rstrip('.')} ({_counted(one)})" for one in those)


def _counted(one: CauseChange) -> str:
    return f"{one.before} → {one.now} results" if one.before and one.now else f"{one.before or one.now} results"


def difference_status(found: Difference) -> int:
    """1 where something fails that did not, 10 where something has no answer any more, else 0."""
    if found.newly_failing:
        return FAILED
    return INCOMPLETE if found.unanswered else PASSED


def _lines(found: Difference) -> Iterator[str]:
    yield f"before: {_named(found.old)}"
    yield f"now:    {_named(found.new)}"
    if not found.differs:
        yield "Both runs ran the same checks under the same profile."
    else:
        yield "The two runs differ in what they ran:"
        yield from (f"  {sentence}" for sentence in found.differs)
    yield ""
    for member, heading in GROUPS:
        entries = getattr(found, member)
        if entries:
            yield f"{heading}: {len(entries)}"
            yield from _by_check(entries)
    for member, heading in (("new_checks", "new checks"), ("gone_checks", "removed checks")):
        checks: list[CheckChange] = getattr(found, member)
        if checks:
            yield f"{heading}: {len(checks)}"
            yield from (f"  {one.check}: {one.question} ({counts(one.verdicts)})" for one in checks)
    if found.new_questions or found.gone_questions:
        yield f"{found.new_questions} checks are new, {found.gone_questions} are gone"
    yield summary(found)


def summary(found: Difference) -> str:
    """The difference in one line."""
    told = [f"{len(getattr(found, member))} {heading}" for member, heading in GROUPS if getattr(found, member)]
    told += [f"{len(found.new_checks)} new checks"] if found.new_checks else []
    return "; ".join(told) if told else "no difference"


def counts(verdicts: Mapping[str, int]) -> str:
    """`3 PASS, 1 FAIL`."""
    return ", ".join(f"{number} {verdict}" for verdict, number in verdicts.items())


def _by_check(entries: Sequence[ResultChange]) -> Iterator[str]:
    groups: dict[tuple[str, str, str], list[ResultChange]] = {}
    for entry in entries:
        groups.setdefault((entry.check, entry.before, entry.now), []).append(entry)
    for (check, before, now), group in groups.items():
        change = "" if before == now else f" ({before} → {now})"
        yield f"  {check}{change}: {group[0].question}"
        names = list(dict.fromkeys(f"{one.case}::{one.step}" for one in group))
        more = f" and {len(names) - MOST_CASES} more" if len(names) > MOST_CASES else ""
        yield f"      in {', '.join(names[:MOST_CASES])}{more}"
        if group[0].expected:
            yield f"      expected {group[0].expected}; seen {group[0].seen}"
        elif group[0].seen:
            yield f"      {group[0].seen}"


def _named(run: RunName) -> str:
    labels = "".join(f", {name} {value}" for name, value in run.labels.items())
    return f"{run.outcome}: {run.host}, {run.started}{labels}, baseline {run.baseline[:12]}"
