"""Evidence beside a new run: the same verdicts say so, others contradict, and what is missing stays open."""

from __future__ import annotations

import copy

from conformance.evidence.second_run import compare
from conformance.evidence.verify import VerificationReport
from conformance.results.document import Document


def test_the_same_again(good: Document) -> None:
    report = VerificationReport(document=good)
    compare(report, copy.deepcopy(good))
    assert (report.bad, report.left) == ([], [])
    assert report.compared > 1000
    assert list(report.lines())[-1] == f"A new run gave {report.compared} of the results."


def test_a_server_that_is_another_one(good: Document, bad: Document) -> None:
    report = VerificationReport(document=good)
    compare(report, bad)
    assert report.exit_status == 1
    assert len(report.bad) == 6 and "more results of the new run differ" in report.bad[-1]
    assert all(" is FAIL in a new run, and was PASS" in one for one in report.bad[:-1])


def test_a_new_run_that_asks_less(good: Document) -> None:
    less = copy.deepcopy(good)
    less.cases = less.cases[1:]
    less.results = [one for one in less.results if one.case != good.cases[0].name]
    report = VerificationReport(document=good)
    compare(report, less)
    assert report.exit_status == 10
    assert "results of the evidence open" in report.left[-1]
