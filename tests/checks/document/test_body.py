"""The body as a whole: one well-formed document that can be read safely, and that is CPIX."""

from __future__ import annotations

import pytest

from conformance.model import HttpAnswer
from tests.checks.exchange import Change, all_of, answered, as_it_is, body, finds, header, raw, says

DOCTYPE = '<!DOCTYPE x [<!ENTITY a "b">]>'


def before_the_root(piece: str | bytes) -> Change:
    """Put something between the XML declaration and the root."""
    data = piece if isinstance(piece, bytes) else piece.encode()
    return lambda answer: body(data + answer.body[answer.body.index(b"?>") + 2 :].lstrip())(answer)


def encoded(name: str) -> Change:
    """The same document in another encoding, with a declaration that says so."""

    def change(answer: HttpAnswer) -> HttpAnswer:
        text = answer.body.decode()
        rest = text[text.index("?>") + 2 :]
        return body(f'<?xml version="1.0" encoding="{name}"?>{rest}'.encode(name))(answer)

    return change


def marked(answer: HttpAnswer) -> HttpAnswer:
    """The same document behind a byte order mark."""
    return body(b"\xef\xbb\xbf" + answer.body)(answer)


WRONG = [
    ("document.well-formed", body(""), "a well-formed XML document"),
    ("document.well-formed", body("no"), "a well-formed XML document"),
    ("document.well-formed", raw("</cpix:CPIX>", ""), "a well-formed XML document"),
    ("document.well-formed", raw("</cpix:CPIX>", "</cpix:CPIX><x/>"), "a well-formed XML document"),
    ("document.well-formed", raw("urn:dashif:org:cpix", "a" * 1_100_000), "a well-formed XML document"),
    ("document.safe-xml", before_the_root(DOCTYPE), "UTF-8 without a DOCTYPE"),
    ("document.safe-xml", encoded("utf-16"), "UTF-8 without a DOCTYPE"),
    ("document.safe-xml", encoded("iso-8859-1"), "UTF-8 without a DOCTYPE"),
    ("document.values-uninterrupted", raw("</pskc:PlainValue>", "<!--x--></pskc:PlainValue>"), "a value in one piece"),
    ("document.values-uninterrupted", raw("</pskc:PlainValue>", "<?x y?></pskc:PlainValue>"), "a value in one piece"),
    ("document.root-is-cpix", body("<CPIX/>"), "CPIX in the namespace urn:dashif:org:cpix"),
    ("document.root-is-cpix", raw("urn:dashif:org:cpix", "urn:dashif:org:cpix2"), "CPIX in the namespace"),
    ("document.root-is-cpix", body("<Error>no such content</Error>"), "CPIX in the namespace"),
    ("document.no-byte-order-mark", marked, "a UTF-8 byte order mark"),
]

HARMLESS = [
    ("document.well-formed", before_the_root("<!-- a comment -->")),
    ("document.well-formed", marked),
    ("document.well-formed", raw("</cpix:CPIX>", "</cpix:CPIX>\n<!-- the end -->\n")),
    ("document.safe-xml", before_the_root('<?xml version="1.0"?>')),
    ("document.safe-xml", encoded("us-ascii")),
    ("document.safe-xml", marked),
    ("document.values-uninterrupted", raw("<cpix:DRMSystemList>", "<!-- here --><cpix:DRMSystemList>")),
    ("document.root-is-cpix", all_of(raw("cpix:", "c:"), raw("xmlns:cpix", "xmlns:c"))),
]


@pytest.mark.parametrize(("check", "change", "words"), WRONG)
def test_a_wrong_body_is_found(check: str, change: Change, words: str) -> None:
    assert words in finds(check, change)


@pytest.mark.parametrize(("check", "change"), HARMLESS)
def test_a_harmless_body_is_left_alone(check: str, change: Change) -> None:
    assert finds(check, change) == ""


@pytest.mark.parametrize(
    ("change", "owner"),
    [
        (body(""), "document.well-formed"),
        (before_the_root(DOCTYPE), "document.safe-xml"),
        (body("<CPIX/>"), "document.root-is-cpix"),
    ],
)
def test_one_mistake_is_one_finding(change: Change, owner: str) -> None:
    context = answered(None, change)
    for check in ("document.well-formed", "document.safe-xml", "document.root-is-cpix"):
        said = says(check, context)
        found = bool(said) and not said.startswith("untestable")
        assert found is (check == owner), (check, said)


def test_bytes_of_an_encoding_that_only_the_content_type_names_are_unsafe_and_not_broken() -> None:
    latin = all_of(raw('contentId="film-1"', 'contentId="film-1" name="\xe9"'.encode("latin-1")))
    told = all_of(latin, header("Content-Type", "application/xml; charset=iso-8859-1"))
    assert "UTF-8 without a DOCTYPE" in says("document.safe-xml", answered(None, told))
    assert says("document.well-formed", answered(None, told)).startswith("untestable")
    assert "a well-formed XML document" in says("document.well-formed", answered(None, latin))


def test_a_right_body_is_right() -> None:
    for check in sorted({check for check, *_ in WRONG}):
        assert says(check, answered(None, as_it_is)) == "", check
