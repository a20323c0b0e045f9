"""A summary in Markdown, for the page that a CI system shows of a job."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.diagnosis.cause import Cause, Diagnosis
from conformance.diagnosis.diagnose import diagnose
from conformance.model import Verdict
from conformance.redaction.escaping import visible
from conformance.reporting.endpoint_table import endpoint_table
from conformance.reporting.outcome_text import in_words
from conformance.reporting.unclaimed_text import unclaimed_lines
from conformance.results.document import Document
from conformance.results.index import ResultsIndex

MOST_CAUSES = 15
"""A CI page shows a megabyte of all jobs together."""
BINDING = (Verdict.FAIL, Verdict.ERROR, Verdict.UNTESTABLE)
_COLUMNS = ("PASS", "FAIL", "KNOWN", "ADVISORY", "UNTESTABLE", "ERROR")
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~&!])")
_SIGN = {"QUALIFIED": "✅", "QUALIFIED WITH ADVISORIES": "✅", "NOT QUALIFIED": "❌", "NOT CLAIMED": "➖"}


def summary_md(document: Document) -> str:
    """Outcome, causes, table of sets and warnings; nothing a server said is taken for markup."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Document) -> Iterator[str]:
    words = in_words(document)
    run = document.run
    yield f"## SPEKE conformance: {_SIGN.get(words.outcome, '⚠️')} {words.outcome}"
    yield ""
    if words.banner:
        yield f"> **{text(words.banner)}**"
        yield ""
    yield text(words.meaning)
    yield ""
    labels = "".join(f", {text(name)} {text(value)}" for name, value in run.labels.items())
    profile = text(document.profile.name)
    yield f"Target: {text(run.place)}{labels}. Profile {profile}, seed {text(run.seed)}."
    yield ""
    yield from _causes(ResultsIndex(document))
    yield "| requirement set | outcome | pass | fail | known | advisory | untestable | error |"
    yield "|---|---|--:|--:|--:|--:|--:|--:|"
    for one in document.sets:
        counts = " | ".join(str(one.counts.get(Verdict(name), 0)) for name in _COLUMNS)
        required = "" if one.required else " (reported only)"
        outcome = f"{_SIGN.get(one.outcome, '⚠️')} {one.outcome.lower()}"
        yield f"| {text(one.id)}{required} | {outcome} | {counts} |"
    yield ""
    yield from _endpoints(document)
    for entry in document.stale:
        yield f"- **STALE** {text(entry.finding)}: {text(entry.why)}"
    for left_out in unclaimed_lines(document):
        yield f"- **{'Advisory, not claimed' if left_out.advice else 'Not claimed'}** {text(left_out.text)}"
    for warning in document.warnings:
        yield f"- **Warning** {text(warning.text)}"


def _endpoints(document: Document) -> Iterator[str]:
    table = endpoint_table(document)
    if table is None:
        return
    yield "### Endpoint by endpoint"
    yield ""
    yield f"| requirement set | {' | '.join(map(text, table.heads))} |"
    yield f"|---|{'---|' * len(table.heads)}"
    for one, cells in table.rows:
        yield f"| {text(one.id)} | {' | '.join(cell.text if cell else '·' for cell in cells)} |"
    yield ""
    for failure in table.failures:
        yield f"- {text(failure)}"
    yield ""


def _causes(reading: ResultsIndex) -> Iterator[str]:
    diagnosis = diagnose(reading)
    binding = diagnosis.of_verdict(*BINDING)
    others = [one for one in diagnosis.causes if one not in binding]
    if binding:
        yield "### What is wrong"
        yield ""
    for number, cause in enumerate(binding[:MOST_CAUSES], 1):
        yield from _cause(cause, number, diagnosis, reading)
    for kind, left in (("", binding[MOST_CAUSES:]), (" (advice or known deviations)", others)):
        if left:
            count = sum(one.count for one in left)
            yield f"- and {len(left)} more cause{'s' * (len(left) > 1)}{kind} with {count} result{'s' * (count > 1)}"
    if diagnosis.causes:
        yield ""


def _cause(cause: Cause, number: int, diagnosis: Diagnosis, reading: ResultsIndex) -> Iterator[str]:
    failure = reading.failure(cause.example)
    yield f"{number}. **{cause.verdict}** {text(cause.title)}. {text(cause.wrong)}"
    if cause.fix:
        yield f"   - fix: {text(cause.fix)}"
    where = f"at {text(endpoints)}; " if (endpoints := reading.where(cause.cases)) else ""
    yield f"   - {where}{diagnosis.explains(cause)}; for example `{code(failure.check)}` in `{code(failure.case)}`"
    for one in failure.findings[:1] if cause.named else ():
        yield f"   - expected {text(one.expected)}, seen {text(one.seen)} at {text(one.where)}"
    if failure.requirement:
        yield f"   - {text(failure.requirement)} ({text(failure.level)}): {text(failure.rule)}"
    if failure.repeat:
        yield f"   - repeat: `{code(failure.repeat)}`"


def text(value: str) -> str:
    """A text on one line in which nothing is markup."""
    return _SPECIAL.sub(r"\\\1", " ".join(visible(str(value)).split()))


def code(value: str) -> str:
    """A text for between backticks: it holds none."""
    return " ".join(visible(str(value)).split()).replace("`", "'")
