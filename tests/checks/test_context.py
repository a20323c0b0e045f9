"""What a check sees of an exchange: read once, paired, decrypted, and said in a sentence where it is not there."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from conformance.checks.context import EXCERPT, Context, excerpt_of, key_bytes
from conformance.checks.needs import Need, Untestable
from conformance.model import TransportFailure, plain
from tests.checks.exchange import (
    KEY,
    Change,
    a_step,
    answered,
    as_it_is,
    attribute,
    body,
    drop,
    header,
    payload,
    refusal,
    status,
    text,
)
from tests.refserver.asking import KIDS, Ask

FIRST = "(//pskc:PlainValue)[1]"


@pytest.mark.parametrize(
    ("ask", "version"),
    [
        (Ask(), "2.0"),
        (Ask(version="2.1"), "2.1"),
        (Ask(version="2.1", headers=(("x-speke-VERSION", " 2.0 "),)), "2.0"),
        (Ask(version="2.1", headers=(("X-Speke-Version", "9.9"),)), "2.1"),
        (Ask(version="2.1", headers=(("Content-Type", "application/xml"),)), "2.1"),
        (Ask(headers=(("X-Speke-Version", "2.0"), ("X-Speke-Version", "2.1"))), "2.0"),
    ],
)
def test_the_version_is_that_of_the_header_or_else_of_the_document(ask: Ask, version: str) -> None:
    assert answered(Ask(), asked=ask).version == version


def test_a_request_that_is_no_document_is_said() -> None:
    context = answered(Ask(), asked=Ask().edited(("<cpix:CPIX", "<x")))
    assert not context.request_readable and context.version == "2.0"
    with pytest.raises(Untestable, match="the request of this step is not a CPIX document"):
        _ = context.request


# --- what there must be

NEEDS = {
    "whole": (as_it_is, None),
    "no keys": (drop("//pskc:PlainValue"), Need.KEYS),
    "no document": (body("<x/>"), Need.DOCUMENT),
    "not 200": (status(201), Need.SUCCESS),
    "refusal": (refusal(422, "no"), Need.SUCCESS),
    "busy": (refusal(503, "later"), Need.ANSWER),
}


@pytest.mark.parametrize("name", NEEDS)
def test_each_need_includes_those_before_it(name: str) -> None:
    change, first_missing = NEEDS[name]
    context = answered(None, change)
    order = (Need.EXCHANGE, Need.ANSWER, Need.SUCCESS, Need.DOCUMENT, Need.KEYS)
    missing = [need for need in order if context.missing_for(need) is not None]
    assert missing == ([] if first_missing is None else list(order[order.index(first_missing) :]))


@pytest.mark.parametrize(
    ("change", "need", "words"),
    [
        (refusal(503, "later"), Need.ANSWER, "the server answered 503, which says nothing about the document"),
        (refusal(422, "no"), Need.SUCCESS, "the server answered 422 instead of 200: 'no'"),
        (body("<x/>"), Need.DOCUMENT, "the answer holds no CPIX document"),
        (drop("//pskc:PlainValue"), Need.KEYS, "no content key of the answer can be read"),
        (as_it_is, Need.REFUSAL, "the server answered 200, which is not a refusal"),
        (status(302), Need.REFUSAL, "the server answered 302, which is not a refusal"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(change: Change, need: Need, words: str) -> None:
    assert words in plain(answered(None, change).missing_for(need) or "")


@pytest.mark.parametrize("code", [400, 404, 422, 500, 599])
def test_a_refusal_is_any_4xx_or_5xx(code: int) -> None:
    context = answered(None, refusal(code))
    assert context.refused and not context.accepted and context.missing_for(Need.REFUSAL) is None


def test_a_busy_server_that_names_the_error_has_refused() -> None:
    assert answered(None, refusal(503, "Missing CPIX@version")).missing_for(Need.REFUSAL) is None


def test_without_an_answer_the_reason_is_the_failure() -> None:
    context = answered(failure=TransportFailure("timeout", "no byte came within 30 seconds"))
    assert context.missing_for(Need.EXCHANGE) is None
    assert plain(context.missing_for(Need.ANSWER) or "") == "no byte came within 30 seconds"
    assert not context.accepted and not context.refused
    with pytest.raises(Untestable, match="no byte came"):
        _ = context.answer


# --- keys


def test_keys_are_the_readable_ones_by_answered_kid() -> None:
    assert answered(None, text(FIRST, KEY)).keys[UUID(KIDS[0])] == KEY
    assert set(answered(None, text(FIRST, "?")).keys) == {UUID(KIDS[1])}
    new = "11111111-2222-4333-8444-555555555555"
    renamed = answered(None, attribute(f"//*[@kid='{KIDS[0]}']", "kid", new))
    assert set(renamed.keys) == {UUID(new), UUID(KIDS[1])}
    assert renamed.key_asked(UUID(KIDS[0])) == renamed.keys[UUID(new)]


def test_encrypted_keys_are_opened_with_the_first_recipient() -> None:
    context = answered(recipients=("rsa-2048", "rsa-2048-b"))
    assert dict(context.keys) == dict(answered().keys)
    assert context.openable and answered().opened is None
    with pytest.raises(Untestable, match="no private key for the recipient somebody"):
        context.opened_by("somebody")


def test_a_key_whose_mac_does_not_fit_is_not_judged() -> None:
    broken = payload("(//cpix:ContentKey)[1]//pskc:ValueMAC", lambda mac: mac[::-1])
    context = answered(None, broken, recipients=("rsa-2048",))
    assert set(context.keys) == {UUID(KIDS[1])}
    with pytest.raises(Untestable, match=f"the content key of KID {KIDS[0]} is not judged: its ValueMAC does not fit"):
        context.insist_on_all_keys()
    answered(recipients=("rsa-2048",)).insist_on_all_keys()


@pytest.mark.parametrize(("written", "value"), [(KEY, KEY), (b"", None), ("?", None), (KEY[:3], KEY[:3])])
def test_the_value_of_a_key_is_whatever_its_base64_holds(written: str | bytes, value: bytes | None) -> None:
    assert key_bytes(answered(None, text(FIRST, written)).document.content_keys[0]) == value
    assert key_bytes(answered(None, drop(FIRST)).document.content_keys[0]) is None


# --- the rest of the story


def test_an_earlier_step_is_there_or_is_said() -> None:
    before = answered(step=a_step(id="first"))
    context = answered(earlier=[before])
    assert context.before("first") is before
    with pytest.raises(Untestable, match="the step second that this check compares with was not sent"):
        context.before("second")


def test_the_same_step_again_keeps_what_was_read_of_its_request_and_nothing_of_the_answer() -> None:
    context = answered()
    request, document = context.request, context.document
    again = context.again(answered(None, text(FIRST, KEY)).exchange, {})
    assert again.request is request and again.document is not document
    assert again.keys != context.keys
    other = context.again(answered(Ask(content_id="film-2")).exchange, {})
    assert other.request.content_id == "film-2"


def test_something_is_read_once() -> None:
    context, made = answered(), []
    for _ in range(3):
        assert context.memo("mine", lambda: made.append(1) or len(made)) == 1  # type: ignore[func-returns-value]


def test_a_request_that_is_sent_otherwise_is_not_ordinary() -> None:
    def sent(**how: Any) -> Context:
        step = a_step()
        return answered(step=replace(step, plan=replace(step.plan, **how)))

    assert answered().ordinary
    assert not sent(credentials="none").ordinary and not sent(transport="plain-http").ordinary
    assert not sent(follow="ask").ordinary


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("a  b\n c", "'a b c'"),
        ("x" * (EXCERPT + 1), "'" + "x" * EXCERPT + "'…"),
        ("", "''"),
        ("it's", '"it\'s"'),
    ],
)
def test_an_excerpt_is_one_short_line_in_quotation_marks(content: str, shown: str) -> None:
    assert plain(excerpt_of(content)) == shown


def test_a_body_is_text_whatever_its_bytes() -> None:
    assert answered(None, body(b"a\xffb")).text.raw == "a\ufffdb"
    mine = base64.b64encode(KEY).decode()
    assert mine in answered(None, text(FIRST, KEY), header("X", "y")).text
