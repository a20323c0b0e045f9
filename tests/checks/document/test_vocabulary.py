"""Which names a version of CPIX defines and SPEKE supports, and which parts of a document are outside of that."""

from __future__ import annotations

import pytest
from lxml import etree

from conformance.checks.document.vocabulary import Standing, misplaced, parts_of
from tests.refserver.asking import NS, Ask

DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NS.items())


def parts(inside: str, version: str = "2.3") -> dict[str, Standing]:
    """Name -> standing of each part of a document that is outside the core."""
    root = etree.fromstring(f"<cpix:CPIX {DECLARED}>{inside}</cpix:CPIX>")
    return {part.name: part.standing for part in parts_of(root, version)}


@pytest.mark.parametrize(("version", "cpix"), [("2.0", "2.3"), ("2.1", "2.4")])
def test_an_ordinary_request_is_all_core_but_for_its_placeholders(version: str, cpix: str) -> None:
    found = parts_of(etree.fromstring(Ask(version=version).body()), cpix)
    assert {part.standing for part in found} == {Standing.OPTIONAL}


KEY = "<cpix:ContentKeyList><cpix:ContentKey{}>{}</cpix:ContentKey></cpix:ContentKeyList>"


@pytest.mark.parametrize(
    ("inside", "version", "name", "standing"),
    [
        (KEY.format("", "<cpix:Issuer/>"), "2.3", "ContentKey/Issuer", Standing.UNSUPPORTED),
        (KEY.format("", "<cpix:Issuer/>"), "2.4", "ContentKey/Issuer", Standing.UNDEFINED),
        (KEY.format(' contentId="x"', ""), "2.3", "ContentKey/@contentId", Standing.UNDEFINED),
        (KEY.format(' Algorithm="x"', ""), "2.3", "ContentKey/@Algorithm", Standing.OPTIONAL),
        (KEY.format("", "<cpix:Data><pskc:Counter/></cpix:Data>"), "2.3", "Data/pskc:Counter", Standing.UNSUPPORTED),
        (KEY.format("", "<cpix:Data><pskc:Key/></cpix:Data>"), "2.3", "Data/pskc:Key", Standing.UNDEFINED),
        (KEY.format("", '<x xmlns="urn:x"/>'), "2.3", "ContentKey/{urn:x}x", Standing.FOREIGN),
        (KEY.format("", '<x xmlns=""/>'), "2.3", "ContentKey/no-namespace:x", Standing.UNDEFINED),
        ("<cpix:Keys/>", "2.3", "CPIX/Keys", Standing.UNDEFINED),
        ('<cpix:ContentKeyList id="a"/>', "2.3", "ContentKeyList/@id", Standing.OPTIONAL),
        (
            '<cpix:ContentKeyList xml:lang="a"/>',
            "2.3",
            "ContentKeyList/@{http://www.w3.org/XML/1998/namespace}lang",
            Standing.FOREIGN,
        ),
    ],
)
def test_a_part_outside_the_core_has_a_standing(inside: str, version: str, name: str, standing: Standing) -> None:
    assert parts(inside, version) == {name: standing}


def test_what_is_inside_a_stranger_belongs_to_it() -> None:
    assert parts(KEY.format("", '<x xmlns="urn:x"><y/><cpix:Nonsense/></x>'))["ContentKey/{urn:x}x"] is Standing.FOREIGN


def test_one_part_of_a_kind_is_told_once() -> None:
    assert len(parts_of(etree.fromstring(f"<cpix:CPIX {DECLARED}>{'<cpix:Keys/>' * 5}</cpix:CPIX>"), "2.3")) == 1


SYSTEM = "<cpix:DRMSystemList><cpix:DRMSystem>{}</cpix:DRMSystem></cpix:DRMSystemList>"


@pytest.mark.parametrize(
    ("inside", "at_the_end"),
    [
        ('<cpix:PSSH/><x xmlns="urn:x"/>', True),
        ('<x xmlns="urn:x"/>', True),
        ('<x xmlns="urn:x"/><cpix:PSSH/>', False),
        ('<cpix:PSSH/><x xmlns="urn:x"/><z xmlns="urn:z"/>', True),
    ],
)
def test_a_stranger_is_at_the_end_or_not(inside: str, at_the_end: bool) -> None:
    root = etree.fromstring(f"<cpix:CPIX {DECLARED}>{SYSTEM.format(inside)}</cpix:CPIX>")
    strangers = [part for part in parts_of(root, "2.3") if part.standing is Standing.FOREIGN]
    assert strangers and all(part.at_the_end is at_the_end for part in strangers)


@pytest.mark.parametrize(
    ("children", "told"),
    [
        ("<cpix:PSSH/><cpix:ContentProtectionData/><cpix:HLSSignalingData/><cpix:HLSSignalingData/>", []),
        ("<cpix:ContentProtectionData/><cpix:PSSH/>", [("DRMSystem/PSSH", "ContentProtectionData")]),
        ("<cpix:HLSSignalingData/><cpix:Unknown/><cpix:PSSH/>", [("DRMSystem/PSSH", "HLSSignalingData")]),
    ],
)
def test_what_is_after_a_later_one_is_misplaced(children: str, told: list[tuple[str, str]]) -> None:
    root = etree.fromstring(f"<cpix:CPIX {DECLARED}>{SYSTEM.format(children)}</cpix:CPIX>")
    assert [(name, later) for _, name, later in misplaced(root)] == told
