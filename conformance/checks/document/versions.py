"""Questions about the pair of versions: X-Speke-Version in the header, CPIX@version in the document."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.context import GATEWAY, Context
from conformance.checks.document.claims import serves_version
from conformance.checks.http.answer import leave_redirects, request_header
from conformance.checks.refusals.internals import internals
from conformance.checks.refusals.standard_messages import found_messages
from conformance.checks.registry import Need, NotApplicable, Subject, check
from conformance.checks.relations import other_version
from conformance.model import CPIX_VERSION, VERSIONS, Finding, quoted
from conformance.model.headers import SPEKE_VERSION

_REFUSALS = frozenset({"unsupported-speke-version", "unsupported-version"})

SPEKE_OF = {cpix: speke for speke, cpix in CPIX_VERSION.items()}
"""The SPEKE version that each CPIX version goes with."""


@check("versions.crossed-pair-refused", "SPK20-HTTP-008", need=Need.ANSWER, subject=Subject.EXPECTATION)
def crossed_pair_refused(ctx: Context) -> Iterator[Finding]:
    """A request whose header says one version and whose document says the other is refused, with a version message.

    Each half may be known to the server; the pair does not exist. Either of the two messages about versions is right.
    """
    header, document = _halves(ctx)
    if header == document:
        raise NotApplicable("the two versions of the request belong together")
    yield from _answered(ctx, f"SPEKE {header} with CPIX {CPIX_VERSION[document]}")
    if ctx.refused and not _unsupported(ctx):
        yield from _message(ctx, _REFUSALS)


@check(
    "versions.unclaimed-half-refused",
    "SPK20-HTTP-006",
    "SPK20-ROOT-006",
    need=Need.REFUSAL,
    subject=Subject.EXPECTATION,
)
def unsupported_half_refused(ctx: Context) -> Iterator[Finding]:
    """A crossed pair is refused for the half that the server does not support.

    An unsupported X-Speke-Version has the message `Unsupported SPEKE version`, an unsupported CPIX@version the
    message `Unsupported CPIX@version`. What the server supports is seen from the other version's own pair, which is
    sent first, and not from what a profile claims.
    """
    header, document = _halves(ctx)
    if header == document:
        raise NotApplicable("the two versions of the request belong together")
    unsupported = _unsupported(ctx)
    if not unsupported:
        raise NotApplicable("the server serves both versions, or has not said which it serves")
    name = "unsupported-speke-version" if header == unsupported else "unsupported-version"
    yield from _message(ctx, frozenset({name}))


@check("versions.unclaimed-version-refused", "SPK21-GEN-002", need=Need.ANSWER, subject=Subject.EXPECTATION)
def unclaimed_version_refused(ctx: Context) -> Iterator[Finding]:
    """A request of a SPEKE version that the server does not claim is refused with a message about the version.

    A server that answers it in that very version serves both after all, and its profile could say so.
    """
    header, document = _halves(ctx)
    if header != document or header in ctx.claims.versions:
        raise NotApplicable(f"SPEKE {header} is claimed")
    if serves_version(ctx, header):
        raise NotApplicable(f"the server serves SPEKE {header} as well, which the profile could claim")
    yield from _answered(ctx, f"SPEKE {header}")
    if ctx.refused:
        yield from _message(ctx, _REFUSALS)


@check("versions.pair-kept", "SPK21-GEN-003", partners=other_version)
def pair_kept(ctx: Context) -> Iterator[Finding]:
    """While requests of both versions arrive in turns, each answer has the pair of versions of its own request.

    A server that remembers the version of the last request, or of the first, is found here.
    """
    asked = (request_header(ctx, SPEKE_VERSION), ctx.request.version)
    answered = (ctx.answer.header(SPEKE_VERSION), ctx.document.version)
    if asked != answered:
        yield Finding(
            f"{SPEKE_VERSION} and /CPIX/@version",
            f"SPEKE {asked[0]} with CPIX {asked[1]}",
            f"SPEKE {quoted(answered[0] or 'none')} with CPIX {answered[1] or 'none'}",
        )


def _halves(ctx: Context) -> tuple[str, str]:
    """The SPEKE version that the header names, and the one that the document's CPIX version goes with."""
    header = request_header(ctx, SPEKE_VERSION) or ""
    version = ctx.request.version or ""
    if header not in VERSIONS or version not in SPEKE_OF:
        raise NotApplicable("the request names a version that does not exist")
    return header, SPEKE_OF[version]


def _unsupported(ctx: Context) -> str:
    """The one version that the server is known not to support; empty where it supports both, or nobody knows."""
    other = ctx.earlier.get("other")
    control = ctx.earlier.get("control")
    if other is None or control is None or not control.accepted or other.missing_for(Need.REFUSAL) is not None:
        return ""
    # A server that breaks on the other version has not said that it does not support it.
    said = any(message.name in _REFUSALS for message in found_messages(other))
    plain = other.answer.status < 500 and other.answer.status not in GATEWAY and not internals(other.text.raw)
    return _halves(other)[0] if said or plain else ""


def _answered(ctx: Context, what: str) -> Iterator[Finding]:
    leave_redirects(ctx.answer.status)
    if not ctx.refused:
        yield Finding("status", f"a refusal (4xx or 5xx) of {what}", str(ctx.answer.status))


def _message(ctx: Context, names: frozenset[str]) -> Iterator[Finding]:
    if not any(message.name in names for message in found_messages(ctx)):
        yield Finding("error body", "the standard message about the unsupported version", ctx.excerpt)
