"""Questions about refusals: is the bad request refused, in the right words, and without giving anything away."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.catalogue import load_catalogue
from conformance.checks.context import Context
from conformance.checks.http.answer import USER_AGENT, leave_redirects, listed
from conformance.checks.refusals.internals import internals
from conformance.checks.refusals.standard_messages import (
    due_words,
    expected_ids,
    expected_messages,
    found_messages,
    named_ids,
)
from conformance.checks.registry import Need, NotApplicable, Subject, Untestable, check
from conformance.checks.shape import is_claimed
from conformance.drm.leaks import Searcher
from conformance.model import EITHER, FREE, MESSAGE, REFUSED, Finding, quoted
from conformance.model.headers import SPEKE_VERSION

_BODY = "error body"


@check("refusal.request-refused", need=Need.ANSWER, from_case=True, expects=(REFUSED,))
def request_refused(ctx: Context) -> Iterator[Finding]:
    """The request, which breaks one rule, is refused and not answered with a document.

    The same request without the defect is accepted in the same run.
    """
    leave_redirects(ctx.answer.status)
    if _success(ctx) and ctx.document_error is None:
        wanted = f"a refusal with {due_words(ctx) or '4xx or 5xx'}: {ctx.step.defect_title}"
        yield Finding("status", wanted, f"{ctx.answer.status} with keys")


@check("refusal.status-is-error", "SPK20-HTTP-013", need=Need.ANSWER, expects=(REFUSED, EITHER, FREE))
def status_is_error(ctx: Context) -> Iterator[Finding]:
    """A refusal has a status of 4xx or 5xx: never 2xx, and no number that HTTP does not define.

    An encryptor that gets a 200 takes the body for a CPIX document. Where a server may accept the request as well, and
    it is one that it claims to serve, a body that is no document is told as such.
    """
    if ctx.expect.kind != REFUSED and ctx.exchange.request.method != "POST":
        raise NotApplicable("what is answered to other methods than POST is left open")
    leave_redirects(ctx.answer.status)
    told_as_document = ctx.expect.kind != REFUSED and ctx.request_readable and is_claimed(ctx.shape, ctx.claims)
    if _success(ctx) and ctx.document_error is not None and not told_as_document:
        due = due_words(ctx)
        wanted = f"4xx or 5xx with {due}" if due else "4xx or 5xx"
        yield Finding("status", wanted, f"{ctx.answer.status} without a CPIX document: {ctx.excerpt}")
    elif ctx.answer.status > 599:
        yield Finding("status", "4xx or 5xx", f"{ctx.answer.status}, which HTTP does not define")


@check("refusal.standard-message", "SPK20-HTTP-015", need=Need.REFUSAL, from_case=True, expects=(MESSAGE,))
def standard_message(ctx: Context) -> Iterator[Finding]:
    """The body of the refusal contains the required standard message, character by character.

    Any text may surround it, in any form (plain text, JSON, XML). Which KID or systemId the message names is
    a question of its own.
    """
    messages = expected_messages(ctx)
    if not messages:
        raise NotApplicable("no standard message is defined for this refusal")
    if not ctx.answer.body.strip():
        raise Untestable("the refusal has no body")
    if not any(message.stem.strip() in ctx.text for message in messages):
        yield Finding(_BODY, due_words(ctx), ctx.excerpt, _near(ctx, tuple(message.stem for message in messages)))


@check("refusal.message-alone", "SPK20-HTTP-015-ALONE", need=Need.REFUSAL, expects=(MESSAGE,))
def message_alone(ctx: Context) -> Iterator[Finding]:
    """The body of the refusal contains none of the other standard messages.

    A body that lists all ten tells nothing.
    """
    allowed = {message.name for message in expected_messages(ctx)}
    if not allowed:
        raise NotApplicable("no standard message is defined for this refusal")
    wrong = [message.shown for message in found_messages(ctx) if message.name not in allowed]
    if wrong:
        yield Finding(
            _BODY,
            f"only the required standard message: {due_words(ctx)}",
            " and ".join(repr(text) for text in wrong),
        )


@check("refusal.message-names-the-kid", "SPK20-KEY-006", need=Need.REFUSAL, expects=(MESSAGE,))
def message_names_the_kid(ctx: Context) -> Iterator[Finding]:
    """The message about a missing scheme names the KID of the content key that lacks it."""
    yield from _names_the_right_id(ctx, "kid", "KID")


@check("refusal.message-names-the-system", "SPK20-KEY-008", need=Need.REFUSAL, expects=(MESSAGE,))
def message_names_the_system(ctx: Context) -> Iterator[Finding]:
    """The message about an impossible scheme names the systemId of the DRM system that cannot use it."""
    yield from _names_the_right_id(ctx, "system", "systemId")


@check("refusal.body-present", "SPK20-HTTP-016", need=Need.REFUSAL, subject=Subject.REFUSAL)
def body_present(ctx: Context) -> Iterator[Finding]:
    """The refusal says in its body what is wrong."""
    if not ctx.answer.body.strip():
        due = due_words(ctx)
        wanted = f"a description of the error: {due}" if due else "a description of the error"
        yield Finding(_BODY, wanted, f"{ctx.answer.status} with an empty body")


@check("refusal.no-document", "SPK20-HTTP-007", need=Need.REFUSAL, subject=Subject.REFUSAL)
def no_document(ctx: Context) -> Iterator[Finding]:
    """A refusal holds no CPIX document: the faulty request was not processed."""
    if ctx.document_error is None:
        yield Finding(_BODY, "a description of the error", "a CPIX document")


@check("refusal.no-keys", "SAFE-LEAK-001", need=Need.REFUSAL, subject=Subject.REFUSAL)
def no_keys(ctx: Context) -> Iterator[Finding]:
    """The body of a refusal holds no content key, neither of its own nor one of the good request's.

    The same KIDs were asked for in order before, so their keys are known.
    """
    control = ctx.earlier.get("control")
    keys = list(dict(control.keys).values()) if control is not None and control.document_error is None else []
    for leak in Searcher(keys).search(ctx.answer.body):
        yield Finding(_BODY, "no content key", f"a content key of the good request as {leak.words}")
    if ctx.document_error is None and ctx.keys and not keys:
        yield Finding(_BODY, "no content key", f"{len(ctx.keys)} content keys")


@check("refusal.no-internals", "ADV-ERROR-001", need=Need.REFUSAL, subject=Subject.REFUSAL)
def no_internals(ctx: Context) -> Iterator[Finding]:
    """The body of a refusal shows no stack trace, file path or database error."""
    for what in internals(ctx.text.raw):
        yield Finding(_BODY, "a description for the encryptor's operator", what)


@check("refusal.status-4xx", "SPK20-HTTP-P08", need=Need.REFUSAL, expects=(REFUSED,))
def status_4xx(ctx: Context) -> Iterator[Finding]:
    """A refusal of a faulty request has a status of 4xx: the fault is the client's."""
    if ctx.answer.status >= 500:
        yield Finding("status", "4xx", str(ctx.answer.status))


