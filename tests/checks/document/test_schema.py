"""The witness as a check: right answers are valid, wrong ones are noted, what the request had is not the server's."""

from __future__ import annotations

import pytest

from conformance.catalogue import load_catalogue
from conformance.checks import load_checks
from conformance.model import Level
from conformance.refserver import Config, Style
from tests.checks.exchange import Change, add, answered, attribute, body, finds, says, text, twice
from tests.refserver.asking import Ask

NAME = "schema.profile-schema-valid"
LIST = "//cpix:ContentKeyList"


@pytest.mark.parametrize("version", ["2.0", "2.1"])
@pytest.mark.parametrize(
    "style",
    [
        Style(),
        Style(prefixes={"cpix": None, "pskc": "k"}),
        Style(uppercase_uuids=True),
        Style(child_order="reversed", list_order="reversed"),
        Style(cdata=True, folded_base64=64, comments=True),
        Style(schema_location=True),
    ],
)
def test_a_right_answer_is_valid_in_any_style(version: str, style: Style) -> None:
    assert says(NAME, answered(Ask(version=version), config=Config(style=style))) == ""


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_an_encrypted_answer_is_valid(version: str) -> None:
    assert says(NAME, answered(Ask(version=version), recipients=("rsa-2048",))) == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (attribute(LIST, "revision", "7"), "seen: the attribute revision"),
        (text(LIST, "between"), "ContentKeyList"),
        (add("(//cpix:DRMSystem)[1]", "<cpix:Robustness/>"), "seen: the element Robustness"),
        (attribute("(//cpix:ContentKey)[1]", "kid", "key-1"), "ContentKey[1]"),
        (text("(//pskc:PlainValue)[1]", "not base64!"), "PlainValue"),
    ],
)
def test_what_the_schema_does_not_know_is_noted_with_its_place(change: Change, words: str) -> None:
    assert words in finds(NAME, change)


def test_it_counts_nothing() -> None:
    assert finds(NAME, twice("(//cpix:ContentKey)[1]")) == ""


def test_what_the_request_had_already_is_not_the_servers() -> None:
    asked = Ask().edited(("<cpix:PSSH/>", "<cpix:PSSH/><cpix:Robustness/>"))
    assert says(NAME, answered(Ask(), body(asked.body()), asked=asked)) == ""


def test_it_decides_nothing() -> None:
    catalogue = load_catalogue()
    assert load_checks()[NAME].requirements == ("ADV-SCHEMA-001",)
    requirement = catalogue.requirement("ADV-SCHEMA-001")
    assert set(requirement.levels.values()) == {Level.NOTE}
    assert not catalogue.sets[requirement.set].decides
    assert not requirement.also_in
