"""How an earlier request stands to this one: read from the two requests, whatever the steps are called."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from conformance.checks import relations
from conformance.checks.context import Context
from conformance.checks.relations import can_arise
from tests.checks.exchange import a_step, answered, refusal
from tests.refserver.asking import FAIRPLAY, KIDS, PLAYREADY, WIDEVINE, Ask

FRESH = ((KIDS[0], KIDS[7]), (KIDS[1], KIDS[8]))
USUAL = Ask()
OTHER_CONTENT = Ask(content_id="film-2").edited(*FRESH)
SAME_KIDS_ELSEWHERE = Ask(content_id="film-2")
OTHER_VERSION = Ask(version="2.1")
OTHER_SCHEME = Ask(scheme="cenc", systems=(WIDEVINE,))
FEWER_SYSTEMS = Ask(systems=(WIDEVINE,))
OTHER_ORDER = Ask(systems=(FAIRPLAY, PLAYREADY, WIDEVINE))
SPELLED = USUAL.edited(("></cpix:ContentKey>", " ></cpix:ContentKey>"))
UPPER = USUAL.edited((KIDS[0], KIDS[0].upper()))
WITH_ID = USUAL.edited(('contentId="film-1"', 'contentId="film-1" id="x"'))
NEXT_PERIOD = USUAL.edited(*FRESH, ("keyPeriod_1", "keyPeriod_2"), ('index="1"', 'index="2"'))
NO_PERIOD = Ask(periods=())
WITHOUT_IV = Ask(explicit_iv=None)

Partners = Callable[[Context], tuple[Context, ...]]


def after(now: Ask, *before: Ask, last: bool = False, recipients: Sequence[str] = ()) -> Context:
    """A request after others, each step with a name of its own."""
    earlier = [answered(ask, step=a_step(id=f"step-{place}")) for place, ask in enumerate(before)]
    step = a_step(now, id="now", last=last, recipients=recipients)
    return answered(now, step=step, earlier=earlier, recipients=recipients)


def partners(relation: Partners, context: Context) -> list[str]:
    return [one.step.id for one in relation(context)]


RELATED: list[tuple[Partners, Ask, tuple[Ask, ...], list[str]]] = [
    (relations.identical, USUAL, (USUAL, OTHER_CONTENT, USUAL), ["step-0", "step-2"]),
    (relations.identical, USUAL, (SPELLED,), []),
    (relations.repetition, USUAL, (USUAL,), ["step-0"]),
    (relations.repetition, USUAL, (USUAL, USUAL), ["step-0"]),
    (relations.repetition, USUAL, (OTHER_CONTENT, USUAL), ["step-1"]),
    (relations.repetition, USUAL, (USUAL, OTHER_CONTENT), []),
    (relations.after_others, USUAL, (USUAL, OTHER_CONTENT), ["step-0"]),
    (relations.after_others, USUAL, (USUAL,), []),
    (relations.other_systems, USUAL, (FEWER_SYSTEMS,), ["step-0"]),
    (relations.other_systems, USUAL, (OTHER_ORDER,), ["step-0"]),
    (relations.other_systems, USUAL, (Ask(signals="<cpix:PSSH/>"),), ["step-0"]),
    (relations.other_systems, USUAL, (USUAL,), []),
    (relations.other_systems, USUAL, (Ask(version="2.1", systems=(WIDEVINE,)),), []),
    (relations.other_systems, USUAL, (OTHER_SCHEME,), []),
    (relations.other_systems, USUAL, (Ask(content_id="film-2", systems=(WIDEVINE,)),), []),
    (relations.other_spelling, USUAL, (SPELLED,), ["step-0"]),
    (relations.other_spelling, USUAL, (UPPER,), ["step-0"]),
    (relations.other_spelling, USUAL, (USUAL,), []),
    (relations.other_spelling, USUAL, (FEWER_SYSTEMS,), []),
    (relations.without_cpix_id, WITH_ID, (USUAL,), ["step-0"]),
    (relations.without_cpix_id, USUAL, (WITH_ID,), []),
    (relations.without_cpix_id, WITH_ID, (WITH_ID,), []),
    (relations.other_periods, NEXT_PERIOD, (USUAL,), ["step-0"]),
    (relations.other_periods, USUAL, (WITHOUT_IV,), []),
    (relations.other_periods, NEXT_PERIOD, (NO_PERIOD,), []),
    (relations.other_contents, OTHER_CONTENT, (USUAL, USUAL), ["step-0", "step-1"]),
    (relations.other_contents, SAME_KIDS_ELSEWHERE, (USUAL,), []),
    (relations.same_kids_elsewhere, SAME_KIDS_ELSEWHERE, (USUAL,), ["step-0"]),
    (relations.same_kids_elsewhere, OTHER_CONTENT, (USUAL,), []),
    (relations.other_answers, OTHER_CONTENT, (USUAL,), ["step-0"]),
    (relations.other_answers, USUAL, (FEWER_SYSTEMS,), []),
    (relations.other_version, OTHER_VERSION, (USUAL,), ["step-0"]),
    (relations.other_version, USUAL, (USUAL,), []),
    (relations.in_the_clear_before, USUAL, (USUAL,), []),
    (relations.encrypted_before, USUAL, (USUAL,), []),
]


@pytest.mark.parametrize(("relation", "now", "before", "found"), RELATED)
def test_partners_follow_from_the_requests(
    relation: Partners, now: Ask, before: tuple[Ask, ...], found: list[str]
) -> None:
    assert partners(relation, after(now, *before)) == found


@pytest.mark.parametrize("relation", [relations.repetition, relations.other_contents, relations.other_systems])
def test_an_answer_without_a_document_is_no_partner(relation: Partners) -> None:
    for before in (USUAL, OTHER_CONTENT, FEWER_SYSTEMS):
        refused = answered(before, refusal(), step=a_step(id="before"))
        assert partners(relation, answered(USUAL, step=a_step(id="now"), earlier=[refused])) == []


def test_the_control_at_the_end_is_compared_with_the_one_before_the_refusals() -> None:
    context = after(USUAL, USUAL, OTHER_CONTENT, last=True)
    assert partners(relations.after_refusals, context) == ["step-0"]
    assert partners(relations.repetition, context) == partners(relations.after_others, context) == []
    assert partners(relations.after_refusals, after(USUAL, USUAL)) == []


def test_an_encrypted_request_has_the_clear_one_before_it_and_its_own_kind() -> None:
    context = after(USUAL, USUAL, recipients=("rsa-2048",))
    assert partners(relations.in_the_clear_before, context) == ["step-0"]
    assert partners(relations.encrypted_before, context) == []
    again = answered(USUAL, step=a_step(id="again"), recipients=("rsa-2048",), earlier=[context])
    assert partners(relations.encrypted_before, again) == ["now"]


def test_a_request_that_is_no_document_has_no_partners() -> None:
    broken = USUAL.edited(("<cpix:CPIX", "<x"))
    context = answered(USUAL, asked=broken, earlier=[answered(step=a_step(id="before"))])
    assert partners(relations.other_contents, context) == [] and relations.asked_for(context) is None


@pytest.mark.parametrize(
    ("relation", "first", "last", "arises"),
    [
        (relations.repetition, True, False, False),
        (relations.repetition, False, False, True),
        (relations.repetition, False, True, False),
        (relations.after_refusals, False, True, True),
        (relations.after_refusals, False, False, False),
        (relations.other_contents, False, True, True),
    ],
)
def test_whether_a_relation_can_arise_is_known_before(
    relation: Partners, first: bool, last: bool, arises: bool
) -> None:
    assert can_arise(relation, a_step(last=last), first=first) is arises


def test_what_is_asked_for_leaves_the_spelling_out() -> None:
    asked = relations.asked_for(answered(UPPER))
    assert asked == relations.asked_for(answered(SPELLED)) == relations.asked_for(answered(USUAL))
    assert asked is not None and asked.period_ids == {"keyPeriod_1"} and asked.indexes == ("1",)
    assert asked != relations.asked_for(answered(OTHER_VERSION))
