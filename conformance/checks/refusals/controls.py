"""Questions about requests for what does not exist: they show what a refusal by this server looks like."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.context import Context
from conformance.checks.http.answer import request_header
from conformance.checks.refusals.internals import internals
from conformance.checks.refusals.standard_messages import found_messages
from conformance.checks.registry import Need, Subject, check
from conformance.model import VERSIONS, Finding
from conformance.model.headers import SPEKE_VERSION


@check("refusal.tells-what-is-unknown", "SPK20-HTTP-P13", need=Need.REFUSAL, subject=Subject.EXPECTATION)
def tells_what_is_unknown(ctx: Context) -> Iterator[Finding]:
    """What does not exist (a DRM system, a scheme, a version) is refused in words, and not by a crash.

    Where it is refused by a bare 5xx, or by the trace of an exception, nobody can tell a DRM system that is not
    offered from one on which the server breaks.
    """
    shown = internals(ctx.text.raw)
    if shown:
        yield Finding("error body", "a sentence about what is unknown", f"{ctx.answer.status} with {shown[0]}")
    elif ctx.answer.status >= 500 and not found_messages(ctx) and not _named(ctx):
        yield Finding("status", "4xx, or words that say what is unknown", f"{ctx.answer.status} {ctx.excerpt}")


def _named(ctx: Context) -> bool:
    names = {drm.system_id for drm in ctx.request.drm_systems} | {key.scheme for key in ctx.request.content_keys}
    version = request_header(ctx, SPEKE_VERSION)
    if version not in VERSIONS:  # one that exists is nothing to complain of, and is a part of names as nginx/1.22.0 is
        names.add(version)
    return any(name and name.lower() in ctx.text.raw.lower() for name in names)
