"""Writes the `known:` entries of a profile for what failed, to be filled in by whoever knows the reasons."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from conformance.judge import Judgement
from conformance.model import Verdict
from conformance.redaction.escaping import visible
from conformance.results.document import Document
from conformance.results.index import ResultsIndex

COSTLY = frozenset({Verdict.FAIL, Verdict.ADVISORY})


def known_lines(document: Document, *, advisories: bool = False, by_check: bool = False) -> list[str]:
    """YAML lines with an entry for each failed finding, and on request for each advisory.

    `reason`, `reference` and `date` are left empty, and a profile with an empty one is refused: nobody can keep a
    deviation without saying why. `by_check` writes one entry for all findings of a check, those to come included.
    Findings that the profile knows already are left out.
    """
    wanted = COSTLY if advisories else {Verdict.FAIL}
    reading = ResultsIndex(document)
    found = [one for one in reading.results if one.verdict in wanted and one.finding_id]
    if not found:
        return ["# Nothing failed, so there are no deviations to list."]
    if by_check:
        found = [replace(one, finding_id=f"{one.check}@*") for one in found]
    # One entry knows a finding at every endpoint.
    found = list({one.finding_id: one for one in reversed(found)}.values())[::-1]
    return [visible(line) for line in _lines(reading, found)]


def _lines(reading: ResultsIndex, results: Sequence[Judgement]) -> Iterator[str]:
    yield "# Fill in why, where it is tracked, and since when; add `expires: YYYY-MM-DD` where it has an end."
    yield "# One entry may stand for several findings: * in its place matches anything."
    yield "known:"
    for result in results:
        failure = reading.failure(result)
        yield f"  # {result.verdict} {failure.requirement}: {failure.question}"
        if failure.findings:
            yield f"  #   seen: {_one_line(failure.findings[0].seen)}"
        # A JSON text is a YAML text in quotes, whatever brackets or colons it holds.
        yield f"  - finding: {json.dumps(result.finding_id)}"
        yield "    reason:"
        yield "    reference:"
        yield "    date:"


def _one_line(text: str) -> str:
    return " ".join(text.split())[:120]
