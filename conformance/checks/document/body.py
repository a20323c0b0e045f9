"""Questions about the answer's body as a whole: is it XML that can be read safely, and is it CPIX."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.checks.context import Context
from conformance.checks.registry import Need, Untestable, check
from conformance.cpix.encoding import decoded_text, is_known
from conformance.cpix.errors import DecodeError
from conformance.cpix.xml import CPIX, interrupted_values
from conformance.model import Finding

_UNSAFE = frozenset({"xml.doctype", "xml.not-utf8", "xml.declared-encoding", "xml.parser-peculiarity"})
"""Well-formed for some parsers, but not XML that a careful reader takes from a stranger."""

_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)


@check("document.well-formed", "CPX-D02", need=Need.SUCCESS)
def well_formed(ctx: Context) -> Iterator[Finding]:
    """The body of a 200 is one well-formed XML document.

    It is read by a parser that knows no entities and no network, up to 1 MiB, 20,000 elements and 32 levels. Its bytes
    are those of the encoding that a byte order mark, the declaration or the Content-Type tells, UTF-8 where none does.
    """
    error = ctx.document_error
    if error is None or error.code == "cpix.wrong-root":
        return
    if _unsafe(ctx, error):
        raise Untestable(f"the body is not read: {error}")
    yield _finding(error, "a well-formed XML document")


@check("document.safe-xml", "CPX-D03", need=Need.SUCCESS)
def safe_xml(ctx: Context) -> Iterator[Finding]:
    """The body of a 200 is UTF-8 without a DOCTYPE.

    Entities of a DOCTYPE can change attribute values unseen; other encodings are read differently by different
    parsers. Encryptors refuse both or should.
    """
    error = ctx.document_error
    if error is not None and _unsafe(ctx, error):
        yield _finding(error, "UTF-8 without a DOCTYPE")


@check("document.values-uninterrupted", "CPX-D03-VALUE")
def values_uninterrupted(ctx: Context) -> Iterator[Finding]:
    """No value contains a comment or a processing instruction.

    Between elements they are allowed. Inside a key or a box they hide its other half from many readers.
    """
    for place in interrupted_values(ctx.answer.body):
        yield Finding(place, "a value in one piece", "a comment or processing instruction in it")


@check("document.root-is-cpix", "CPX-D01", need=Need.SUCCESS)
def root_is_cpix(ctx: Context) -> Iterator[Finding]:
    """The root element of the answer is CPIX in the namespace urn:dashif:org:cpix."""
    error = ctx.document_error
    if error is None:
        return
    if error.code != "cpix.wrong-root":
        raise Untestable(f"the body cannot be read: {error}")
    yield _finding(error, f"CPIX in the namespace {CPIX}")


@check("document.no-byte-order-mark", "ADV-XML-001")
def no_byte_order_mark(ctx: Context) -> Iterator[Finding]:
    """The answer does not begin with a byte order mark, which is legal and surprises simple readers."""
    if ctx.document.bom:
        yield Finding("body", "no byte order mark", "a UTF-8 byte order mark")


def _unsafe(ctx: Context, error: DecodeError) -> bool:
    return error.code in _UNSAFE or (error.code == "xml.wrong-bytes" and _told_outside(ctx))


def _told_outside(ctx: Context) -> bool:
    """Whether the bytes are of an encoding that the Content-Type names, which goes before the document (RFC 7303)."""
    found = _CHARSET.search(ctx.answer.header("Content-Type") or "")
    return found is not None and is_known(found[1]) and decoded_text(ctx.answer.body, found[1]) is not None


def _finding(error: DecodeError, expected: str) -> Finding:
    return Finding("body", expected, error.message)
