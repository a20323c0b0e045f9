"""Questions about what must come back as it was sent: contentId, version, names and ids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

from conformance.checks.context import Context
from conformance.checks.registry import NotApplicable, check
from conformance.cpix.xml import CPIX, PSKC, local_name, where
from conformance.model import Finding
from conformance.model.quoted import excerpt

_KEY_ATTRIBUTES = ("id", "Algorithm")
_SYSTEM_ATTRIBUTES = ("id", "name")
_RULE_ATTRIBUTES = ("id",)


class _Attribute(NamedTuple):
    """An attribute of the request that no other topic judges, with what became of it."""

    where: str
    asked: str
    answered: str | None


@check("echo.content-id", "SPK20-ROOT-003")
def content_id(ctx: Context) -> Iterator[Finding]:
    """The contentId comes back as it was sent, character by character."""
    yield from _same(ctx, "contentId")


@check("echo.version", "SPK20-ROOT-007")
def version(ctx: Context) -> Iterator[Finding]:
    """CPIX@version comes back as it was sent.

    It is compared as text: 2.30 is not 2.3.
    """
    yield from _same(ctx, "version")


@check("echo.nothing-missing", "SPK20-ROOT-014")
def nothing_missing(ctx: Context) -> Iterator[Finding]:
    """The ids, names and other optional attributes of the request have a value in the answer.

    What the encryptor puts into its request must come back with a value, or it stops. KIDs, schemes, rules, periods
    and DRM signalling have checks of their own.
    """
    sent = _sent(ctx)
    if not sent:
        raise NotApplicable("the request has no optional ids and names")
    for one in sent:
        if not one.answered:
            seen = "no such attribute" if one.answered is None else "an empty value"
            yield Finding(one.where, f"a value, as the request has {one.asked!r}", seen)


@check("echo.names-unchanged", "SPK20-ROOT-018")
def names_unchanged(ctx: Context) -> Iterator[Finding]:
    """The ids, names and other optional attributes of the request come back unchanged."""
    kept = [one for one in _sent(ctx) if one.answered]
    if not kept:
        raise NotApplicable("the answer has none of the request's optional ids and names")
    for one in kept:
        if one.answered != one.asked:
            yield Finding(one.where, repr(one.asked), repr(one.answered))


@check("echo.cpix-id-absent", "SUITE-ID-001")
def cpix_id_absent(ctx: Context) -> Iterator[Finding]:
    """The answer has no CPIX@id.

    SPEKE v2 uses contentId and ignores id; AWS's own suite wants it gone.
    """
    if ctx.document.id is not None:
        yield Finding(where(ctx.document.element, "id"), "no id on CPIX", excerpt(ctx.document.id, 60))


@check("echo.plain-value-prefixed", "SUITE-PREFIX-001")
def plain_value_prefixed(ctx: Context) -> Iterator[Finding]:
    """Each pskc:PlainValue is written with a namespace prefix.

    In XML a default namespace means the same; AWS's own suite compares the keys of two answers by a text search.
    """
    values = list(ctx.document.element.iter(f"{{{PSKC}}}PlainValue"))
    if not values:
        raise NotApplicable("the answer holds no content key in the clear")
    for value in values:
        if value.prefix is None:
            yield Finding(where(value), "a prefix, as in pskc:PlainValue", "a default namespace")


def _same(ctx: Context, attribute: str) -> Iterator[Finding]:
    asked = ctx.request.element.get(attribute)
    answered = ctx.document.element.get(attribute)
    if asked is None:
        raise NotApplicable(f"the request has no {attribute}")
    if answered != asked:
        seen = "no such attribute" if answered is None else repr(answered)
        yield Finding(where(ctx.document.element, attribute), repr(asked), seen, _hint(asked, answered or ""))


def _hint(asked: str, answered: str) -> str:
    if answered and answered.strip() == asked:
        return "white space was added"
    if answered and answered.lower() == asked.lower():
        return "the letter case was changed"
    if answered.replace("&amp;", "&").replace("&lt;", "<").replace("&quot;", '"') == asked != answered:
        return "the value was escaped twice"
    return ""


def _sent(ctx: Context) -> tuple[_Attribute, ...]:
    return ctx.memo("echo-sent", lambda: tuple(_attributes(ctx)))


def _attributes(ctx: Context) -> Iterator[_Attribute]:
    """What the request carries beside the values that the other topics judge; parts that are gone are theirs too."""
    asked, answered = ctx.request.element, ctx.document.element
    yield from _compared(asked, answered, ("name",))
    for one in asked.iterchildren(f"{{{CPIX}}}*"):
        twin = answered.find(one.tag) if local_name(one).endswith("List") else None
        if twin is not None:
            yield from _compared(one, twin, ("id",))
    for key in ctx.pairs.keys:
        if key.answered is not None:
            yield from _compared(key.asked.element, key.answered.element, _KEY_ATTRIBUTES)
    for drm in ctx.pairs.drm:
        if drm.answered is not None:
            yield from _compared(drm.asked.element, drm.answered.element, _SYSTEM_ATTRIBUTES)
    for rule in ctx.pairs.rules:
        if rule.answered is not None:
            yield from _compared(rule.asked.element, rule.answered.element, _RULE_ATTRIBUTES)


def _compared(asked: etree._Element, answered: etree._Element, names: tuple[str, ...]) -> Iterator[_Attribute]:
    for name in names:
        value = asked.get(name)
        if value:
            yield _Attribute(where(answered, name), value, answered.get(name))
