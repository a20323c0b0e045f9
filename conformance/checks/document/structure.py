"""Questions about what the answered document is made of: lists, elements, attributes, ids, order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from lxml import etree

from conformance.checks.context import Context
from conformance.checks.document.vocabulary import DocumentPart, Standing, misplaced, parts_of
from conformance.checks.registry import check
from conformance.cpix.xml import CPIX, DS, PSKC, SPEKE, local_name, where
from conformance.model import CPIX_VERSION, Finding
from conformance.model.quoted import excerpt

MANDATORY_LISTS = ("ContentKeyList", "DRMSystemList", "ContentKeyUsageRuleList")
OPTIONAL_LISTS = ("DeliveryDataList", "ContentKeyPeriodList")

_NCNAME = re.compile(r"[^\W\d][\w.\-·]*")
"""Near enough to an NCName for ids: a letter or underscore, then letters, digits, dots and hyphens; no colon."""


@check("structure.lists-once", "SPK20-ROOT-009")
def lists_once(ctx: Context) -> Iterator[Finding]:
    """ContentKeyList, DRMSystemList and ContentKeyUsageRuleList occur exactly once each."""
    for name in MANDATORY_LISTS:
        count = ctx.document.list_counts.get(name, 0)
        if count != 1 and count != ctx.request.list_counts.get(name, 0):
            yield Finding("/CPIX", f"one {name}", f"{count} of them")


@check("structure.optional-lists-once", "SPK20-ROOT-010")
def optional_lists_once(ctx: Context) -> Iterator[Finding]:
    """DeliveryDataList and ContentKeyPeriodList occur at most once each."""
    for name in OPTIONAL_LISTS:
        count = ctx.document.list_counts.get(name, 0)
        if count > 1 and count != ctx.request.list_counts.get(name, 0):
            yield Finding("/CPIX", f"at most one {name}", f"{count} of them")


@check("structure.lists-not-empty", "CPX-D09")
def lists_not_empty(ctx: Context) -> Iterator[Finding]:
    """No list that the server added on its own is empty.

    Lists that were asked for are counted by the checks of what they hold.
    """
    for child in ctx.document.element.iterchildren(f"{{{CPIX}}}*"):
        name = local_name(child)
        if name.endswith("List") and not len(child) and name not in ctx.request.list_counts:
            yield Finding(where(child), f"{name} with at least one element, or no such list", "an empty list")


@check("structure.key-values-in-pskc", "SPK20-ROOT-011")
def key_values_in_pskc(ctx: Context) -> Iterator[Finding]:
    """Key values are in elements of the PSKC namespace, with any prefix.

    A namespace that looks alike (another version, a typing error) hides the keys from every reader.
    """
    for key in ctx.document.content_keys:
        for element in key.element.iter("{*}Secret", "{*}PlainValue", "{*}EncryptedValue"):
            if etree.QName(element).namespace != PSKC:
                yield Finding(where(element), f"an element of the namespace {PSKC}", local_name(element))
                return


@check("structure.only-defined", "CPX-D12")
def only_defined(ctx: Context) -> Iterator[Finding]:
    """The answer has no element and no attribute that this CPIX version does not define.

    Encryptors that validate against the schema drop the whole answer.
    """
    for part in _added(ctx, Standing.UNDEFINED):
        yield Finding(part.where, f"names that CPIX {_cpix(ctx)} defines", part.name, part.hint)


@check("structure.only-supported", "SPK20-ROOT-012")
def only_supported(ctx: Context) -> Iterator[Finding]:
    """The answer uses only what SPEKE lists as supported.

    CPIX knows more than SPEKE: what is legal CPIX and not in SPEKE's tables must not be used.
    """
    for part in _added(ctx, Standing.UNSUPPORTED):
        yield Finding(part.where, f"what SPEKE {ctx.version} lists as supported", part.name, part.hint)


@check("structure.no-unasked-additions", "SPK20-ROOT-P05")
def no_unasked_additions(ctx: Context) -> Iterator[Finding]:
    """The answer adds nothing that is legal but was not asked for: ids, names, Algorithm, what SPEKE ignores."""
    for part in _added(ctx, Standing.OPTIONAL):
        yield Finding(part.where, "what the request holds, with values", f"{part.name} was added")


@check("structure.content-id-in-one-place", "CPX-D08", applies=lambda shape: shape.version == "2.1")
def content_id_in_one_place(ctx: Context) -> Iterator[Finding]:
    """The contentId is on CPIX and not on a ContentKey as well."""
    for key in ctx.document.content_keys:
        if "contentId" in key.element.attrib and ctx.document.content_id is not None:
            yield Finding(where(key.element, "contentId"), "contentId on CPIX only", "contentId on the ContentKey too")


@check("structure.no-v1-elements", "SPK20-ROOT-013")
def no_v1_elements(ctx: Context) -> Iterator[Finding]:
    """The answer has no element of SPEKE v1: nothing of the SPEKE namespace, and no URIExtXKey."""
    for element in ctx.document.element.iter(f"{{{SPEKE}}}*", f"{{{CPIX}}}URIExtXKey"):
        yield Finding(where(element), "no element of SPEKE v1", local_name(element), "use HLSSignalingData and PSSH")


@check("structure.no-v1-namespace", "AWS-MP2-009")
def no_v1_namespace(ctx: Context) -> Iterator[Finding]:
    """The answer does not declare the namespace of SPEKE v1, not even unused.

    MediaPackage v2 refuses an answer for the mere declaration.
    """
    if SPEKE.encode() not in ctx.answer.body or SPEKE in ctx.request.element.nsmap.values():
        return
    for element in ctx.document.element.iter("*"):
        parent = element.getparent()
        inherited = parent is not None and SPEKE in parent.nsmap.values()
        if SPEKE in element.nsmap.values() and not inherited:
            yield Finding(where(element), "no declaration of urn:aws:amazon:com:speke", "it is declared here")


@check("structure.ids-unique", "CPX-D10")
def ids_unique(ctx: Context) -> Iterator[Finding]:
    """No two elements of the answer have the same id, unless the request had it so."""
    asked = Counter(text for _, text in _ids(ctx.request.element))
    answered = Counter(text for _, text in _ids(ctx.document.element))
    for element, text in _ids(ctx.document.element):
        if answered[text] > max(1, asked[text]):
            yield Finding(where(element, "id"), "an id that occurs once in the document", f"{text!r} occurs twice")


@check("structure.ids-legal", "CPX-D10")
def ids_legal(ctx: Context) -> Iterator[Finding]:
    """Every id that the server made is an XML name without a colon.

    An id that begins with a digit, as a bare UUID may, is not one. Ids copied from the request are free.
    """
    asked = {text for _, text in _ids(ctx.request.element)}
    for element, text in _ids(ctx.document.element):
        if text and text not in asked and not _NCNAME.fullmatch(text):
            yield Finding(where(element, "id"), "an XML name: a letter or underscore first", excerpt(text, 60))


@check("structure.schema-order", "CPX-D05")
def schema_order(ctx: Context) -> Iterator[Finding]:
    """The children of each element are in the order of the CPIX schema.

    SPEKE's own examples depart from it, so encryptors accept it; a schema-validating reader does not.
    """
    asked = {name for _, name, _ in misplaced(ctx.request.element)}
    for element, name, later in misplaced(ctx.document.element):
        if name not in asked:
            yield Finding(where(element), f"{name} before {later}, as in the schema", f"it comes after {later}")


@check("structure.foreign-elements-last", "CPX-D11")
def foreign_elements_last(ctx: Context) -> Iterator[Finding]:
    """Elements of other namespaces are the last children of DRMSystem and ContentKeyUsageRule, and nowhere else."""
    for part in _foreign(ctx):
        if not part.at_the_end:
            yield Finding(part.where, "at the end of a DRMSystem or ContentKeyUsageRule, or not at all", part.name)


@check("structure.no-foreign-content", "SPK20-ROOT-P05")
def no_foreign_content(ctx: Context) -> Iterator[Finding]:
    """The answer has no elements and attributes of other namespaces, where they are allowed."""
    for part in _foreign(ctx):
        if part.at_the_end:
            yield Finding(part.where, "nothing of other namespaces", part.name)


@check("structure.no-signature", "SPK20-ROOT-016")
def no_signature(ctx: Context) -> Iterator[Finding]:
    """The answer carries no XML signature: SPEKE does not use them, and no encryptor verifies them."""
    for signature in ctx.document.element.iterchildren(f"{{{DS}}}Signature"):
        yield Finding(where(signature), "no signature", "a ds:Signature")


@check("structure.no-update-history", "SPK20-ROOT-015")
def no_update_history(ctx: Context) -> Iterator[Finding]:
    """The answer has no UpdateHistoryItemList, which encryptors ignore."""
    if ctx.document.list_counts.get("UpdateHistoryItemList") and not ctx.request.list_counts.get(
        "UpdateHistoryItemList"
    ):
        yield Finding("/CPIX", "no UpdateHistoryItemList", "an UpdateHistoryItemList")


def _added(ctx: Context, standing: Standing) -> Iterator[DocumentPart]:
    """The answer's parts of one standing that the request does not have at the same kind of place."""
    asked = ctx.memo("asked-parts", lambda: {part.kind for part in parts_of(ctx.request.element, _cpix(ctx))})
    answered = ctx.memo("answered-parts", lambda: parts_of(ctx.document.element, _cpix(ctx)))
    return (part for part in answered if part.standing is standing and part.kind not in asked)


def _foreign(ctx: Context) -> Iterator[DocumentPart]:
    return _added(ctx, Standing.FOREIGN)


def _cpix(ctx: Context) -> str:
    return CPIX_VERSION[ctx.version]


def _ids(root: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    for element in root.iter(f"{{{CPIX}}}*"):
        text = element.get("id")
        if text is not None:
            yield element, text
