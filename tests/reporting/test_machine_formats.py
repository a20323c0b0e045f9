"""JUnit, CTRF and badge: what machines read has to be exactly right."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from lxml import etree

from conformance.model import Outcome
from conformance.reporting.badge import badge_json, badge_svg
from conformance.reporting.ctrf import ctrf
from conformance.reporting.junit import junit_xml
from conformance.results.document import Document
from conformance.results.index import ResultsIndex

ALLOWED = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase", "system-out", "system-err"},
    "testcase": {"properties", "skipped", "error", "failure", "system-out", "system-err"},
    "properties": {"property"},
}
ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname"},
    "testcase": {"name", "classname", "time"},
    "property": {"name", "value"},
}


@pytest.fixture(params=["good", "faulty", "small"])
def document(request: pytest.FixtureRequest) -> Document:
    found: Document = request.getfixturevalue(request.param)
    return found


def test_junit_has_the_common_structure(document: Document) -> None:
    root = etree.fromstring(junit_xml(document))
    for element in root.iter():
        name = str(element.tag)
        assert {str(child.tag) for child in element} <= ALLOWED.get(name, set())
        if name in ATTRIBUTES:
            assert set(map(str, element.attrib)) == ATTRIBUTES[name]


def test_junit_counts_are_true(document: Document) -> None:
    root = etree.fromstring(junit_xml(document))
    for holder in (root, *root.iter("testsuite")):
        cases = list(holder.iter("testcase"))
        assert int(holder.get("tests", "")) == len(cases)
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(holder.get(attribute, "")) == sum(1 for case in cases if case.find(tag) is not None)
        total = sum(float(case.get("time", "")) for case in cases)
        assert abs(float(holder.get("time", "")) - total) < 0.01 * (len(cases) + 1)
    values = {
        (one.get("name"), case): one.get("value") for case in root.iter("testcase") for one in case.iter("property")
    }
    passed = sum(int(value or 0) for (name, _), value in values.items() if name == "checks")
    alone = sum(1 for name, _ in values if name == "check")
    assert passed + alone == sum(1 for _ in ResultsIndex(document).every())


def test_junit_names_are_unique_and_ids_are_properties(document: Document) -> None:
    root = etree.fromstring(junit_xml(document))
    names = Counter((case.get("classname"), case.get("name")) for case in root.iter("testcase"))
    assert max(names.values()) == 1
    for case in root.iter("testcase"):
        found = {one.get("name"): one.get("value") for one in case.iter("property")}
        assert {"verdict", "node"} <= set(found) and len({"check", "checks"} & set(found)) == 1


def test_junit_fails_what_failed(small: Document) -> None:
    root = etree.fromstring(junit_xml(small))
    kinds = {
        one.get("value"): [str(child.tag) for child in case if child.tag != "properties"]
        for case in root.iter("testcase")
        for one in case.iter("property")
        if one.get("name") == "verdict"
    }
    assert kinds == {
        "FAIL": ["failure"],
        "KNOWN": ["skipped"],
        "ADVISORY": ["system-out"],
        "NOTE": ["system-out"],
        "RECORDED": ["system-out"],
        "PASS": [],
        "UNTESTABLE": ["error"],
        "ERROR": ["error"],
        "NOT CLAIMED": ["skipped"],
    }
    text = root.find(".//failure").text or ""  # type: ignore[union-attr]
    for label in ("expected:", "seen:", "where:", "rule:", "effect:", "fix:", "repeat:"):
        assert label in text


def test_ctrf_summary_is_true(document: Document) -> None:
    made = ctrf(document)
    results = made["results"]
    assert made["reportFormat"] == "CTRF"
    statuses = Counter(test["status"] for test in results["tests"])
    summary = results["summary"]
    assert (
        summary["tests"]
        == len(results["tests"])
        == sum(summary[name] for name in ("passed", "failed", "skipped", "other"))
    )
    assert summary["failed"] == statuses["failed"]
    assert summary["start"] > 0
    json.dumps(made)


@pytest.mark.parametrize(
    "outcome", ["QUALIFIED", "QUALIFIED WITH ADVISORIES", "NOT QUALIFIED", "INCOMPLETE", "PARTIAL"]
)
def test_badge_names_the_outcome(small: Document, outcome: str) -> None:
    small.outcome = Outcome(outcome)
    root = etree.fromstring(badge_svg(small).encode())
    assert root.get("aria-label") == f"SPEKE 2.0: {outcome.lower()}"
    assert badge_json(small)["message"] == outcome.lower()
