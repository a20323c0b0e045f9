"""What changed between two runs: newly failing, newly passing, still known, new checks, gone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from conformance.judge import Judgement
from conformance.model import Verdict
from conformance.results.document import CheckChange, Difference, Document, ResultChange, RunName
from conformance.results.index import ResultsIndex
from conformance.results.run_record import ClaimsRecord

ResultKey = tuple[str, str, str]
"""(case with its variant, step, check): the same question in both runs."""

FORMAT = 1
NOT_ASKED = "not asked"

_FAIL, _KNOWN, _PASS = Verdict.FAIL.value, Verdict.KNOWN.value, Verdict.PASS.value
_OPEN = frozenset({Verdict.UNTESTABLE.value, Verdict.ERROR.value})


def difference(old: Document, new: Document) -> Difference:
    """The difference of two result documents."""
    reading = ResultsIndex(new)
    before, after = _by_key(ResultsIndex(old)), _by_key(reading)
    old_checks, new_checks = set(old.checks), set(new.checks)

    def entries(wanted: Callable[[str, str], bool]) -> list[ResultChange]:
        return [
            _entry(reading, result, was)
            for question, result in after.items()
            if wanted(was := before[question].verdict.value if question in before else NOT_ASKED, result.verdict.value)
        ]

    return Difference(
        format=FORMAT,
        old=_named(old),
        new=_named(new),
        comparable=old.baseline == new.baseline,
        differs=what_differs(old, new),
        newly_failing=entries(lambda was, now: now == _FAIL and was != _FAIL),
        newly_passing=entries(lambda was, now: now == _PASS and was in (_FAIL, _KNOWN)),
        still_failing=entries(lambda was, now: now == was == _FAIL),
        still_known=entries(lambda was, now: now == was == _KNOWN),
        unanswered=entries(lambda was, now: now in _OPEN and was not in (*_OPEN, NOT_ASKED)),
        otherwise=entries(_changed_otherwise),
        # What a selection leaves out is neither new nor gone.
        new_checks=[] if _partial(old) else [_check(new, name, after) for name in sorted(new_checks - old_checks)],
        gone_checks=[] if _partial(new) else [_check(old, name, before) for name in sorted(old_checks - new_checks)],
        new_questions=len(after.keys() - before.keys()),
        gone_questions=len(before.keys() - after.keys()),
    )


def with_difference(document: Document, previous: Document) -> Document:
    """The document of a run with what changed since an earlier one, for the first page of its report."""
    return replace(document, previous=difference(previous, document))


def _changed_otherwise(was: str, now: str) -> bool:
    if was in (NOT_ASKED, now) or now == _FAIL or (now in _OPEN and was not in _OPEN):
        return False
    return not (now == _PASS and was in (_FAIL, _KNOWN))


def what_differs(old: Document, new: Document) -> list[str]:
    """Whatever keeps two runs from being compared line by line, a sentence each; empty where nothing does."""
    found = []
    for what, was, now in (
        ("the suite", old.tool.version, new.tool.version),
        ("the catalogue", old.catalogue.digest[:12], new.catalogue.digest[:12]),
        ("the profile", old.profile.name, new.profile.name),
        ("strict", _yes(old.run.strict), _yes(new.run.strict)),
    ):
        if was != now:
            found.append(f"{what}: {was} before, {now} now")
    for when, document in (("earlier", old), ("later", new)):
        if _partial(document):
            found.append(f"the {when} run is partial: only a selection of the checks ran")
    partial = _partial(old) or _partial(new)
    lists: tuple[tuple[str, Iterable[str], Iterable[str]], ...] = (
        ("required sets", old.profile.requires, new.profile.requires),
        ("reported sets", old.profile.reports, new.profile.reports),
        ("selected cases", old.profile.cases, new.profile.cases),
        ("known deviations", _findings(old), _findings(new)),
        ("claims", _claims(old.claims), _claims(new.claims)),
        ("cases", _case_names(old), _case_names(new)),
        ("checks", [] if partial else old.checks, [] if partial else new.checks),
    )
    for name, before, after in lists:
        found += _changes(name, list(before), list(after))
    if not found and old.baseline != new.baseline:
        found.append("the baseline hashes differ, for a reason that the documents do not show")
    return found


MOST_NAMED = 5
"""Names that are written out in one sentence about what was added or left out."""


def _changes(what: str, was: list[str], now: list[str]) -> Iterable[str]:
    for word, names in (("added", [one for one in now if one not in was]), ("gone", [o for o in was if o not in now])):
        if names:
            more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
            yield f"{what} {word}: {', '.join(names[:MOST_NAMED])}{more}"


def _partial(document: Document) -> bool:
    return bool(document.run.partial)


def _findings(document: Document) -> list[str]:
    return [entry.finding for entry in document.profile.known]


def _case_names(document: Document) -> list[str]:
    return sorted({case.name for case in document.cases} | set(document.not_run))


def _claims(claims: ClaimsRecord) -> list[str]:
    return [
        *(f"SPEKE {version}" for version in claims.versions),
        *(f"{system} with {scheme}" for system, scheme in claims.schemes),
        *claims.features,
        *(f"refuses {name}" for name in claims.refuses),
    ]


def _named(document: Document) -> RunName:
    run = document.run
    return RunName(run.place, run.started, document.outcome.value, dict(run.labels), document.baseline)


def _by_key(reading: ResultsIndex) -> dict[ResultKey, Judgement]:
    return {(one.case, one.step, one.check): one for one in reading.every()}


def _entry(reading: ResultsIndex, result: Judgement, was: str) -> ResultChange:
    failure = reading.failure(result)
    first = failure.findings[0] if failure.findings else None
    return ResultChange(
        case=result.case,
        step=result.step,
        check=result.check,
        question=failure.question,
        requirement=failure.requirement,
        before=was,
        now=result.verdict.value,
        expected=first.expected if first else "",
        seen=first.seen if first else failure.reason,
        repeat=failure.repeat,
    )


def _check(document: Document, name: str, questions: Mapping[ResultKey, Judgement]) -> CheckChange:
    verdicts: dict[str, int] = {}
    for result in questions.values():
        if result.check == name:
            verdicts[result.verdict.value] = verdicts.get(result.verdict.value, 0) + 1
    return CheckChange(name, document.checks[name].question, verdicts)


def _yes(value: bool) -> str:
    return "yes" if value else "no"
