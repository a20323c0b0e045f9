"""What the answered document is made of: lists, names, ids and order. What the request had is not held against it."""

from __future__ import annotations

import pytest

from tests.checks.exchange import (
    Change,
    add,
    all_of,
    answered,
    as_it_is,
    at,
    attribute,
    body,
    drop,
    finds,
    raw,
    says,
    twice,
)
from tests.refserver.asking import KIDS, Ask

KEY, SYSTEM, RULE = "(//cpix:ContentKey)[1]", "(//cpix:DRMSystem)[1]", "(//cpix:ContentKeyUsageRule)[1]"
DELIVERY = "<cpix:DeliveryDataList/>"
V1 = "urn:aws:amazon:com:speke"


def to_front(path: str) -> Change:
    """An element becomes the first child of its parent."""
    return at(path, lambda element: element.getparent().insert(0, element))  # type: ignore[union-attr]


WRONG = [
    ("structure.lists-once", drop("//cpix:DRMSystemList"), "one DRMSystemList; seen: 0 of them"),
    ("structure.lists-once", twice("//cpix:ContentKeyList"), "one ContentKeyList; seen: 2 of them"),
    ("structure.lists-once", drop("//cpix:ContentKeyUsageRuleList"), "one ContentKeyUsageRuleList; seen: 0"),
    (
        "structure.optional-lists-once",
        twice("//cpix:ContentKeyPeriodList"),
        "at most one ContentKeyPeriodList; seen: 2",
    ),
    (
        "structure.lists-not-empty",
        add("/*", DELIVERY, 0),
        "DeliveryDataList with at least one element, or no such list",
    ),
    ("structure.key-values-in-pskc", raw("keyprov:pskc", "keyprov:pskc:1.0"), "pskc:1.0}Secret"),
    (
        "structure.only-defined",
        add(SYSTEM, "<cpix:Robustness/>"),
        "DRMSystem[edef8ba9-79d6-4ace-a3c8-27dcd51d21ed]/Robustness",
    ),
    ("structure.only-defined", attribute(KEY, "keyId", "1"), "names that CPIX 2.3 defines; seen: ContentKey/@keyId"),
    ("structure.only-defined", add(KEY, '<Data xmlns=""/>'), "the element has lost its namespace"),
    (
        "structure.only-supported",
        add(KEY, "<cpix:Issuer/>", 0),
        "what SPEKE 2.0 lists as supported; seen: ContentKey/Issuer",
    ),
    ("structure.only-supported", add(SYSTEM, "<cpix:HDSSignalingData/>"), "HDSSignalingData"),
    ("structure.no-unasked-additions", attribute(KEY, "id", "k1"), "ContentKey/@id was added"),
    ("structure.no-unasked-additions", attribute(KEY, "Algorithm", "x"), "ContentKey/@Algorithm was added"),
    ("structure.no-unasked-additions", attribute("/*", "name", "x"), "CPIX/@name was added"),
    (
        "structure.no-unasked-additions",
        add("/*", "<cpix:DeliveryDataList><cpix:DeliveryData/></cpix:DeliveryDataList>", 0),
        "CPIX/DeliveryDataList was added",
    ),
    (
        "structure.no-v1-elements",
        add(SYSTEM, f'<KeyFormat xmlns="{V1}"/>'),
        "no element of SPEKE v1; seen: {urn:aws:amazon:com:speke}KeyFormat",
    ),
    ("structure.no-v1-elements", add(SYSTEM, "<cpix:URIExtXKey/>"), "seen: URIExtXKey use HLSSignalingData"),
    (
        "structure.no-v1-namespace",
        raw("<cpix:DRMSystemList", f'<cpix:DRMSystemList xmlns:s="{V1}"'),
        "it is declared here",
    ),
    ("structure.ids-unique", all_of(attribute(KEY, "id", "a"), attribute(SYSTEM, "id", "a")), "'a' occurs twice"),
    ("structure.ids-legal", attribute(KEY, "id", KIDS[0]), "a letter or underscore first"),
    ("structure.ids-legal", attribute(KEY, "id", "a:b"), "a letter or underscore first"),
    ("structure.schema-order", to_front("//cpix:DRMSystemList"), "DRMSystemList, as in the schema"),
    (
        "structure.schema-order",
        to_front(f"{SYSTEM}/cpix:HLSSignalingData[1]"),
        "before HLSSignalingData, as in the schema",
    ),
    ("structure.foreign-elements-last", add(SYSTEM, '<x xmlns="urn:x"/>', 0), "at the end of a DRMSystem or"),
    ("structure.foreign-elements-last", add("/*", '<x xmlns="urn:x"/>'), "at the end of a DRMSystem or"),
    ("structure.no-foreign-content", add(SYSTEM, '<x xmlns="urn:x"/>'), "nothing of other namespaces"),
    (
        "structure.no-foreign-content",
        attribute("/*", "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation", "a b"),
        "nothing of other namespaces",
    ),
    ("structure.no-signature", add("/*", "<ds:Signature/>"), "no signature; seen: a ds:Signature"),
    ("structure.no-update-history", add("/*", "<cpix:UpdateHistoryItemList/>"), "no UpdateHistoryItemList"),
]

