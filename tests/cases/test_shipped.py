"""The cases that ship with the suite: each can be read, built and asked."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from conformance.cases import NotClaimed, Seed, build_request, contents_of, load_cases, resolve_case, resolve_plan
from conformance.cases.features import everything
from conformance.catalogue import load_catalogue
from conformance.checks import load_checks
from conformance.checks.selector import possible
from conformance.model import Case, Claims, HttpRequest, Step
from tests.cases.writing import RING


@cache
def shipped() -> tuple[Case, ...]:
    """All cases of the suite."""
    return tuple(load_cases(load_checks()))


CLAIMS = (everything(), Claims(frozenset({"2.0"}), frozenset({("fairplay", "cbcs")})))


def requests(claims: Claims, seed: str = "tests") -> dict[tuple[str, str], HttpRequest]:
    """Every request of every case that these claims allow."""
    found = {}
    for case in shipped():
        for step in case.steps:
            if step.use:
                continue
            try:
                resolve_case(case, claims)
                plan = resolve_plan(step.plan, claims)
            except NotClaimed:
                continue
            certificates = RING.certificate_texts(recipient.name for recipient in plan.recipients)
            built = build_request(step, plan, case.identity, Seed(seed), "http://127.0.0.1/", certificates)
            found[case.name, step.id] = built.http
    return found


@pytest.mark.parametrize("claims", CLAIMS, ids=["everything", "little"])
def test_every_request_can_be_built(claims: Claims) -> None:
    assert len(requests(claims)) > (300 if claims is CLAIMS[0] else 50)


def test_the_same_seed_builds_the_same_requests_and_another_one_others() -> None:
    first, again, other = (requests(CLAIMS[1], seed) for seed in ("one", "one", "two"))
    assert first == again
    with_kids = [name for name, request in first.items() if b"kid=" in request.body]
    assert all(first[name].body != other[name].body for name in with_kids)


def test_no_two_contents_have_one_content_id() -> None:
    names = contents_of(shipped())
    seed = Seed("tests")
    ids = [seed.identity(*name.rsplit("#", 1)).content_id for name in names]
    assert len(set(ids)) == len(ids)


def test_every_check_is_known_and_every_check_is_asked_somewhere() -> None:
    known = load_checks()
    named = {check for case in shipped() for step in case.steps for check in step.checks}
    assert named <= set(known)
    asked = {check.id for case in shipped() for step in case.steps for check in possible(step)}
    assert set(known) - asked == set()


def test_what_a_step_names_or_excludes_is_asked_there() -> None:
    for case in shipped():
        for step in case.steps:
            asked = {check.id for check in possible(replace(step, without={}))}
            idle = [name for name in step.without if name not in asked]
            assert not idle, f"{case.place}: {case.name} excludes what is not asked there: {idle}"


def test_a_list_of_checks_says_only_what_the_step_is_there_for() -> None:
    known = load_checks()
    for case in shipped():
        for step in case.steps:
            for name in step.checks:
                brought = known[name].expects & step.expect.kinds
                assert not brought, f"{case.place}: {name} is asked of every step that is to be {step.expect.kind}"


def refusals() -> list[tuple[Case, Step]]:
    """Every step whose request is to be refused."""
    return [(case, step) for case in shipped() for step in case.steps if step.expect.kind == "refused"]


def test_a_refusal_names_the_rule_that_it_is_about() -> None:
    known = load_checks()
    for case, step in refusals():
        # A refusal in the middle of a story is there for what comes after it.
        if known["refusal.request-refused"] in possible(step) and step.defect_title:
            assert step.requirements, f"{case.place}: {case.name} names no requirement"


def test_a_case_speaks_of_rules_that_bind_the_key_provider() -> None:
    bound = load_catalogue().requirements
    for case in shipped():
        for step in case.steps:
            assert set(step.requirements) <= set(bound), f"{case.place}: {case.name}"


def test_a_refusal_has_a_good_request_beside_it() -> None:
    alone = []
    for case, step in refusals():
        before = case.steps[: case.steps.index(step)]
        if not any(one.use or one.expect.kind == "accepted" for one in before):
            alone.append(f"{case.place}: {case.name}::{step.id}")
    assert alone == []


def test_titles_and_reasons_are_there_for_a_reader() -> None:
    for case in shipped():
        assert case.title and case.why, f"{case.place}: {case.name}"
        assert "${" not in case.title + case.why
