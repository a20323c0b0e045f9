"""What one result comes to: its verdict in each set and as a whole, with what is known and disputed of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from msgspec import Struct

from conformance.model import Level, ResultState, Verdict, finding_id
from conformance.redaction.recorded import Clean, RecordedFinding, RecordedResult

if TYPE_CHECKING:
    from conformance.judge.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Disputed:
    """A finding that the key provider contests, with the sentence relied on. It changes no verdict."""

    finding: str
    sentence: str
    reference: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class KnownDeviation:
    """A deviation that the profile lists: what it matches (finding ids, `*` allowed), why, and until when."""

    finding: str
    reason: str
    reference: str
    date: str
    expires: str = ""

    def matches(self, finding_id: str) -> bool:
        """Whether the entry is about this finding."""
        return matches(self.finding, finding_id)

    def expired(self, today: str) -> bool:
        """Whether its time is over; the day that it names still counts."""
        return bool(self.expires and today and self.expires < today)

    @property
    def open_ended(self) -> bool:
        """Whether it may match more findings than one."""
        return "*" in self.finding or "?" in self.finding


class Grade(Struct, omit_defaults=True, frozen=True, forbid_unknown_fields=True):
    """The verdict on one result within one requirement set."""

    set: str
    requirement: str
    level: Level
    verdict: Verdict
    deciding: bool = True
    """Whether the set is required: what a set that is only reported says never fails a run."""
    costs: bool = True
    """Whether a finding at this level costs the set its qualification."""


class Judgement(Struct, omit_defaults=True, forbid_unknown_fields=True):
    """One check asked at one step, and what the judge makes of it; written to the result document as it is."""

    case: str
    """The case's name with its variant."""
    step: str
    check: str
    version: str
    state: ResultState
    verdict: Verdict
    requirements: tuple[str, ...]
    requirement: str = ""
    """The requirement that decides."""
    grades: tuple[Grade, ...] = ()
    findings: tuple[RecordedFinding, ...] = ()
    finding_id: str = ""
    """The same for the same defect in every run, whatever the seed; only where there is a finding."""
    reason: Clean = Clean("")
    """Why it was not asked, or what there was to see where nothing was wrong."""
    known: KnownDeviation | None = None
    disputed: Disputed | None = None
    as_recorded: bool = False
    """Carried over into a replay, because it needs what no record holds."""

    @property
    def name(self) -> str:
        """What known and disputed entries match: the id that a finding has, or would have."""
        return finding_id(self.check, self.case, self.step)

    @property
    def level(self) -> Level | None:
        """The heaviest level that the question has in the sets in force."""
        return max((grade.level for grade in self.grades), key=lambda level: level.weight, default=None)

    @property
    def leaves_a_gap(self) -> bool:
        """Whether the run is incomplete because this question has no answer."""
        if self.verdict is Verdict.ERROR:
            return True
        return any(one.verdict is Verdict.UNTESTABLE and one.deciding and one.level.weight >= 2 for one in self.grades)


def as_result(judged: Judgement) -> RecordedResult:
    """The result that was judged, for judging it again by other rules."""
    return RecordedResult(
        judged.case,
        judged.step,
        judged.check,
        judged.version,
        judged.requirements,
        judged.state,
        judged.findings,
        judged.reason,
    )


Named = tuple[str, tuple[str, ...]]
"""A check's id with the requirements that it speaks for at a step."""


class Alike(Struct, frozen=True):
    """Checks of one step that ended alike and have no finding: passed, not claimed, or untestable for one reason."""

    version: str
    state: ResultState
    reason: Clean
    checks: tuple[Named, ...]


class StepOutcome(Struct, frozen=True):
    """What one step comes to: what passed, by id, and a judgement for everything that has something to show."""

    case: str
    step: str
    alike: tuple[Alike, ...]
    """Checks without a finding, by their common end; no object of its own for any of them."""
    judged: tuple[Judgement, ...]
    """Checks that have findings, and those that broke."""

    def asked(self) -> Iterator[str]:
        """The ids of all checks of the step."""
        yield from (check for one in self.alike for check, _ in one.checks)
        yield from (one.check for one in self.judged)

    def worst(self, rulebook: Rulebook) -> Judgement | None:
        """What counts most here, in the order in which one line can show one thing; None where nothing was asked."""
        kinds = {(names, one.version, one.state): (one, check) for one in self.alike for check, names in one.checks}
        found = list(self.judged)
        found += (rulebook.alone(self, one, (check, kind[0])) for kind, (one, check) in kinds.items())
        return max(found, key=lambda one: (_SHOWN_FIRST[one.verdict], one.leaves_a_gap), default=None)


_SHOWN_FIRST = {
    verdict: place
    for place, verdict in enumerate(
        (
            Verdict.NOT_CLAIMED,
            Verdict.PASS,
            Verdict.RECORDED,
            Verdict.NOTE,
            Verdict.ADVISORY,
            Verdict.KNOWN,
            Verdict.UNTESTABLE,
            Verdict.STALE,
            Verdict.FAIL,
            Verdict.ERROR,
        )
    )
}
"""Of several results in one line the last of these is shown: a known deviation never hides a failure beside it."""


def matches(pattern: str, name: str) -> bool:
    # Names of cases contain brackets, which fnmatch would read as a character class.
    return fnmatchcase(name, pattern.replace("[", "[[]"))