@check("refusal.status-422", "SPK20-HTTP-014", need=Need.REFUSAL, expects=(REFUSED,))
def status_422(ctx: Context) -> Iterator[Finding]:
    """The refusal has status 422, which SPEKE suggests for every error."""
    if ctx.answer.status != 422:
        yield Finding("status", "422", str(ctx.answer.status))


@check("refusal.speke-headers", "SPK20-HTTP-P07", need=Need.REFUSAL, subject=Subject.EXPECTATION)
def speke_headers(ctx: Context) -> Iterator[Finding]:
    """Which X-Speke headers a refusal carries is recorded."""
    for name in (SPEKE_VERSION, USER_AGENT):
        yield Finding(name, "(silent)", listed(ctx.answer.header_values(name)))


@check("refusal.content-type", "SPK20-HTTP-P07", need=Need.REFUSAL, subject=Subject.EXPECTATION)
def content_type(ctx: Context) -> Iterator[Finding]:
    """Which Content-Type a refusal has is recorded."""
    yield Finding("Content-Type", "(silent)", listed(ctx.answer.header_values("Content-Type")))


def _success(ctx: Context) -> bool:
    return 200 <= ctx.answer.status <= 299


def _names_the_right_id(ctx: Context, slot: str, what: str) -> Iterator[Finding]:
    messages = [message for message in expected_messages(ctx) if message.slot == slot]
    if not messages:
        raise NotApplicable(f"the required message names no {what}")
    message = messages[0]
    if message.stem.strip() not in ctx.text:
        raise Untestable("the standard message is not there")
    wanted = {text.lower() for text in expected_ids(ctx, slot)}
    seen = named_ids(ctx.text.raw, message)
    if not any(text.lower() in wanted for text in seen):
        shown = " and ".join(str(quoted(text)) for text in seen) or ctx.excerpt
        yield Finding(_BODY, f"the {what} {' or '.join(sorted(wanted)) or '(the request has none)'}", shown)


def _near(ctx: Context, stems: tuple[str, ...]) -> str:
    """What a body that lacks the message has instead."""
    body = " ".join(ctx.text.raw.split()).lower()
    if any(" ".join(stem.split()).lower() in body for stem in stems):
        return "the words are there, but letter case or white space differ"
    other = [message.shown for message in load_catalogue().messages.values() if message.stem.strip() in ctx.text]
    return f"this is the message of another error: {other[0]!r}" if other else ""
