"""A bad request is refused, in the right words and in any form, and without giving anything away."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conformance.checks.context import Context
from conformance.model import EITHER, FREE, REFUSED, Claims
from tests.checks.exchange import (
    KEY,
    Change,
    a_step,
    answered,
    as_it_is,
    body,
    claims,
    header,
    looked_at,
    refusal,
    says,
    status,
    text,
)
from tests.checks.refusals.refusing import FAIRPLAY_CENC, KID, MISSING_SCHEME, NO_SCHEME, refused, words_of
from tests.refserver.asking import FAIRPLAY, KIDS, PLAYREADY, WIDEVINE, Ask

OTHER = KIDS[0]


def to_a_bad_request(change: Change) -> str:
    """What a server is told that treats the bad request in that way, by the two checks that ask whether it refuses."""
    context = answered(None, change, asked=NO_SCHEME, step=a_step(expect=REFUSED, message="missing-scheme"))
    return says("refusal.request-refused", context) + says("refusal.status-is-error", context)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (refusal(422, MISSING_SCHEME), ""),
        (refusal(500, "oops"), ""),
        (as_it_is, f"a refusal with '{MISSING_SCHEME}'"),
        (status(206), "seen: 206 with keys"),
        (body("Missing ContentKey"), f"4xx or 5xx with '{MISSING_SCHEME}'; seen: 200 without a CPIX document"),
        (body(""), "seen: 200 without a CPIX document"),
        (refusal(599, MISSING_SCHEME), ""),
        (refusal(600, MISSING_SCHEME), "4xx or 5xx; seen: 600, which HTTP does not define"),
    ],
)
def test_a_bad_request_is_refused_by_its_status(change: Change, words: str) -> None:
    said = to_a_bad_request(change)
    assert (words in said) if words else said == ""


UNCLAIMED = claims(versions=frozenset({"2.1"}))


@pytest.mark.parametrize(
    ("kind", "claimed", "change", "words"),
    [
        (FREE, UNCLAIMED, body("Not available"), "4xx or 5xx; seen: 200 without a CPIX document: 'Not available'"),
        (FREE, UNCLAIMED, body(""), "seen: 200 without a CPIX document"),
        (FREE, UNCLAIMED, refusal(622, "no"), "seen: 622, which HTTP does not define"),
        (FREE, UNCLAIMED, refusal(422, "no"), ""),
        (FREE, UNCLAIMED, as_it_is, ""),
        (EITHER, None, refusal(622, "no"), "seen: 622, which HTTP does not define"),
        (EITHER, None, as_it_is, ""),
        # Such an answer is looked at as a document, and document.well-formed says what is wrong with it.
        (EITHER, None, body("Not available"), ""),
    ],
)
def test_what_may_be_refused_is_refused_by_its_status(
    kind: str, claimed: Claims | None, change: Change, words: str
) -> None:
    said = says("refusal.status-is-error", answered(None, change, step=a_step(expect=kind), claimed=claimed))
    assert (words in said) if words else said == ""


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_what_other_methods_get_is_left_open(method: str) -> None:
    usual = answered(None, body("I am well"), step=a_step(expect=FREE), claimed=UNCLAIMED)
    asked = replace(usual.exchange, request=replace(usual.exchange.request, method=method))
    assert "left open" in says("refusal.status-is-error", looked_at(asked, usual.step, claimed=UNCLAIMED))


@pytest.mark.parametrize(
    "content",
    [
        MISSING_SCHEME,
        f"Missing ContentKey@commonEncryptionScheme for KID '{KID.upper()}'.",
        json.dumps({"error": MISSING_SCHEME, "code": 17}),
        f"<error><message>{MISSING_SCHEME}</message></error>",
        f"ERR-4711\n  {MISSING_SCHEME}, see the manual",
    ],
)
def test_the_form_of_the_body_and_the_letter_case_of_the_kid_are_free(content: str) -> None:
    context = refused(content)
    for check in ("refusal.standard-message", "refusal.message-alone", "refusal.message-names-the-kid"):
        assert says(check, context) == ""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("the scheme is missing", f"'{MISSING_SCHEME}'; seen: 'the scheme is missing'"),
        (MISSING_SCHEME.lower(), "letter case or white space differ"),
        (MISSING_SCHEME.replace(" for", "  for"), "letter case or white space differ"),
        ("Missing CPIX@version", "this is the message of another error: 'Missing CPIX@version'"),
        ("", "untestable: the refusal has no body"),
    ],
)
def test_other_words_are_no_standard_message(content: str, words: str) -> None:
    assert words in says("refusal.standard-message", refused(content))


def test_where_no_words_are_defined_any_will_do() -> None:
    for check in ("refusal.standard-message", "refusal.message-alone", "refusal.message-names-the-kid"):
        assert says(check, refused("no", "")).startswith("not applicable")


def test_a_body_that_lists_all_messages_tells_nothing() -> None:
    said = says("refusal.message-alone", refused(f"{MISSING_SCHEME} or Missing CPIX@version"))
    assert "only the required standard message" in said and "seen: 'Missing CPIX@version'" in said


@pytest.mark.parametrize("kid", [OTHER, "", "(null)"])
def test_a_message_with_another_kid_or_none_is_found(kid: str) -> None:
    context = refused(f"Missing ContentKey@commonEncryptionScheme for KID {kid}")
    assert says("refusal.standard-message", context) == ""
    assert f"the KID {KID}; seen:" in says("refusal.message-names-the-kid", context)


def test_a_message_that_names_a_system_names_the_one_that_is_due() -> None:
    check = "refusal.message-names-the-system"
    for system, right in ((FAIRPLAY, True), (FAIRPLAY.upper(), True), (PLAYREADY, False), (WIDEVINE, False)):
        content = words_of("scheme-not-for-system", system=system)
        said = says(check, refused(content, "scheme-not-for-system", ask=FAIRPLAY_CENC))
        assert (said == "") is right and (right or f"the systemId {FAIRPLAY}" in said)
    assert says(check, refused("no", "scheme-not-for-system", ask=FAIRPLAY_CENC)).startswith("untestable")


SHOWN = [
    ("refusal.body-present", refused("", ""), "a description of the error; seen: 422 with an empty body"),
    ("refusal.body-present", refused(" \n"), f"a description of the error: '{MISSING_SCHEME}'"),
    ("refusal.no-document", refused("", "", body(Ask().body())), "a description of the error; seen: a CPIX document"),
    ("refusal.no-internals", refused("Traceback (most recent call last):"), "seen: a Python stack trace"),
    ("refusal.status-4xx", refused(status=500), "4xx; seen: 500"),
    ("refusal.status-422", refused(status=400), "422; seen: 400"),
]


@pytest.mark.parametrize(("check", "context", "words"), SHOWN)
def test_a_refusal_that_shows_too_little_or_too_much_is_found(check: str, context: Context, words: str) -> None:
    assert words in says(check, context)
    assert says(check, refused()) == ""


def test_a_refusal_holds_no_key_of_the_good_request() -> None:
    known = text("(//pskc:PlainValue)[1]", KEY)
    control = answered(None, known, step=a_step(id="control"))
    for content, words in (
        (f"no, {KEY.hex()}", "a content key of the good request as lower-case hexadecimal"),
        ("no", ""),
    ):
        said = says("refusal.no-keys", refused(content, earlier=[control]))
        assert (words in said and KEY.hex() not in said) if words else said == ""
    document = says("refusal.no-keys", answered(None, status(422), step=a_step(expect=REFUSED)))
    assert "no content key; seen: 2 content keys" in document


def test_headers_of_a_refusal_are_recorded() -> None:
    context = refused(MISSING_SCHEME, "missing-scheme", header("X-Speke-Version", "2.0"))
    assert says("refusal.speke-headers", context) == (
        "X-Speke-Version: (silent); seen: 2.0\nX-Speke-User-Agent: (silent); seen: no such header"
    )
    assert says("refusal.content-type", context) == "Content-Type: (silent); seen: text/plain"


def test_without_a_control_that_is_accepted_a_refusal_proves_nothing() -> None:
    control = answered(None, refusal(403), step=a_step(id="control"))
    for check in ("refusal.request-refused", "refusal.standard-message", "refusal.status-4xx"):
        assert says(check, refused(earlier=[control])).startswith("untestable: the same request without the defect")


@pytest.mark.parametrize("code", [429, 503, 504])
def test_a_server_that_is_busy_has_not_refused_unless_it_says_so(code: int) -> None:
    assert says("refusal.standard-message", refused("later", status=code)).startswith("untestable")
    assert says("refusal.standard-message", refused(status=code)) == ""
