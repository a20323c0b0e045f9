"""Details of the refusal checks that the fault catalogue does not show: forms of bodies, statuses of gateways."""

from __future__ import annotations

import json

import pytest

from conformance.catalogue import load_catalogue
from conformance.checks.context import Context
from conformance.checks.refusals.standard_messages import named_ids
from conformance.checks.registry import Untestable
from conformance.model import Case, Exchange, Expectation, HttpAnswer, HttpRequest, Plan, Step, TransportFailure
from tests.checks.playing import claims, known_checks

KID = "edfc52d2-0d2d-47ca-984d-86e6213480b1"
OTHER = "cea68bd9-886a-46ed-ab2e-a49d7074327a"
REQUEST = f"""<c:CPIX xmlns:c="urn:dashif:org:cpix" contentId="a" version="2.3"><c:ContentKeyList>
  <c:ContentKey kid="{OTHER}" commonEncryptionScheme="cenc"/><c:ContentKey kid="{KID}"/></c:ContentKeyList></c:CPIX>"""


def refusal(
    body: str,
    expect: str = "missing-scheme",
    status: int = 422,
    *,
    request: str = REQUEST,
    earlier: dict[str, Context] | None = None,
) -> Context:
    plan = Plan("2.0", ("cenc",), ("widevine",), ())
    step = Step("ask", plan, Expectation("refused", expect), ())
    case = Case("X", "title", "why", "2.0", (step,))
    exchange = Exchange(
        HttpRequest("POST", "http://127.0.0.1/", (("X-Speke-Version", "2.0"),), request.encode()),
        HttpAnswer(status, (), body.encode()),
    )
    return Context(case, step, exchange, claims=claims(), earlier=earlier)


def says(name: str, context: Context) -> list[str]:
    return [finding.seen for finding in known_checks()[name].run(context)]


@pytest.mark.parametrize(
    "body",
    [
        f"Missing ContentKey@commonEncryptionScheme for KID {KID}",
        f"Missing ContentKey@commonEncryptionScheme for KID '{KID.upper()}'.",
        json.dumps({"error": f"Missing ContentKey@commonEncryptionScheme for KID {KID}", "code": 17}),
        f"<error><message>Missing ContentKey@commonEncryptionScheme for KID {KID}</message></error>",
    ],
)
def test_the_form_of_the_body_and_the_letter_case_of_the_kid_are_free(body: str) -> None:
    context = refusal(body)
    for name in ("refusal.standard-message", "refusal.message-alone", "refusal.message-names-the-kid"):
        assert says(name, context) == []


@pytest.mark.parametrize("kid", [OTHER, "", "(null)"])
def test_a_message_with_another_kid_or_none_is_found(kid: str) -> None:
    context = refusal(f"Missing ContentKey@commonEncryptionScheme for KID {kid}")
    assert says("refusal.standard-message", context) == []
    assert len(says("refusal.message-names-the-kid", context)) == 1


def test_ids_are_read_behind_quotes_and_before_punctuation() -> None:
    message = load_catalogue().messages["missing-scheme"]
    assert named_ids(f'{message.stem}"{KID}", {message.stem}<b>{OTHER}</b>.', message)[0] == KID


@pytest.mark.parametrize(
    ("scheme", "systems", "due"),
    [("cenc", ("fairplay", "widevine"), "fairplay"), ("cbc1", ("widevine",), "widevine")],
)
def test_the_system_that_is_due_is_the_one_that_cannot_use_the_scheme(
    scheme: str, systems: tuple[str, ...], due: str
) -> None:
    catalogue = load_catalogue()
    drm = "".join(f'<c:DRMSystem kid="{KID}" systemId="{catalogue.system(name).system_id}"/>' for name in systems)
    request = f"""<c:CPIX xmlns:c="urn:dashif:org:cpix" contentId="a" version="2.3"><c:ContentKeyList>
      <c:ContentKey kid="{KID}" commonEncryptionScheme="{scheme}"/></c:ContentKeyList>
      <c:DRMSystemList>{drm}</c:DRMSystemList></c:CPIX>"""
    right = catalogue.message_text("scheme-not-for-system", system=catalogue.system(due).system_id)
    wrong = catalogue.message_text("scheme-not-for-system", system=catalogue.system("playready").system_id)
    name = "refusal.message-names-the-system"
    assert says(name, refusal(right, "scheme-not-for-system", request=request)) == []
    assert len(says(name, refusal(wrong, "scheme-not-for-system", request=request))) == 1


@pytest.mark.parametrize(
    "body",
    [
        'Traceback (most recent call last):\n  File "x.py", line 3',
        "at com.example.Keys.find(Keys.java:88)",
        "at Keys.Find() in C:\\work\\Keys.cs:line 12",
        "TypeError: x\n    at Object.<anonymous> (/app/index.js:10:5)",
        "panic: runtime error\n\ngoroutine 1 [running]:",
        "SQLSTATE[23000]: constraint",
        "could not open /var/lib/keys/db.sqlite",
    ],
)
def test_internals_of_the_server_are_seen(body: str) -> None:
    assert len(says("refusal.no-internals", refusal(body))) >= 1


@pytest.mark.parametrize(
    "body",
    [
        "Missing CPIX@contentId",
        "Malformed encryption contract: 2 filters for 1 part, see https://docs.example/errors/contract",
        '{"path": "/speke/v2.0/copyProtection", "message": "Malformed encryption contract"}',
        "expected one of [2.0, 2.1] at line 1 of the document",
    ],
)
def test_ordinary_error_texts_are_no_internals(body: str) -> None:
    assert says("refusal.no-internals", refusal(body)) == []


def test_the_words_in_another_letter_case_are_hinted_at() -> None:
    context = refusal("missing cpix@contentid", "missing-content-id")
    (finding,) = known_checks()["refusal.standard-message"].run(context)
    assert "letter case" in finding.hint


def test_the_message_of_another_error_is_hinted_at() -> None:
    context = refusal("Missing CPIX@version", "missing-content-id")
    (finding,) = known_checks()["refusal.standard-message"].run(context)
    assert "another error" in finding.hint


@pytest.mark.parametrize("status", [401, 403, 502])
def test_a_gateway_that_denies_access_says_nothing_about_a_good_request(status: int) -> None:
    check = known_checks()["http.request-accepted"]
    with pytest.raises(Untestable):
        check.run(refusal("no access", status=status))
    other = refusal("<x/>", status=200)
    assert len(check.run(refusal("no access", status=status, earlier={"first": other}))) == 1


@pytest.mark.parametrize("began", [True, False])
def test_only_an_answer_that_was_begun_counts_against_the_server(began: bool) -> None:
    context = refusal("")
    exchange = Exchange(context.exchange.request, None, TransportFailure("incomplete", "it ended early", began))
    broken = Context(context.case, context.step, exchange, claims=claims())
    check = known_checks()["http.exchange-completes"]
    if began:
        assert len(check.run(broken)) == 1
    else:
        with pytest.raises(Untestable):
            check.run(broken)
