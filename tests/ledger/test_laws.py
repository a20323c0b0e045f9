"""The laws over facts that are written by hand: what breaks each of them, and what must not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.ledger import laws
from conformance.ledger.book import Ledger
from conformance.ledger.facts import ExchangeFacts, KeyFact, PayloadFact, Sighting, unpacked


def key(kid: str = "k1", value: bytes = b"v1", **changes: object) -> KeyFact:
    made = KeyFact(kid, kid, ("1",), "cbcs", value, telling=True)
    return replace(made, **changes)  # type: ignore[arg-type]


def exchange(place: str, *keys: KeyFact, request: bytes = b"", content: str = "c", **changes: object) -> ExchangeFacts:
    kids = tuple(one.asked for one in keys)
    made = ExchangeFacts(place, request or place.encode(), content, kids, content, tuple(k.kid for k in keys), keys)
    return replace(made, **changes)  # type: ignore[arg-type]


def broken(law: laws.Law, *facts: ExchangeFacts) -> list[laws.Violation]:
    return list(law(facts))


def test_one_key_for_one_kid_names_both_exchanges() -> None:
    (found,) = broken(laws.one_key_for_one_kid, exchange("A::ask", key()), exchange("B::ask", key(value=b"v2")))
    assert (found.later, found.earlier) == ("B::ask", "A::ask")


@pytest.mark.parametrize("other", [{"scheme": "cenc"}, {"indexes": ("2",)}, {"value": b"v1"}, {"kid": "k2"}])
def test_a_key_may_depend_on_kid_index_and_scheme(other: dict[str, object]) -> None:
    second = exchange("B::ask", key(**({"value": b"v2"} | other)))  # type: ignore[arg-type]
    assert not broken(laws.one_key_for_one_kid, exchange("A::ask", key()), second)


def test_the_same_kid_under_two_contents_is_free() -> None:
    second = exchange("B::ask", key(value=b"v2"), content="d")
    assert not broken(laws.one_key_for_one_kid, exchange("A::ask", key()), second)
    third = exchange("B::ask", key(), content="d")
    assert not broken(laws.kids_have_own_keys, exchange("A::ask", key()), third)


def test_new_keys_each_time_are_one_finding_and_the_rest_is_not_decided() -> None:
    facts = exchange("A::ask", key(), request=b"r"), exchange("A::again", key(value=b"v2"), request=b"r")
    assert len(broken(laws.keys_repeat, *facts)) == 1
    for law in (laws.one_key_for_one_kid, laws.kids_have_own_keys):
        with pytest.raises(laws.NotDecided, match=r"run\.keys-repeat"):
            broken(law, *facts)


def test_endpoints_that_do_not_share_their_keys_break_the_law_of_one_key_and_no_other() -> None:
    facts = exchange("A@1::ask", key(), request=b"r"), exchange("A@2::ask", key(value=b"v2"), request=b"r")
    assert not broken(laws.keys_repeat, *facts), "each of them gives the same key again"
    (found,) = broken(laws.one_key_for_one_kid, *facts)
    assert (found.later, found.earlier, found.hint) == ("A@2::ask", "A@1::ask", laws.OTHER_ENDPOINT)
    assert not broken(laws.ivs_repeat, exchange("A@1::ask", key(iv=b"1")), exchange("A@2::ask", key(iv=b"2")))


def test_endpoints_that_give_other_kids_cannot_be_compared() -> None:
    facts = exchange("A@1::ask", key(), request=b"r"), exchange("A@2::ask", key("k9", asked="k1"), request=b"r")
    assert not broken(laws.keys_repeat, *facts)
    with pytest.raises(laws.NotDecided, match="answered as k1 in A@1::ask and as k9 in A@2::ask"):
        broken(laws.one_key_for_one_kid, *facts)


def test_new_kids_each_time_leave_the_keys_undecided() -> None:
    second = exchange("A::again", key("k9", b"v2", asked="k1"), request=b"r")
    with pytest.raises(laws.NotDecided, match="answered as"):
        broken(laws.keys_repeat, exchange("A::ask", key(), request=b"r"), second)


def test_two_kids_with_one_key() -> None:
    assert broken(laws.kids_have_own_keys, exchange("A::ask", key()), exchange("B::ask", key("k2")))
    weak = key("k2", telling=False), key(telling=False)
    assert not broken(laws.kids_have_own_keys, exchange("A::ask", weak[0]), exchange("B::ask", weak[1]))


def test_a_key_elsewhere_is_found_whichever_answer_came_first() -> None:
    seen = exchange("A::ask", sightings=(Sighting(b"v1", "@explicitIV"),))
    home = exchange("B::ask", key())
    assert broken(laws.no_key_elsewhere, seen, home)[0].earlier == "B::ask"
    assert broken(laws.no_key_elsewhere, home, seen)
    own = exchange("B::ask", key(), sightings=seen.sightings)
    assert not broken(laws.no_key_elsewhere, own), "an answer's own keys are reported at that answer"


def payload(owner: str, *shown: str) -> PayloadFact:
    return PayloadFact("PSSH", "widevine", "PSSH", b"bytes", owner, shown)


@pytest.mark.parametrize(("shown", "wrong"), [(("k1",), True), (("zz",), True), (("k1", "k2"), False), ((), False)])
def test_a_ready_made_payload(shown: tuple[str, ...], wrong: bool) -> None:
    first = exchange("A::ask", key(), key("k2"), payloads=(payload("k1", *shown),))
    second = exchange("B::ask", key(), key("k2"), payloads=(payload("k2", *shown),))
    assert bool(broken(laws.payloads_own, first, second)) is wrong


def test_a_payload_with_its_own_kid_is_free_in_every_answer() -> None:
    first = exchange("A::ask", key(), payloads=(payload("k1", "k1"),))
    second = exchange("B::ask", key(), payloads=(payload("k1", "k1"),), content="d")
    assert not broken(laws.payloads_own, first, second)


def test_an_answer_of_another_request() -> None:
    first, second = exchange("A::ask", key(), content="one"), exchange("B::ask", key("k2"), content="two")
    mixed = replace(second, answered_content="one", answered_kids=("k1",))
    assert {one.what for one in broken(laws.answers_own, first, mixed)} == {"/CPIX/@contentId", "/CPIX/ContentKeyList"}
    altered = replace(second, content="two", answered_content="TWO")
    assert not broken(laws.answers_own, exchange("A::ask", key(), content="TWO"), altered)


def test_an_iv_of_the_servers_own_repeats() -> None:
    first = exchange("A::ask", key(iv=b"i1"), request=b"r")
    assert broken(laws.ivs_repeat, first, exchange("A::again", key(iv=b"i2"), request=b"r"))
    assert not broken(laws.ivs_repeat, first, exchange("B::ask", key(iv=b"i2")))


def test_what_a_worker_hands_over_is_what_it_saw() -> None:
    one = exchange("A::ask", key(), payloads=(payload("k1", "k1"),), sightings=(Sighting(b"s", "x"),))
    assert unpacked(one.packed()) == one
    mine, theirs = Ledger(), Ledger()
    theirs.add(one)
    mine.take(theirs.packed())
    assert mine.facts() == (one,)
