"""A negative carries one defect: whatever validation a server lacks, some request passes by nothing but that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from conformance import refserver
from conformance.cases import load_cases
from conformance.cases.broken_rules import RULES, broken_rules
from conformance.cases.features import ENDPOINT, everything
from conformance.cases.single_defect import Negative, negatives, not_single, request_of
from conformance.checks import load_checks
from conformance.model import Case, Claims, HttpRequest
from conformance.refserver.checklist import CHECKS
from conformance.refserver.faults.model import Fault, Op
from tests.cases.writing import RING

CLAIMS = Claims(everything().versions, everything().schemes, everything().features | {*ENDPOINT, "hdcp"})


@cache
def library() -> tuple[Case, ...]:
    """All cases of the suite."""
    return tuple(load_cases(load_checks()))


@cache
def shipped() -> tuple[Negative, ...]:
    """Every faulty request of the suite that should be refused, with the rules that it breaks."""
    return tuple(negatives(library(), CLAIMS, RING))


def test_each_negative_breaks_one_rule_or_says_why_not() -> None:
    assert not list(not_single(shipped()))
    assert len(shipped()) > 150


def test_what_is_right_breaks_nothing() -> None:
    right = [
        (case, step)
        for case in library()
        for step in case.steps
        if not step.use and step.expect.kind == "accepted" and not step.plan.follow
    ]
    requests = {f"{case.name}::{step.id}": request_of(case, step, CLAIMS, RING) for case, step in right}
    assert not {name: found for name, one in requests.items() if one is not None and (found := broken_rules(one))}


def about_documents() -> Iterator[Negative]:
    """Those that are about the request itself, and not about who may send it."""
    return (one for one in shipped() if one.case.area != "endpoint")


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
    let_through = [one.name for one in about_documents() if answered(one.request, check) == 200]
    assert let_through, f"no request is refused by {check} alone"


def test_a_right_server_refuses_them_all() -> None:
    assert not [one.name for one in about_documents() if answered(one.request) == 200]


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
    assert {one.broken for one in shipped() if one.case.id == case} == {(rule,)}


def test_two_defects_in_one_request_are_noticed_and_so_is_an_idle_excuse() -> None:
    one = next(one for one in shipped() if one.case.id == "ERR-SAME-KID-TWICE")
    two = replace(one, broken=("kid-once", "key-ruled"))
    assert "kid-once and key-ruled" in next(not_single([two]))
    excused = replace(two, step=replace(one.step, also_breaks=(("key-ruled", "it cannot be helped"),)))
    assert not list(not_single([excused]))
    assert "which its request keeps" in next(not_single([replace(excused, broken=("kid-once",))]))
    assert "breaks no rule" in next(not_single([replace(one, broken=())]))


def test_rules_are_sentences() -> None:
    assert all(text and not text.endswith(".") for text in RULES.values())
