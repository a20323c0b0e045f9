"""Questions about the HTTP side of a request: method, headers, versions, and what follows a refusal."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.registry import NotApplicable, Untestable
from conformance.cpix.errors import DecodeError
from conformance.cpix.reader import read
from conformance.cpix.xml import SPEKE
from conformance.encryptor_audit.observed_exchange import FORM, ObservedExchange, speaks_v2
from conformance.encryptor_audit.registry import request_check
from conformance.model import CPIX_VERSION, Finding
from conformance.model.headers import SPEKE_VERSION

_SCHEMES = {"aws4-hmac-sha256": "SigV4", "basic": "Basic", "digest": "Digest", "bearer": "Bearer"}
_V1_HINT = "SPEKE v2 names its version in this header; without it the request belongs to the v1 workflow"


@request_check("request.is-post", "SPK20-HTTP-002")
def is_post(ctx: ObservedExchange) -> Iterator[Finding]:
    """The request is a POST."""
    if ctx.exchange.request.method != "POST":
        yield Finding("request line", "POST", ctx.exchange.request.method)


@request_check("request.content-type-xml", "SPK20-HTTP-004")
def content_type_xml(ctx: ObservedExchange) -> Iterator[Finding]:
    """The request has one Content-Type, application/xml."""
    values = ctx.headers("content-type")
    kinds = [value.partition(";")[0].strip().lower() for value in values]
    if kinds != ["application/xml"]:
        yield Finding("Content-Type", "application/xml, once", ", ".join(values) or "no such header")


@request_check("request.speke-version-named", "SPK20-HTTP-005")
def speke_version_named(ctx: ObservedExchange) -> Iterator[Finding]:
    """The request has one X-Speke-Version of the form major.minor."""
    values = ctx.headers(SPEKE_VERSION)
    if len(values) != 1 or not FORM.fullmatch(values[0]):
        hint = "" if values else _V1_HINT
        yield Finding("X-Speke-Version", "one value such as 2.0", ", ".join(values) or "no such header", hint)


@request_check("request.is-cpix", "SPK20-HTTP-E01")
def is_cpix(ctx: ObservedExchange) -> Iterator[Finding]:
    """The body of the request is one CPIX document."""
    try:
        read(ctx.exchange.request.body)
    except DecodeError as error:
        yield Finding("request body", "a CPIX document", str(error))


@request_check("request.versions-belong-together", "SPK20-ROOT-E01", "SPK21-ROOT-001")
def versions_belong_together(ctx: ObservedExchange) -> Iterator[Finding]:
    """CPIX@version is the one that goes with X-Speke-Version: 2.3 with 2.0, 2.4 with 2.1."""
    header = ctx.headers(SPEKE_VERSION)
    if len(header) != 1 or header[0] not in CPIX_VERSION:
        raise NotApplicable("the header names an unknown version")
    expected = CPIX_VERSION[header[0]]
    if ctx.request.version != expected:
        yield Finding("/CPIX/@version", f"{expected}, which goes with SPEKE {header[0]}", repr(ctx.request.version))


@request_check("request.no-v1-after-refusal", "SPK20-HTTP-018")
def no_v1_after_refusal(ctx: ObservedExchange) -> Iterator[Finding]:
    """A request that was refused is not sent again as SPEKE v1."""
    document = ctx.sent
    name = (document.content_id or document.id or "") if document is not None else ""
    if not name or not ctx.memory.content(name).refused:
        raise NotApplicable("no request for this content was refused before")
    if not speaks_v2(ctx.exchange):
        yield Finding("X-Speke-Version", "no retry with v1 after a refusal", "no such header", _V1_HINT)


@request_check("request.authentication", "SPK20-AUTH-E01")
def authentication(ctx: ObservedExchange) -> Iterator[Finding]:
    """How the encryptor authenticates itself is recorded."""
    values = ctx.headers("authorization")
    kinds = [_SCHEMES.get(value.split(" ")[0].lower(), "an unknown scheme") for value in values]
    yield Finding("the Authorization header", "(recorded)", " and ".join(kinds) or "no such header")


@request_check("request.no-v1-leftovers", "SPK20-ROOT-E03")
def no_v1_leftovers(ctx: ObservedExchange) -> Iterator[Finding]:
    """The request uses nothing that only SPEKE v1 had."""
    document = ctx.sent
    if document is None:
        raise Untestable("the request is not a CPIX document")
    for element in document.element.iter(f"{{{SPEKE}}}*", "{*}URIExtXKey"):
        yield Finding("request body", "no element of SPEKE v1", str(element.tag))
        return
