"""Two runs compared: each change in its group, and what keeps them from being compared said."""

from __future__ import annotations

import copy

import pytest

from conformance.model import Verdict
from conformance.redaction.recorded import Clean, RecordedFinding
from conformance.reporting.difference_text import difference_lines, difference_status, summary
from conformance.reporting.qualification_page import qualification_html
from conformance.results.compare import difference, with_difference
from conformance.results.document import Document
from tests.reporting.schemas import complaints


def _with_verdicts(document: Document, *verdicts: str) -> Document:
    changed = copy.deepcopy(document)
    for result, verdict in zip(changed.results, verdicts, strict=False):
        result.verdict = Verdict(verdict)
    return changed


@pytest.mark.parametrize(
    ("before", "now", "group", "status"),
    [
        ("PASS", "FAIL", "newly_failing", 1),
        ("KNOWN", "FAIL", "newly_failing", 1),
        ("UNTESTABLE", "FAIL", "newly_failing", 1),
        ("FAIL", "PASS", "newly_passing", 0),
        ("KNOWN", "PASS", "newly_passing", 0),
        ("FAIL", "FAIL", "still_failing", 0),
        ("KNOWN", "KNOWN", "still_known", 0),
        ("FAIL", "UNTESTABLE", "unanswered", 10),
        ("PASS", "ERROR", "unanswered", 10),
        ("PASS", "ADVISORY", "otherwise", 0),
        ("FAIL", "KNOWN", "otherwise", 0),
        ("UNTESTABLE", "ERROR", "otherwise", 0),
        ("UNTESTABLE", "PASS", "otherwise", 0),
    ],
)
def test_each_change_in_one_group(small: Document, before: str, now: str, group: str, status: int) -> None:
    small.results = small.results[:1]
    found = difference(_with_verdicts(small, before), _with_verdicts(small, now))
    groups = ("newly_failing", "newly_passing", "still_failing", "still_known", "unanswered", "otherwise")
    assert [name for name in groups if getattr(found, name)] == [group]
    assert (getattr(found, group)[0].before, getattr(found, group)[0].now) == (before, now)
    assert difference_status(found) == status


def test_no_difference(small: Document) -> None:
    small.results = [one for one in small.results if one.verdict not in ("FAIL", "KNOWN")]
    found = difference(small, small)
    assert found.comparable
    assert found.differs == []
    assert summary(found) == "no difference"


def test_a_question_that_was_not_asked_before(small: Document) -> None:
    old = copy.deepcopy(small)
    old.results = old.results[2:]
    del old.checks["keys.values-distinct"]
    found = difference(old, small)
    assert [one.before for one in found.newly_failing] == ["not asked"] * 2
    assert [one.check for one in found.new_checks] == ["keys.values-distinct"]
    assert found.new_checks[0].verdicts == {"FAIL": 2}
    assert found.new_questions == 2
    back = difference(small, old)
    assert [one.check for one in back.gone_checks] == ["keys.values-distinct"]
    assert back.gone_questions == 2


def test_what_a_selection_leaves_out_is_not_gone(small: Document) -> None:
    part = copy.deepcopy(small)
    part.results = part.results[:1]
    part.checks = {"keys.values-distinct": part.checks["keys.values-distinct"]}
    part.run.partial = True
    found = difference(small, part)
    assert found.gone_checks == []
    assert "the later run is partial: only a selection of the checks ran" in found.differs
    assert difference(part, small).new_checks == []


def test_what_differs_is_said(small: Document) -> None:
    other = copy.deepcopy(small)
    other.baseline = "f" * 64
    assert difference(small, other).differs == [
        "the baseline hashes differ, for a reason that the documents do not show"
    ]
    other.tool.version = "2.0"
    other.claims.schemes.append(("playready", "cenc"))
    other.profile.requires.remove("safety@1")
    other.not_run += [f"NEW-{number}" for number in range(9)]
    found = difference(small, other)
    assert not found.comparable
    assert found.differs == [
        "the suite: 1.2.3 before, 2.0 now",
        "required sets gone: safety@1",
        "claims added: playready with cenc",
        "cases added: NEW-0, NEW-1, NEW-2, NEW-3, NEW-4 and 4 more",
    ]


def test_in_words(good: Document, bad: Document) -> None:
    lines = difference_lines(difference(good, bad))
    assert any(line.startswith("newly failing: ") for line in lines)
    assert any("keys.values-distinct (PASS → FAIL)" in line for line in lines)
    assert any("expected" in line and "seen the same value as KID" in line for line in lines)
    assert not any("differ" in line for line in lines if line.startswith("The two runs"))
    assert any(line.startswith("newly passing: ") for line in difference_lines(difference(bad, good)))


def test_nothing_of_a_server_reaches_the_terminal_raw(small: Document) -> None:
    old = _with_verdicts(small, "PASS")
    small.results[0].findings = (RecordedFinding(Clean(""), Clean(""), Clean("\x1b[2Jgone\nnext")),)
    small.run.target.host = "\x1b]0;title\x07"
    text = "\n".join(difference_lines(difference(old, small)))
    assert "\x1b" not in text
    assert "\\x1b[2Jgone next" in text


def test_the_first_page_shows_it(good: Document, bad: Document) -> None:
    whole = with_difference(bad, good)
    assert complaints(whole) == []
    page = qualification_html(whole)
    assert page.index('id="h-previous"') < page.index('id="sets"')
    assert "Newly failing" in page
    assert "keys.values-distinct" in page[page.index('id="h-previous"') : page.index('id="sets"')]
    assert "Since the previous run" not in qualification_html(bad)
    same = with_difference(good, good)
    assert "Nothing changed." in qualification_html(same)
    hostile = with_difference(bad, good)
    assert hostile.previous is not None
    hostile.previous.newly_failing[0].seen = "<script>alert(1)</script>"
    assert "<script>alert" not in qualification_html(hostile)