HARMLESS = [
    ("structure.lists-once", add("/*", DELIVERY, 0)),
    ("structure.optional-lists-once", add("/*", DELIVERY, 0)),
    ("structure.lists-not-empty", drop("//cpix:DRMSystem")),
    ("structure.key-values-in-pskc", all_of(raw("pskc:", "p:"), raw("xmlns:pskc", "xmlns:p"))),
    ("structure.only-defined", add(SYSTEM, '<x xmlns="urn:x"><y/></x>')),
    ("structure.only-defined", attribute(KEY, "{urn:x}y", "z")),
    ("structure.only-supported", attribute(KEY, "Algorithm", "x")),
    ("structure.no-unasked-additions", attribute(KEY, "explicitIV", "x")),
    ("structure.no-v1-elements", raw("<cpix:CPIX", f'<cpix:CPIX xmlns:speke="{V1}"')),
    ("structure.no-v1-namespace", raw('contentId="film-1"', f'contentId="film-1" name="{V1}"')),
    ("structure.ids-unique", all_of(attribute(KEY, "id", "a"), attribute(SYSTEM, "id", "b"))),
    ("structure.ids-legal", attribute(KEY, "id", "_a.b-9")),
    ("structure.ids-legal", attribute(KEY, "id", "clé")),
    ("structure.foreign-elements-last", add(SYSTEM, '<x xmlns="urn:x"/>')),
    ("structure.foreign-elements-last", add(RULE, '<x xmlns="urn:x"/>')),
    ("structure.no-signature", drop("//cpix:ContentKey")),
]


@pytest.mark.parametrize(("check", "change", "words"), WRONG)
def test_a_wrong_document_is_found(check: str, change: Change, words: str) -> None:
    assert words in finds(check, change)


@pytest.mark.parametrize(("check", "change"), HARMLESS)
def test_a_harmless_document_is_left_alone(check: str, change: Change) -> None:
    assert finds(check, change) == ""


@pytest.mark.parametrize(
    ("check", "edit"),
    [
        ("structure.lists-once", ("<cpix:DRMSystemList>", "<cpix:DRMSystemList/><cpix:DRMSystemList>")),
        ("structure.only-defined", ("<cpix:ContentKey ", '<cpix:ContentKey keyId="1" ')),
        ("structure.only-supported", ("></cpix:ContentKey>", "><cpix:Issuer/></cpix:ContentKey>")),
        ("structure.no-unasked-additions", ("<cpix:ContentKey ", '<cpix:ContentKey Algorithm="1" ')),
        ("structure.no-v1-namespace", ("<cpix:CPIX ", f'<cpix:CPIX xmlns:s="{V1}" ')),
        ("structure.ids-unique", ("<cpix:ContentKey ", '<cpix:ContentKey id="a" ')),
        ("structure.ids-legal", ("<cpix:ContentKey ", '<cpix:ContentKey id="1" ')),
        (
            "structure.schema-order",
            ("<cpix:PSSH/><cpix:ContentProtectionData/>", "<cpix:ContentProtectionData/><cpix:PSSH/>"),
        ),
        ("structure.no-foreign-content", ("<cpix:PSSH/>", '<x xmlns="urn:x"/><cpix:PSSH/>')),
        ("structure.no-update-history", ("</cpix:CPIX>", "<cpix:UpdateHistoryItemList/></cpix:CPIX>")),
    ],
)
def test_what_the_request_had_already_is_no_finding(check: str, edit: tuple[str, str]) -> None:
    asked = Ask().edited(edit)
    assert says(check, answered(Ask(), body(asked.body()), asked=asked)) == ""


def test_what_one_drm_system_was_asked_for_excuses_no_other() -> None:
    smooth = Ask().edited(("<cpix:PSSH/>", "<cpix:PSSH/><cpix:Robustness/>"))
    fairplay = add("//cpix:DRMSystem[@systemId='94ce86fb-07ff-4f43-adb8-93d2fa968ca2']", "<cpix:Robustness/>")
    assert says("structure.only-defined", answered(Ask(), fairplay, asked=smooth)) == ""
    first = Ask(signals="").edited(('ed"></cpix:DRMSystem>', 'ed"><cpix:Robustness/></cpix:DRMSystem>'))
    assert "94ce86fb" in says("structure.only-defined", answered(Ask(), fairplay, asked=first))


def test_a_content_id_has_one_place_in_2_1() -> None:
    change = attribute(KEY, "contentId", "film-1")
    assert "contentId on the ContentKey too" in finds("structure.content-id-in-one-place", change, Ask(version="2.1"))
    assert "ContentKey/@contentId" in finds("structure.only-defined", change)
    moved = all_of(change, attribute("/*", "contentId", None))
    assert finds("structure.content-id-in-one-place", moved, Ask(version="2.1")) == ""


def test_a_right_document_is_right() -> None:
    for version in ("2.0", "2.1"):
        for check in sorted({check for check, *_ in WRONG}):
            assert says(check, answered(Ask(version=version), as_it_is)) == "", check
