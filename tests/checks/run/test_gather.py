"""What the ledger keeps of an exchange: names and digests, no key and no body."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.checks.run.gather import facts_of, keys_only
from conformance.redaction.redactor import Redactor
from tests.checks.exchange import KEY, a_step, add, all_of, answered, attribute, body, header, refusal, text
from tests.checks.run.whole import facts
from tests.refserver.asking import CLEARKEY, KIDS, WIDEVINE, Ask

REDACTOR = Redactor(b"salt")
REDACTOR.learn(KEY)
KNOWN = text("(//pskc:PlainValue)[1]", KEY)


def test_an_accepted_answer_is_kept_with_keys_and_payloads() -> None:
    kept = facts_of(answered(None, KNOWN), REDACTOR)
    assert (kept.place, kept.content, kept.answered_content) == ("CASE::ask", "film-1", "film-1")
    assert kept.kids == kept.answered_kids == KIDS[:2]
    first, second = kept.keys
    assert (first.kid, first.asked, first.indexes, first.scheme) == (KIDS[0], KIDS[0], ("1",), "cbcs")
    assert first.value == REDACTOR.digest(KEY) and first.telling and not first.iv
    assert {one.system for one in kept.payloads} == {"widevine", "playready", "fairplay"}
    assert KEY not in repr(kept).encode() and KEY.hex() not in repr(kept)
    assert second.value != first.value


def test_an_iv_of_the_servers_own_is_kept_and_one_of_the_request_is_not() -> None:
    assert all(key.iv for key in facts_of(answered(Ask(explicit_iv=None)), REDACTOR).keys)
    assert not any(key.iv for key in facts_of(answered(), REDACTOR).keys)


@pytest.mark.parametrize(
    ("value", "telling"),
    [(KEY, True), (bytes(16), False), (bytes.fromhex(KIDS[0].replace("-", "")), False), (KEY[:15], False)],
)
def test_only_a_value_that_means_something_is_compared(value: bytes, telling: bool) -> None:
    key = facts_of(answered(None, text("(//pskc:PlainValue)[1]", value)), REDACTOR).keys[0]
    assert key.telling is telling


def test_a_refusal_is_kept_with_what_was_asked_and_what_it_shows() -> None:
    kept = facts_of(answered(None, refusal(422, f"no, {KEY.hex()}")), REDACTOR)
    assert kept.kids == KIDS[:2] and kept.keys == () and kept.answered_kids == ()
    assert [one.value for one in kept.sightings] == [REDACTOR.digest(KEY)]


def test_a_request_that_is_no_document_is_kept_by_its_bytes() -> None:
    one, other = (facts_of(answered(Ask(), asked=Ask().edited(("<cpix:CPIX", bad))), REDACTOR) for bad in ("<x", "<y"))
    assert one.request != other.request and one.kids == () and one.content == ""


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (header("X-Debug", KEY.hex()), "header X-Debug"),
        (attribute("(//cpix:ContentKey)[1]", "id", KEY.hex().upper()), "/CPIX/ContentKeyList/ContentKey[1]/@id"),
        (add("(//cpix:DRMSystem)[1]", f'<x xmlns="urn:x">{KEY.hex()}</x>'), "DRMSystem[1]"),
        (text("(//cpix:PSSH)[1]", b"x" + KEY), "DRMSystem[1]/PSSH"),
        (body(KEY.hex()), "body"),
    ],
)
def test_a_known_key_is_seen_where_it_stands(change, where: str) -> None:  # type: ignore[no-untyped-def]
    seen = [one for one in facts_of(answered(None, change), REDACTOR).sightings if one.value == REDACTOR.digest(KEY)]
    assert len(seen) == 1 and where in seen[0].where


def test_a_value_that_looks_like_a_key_is_kept_until_it_is_known_to_be_one() -> None:
    unknown = bytes(range(200, 216))
    kept = facts_of(answered(None, header("X-Trace", unknown.hex())), REDACTOR)
    assert REDACTOR.digest(unknown) in {one.value for one in kept.sightings}
    for harmless in (KIDS[0].replace("-", ""), "0" * 32, unknown.hex() + "00"):
        kept = facts_of(answered(None, header("X-Trace", harmless)), REDACTOR)
        assert not [one for one in kept.sightings if one.where == "header X-Trace"], harmless


def test_what_the_request_brought_along_is_no_sighting() -> None:
    asked = Ask(content_id=KEY.hex())
    assert REDACTOR.digest(KEY) not in {one.value for one in facts_of(answered(asked), REDACTOR).sightings}


def test_the_uri_of_clear_key_is_left_out_and_the_rest_of_its_line_is_not() -> None:
    ask = Ask(systems=(CLEARKEY,), scheme="cbc1", signals='<cpix:HLSSignalingData playlist="media"/>')

    def seen(line: str) -> bool:
        kept = facts_of(answered(ask, text("//cpix:HLSSignalingData", line.encode())), REDACTOR)
        return REDACTOR.digest(KEY) in {one.value for one in kept.sightings}

    assert not seen(f'#EXT-X-KEY:METHOD=AES-128,URI="https://keys.example/{KEY.hex()}"')
    assert seen(f'#EXT-X-KEY:METHOD=AES-128,URI="https://keys.example/1",IV=0x{KEY.hex()}')


def test_what_a_clear_key_address_hands_out_is_a_key_and_no_leak() -> None:
    step = a_step(id="fetch")
    step = replace(step, plan=replace(step.plan, follow="ask"))
    assert facts_of(answered(None, body(KEY), step=step), REDACTOR).sightings == ()


def test_encrypted_keys_are_kept_where_they_can_be_opened() -> None:
    sealed, clear = facts(answered(recipients=("rsa-2048",)), answered())
    assert [key.value for key in sealed.keys] == [key.value for key in clear.keys]
    closed = facts_of(answered(recipients=("rsa-2048",), step=a_step()), REDACTOR)
    assert not any(key.value for key in closed.keys)


def test_of_a_hasty_look_the_keys_are_kept() -> None:
    kept = keys_only(answered(None, all_of(KNOWN)), REDACTOR, "channel 0, turn 1")
    assert (kept.place, kept.content, kept.payloads, kept.sightings) == ("channel 0, turn 1", "film-1", (), ())
    assert kept.keys[0].value == REDACTOR.digest(KEY)


def test_only_payloads_of_systems_with_a_kid_are_kept() -> None:
    kept = facts_of(answered(None, attribute(f"//cpix:DRMSystem[@systemId='{WIDEVINE}']", "kid", "x")), REDACTOR)
    assert "playready" in {one.system for one in kept.payloads}
