"""Comparing the keys of two answers: by the answered KID, and not at all where it cannot be known which to compare."""

from __future__ import annotations

from uuid import UUID

import pytest

from conformance.checks.context import Context
from conformance.checks.keys.key_comparison import as_in_reference, changed, shared_values, whose_key
from conformance.checks.registry import NotApplicable, Untestable
from conformance.refserver import Config
from tests.checks.exchange import KEY, Change, a_step, all_of, answered, attribute, drop, refusal, text
from tests.refserver.asking import KIDS, Ask

FIRST, SECOND = "(//pskc:PlainValue)[1]", "(//pskc:PlainValue)[2]"
VIDEO, AUDIO = UUID(KIDS[0]), UUID(KIDS[1])
NEW = "11111111-2222-4333-8444-555555555555"


def at(
    id: str, *changes: Change, ask: Ask | None = None, config: Config | None = None, after: tuple[Context, ...] = ()
) -> Context:
    return answered(ask or Ask(), *changes, config=config, step=a_step(id=id), earlier=after)


def test_the_kids_whose_key_is_another_one_are_told_with_their_place() -> None:
    before = at("before")
    assert list(changed(at("now"), before)) == []
    ((kid, where),) = changed(at("now", text(SECOND, KEY)), before)
    assert (kid, where) == (AUDIO, "/CPIX/ContentKeyList/ContentKey[2]")


def test_an_overridden_kid_is_compared_under_its_new_name() -> None:
    own = Config(kid_override=True)
    assert list(changed(at("now", config=own), at("before", config=own))) == []
    with pytest.raises(Untestable, match=f"KID {VIDEO} is answered as {VIDEO} here and as .* in step before"):
        list(changed(at("now"), at("before", config=own)))


def test_without_common_kids_there_is_nothing_to_compare() -> None:
    other = Ask().edited((KIDS[0], KIDS[7]), (KIDS[1], KIDS[8]))
    with pytest.raises(NotApplicable, match="no KID in common"):
        list(changed(at("now"), at("before", ask=other)))


def test_an_answer_without_keys_leaves_it_open() -> None:
    with pytest.raises(Untestable, match="step before: the server answered 422"):
        list(changed(at("now"), at("before", refusal())))
    with pytest.raises(Untestable, match="no content key can be read in both"):
        list(changed(at("now", drop(FIRST)), at("before", drop(SECOND))))


def test_a_key_is_named_by_whom_it_belonged_to() -> None:
    before = at("before")
    swapped = at("now", text(FIRST, before.keys[AUDIO]))
    assert whose_key(swapped, before, VIDEO) == f"the key that KID {AUDIO} has there"
    assert whose_key(at("now", text(FIRST, KEY)), before, VIDEO) == "a key that no KID has there"


def test_a_server_that_makes_up_keys_is_told_so_once() -> None:
    before = at("before")
    again = at("again", text(FIRST, KEY), after=(before,))
    now = at("now", text(FIRST, KEY), after=(before, again))
    with pytest.raises(Untestable, match="already the plain repetition"):
        list(as_in_reference(now, before, "after something"))
    (finding,) = as_in_reference(at("now", text(FIRST, KEY), after=(before,)), before, "after something")
    assert finding.seen == "a key that no KID has there after something"
    assert finding.expected == f"the content key of KID {VIDEO} as in step before"


def test_a_value_under_another_kid_elsewhere_is_told() -> None:
    other = at("other", attribute("//*[@kid]", "kid", NEW), ask=Ask(contract=(("VIDEO", "<cpix:VideoFilter/>"),)))
    ((here, there, _),) = shared_values(at("now"), other)
    assert (here, there) == (VIDEO, UUID(NEW))
    assert list(shared_values(at("now"), at("again"))) == []
    constant = all_of(text(FIRST, bytes(16)), text(SECOND, b"\x01" * 16))
    assert list(shared_values(at("now", constant), at("other", constant))) == []
