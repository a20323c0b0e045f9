"""Questions about the HTTP side of an answer: did it come whole, with the right status and headers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.checks.context import GATEWAY, Context
from conformance.checks.http.denied import denial, is_denied
from conformance.checks.registry import Need, NotApplicable, Subject, Untestable, check
from conformance.model import ACCEPTED, EITHER, FREE, Finding, HttpAnswer, quoted
from conformance.model.headers import SPEKE_VERSION, header_values

USER_AGENT = "X-Speke-User-Agent"

_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)


@check("http.exchange-completes", "SPK20-HTTP-P05", need=Need.EXCHANGE, subject=Subject.EXCHANGE)
def exchange_completes(ctx: Context) -> Iterator[Finding]:
    """An answer that was begun arrives completely.

    An encryptor that waits for the rest of an answer has no key. A connection that could not be made, or on which
    no byte came back, says nothing about the key server's work and is not judged here.
    """
    failure = ctx.exchange.failure
    if failure is None:
        return
    if not failure.began:
        raise Untestable(ctx.failure_sentence)
    yield Finding("HTTP answer", "a complete answer within the limits of the run", ctx.failure_sentence)


@check("http.no-redirect", "SPK20-HTTP-P04", need=Need.ANSWER, subject=Subject.EXCHANGE)
def no_redirect(ctx: Context) -> Iterator[Finding]:
    """The request is answered where it was sent, not redirected.

    An encryptor signs its request for one URL and does not follow a redirect with its credentials.
    """
    answer = ctx.answer
    if 300 <= answer.status <= 399:
        target = "with a Location" if answer.header("Location") else "without a Location"
        yield Finding("status", "200, or 4xx/5xx for an error", f"{answer.status} {target}")


@check("http.request-accepted", "SPK20-HTTP-001", need=Need.ANSWER, from_case=True, expects=(ACCEPTED,))
def request_accepted(ctx: Context) -> Iterator[Finding]:
    """The request, which is in order, is accepted.

    The request keeps every rule of its SPEKE version and asks only for what is claimed; where the case is about one
    rule in particular, that rule is the one that a refusal breaks.
    """
    status = ctx.answer.status
    if 200 <= status <= 299:
        return
    leave_redirects(status)
    if status in GATEWAY and not _another_was_accepted(ctx):
        why = denial(ctx.exchange) if is_denied(ctx.exchange) else f"{status}, which points to a gateway"
        raise Untestable(f"the server answered {why}: {ctx.excerpt}")
    yield Finding("status", "200 with a CPIX document", f"{status}: {ctx.excerpt}")


@check("http.unusual-request-accepted", need=Need.ANSWER, from_case=True, subject=Subject.EXPECTATION)
def unusual_request_accepted(ctx: Context) -> Iterator[Finding]:
    """A request that some encryptors send, and that the specification leaves open, is accepted."""
    leave_redirects(ctx.answer.status)
    if ctx.refused:
        yield Finding("status", "200 with a CPIX document", f"{ctx.answer.status}: {ctx.excerpt}")


@check("silence.outcome-recorded", need=Need.ANSWER, from_case=True, subject=Subject.EXPECTATION)
def outcome_recorded(ctx: Context) -> Iterator[Finding]:
    """What the server does where the specification is silent or contradicts itself is recorded."""
    yield Finding("status", "(silent)", outcome_of(ctx))


@check("http.success-status-200", "SPK20-HTTP-012", need=Need.ANSWER, expects=(ACCEPTED, EITHER, FREE))
def success_status(ctx: Context) -> Iterator[Finding]:
    """Success is reported with status 200 and no other 2xx."""
    status = ctx.answer.status
    if not 200 <= status <= 299:
        raise NotApplicable(f"the server answered {status}, which is not a success")
    if status != 200:
        yield Finding("status", "200", str(status))


@check("http.speke-version-echoed", "SPK20-HTTP-009", need=Need.SUCCESS)
def speke_version_echoed(ctx: Context) -> Iterator[Finding]:
    """The answer has one X-Speke-Version header, with the value of the request."""
    asked = request_header(ctx, SPEKE_VERSION)
    if asked is None:
        raise NotApplicable("the request has no X-Speke-Version")
    values = ctx.answer.header_values(SPEKE_VERSION)
    if tuple(value.strip() for value in values) != (asked,):
        yield Finding(SPEKE_VERSION, f"one header with the value {asked!r}", listed(values))


@check("http.user-agent-named", "SPK20-HTTP-010", need=Need.SUCCESS)
def user_agent_named(ctx: Context) -> Iterator[Finding]:
    """The answer names its key provider in one X-Speke-User-Agent header."""
    values = ctx.answer.header_values(USER_AGENT)
    if len(values) != 1 or not values[0].strip():
        hint = "Speke-User-Agent is the name that SPEKE v1 used" if ctx.answer.header("Speke-User-Agent") else ""
        yield Finding(USER_AGENT, "one header that names the key provider", listed(values), hint)


@check("http.content-type-xml", "SPK20-HTTP-011", need=Need.SUCCESS)
def content_type_xml(ctx: Context) -> Iterator[Finding]:
    """The Content-Type of the answer is application/xml."""
    values = ctx.answer.header_values("Content-Type")
    if [value.partition(";")[0].strip().lower() for value in values] != ["application/xml"]:
        yield Finding("Content-Type", "one header with the media type application/xml", listed(values))


@check("http.charset-utf-8", "SPK20-HTTP-P09", need=Need.SUCCESS)
def charset_utf8(ctx: Context) -> Iterator[Finding]:
    """A charset parameter on the Content-Type, if there is one, says UTF-8."""
    found = _CHARSET.search(ctx.answer.header("Content-Type") or "")
    if found is None:
        raise NotApplicable("the Content-Type has no charset parameter")
    if found.group(1).lower() not in ("utf-8", "utf8"):
        yield Finding("Content-Type", "charset=utf-8, or no charset", f"charset={quoted(found.group(1))}")


@check("http.identity-honoured", "SAFE-HTTP-001", need=Need.ANSWER, subject=Subject.EXCHANGE)
def identity_honoured(ctx: Context) -> Iterator[Finding]:
    """An answer to a request that accepts only the identity encoding is not compressed."""
    asked = request_header(ctx, "Accept-Encoding")
    if asked is None or asked.lower() != "identity":
        raise NotApplicable("the request does not insist on Accept-Encoding: identity")
    coding = content_coding(ctx.answer)
    if coding:
        yield Finding("Content-Encoding", "no content coding, as the request asks", quoted(coding))


@check("http.unasked-encoding", "SPK20-HTTP-P06", need=Need.ANSWER, subject=Subject.EXPECTATION)
def unasked_encoding(ctx: Context) -> Iterator[Finding]:
    """What content coding the server chooses where the request names none is recorded."""
    if request_header(ctx, "Accept-Encoding") is not None:
        raise NotApplicable("the request names the encodings that it accepts")
    yield Finding("Content-Encoding", "(silent)", quoted(content_coding(ctx.answer)) or "no content coding")


@check("http.only-post-gives-keys", "SPK20-HTTP-P01", need=Need.ANSWER, subject=Subject.EXPECTATION)
def only_post_gives_keys(ctx: Context) -> Iterator[Finding]:
    """A request by another method than POST is not answered with content keys.

    Keys in answers to GET end up in caches and access logs on the way.
    """
    method = ctx.exchange.request.method
    if method == "POST":
        raise NotApplicable("the request is a POST")
    if ctx.accepted and ctx.document_error is None and ctx.keys:
        yield Finding("HTTP answer", f"no content keys in answer to {method}", f"{len(ctx.keys)} content keys")


def leave_redirects(status: int) -> None:
    """Untestable for a redirect: http.no-redirect names it."""
    if 300 <= status <= 399:
        raise Untestable(f"the server answered {status}, a redirect")


def request_header(ctx: Context, name: str) -> str | None:
    """The stripped value of a header of the request, whatever the case of its name; None where it is absent."""
    return next((value.strip() for value in header_values(ctx.exchange.request.headers, name)), None)


def content_coding(answer: HttpAnswer) -> str:
    """The content codings of an answer other than identity, as one text."""
    codings = (value.strip() for value in answer.header_values("Content-Encoding"))
    return ", ".join(coding for coding in codings if coding and coding.lower() != "identity")


def listed(values: tuple[str, ...]) -> str:
    """Header values for a sentence."""
    return " and ".join(str(quoted(value, literal=True)) for value in values) if values else "no such header"


def outcome_of(ctx: Context) -> str:
    """What the server did with the request, in a few words, for the silence register."""
    status = ctx.answer.status
    if ctx.accepted and ctx.document_error is None:
        return "answered 200 with a CPIX document"
    if ctx.refused:
        return f"refused with {status}: {ctx.excerpt}"
    return f"answered {status} without a CPIX document"


def _another_was_accepted(ctx: Context) -> bool:
    return any(other.accepted for other in ctx.earlier.values())
