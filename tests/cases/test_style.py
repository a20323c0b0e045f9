"""Harmless ways of writing the same request, byte by byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from tests.cases.writing import built, one, texts, tree


def body(folder: Path, style: str, extra: str = "") -> bytes:
    """The body of a small request in that style."""
    plan = f"systems: {{exactly: [widevine]}}, scheme: cenc, contract: [EXAMPLE-1], {extra} style: {style}"
    return built(one(folder, f"request: {{{plan}}}")).body


def canonical(text: bytes) -> bytes:
    """The document without the differences that XML does not mean."""
    parser = etree.XMLParser(remove_blank_text=True, remove_comments=True)
    return etree.tostring(etree.fromstring(text, parser), method="c14n")


def test_the_usual_way(tmp_path: Path) -> None:
    text = body(tmp_path, "{}")
    assert text.startswith(
        b'<cpix:CPIX xmlns:cpix="urn:dashif:org:cpix" xmlns:pskc="urn:ietf:params:xml:ns:keyprov:pskc"'
    )
    assert b"\n" not in text


@pytest.mark.parametrize(
    ("style", "start"),
    [
        ("{prefix: drm}", b'<drm:CPIX xmlns:drm="urn:dashif:org:cpix"'),
        ('{prefix: ""}', b"<CPIX xmlns"),
        ('{xml-declaration: "yes"}', b'<?xml version="1.0" encoding="UTF-8"?>\n<cpix:CPIX'),
        (
            "{xml-declaration: yes, single-quotes: yes}",
            b"<?xml version='1.0' encoding='utf-8'?>\n<cpix:CPIX xmlns:cpix='",
        ),
        ("{bom: yes}", b"\xef\xbb\xbf<cpix:CPIX"),
        ("{xml-declaration: yes, crlf: yes}", b'<?xml version="1.0" encoding="UTF-8"?>\r\n<cpix'),
        ("{indent: yes}", b'<cpix:CPIX xmlns:cpix="urn:dashif:org:cpix" '),
    ],
)
def test_how_it_begins(style: str, start: bytes, tmp_path: Path) -> None:
    assert body(tmp_path, style).startswith(start)


@pytest.mark.parametrize(
    "style",
    ["{xml-declaration: yes}", "{bom: yes}", "{indent: yes}", "{indent: yes, crlf: yes}", "{single-quotes: yes}",
     "{empty-elements: two-tags}", "{character-references: yes}", "{attribute-order: reversed}", "{comments: yes}",
     "{comments: yes, indent: yes, crlf: yes, bom: yes}"],
)  # fmt: skip
def test_the_document_stays_the_same(style: str, tmp_path: Path) -> None:
    usual, written = body(tmp_path, "{}"), body(tmp_path, style)
    assert usual != written
    assert canonical(usual) == canonical(written)


@pytest.mark.parametrize("prefix", ['""', "drm"])
def test_another_prefix_changes_no_name(prefix: str, tmp_path: Path) -> None:
    usual, written = (etree.fromstring(body(tmp_path, style)) for style in ("{}", f"{{prefix: {prefix}}}"))
    assert [(one.tag, dict(one.attrib)) for one in usual.iter()] == [
        (one.tag, dict(one.attrib)) for one in written.iter()
    ]
    assert b"cpix:" not in body(tmp_path, f"{{prefix: {prefix}}}").replace(b"org:cpix", b"")


def test_indented_lines_and_line_ends(tmp_path: Path) -> None:
    text = body(tmp_path, "{indent: yes, crlf: yes}")
    assert b"\r\n\t<cpix:ContentKeyList>\r\n\t\t<cpix:ContentKey " in text
    assert text.count(b"\n") == text.count(b"\r\n")


def test_attributes_the_other_way_round(tmp_path: Path) -> None:
    usual, written = (tree_of(body(tmp_path, style)) for style in ("{}", "{attribute-order: reversed}"))
    for one_way, other in zip(usual.iter(), written.iter(), strict=True):
        assert list(one_way.attrib.items()) == list(reversed(other.attrib.items()))


def test_children_in_the_order_of_the_specification(tmp_path: Path) -> None:
    root = tree_of(body(tmp_path, "{child-order: spec}"))
    assert texts(root, "//cpix:DRMSystem[1]/*") == ["HLSSignalingData"] * 2 + ["ContentProtectionData", "PSSH"]


def test_comments_stand_in_each_list(tmp_path: Path) -> None:
    root = tree_of(body(tmp_path, "{comments: yes}"))
    assert all(isinstance(one[0], etree._Comment) for one in root)


def test_kids_in_capital_letters_everywhere(tmp_path: Path) -> None:
    usual, written = (tree_of(body(tmp_path, style)) for style in ("{}", "{uppercase-kids: yes}"))
    kids = texts(written, "//@kid")
    assert kids == [kid.upper() for kid in texts(usual, "//@kid")]
    assert any(char.isalpha() for char in "".join(kids))


def test_single_quotes_around_a_value_with_an_apostrophe(tmp_path: Path) -> None:
    text = body(tmp_path, "{single-quotes: yes, xml-declaration: yes}", extra='content-id: "it\'s \\"{id}\\" & more",')
    assert etree.fromstring(text).get("contentId") == 'it\'s "spk2c-tests-A-CASE-2-0" & more'
    assert b'"' not in text.partition(b"\n")[2]


def test_a_style_comes_before_the_defect(tmp_path: Path) -> None:
    step = one(tmp_path, "request: {style: {prefix: x}}\ndefect: [{remove: /cpix:CPIX/@contentId}]")
    assert tree(built(step)).get("contentId") is None


def tree_of(text: bytes) -> etree._Element:
    """The document."""
    return etree.fromstring(text)
