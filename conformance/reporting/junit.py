"""The results as JUnit XML, for CI systems: a suite for each area, ids as properties.

A check that did not simply pass is a test case of its own; those of one topic that passed at a step are one together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from lxml import etree

from conformance.judge import Judgement
from conformance.redaction.escaping import visible
from conformance.reporting.failure_text import labelled_facts
from conformance.results.document import CaseRecord, Document, StepRecord
from conformance.results.index import PassedTopic, ResultsIndex

_ELEMENT = {"FAIL": "failure", "ERROR": "error", "UNTESTABLE": "error", "NOT CLAIMED": "skipped", "KNOWN": "skipped"}
"""Verdict -> the element of a test case; what could not be tested is no success, and no CI knows a third colour."""


def junit_xml(document: Document) -> bytes:
    """The document as JUnit XML in UTF-8.

    FAIL is a failure, ERROR and UNTESTABLE are errors, NOT CLAIMED and KNOWN are skipped; everything else passes, with
    its finding as output. Times are those of the exchange, counted at the first result of its step, in seconds.
    """
    reading = ResultsIndex(document)
    areas: dict[str, list[CaseRecord]] = {}
    for case in document.cases:
        areas.setdefault(case.area or "other", []).append(case)
    timed: set[str] = set()
    suites: list[bytes] = []
    total, counts = 0.0, Counter[str]()
    for area, cases in areas.items():
        suite, spent, kinds = _suite(reading, area, cases, timed)
        # Written at once: the tree of a whole run takes more memory than everything that it is made of.
        suites.append(etree.tostring(suite, encoding="UTF-8", xml_declaration=False))
        total += spent
        counts += kinds
    root = etree.Element("testsuites", {"name": "SPEKE conformance", **_counts(counts), "time": f"{total:.3f}"})
    root.text = "\n"
    head, _, tail = etree.tostring(root, xml_declaration=True, encoding="UTF-8").rpartition(b"\n")
    return b"".join([head, *suites, tail])


def _suite(
    reading: ResultsIndex, area: str, cases: Sequence[CaseRecord], timed: set[str]
) -> tuple[etree._Element, float, Counter[str]]:
    """The results of one area, the seconds that their exchanges took, and how many test cases are of which kind."""
    document = reading.document
    suite = etree.Element(
        "testsuite",
        {
            "name": _legal(area),
            "timestamp": (document.run.started or "1970-01-01T00:00:00Z").removesuffix("Z"),
            "hostname": _legal(document.run.place),
        },
    )
    _properties(suite, _of_run(document))
    spent, kinds = 0.0, Counter[str]()
    for case in cases:
        for step in case.steps:
            seconds = _seconds(reading, step, timed)
            spent += seconds
            for result in reading.not_passed(case, step):
                _test_case(suite, reading, result, seconds)
                kinds[_ELEMENT.get(result.verdict, "passed")] += 1
                seconds = 0.0
            for topic in reading.passed_topics(case, step):
                _passed(suite, topic, seconds)
                kinds["passed"] += 1
                seconds = 0.0
    for name, value in {**_counts(kinds), "time": f"{spent:.3f}"}.items():
        suite.set(name, value)
    return suite, spent, kinds


def _seconds(reading: ResultsIndex, step: StepRecord, timed: set[str]) -> float:
    exchange = reading.exchanges.get(step.exchange)
    if exchange is None or exchange.name in timed:
        return 0.0
    timed.add(exchange.name)
    return exchange.milliseconds / 1000


def _counts(kinds: Counter[str]) -> dict[str, str]:
    return {
        "tests": str(kinds.total()),
        "failures": str(kinds["failure"]),
        "errors": str(kinds["error"]),
        "skipped": str(kinds["skipped"]),
    }


def _passed(suite: etree._Element, topic: PassedTopic, seconds: float) -> None:
    name, time = _legal(f"{topic.step}[{topic.topic}]"), f"{seconds:.3f}"
    case = etree.SubElement(suite, "testcase", classname=_legal(topic.case), name=name, time=time)
    _properties(case, {"verdict": "PASS", "checks": str(topic.checks), "node": topic.node})


def _test_case(suite: etree._Element, reading: ResultsIndex, result: Judgement, seconds: float) -> None:
    case = etree.SubElement(
        suite,
        "testcase",
        classname=_legal(result.case),
        name=_legal(f"{result.step}[{result.check}]"),
        time=f"{seconds:.3f}",
    )
    properties = {"verdict": result.verdict, "check": result.check, "node": reading.node(result)}
    if result.requirement:
        properties["requirement"] = result.requirement
    if result.finding_id:
        properties["finding_id"] = result.finding_id
    _properties(case, properties)
    kind = _ELEMENT.get(result.verdict)
    if kind is None and not result.findings:
        return
    failure = reading.failure(result)
    message = (failure.findings[0].seen if failure.findings else failure.reason) or failure.question
    text = "\n".join(f"{label}: {value}" for label, value in labelled_facts(failure))
    if kind is None:
        etree.SubElement(case, "system-out").text = _legal(f"{result.verdict}\n{text}")
    elif kind == "skipped":
        etree.SubElement(case, kind, message=_legal(f"{result.verdict}: {message}"))
    else:
        etree.SubElement(case, kind, message=_legal(message), type=result.verdict).text = _legal(text)


def _of_run(document: Document) -> dict[str, str]:
    run = document.run
    return {
        "outcome": document.outcome,
        "profile": document.profile.name,
        "seed": run.seed,
        "baseline": document.baseline,
        "tool": f"{document.tool.name} {document.tool.version}",
        **{f"label.{name}": value for name, value in run.labels.items()},
    }


def _properties(parent: etree._Element, values: Mapping[str, str]) -> None:
    properties = etree.SubElement(parent, "properties")
    for name, value in values.items():
        etree.SubElement(properties, "property", name=_legal(name), value=_legal(value))


def _legal(text: str) -> str:
    return visible(str(text))
