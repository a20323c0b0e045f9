"""A negative carries one defect: whatever validation a server lacks, some request passes by nothing but that."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from conformance import refserver
from conformance.cases import NotClaimed, Seed, build_request, load_cases, resolve_case, resolve_plan
from conformance.cases.broken_rules import RULES, broken_rules
from conformance.cases.features import ENDPOINT
from conformance.cases.single_defect import Negative, is_negative, negative, not_single
from conformance.checks import load_checks
from conformance.model import Claims, HttpRequest
from conformance.refserver.checklist import CHECKS
from conformance.refserver.faults.model import Fault, Op
from conformance.run.discovery import everything
from tests.cases.writing import RING

URL = "https://127.0.0.1/"
CLAIMS = Claims(
    everything().versions, everything().schemes, everything().features | set(ENDPOINT), refuses=("SHARED-UHD",)
)


@cache
def shipped() -> tuple[tuple[Negative, HttpRequest], ...]:
    """Every faulty request of the suite that should be refused, with the rules that it breaks."""
    return tuple(_negatives())


def _negatives() -> Iterator[tuple[Negative, HttpRequest]]:
    for case in load_cases(load_checks()):
        for step in case.steps:
            if step.use or not is_negative(step):
                continue
            try:
                resolve_case(case, CLAIMS)
                plan = resolve_plan(step.plan, CLAIMS)
            except NotClaimed:
                continue
            texts = RING.certificate_texts(recipient.name for recipient in plan.recipients)
            request = build_request(step, plan, case.identity, Seed("tests"), URL, texts).http
            yield negative(case, step, request), request


BY_POLICY = "ERR-CONTRACT-NOT-SUPPORTED"
"""Refused by what the profile says of the server; the request itself is right."""


def test_each_negative_breaks_one_rule_or_says_why_not() -> None:
    assert not list(not_single(one for one, _ in shipped() if one.case.id != BY_POLICY))
    assert len(shipped()) > 150


def test_what_is_right_breaks_nothing() -> None:
    wrong = []
    for case in load_cases(load_checks()):
        for step in case.steps:
            if step.use or step.expect.kind != "accepted" or step.plan.template or step.plan.follow:
                continue
            try:
                resolve_case(case, CLAIMS)
                plan = resolve_plan(step.plan, CLAIMS)
            except NotClaimed:
                continue
            texts = RING.certificate_texts(recipient.name for recipient in plan.recipients)
            request = build_request(step, plan, case.identity, Seed("tests"), URL, texts).http
            if found := broken_rules(request):
                wrong.append((case.name, step.id, found))
    assert wrong == []


def about_documents() -> Iterator[tuple[Negative, HttpRequest]]:
    """Those that are about the request itself, and not about who may send it."""
    return ((one, request) for one, request in shipped() if one.case.area != "endpoint" and one.case.id != BY_POLICY)


def answered(request: HttpRequest, *forgotten: str) -> int:
    """The status that a right server gives, or one that has forgotten those checks."""
    faults = [Fault("F", "", "errors", ("request",), (Op("drop-check", "request", {"checks": list(forgotten)}),))]
    asked = refserver.HttpRequest(request.method, "/speke", request.headers, request.body)
    return refserver.answer(asked, refserver.Config(), faults if forgotten else (), refserver.ServerState()).status


FREE = {"speke-version-present", "doctype", "explicit-iv", "all-alone", "method"}
"""What a server may accept, so that no negative is about it."""
NOT_IN_A_DOCUMENT = {"credentials", "policy"}
NEVER_ALONE = {
    "cpix-version": "a version that does not exist belongs to no X-Speke-Version either",
    "contract-present": "without any filter each rule lacks its own, too; the message tells them apart",
    "rule-has-filter": "a rule without a filter has not as many as its name has parts, either",
    "scheme-known": "a scheme that does not exist fits no DRM system, either",
    "system-known": "its signalling cannot be made",
    "kid": "this server finds no rule for a key without a kid",
}
"""Checks of this server that refuse nothing which another of its checks would not refuse as well."""


@pytest.mark.parametrize("check", sorted(set(CHECKS) - FREE - NOT_IN_A_DOCUMENT - set(NEVER_ALONE)))
def test_a_server_that_forgets_one_check_alone_is_caught(check: str) -> None:
    let_through = [one.case.id for one, request in about_documents() if answered(request, check) == 200]
    assert let_through, f"no request is refused by {check} alone"


def test_a_right_server_refuses_them_all() -> None:
    assert not [one.case.name for one, request in about_documents() if answered(request) == 200]


@pytest.mark.parametrize(
    ("case", "rule"),
    [
        ("ERR-SAME-KID-TWICE", "kid-once"),
        ("ERR-SAME-KID-IN-TWO-RULES", "kid-once"),
        ("ERR-SAME-SYSTEM-TWICE", "system-once"),
        ("ERR-KID-NO-UUID", "kid-uuid"),
        ("ERR-RULE-FOR-UNKNOWN-KID", "rule-of-key"),
        ("ERR-SYSTEM-UNKNOWN-KID", "system-of-key"),
        ("ERR-MISSING-RULE-KID", "rule-kid"),
        ("ERR-NO-KID", "key-kid"),
        ("ERR-PERIOD-TWICE", "period-id"),
    ],
)
def test_a_case_breaks_the_rule_that_it_is_about(case: str, rule: str) -> None:
    assert {one.broken for one, _ in shipped() if one.case.id == case} == {(rule,)}


def test_rules_are_sentences() -> None:
    assert all(text and not text.endswith(".") for text in RULES.values())
