"""The HTTP side of an answer: whole, from where it was asked, with the right status and headers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.checks.http.answer import content_coding, listed, outcome_of, request_header
from conformance.model import FREE, HttpAnswer, TransportFailure, plain
from tests.checks.exchange import (
    Change,
    a_step,
    all_of,
    answered,
    as_it_is,
    body,
    finds,
    header,
    raw,
    refusal,
    says,
    status,
)
from tests.refserver.asking import Ask

IDENTITY = Ask(
    headers=(("content-type", "application/xml"), ("x-speke-version", "2.0"), ("accept-encoding", "identity"))
)

WRONG = [
    ("http.no-redirect", all_of(status(307), header("Location", "https://x/")), Ask(), "seen: 307 with a Location"),
    ("http.no-redirect", status(302), Ask(), "200, or 4xx/5xx for an error; seen: 302 without a Location"),
    ("http.request-accepted", refusal(400, "nope"), Ask(), "200 with a CPIX document; seen: 400: 'nope'"),
    ("http.request-accepted", refusal(500, ""), Ask(), "seen: 500"),
    ("http.unusual-request-accepted", refusal(422), Ask(), "200 with a CPIX document; seen: 422"),
    ("http.success-status-200", status(201), Ask(), "status: 200; seen: 201"),
    ("http.speke-version-echoed", header("X-Speke-Version"), Ask(), "'2.0'; seen: no such header"),
    ("http.speke-version-echoed", header("X-Speke-Version", "2.1"), Ask(), "'2.0'; seen: 2.1"),
    ("http.speke-version-echoed", header("X-Speke-Version", "2.0", "2.0"), Ask(), "seen: 2.0 and 2.0"),
    ("http.user-agent-named", header("X-Speke-User-Agent"), Ask(), "seen: no such header"),
    ("http.user-agent-named", header("X-Speke-User-Agent", " "), Ask(), "one header that names the key provider"),
    ("http.user-agent-named", header("X-Speke-User-Agent", "a", "b"), Ask(), "seen: a and b"),
    (
        "http.user-agent-named",
        all_of(header("X-Speke-User-Agent"), header("Speke-User-Agent", "a")),
        Ask(),
        "is the name that SPEKE v1 used",
    ),
    ("http.content-type-xml", header("Content-Type", "text/xml"), Ask(), "application/xml; seen: text/xml"),
    ("http.content-type-xml", header("Content-Type"), Ask(), "seen: no such header"),
    ("http.content-type-xml", header("Content-Type", "application/cpix+xml"), Ask(), "application/cpix+xml"),
    ("http.charset-utf-8", header("Content-Type", "application/xml; charset=iso-8859-1"), Ask(), "iso-8859-1"),
    ("http.identity-honoured", header("Content-Encoding", "gzip"), IDENTITY, "no content coding, as the request asks"),
]

HARMLESS = [
    ("http.no-redirect", refusal(404), Ask()),
    ("http.request-accepted", status(204), Ask()),
    ("http.unusual-request-accepted", as_it_is, Ask()),
    ("http.speke-version-echoed", header("x-speke-version", " 2.0 "), Ask()),
    ("http.user-agent-named", header("x-speke-user-agent", "a key server"), Ask()),
    ("http.content-type-xml", header("content-type", "Application/XML ; charset=utf-8"), Ask()),
    ("http.charset-utf-8", header("Content-Type", 'application/xml; Charset="UTF-8"'), Ask()),
    ("http.identity-honoured", header("Content-Encoding", "identity"), IDENTITY),
]


@pytest.mark.parametrize(("check", "change", "ask", "words"), WRONG)
def test_a_wrong_answer_is_found(check: str, change: Change, ask: Ask, words: str) -> None:
    assert words in finds(check, change, ask)


@pytest.mark.parametrize(("check", "change", "ask"), HARMLESS)
def test_a_harmless_answer_is_left_alone(check: str, change: Change, ask: Ask) -> None:
    assert finds(check, change, ask) == ""


@pytest.mark.parametrize(
    ("began", "words"),
    [(True, "a complete answer within the limits"), (False, "untestable: ")],
)
def test_only_an_answer_that_was_begun_counts_against_the_server(began: bool, words: str) -> None:
    said = says("http.exchange-completes", answered(failure=TransportFailure("incomplete", "it ended early", began)))
    assert words in said and "it ended early" in said
    assert says("http.exchange-completes", answered()) == ""


@pytest.mark.parametrize("code", [401, 403, 502])
def test_a_gateway_that_denies_access_says_nothing_about_a_good_request(code: int) -> None:
    denied = refusal(code, "no access")
    assert says("http.request-accepted", answered(None, denied)).startswith("untestable")
    let_in = answered(step=a_step(id="first"))
    said = says("http.request-accepted", answered(None, denied, earlier=[let_in]))
    assert f"200 with a CPIX document; seen: {code}: 'no access'" in said


@pytest.mark.parametrize("code", [429, 503, 504])
def test_a_server_that_is_busy_says_nothing_about_the_document(code: int) -> None:
    assert says("http.request-accepted", answered(None, refusal(code))).startswith(
        f"untestable: the server answered {code}"
    )


def test_a_redirect_is_told_once() -> None:
    for check in ("http.request-accepted", "http.unusual-request-accepted"):
        assert says(check, answered(None, status(302))) == "untestable: the server answered 302, a redirect"


def test_the_coding_that_nobody_named_is_recorded() -> None:
    check = "http.unasked-encoding"
    assert says(check, answered()).endswith("(silent); seen: no content coding")
    assert says(check, answered(None, header("Content-Encoding", "gzip"))).endswith("seen: gzip")
    assert says(check, answered(IDENTITY)).startswith("not applicable")


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_keys_for_another_method_than_post_are_found(method: str) -> None:
    asked = Ask(method=method)
    said = says("http.only-post-gives-keys", answered(Ask(), asked=asked))
    assert f"no content keys in answer to {method}; seen: 2 content keys" in said
    for change in (refusal(405), body("hello"), status(201)):
        assert says("http.only-post-gives-keys", answered(Ask(), change, asked=asked)) == ""
    assert says("http.only-post-gives-keys", answered()).startswith("not applicable")


def test_an_answer_that_says_no_charset_or_was_never_asked_for_identity_is_not_looked_at() -> None:
    assert says("http.charset-utf-8", answered()).startswith("not applicable")
    assert says("http.identity-honoured", answered(None, header("Content-Encoding", "gzip"))).startswith(
        "not applicable"
    )


def test_a_free_request_may_be_refused_and_may_not_be_created() -> None:
    free = a_step(expect=FREE)
    assert says("http.success-status-200", answered(None, refusal(), step=free)).startswith("not applicable")
    assert "seen: 202" in says("http.success-status-200", answered(None, status(202), step=free))


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        (as_it_is, "answered 200 with a CPIX document"),
        (refusal(418, " a  teapot\n"), "refused with 418: 'a teapot'"),
        (raw("contentId", "<"), "answered 200 without a CPIX document"),
        (status(302), "answered 302 without a CPIX document"),
    ],
)
def test_an_outcome_is_told_in_a_few_words(change: Change, outcome: str) -> None:
    context = answered(None, change)
    assert plain(outcome_of(context)) == outcome
    assert says("silence.outcome-recorded", context) == f"status: (silent); seen: {outcome}"


def test_headers_are_read_whatever_their_case_and_told_in_quotation_marks() -> None:
    assert request_header(answered(), "X-SPEKE-VERSION") == "2.0"
    assert request_header(answered(), "X-Other") is None
    assert plain(listed(("a", "b"))) == "a and b" and listed(()) == "no such header"
    answer = HttpAnswer(200, (("content-encoding", "identity"), ("Content-Encoding", " br ")), b"")
    assert content_coding(answer) == "br" and content_coding(replace(answer, headers=())) == ""
