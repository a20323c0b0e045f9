"""What must come back as it was sent: contentId, version, names and ids, character by character."""

from __future__ import annotations

import pytest

from tests.checks.exchange import Change, add, all_of, answered, as_it_is, attribute, drop, finds, raw, says
from tests.refserver.asking import Ask

KEY, SYSTEM, RULE = "(//cpix:ContentKey)[1]", "(//cpix:DRMSystem)[1]", "(//cpix:ContentKeyUsageRule)[1]"

WRONG = [
    ("echo.content-id", attribute("/*", "contentId", "film-2"), "'film-1'; seen: 'film-2'"),
    ("echo.content-id", attribute("/*", "contentId", None), "seen: no such attribute"),
    ("echo.content-id", attribute("/*", "contentId", "Film-1"), "the letter case was changed"),
    ("echo.content-id", attribute("/*", "contentId", " film-1"), "white space was added"),
    ("echo.version", attribute("/*", "version", "2.30"), "'2.3'; seen: '2.30'"),
    ("echo.version", attribute("/*", "version", "2.4"), "'2.3'; seen: '2.4'"),
    ("echo.cpix-id-absent", attribute("/*", "id", "film-1"), "no id on CPIX; seen: 'film-1'"),
    (
        "echo.plain-value-prefixed",
        all_of(
            raw("<pskc:PlainValue", '<PlainValue xmlns="urn:ietf:params:xml:ns:keyprov:pskc"'),
            raw("/pskc:PlainValue", "/PlainValue"),
        ),
        "a prefix, as in pskc:PlainValue; seen: a default namespace",
    ),
]


@pytest.mark.parametrize(("check", "change", "words"), WRONG)
def test_what_comes_back_otherwise_is_found(check: str, change: Change, words: str) -> None:
    assert words in finds(check, change)


def test_any_prefix_will_do() -> None:
    assert finds("echo.plain-value-prefixed", all_of(raw("pskc:", "k:"), raw("xmlns:pskc", "xmlns:k"))) == ""
    assert finds("echo.plain-value-prefixed", drop("//pskc:PlainValue")).startswith("not applicable")


@pytest.mark.parametrize("name", ["a/b", "a&amp;b", "a &quot;b&quot;", "Zoë", "x" * 256, "a  b"])
def test_any_content_id_comes_back(name: str) -> None:
    asked = Ask(content_id=name)
    assert says("echo.content-id", answered(asked)) == ""
    assert says("echo.content-id", answered(asked, attribute("/*", "contentId", "other"))) != ""


def test_a_value_that_was_escaped_twice_is_told_so() -> None:
    asked = Ask(content_id="a&amp;b")
    assert "escaped twice" in says("echo.content-id", answered(asked, attribute("/*", "contentId", "a&amp;b")))


@pytest.mark.parametrize("check", ["echo.content-id", "echo.version"])
def test_what_was_not_sent_cannot_come_back(check: str) -> None:
    asked = Ask().edited(('contentId="film-1"', ""), ('version="2.3"', ""))
    assert says(check, answered(Ask(), asked=asked)).startswith("not applicable")


WITH_NAMES = Ask().edited(
    ('contentId="film-1"', 'contentId="film-1" name="a film"'),
    ("<cpix:ContentKeyList>", '<cpix:ContentKeyList id="keys">'),
    ("<cpix:ContentKey ", '<cpix:ContentKey Algorithm="AES" '),
    ("<cpix:DRMSystem ", '<cpix:DRMSystem name="a system" '),
    ("<cpix:ContentKeyUsageRule ", '<cpix:ContentKeyUsageRule id="r" '),
)
ECHOED = all_of(
    attribute("/*", "name", "a film"),
    attribute("//cpix:ContentKeyList", "id", "keys"),
    attribute("//cpix:ContentKey", "Algorithm", "AES"),
    attribute("//cpix:DRMSystem", "name", "a system"),
    attribute("//cpix:ContentKeyUsageRule", "id", "r"),
)


@pytest.mark.parametrize(
    ("path", "name"),
    [("/*", "name"), ("//cpix:ContentKeyList", "id"), (KEY, "Algorithm"), (SYSTEM, "name"), (RULE, "id")],
)
def test_ids_and_names_come_back_with_their_value(path: str, name: str) -> None:
    def said(check: str, value: str | None) -> str:
        return says(check, answered(Ask(), ECHOED, attribute(path, name, value), asked=WITH_NAMES))

    assert f"/@{name}: a value, as the request has" in said("echo.nothing-missing", None)
    assert "seen: an empty value" in said("echo.nothing-missing", "")
    assert said("echo.nothing-missing", "other") == ""
    assert "seen: 'other'" in said("echo.names-unchanged", "other")
    assert said("echo.names-unchanged", None) == ""


def test_what_comes_back_as_it_was_is_right() -> None:
    context = answered(Ask(), ECHOED, asked=WITH_NAMES)
    assert says("echo.nothing-missing", context) == says("echo.names-unchanged", context) == ""
    for check in ("echo.nothing-missing", "echo.names-unchanged"):
        assert says(check, answered(Ask(), as_it_is)).startswith("not applicable")


def test_an_element_that_is_gone_is_for_its_own_topic() -> None:
    gone = all_of(ECHOED, drop(KEY), drop(SYSTEM), drop(RULE), add("/*", "<cpix:DeliveryDataList/>", 0))
    assert says("echo.nothing-missing", answered(Ask(), gone, asked=WITH_NAMES)) == ""
