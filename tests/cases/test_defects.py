"""Each operation damages the request in one place; one that damages nothing is a mistake of the case."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from conformance.cases.defects import OPERATIONS, DefectError
from conformance.catalogue import load_catalogue
from conformance.model import HttpRequest
from tests.cases.writing import built, one, texts, tree

PLAN = "request: {contract: [PRESET-VIDEO-2], systems: {exactly: [widevine]}, scheme: cenc}"


def damaged(folder: Path, *defects: str, plan: str = PLAN) -> HttpRequest:
    """The small request with these defects."""
    return built(one(folder, f"{plan}\ndefect: [{', '.join(defects)}]"))


def sound(folder: Path) -> etree._Element:
    """The small request as a tree."""
    return tree(built(one(folder, PLAN)))


def test_remove_an_attribute_or_an_element(tmp_path: Path) -> None:
    root = tree(damaged(tmp_path, "{remove: '//cpix:ContentKey[2]/@kid'}", "{remove: //cpix:DRMSystemList}"))
    assert len(texts(root, "//cpix:ContentKey/@kid")) == 1
    assert texts(root, "//cpix:DRMSystemList") == []


def test_set_an_attribute_or_a_text(tmp_path: Path) -> None:
    root = tree(
        damaged(
            tmp_path,
            "{set: {at: //cpix:ContentKey/@kid, to: x}}",
            "{set: {at: '//cpix:PSSH', to: AAAA}}",
            "{set: {at: /cpix:CPIX/@contentId, to: }}",
            "{set: {at: /cpix:CPIX/@xml:lang, to: true}}",
        )
    )
    assert texts(root, "//cpix:ContentKey/@kid") == ["x", "x"]
    assert set(texts(root, "//cpix:PSSH/text()")) == {"AAAA"}
    assert root.get("contentId") == ""
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "true"


@pytest.mark.parametrize(
    ("position", "index"), [("", 2), (", position: last", 2), (", position: first", 0), (", position: 1", 1)]
)
def test_insert_xml(position: str, index: int, tmp_path: Path) -> None:
    xml = "<cpix:ContentKey kid='a'/><pskc:Other/>"
    root = tree(damaged(tmp_path, f'{{insert: {{into: //cpix:ContentKeyList, xml: "{xml}"{position}}}}}'))
    children = texts(root, "//cpix:ContentKeyList/*")
    assert children[index : index + 2] == ["ContentKey", "Other"]
    assert len(children) == 4
    assert texts(root, f"//cpix:ContentKeyList/*[{index + 1}]/@kid") == ["a"]


def test_rename_move_and_copy(tmp_path: Path) -> None:
    before = sound(tmp_path)
    root = tree(
        damaged(
            tmp_path,
            "{rename: {at: '//cpix:ContentKey[1]', to: 'cpix:Foo'}}",
            "{rename: {at: '//cpix:PSSH', to: Bare}}",
            "{move: {at: //cpix:DRMSystemList, into: /cpix:CPIX, position: first}}",
            "{copy: {at: //cpix:Foo, into: //cpix:ContentKeyList}}",
        )
    )
    assert texts(root, "//cpix:ContentKeyList/*") == ["Foo", "ContentKey", "Foo"]
    assert {element.tag for element in root.iter() if str(element.tag).endswith("Bare")} == {"Bare"}
    assert texts(root, "/cpix:CPIX/*")[0] == "DRMSystemList"
    assert len(root) == len(before)


def test_copy_value(tmp_path: Path) -> None:
    root = tree(damaged(tmp_path, "{copy-value: {from: '//cpix:ContentKey[1]/@kid', to: '//cpix:ContentKey[2]/@kid'}}"))
    assert len(set(texts(root, "//cpix:ContentKey/@kid"))) == 1
    root = tree(damaged(tmp_path, "{copy-value: {from: //cpix:ContentKey/@kid, to: '//cpix:PSSH'}}"))
    assert len(set(texts(root, "//cpix:PSSH/text()"))) == 1


def test_headers_are_replaced_repeated_and_removed(tmp_path: Path) -> None:
    request = damaged(tmp_path, "{header: {x-speke-version: '3.0', X-New: [a, b], Accept: null}}", "{method: PUT}")
    assert request.method == "PUT"
    assert request.headers == (
        ("Content-Type", "application/xml"),
        ("Accept-Encoding", "identity"),
        ("x-speke-version", "3.0"),
        ("X-New", "a"),
        ("X-New", "b"),
    )


def test_the_body_as_text(tmp_path: Path) -> None:
    assert damaged(tmp_path, "{body: ''}").body == b""
    assert damaged(tmp_path, "{body: 'no xml'}").body == b"no xml"
    assert damaged(tmp_path, "{body: }").body == b""
    whole = built(one(tmp_path, PLAN)).body
    assert damaged(tmp_path, "{truncate: 0.5}").body == whole[: len(whole) // 2]
    changed = damaged(tmp_path, "{replace: {this: '<cpix:CPIX', by: '<!DOCTYPE x><cpix:CPIX'}}", "{truncate: 0.1}")
    assert changed.body == (b"<!DOCTYPE x>" + whole)[: int((len(whole) + 12) * 0.1)]


def test_variables(tmp_path: Path) -> None:
    before = sound(tmp_path)
    kids = texts(before, "//cpix:ContentKey/@kid")
    root = tree(
        damaged(
            tmp_path,
            "{set: {at: '//cpix:ContentKey[1]/@kid', to: '${kid.2}'}}",
            "{set: {at: '//cpix:ContentKey[2]/@kid', to: '${kid}'}}",
            "{set: {at: //cpix:DRMSystem/@systemId, to: '${system.fairplay}'}}",
            "{insert: {into: /cpix:CPIX, xml: \"<cpix:X a='${content-id}' b='${kid.3}'/>\"}}",
        )
    )
    assert texts(root, "//cpix:ContentKey/@kid") == kids[::-1]
    assert set(texts(root, "//cpix:DRMSystem/@systemId")) == {load_catalogue().system("fairplay").system_id}
    assert texts(root, "//cpix:X/@a") == [before.get("contentId")]
    assert texts(root, "//cpix:X/@b")[0] not in kids


def test_variables_stand_in_headers_too_and_for_the_first_period(tmp_path: Path) -> None:
    plan = "request: {periods: [{label: now}, {label: next}]}"
    first = texts(tree(built(one(tmp_path, plan))), "//cpix:ContentKey/@kid")[0]
    assert ("X-Kid", first) in damaged(tmp_path, "{header: {X-Kid: ['${kid.1}']}}", plan=plan).headers


@pytest.mark.parametrize(
    "defect",
    [
        "{remove: //cpix:LabelFilter}",
        "{remove: /cpix:CPIX/@id}",
        "{remove: /cpix:CPIX}",
        "{set: {at: //cpix:LabelFilter/@label, to: x}}",
        "{set: {at: /cpix:CPIX/@version, to: '2.3'}}",
        "{set: {at: '//cpix:PSSH', to: ''}}",
        "{insert: {into: //cpix:LabelFilter, xml: '<a/>'}}",
        "{rename: {at: //cpix:LabelFilter, to: a}}",
        "{move: {at: //cpix:LabelFilter, into: /cpix:CPIX}}",
        "{move: {at: /cpix:CPIX, into: //cpix:ContentKeyList}}",
        "{copy: {at: //cpix:ContentKey, into: //cpix:LabelFilter}}",
        "{copy-value: {from: /cpix:CPIX/@id, to: /cpix:CPIX/@contentId}}",
        "{copy-value: {from: /cpix:CPIX/@version, to: //cpix:LabelFilter/@label}}",
        "{header: {X-None: null}}",
        "{replace: {this: LabelFilter, by: x}}",
    ],
)
def test_a_defect_that_hits_nothing_is_a_mistake(defect: str, tmp_path: Path) -> None:
    step = one(tmp_path, f"{PLAN}\ndefect: [{defect}]")
    with pytest.raises(DefectError):
        built(step)


def test_no_operation_is_left_out_here() -> None:
    text = Path(__file__).read_text()
    assert all(f"{{{name}: " in text for name in OPERATIONS)
