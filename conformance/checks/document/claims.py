"""What a server delivers although its profile does not claim it: nothing wrong, and worth knowing."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.catalogue import load_catalogue
from conformance.checks.context import Context
from conformance.checks.http.answer import request_header
from conformance.checks.registry import Need, NotApplicable, Subject, check
from conformance.model import CPIX_VERSION, Finding
from conformance.model.headers import SPEKE_VERSION

HINT = "you could claim this in the profile"


@check("claims.delivered-is-claimed", "ADV-CLAIM-001", need=Need.ANSWER, subject=Subject.EXPECTATION)
def delivered_is_claimed(ctx: Context) -> Iterator[Finding]:
    """What the server delivers is claimed by its profile.

    A capability that is delivered and not claimed is judged by nobody, and no report may name it.
    """
    wanted = [(what, offered) for what, offered in _unclaimed(ctx)]
    if not wanted:
        raise NotApplicable("everything that this request asks for is claimed")
    if ctx.refused or ctx.document_error is not None:
        return
    for what, offered in wanted:
        if offered:
            yield Finding("claims", f"a refusal, as {what} is not claimed", f"{what} delivered", HINT)


def _unclaimed(ctx: Context) -> Iterator[tuple[str, bool]]:
    """Each capability that the exchange is about and nobody claims, and whether the answer holds it."""
    delivered = ctx.document_error is None and not ctx.refused
    header = request_header(ctx, SPEKE_VERSION) or ""
    if header in CPIX_VERSION and header not in ctx.claims.versions:
        yield f"SPEKE {header}", delivered and serves_version(ctx, header)
    for system, scheme in sorted(_asked_pairs(ctx) - ctx.claims.schemes):
        name = load_catalogue().system(system).title
        yield f"{name} with {scheme}", delivered and _filled(ctx, system)
    if ctx.request.delivery and not ctx.claims.has("key-encryption"):
        yield "key encryption", delivered and any(key.encrypted for key in ctx.document.content_keys)
    hdcp = delivered and any(key.hdcp for key in ctx.document.content_keys)
    if hdcp and not ctx.claims.has("hdcp"):
        yield "HDCP signalling (hdcp)", True


def serves_version(ctx: Context, version: str) -> bool:
    """Whether the answer is one of that SPEKE version in both halves, so that the server really serves it."""
    if ctx.refused or ctx.document_error is not None:
        return False
    return ctx.answer.header(SPEKE_VERSION) == version and ctx.document.version == CPIX_VERSION[version]


def _asked_pairs(ctx: Context) -> frozenset[tuple[str, str]]:
    found = set()
    for drm in ctx.request.drm_systems:
        system = load_catalogue().system_by_id(drm.system_id or "")
        if system is not None and ctx.shape.scheme in system.schemes:
            found.add((system.name, ctx.shape.scheme))
    return frozenset(found)


def _filled(ctx: Context, name: str) -> bool:
    wanted = load_catalogue().system(name).system_id
    pairs = [pair for pair in ctx.pairs.drm if (pair.asked.system_id or "").lower() == wanted]
    values = [
        value
        for pair in pairs
        if pair.answered is not None
        for value in (*pair.answered.pssh, *pair.answered.content_protection, *pair.answered.hls)
    ]
    return all(pair.answered is not None for pair in pairs) and all(value.text for value in values)
