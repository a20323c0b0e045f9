"""The qualification page: complete, valid, readable for everybody, and small enough to open."""

from __future__ import annotations

import copy
import itertools
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from lxml import etree, html
from msgspec.structs import replace

import conformance.reporting
from conformance.reporting.qualification_page import qualification_html
from conformance.results.document import Document

STYLE = (Path(conformance.reporting.__file__).parent / "templates" / "style.css").read_text("utf-8")
LIMIT = 2_500_000


@pytest.fixture(params=["good", "faulty", "small"])
def page(request: pytest.FixtureRequest) -> Any:
    return html.document_fromstring(qualification_html(request.getfixturevalue(request.param)))


def test_page_has_landmarks_and_one_heading(page: Any) -> None:
    assert page.get("lang") == "en"
    assert len(page.xpath("//h1")) == len(page.xpath("//main")) == len(page.xpath("//nav")) == 1
    assert page.xpath("//body/header") and page.xpath("//body/footer")
    assert page.xpath("//a[@class='skip']/@href") == ["#main"]
    assert page.xpath("string(//title)")


def test_headings_do_not_skip_a_level(page: Any) -> None:
    levels = [int(one.tag[1]) for one in page.xpath("//h1|//h2|//h3|//h4|//h5")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_page_needs_nothing_from_elsewhere_and_its_script_inserts_no_html(page: Any) -> None:
    assert page.xpath("//link|//img|//iframe|//object") == []
    (script,), (style,) = page.xpath("//script/text()"), page.xpath("//style/text()")
    for word in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "DOMParser", "fetch("):
        assert word not in script
    (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert parts["default-src"] == "'none'"
    for name, text in (("script-src", script), ("style-src", style)):
        assert parts[name] == f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
    # What the script shows is hidden without it, and nothing else is.
    assert [one.get("id") for one in page.xpath("//*[@hidden]")] == ["tools"]
    assert not page.xpath("//*[@style]|//@*[starts-with(name(), 'on')]")


def test_page_one_says_first_what_to_fix(faulty: Document) -> None:
    page: Any = html.document_fromstring(qualification_html(faulty))
    headings = [heading.text_content() for heading in page.xpath("//h2")]
    assert headings[0] == "What to fix first"
    assert headings.index("Outcome by requirement set") < headings.index("Findings, by cause")
    assert headings.index("Findings, by cause") < headings.index("Not covered")
    assert 1 <= len(page.xpath("//ol[@class='first']/li")) <= 3
    targets = page.xpath("//main//a[starts-with(@href, '#')]/@href")
    there = {f"#{name}" for name in page.xpath("//@id")}
    assert [target for target in targets if target.startswith("#f-")]
    assert set(targets) <= there
    assert "break binding rules" in page.xpath("string(//ul[@class='todo'])")


def test_a_cell_of_the_matrix_leads_to_its_finding(faulty: Document) -> None:
    page: Any = html.document_fromstring(qualification_html(faulty))
    cells = page.xpath("//table[@class='matrix']//a[contains(@class, 'm-no')]/@href")
    assert cells
    assert all(page.get_element_by_id(cell[1:]).get("class").startswith("cause") for cell in cells)


def test_both_messages_stand_side_by_side_and_the_place_is_marked(faulty: Document) -> None:
    page: Any = html.document_fromstring(qualification_html(faulty))
    card = next(one for one in page.xpath("//article") if "keys.values-distinct" in one.text_content())
    request, answer = card.xpath(".//div[@class='two']/div")
    assert "POST $SPEKE_URL" in request.text_content() and "200 OK" in answer.text_content()
    assert "ContentKey" in answer.xpath("string(.//mark)")
    assert "<<'END-OF-REQUEST'" in card.text_content()
    assert card.xpath(".//ul[@class='tree']//li")


def test_requirements_open_with_what_is_not_green(faulty: Document, good: Document) -> None:
    for document, some in ((faulty, True), (good, False)):
        page: Any = html.document_fromstring(qualification_html(document))
        tables = page.xpath("//section[@aria-labelledby='requirements']/details[@open]/div//tr[@id]")
        assert bool(tables) is some
        assert all("fail" in row.text_content() or "advisory" in row.text_content() for row in tables)
    for address in page.xpath("//@href|//@src"):
        assert not re.match(r"[a-z]+:|//", address), address
    assert "url(" not in STYLE and "@import" not in STYLE


def test_links_inside_the_page_lead_somewhere(page: Any) -> None:
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    for address in page.xpath("//@href[starts-with(., '#')]"):
        assert address[1:] in ids


def test_tables_say_what_their_cells_mean(page: Any) -> None:
    for table in page.xpath("//table"):
        assert table.xpath("./thead//th/@scope")
        assert all(cell.get("scope") for cell in table.xpath(".//th"))
    for table in page.xpath("//table[not(contains(@class, 'keys'))]"):
        assert table.xpath("string(./caption)").strip()


def test_pictures_have_names_and_verdicts_have_words(page: Any) -> None:
    for picture in page.xpath("//*[local-name()='svg'][not(@aria-hidden)]"):
        assert picture.get("role") == "img" and picture.get("aria-label")
    for verdict in page.xpath("//span[contains(concat(' ', @class, ' '), ' v ')]"):
        assert verdict.text_content().strip()


def test_page_one_tells_what_a_partner_needs(small: Document) -> None:
    page: Any = html.document_fromstring(qualification_html(small))
    text = page.text_content()
    for wanted in (
        "Not qualified",
        "Binding rules are broken in speke-2.0@1 and safety@1",
        "keys.example.com",
        "product Keys",
        "not stated",
        "fixed in 4.2",
        "“media” alone is enough.",
        "no longer applies",
        "plain http",
        "answered with keys in the clear",
        "1 rules of the required and claimed sets",
        "1 cases were not run",
        "not available in this run",
        "What encryptors insist on",
        "How the suite itself is tested",
    ):
        assert " ".join(wanted.split()) in " ".join(text.split()), wanted


def test_negative_is_shown_beside_its_twin(faulty: Document) -> None:
    page: Any = html.document_fromstring(qualification_html(faulty))
    removed = " ".join(one.text_content() for one in page.xpath("//del"))
    assert "commonEncryptionScheme" in removed


def test_rotation_has_a_timeline_and_contract_a_picture(good: Document) -> None:
    page: Any = html.document_fromstring(qualification_html(good))
    names = page.xpath("//*[local-name()='svg']/@aria-label")
    assert "Key periods, and the key that holds in each" in names
    assert "Tracks covered by 3 keys" in names


@pytest.mark.parametrize("state", ["interrupted", "partial"])
def test_banner_stands_on_top(small: Document, state: str) -> None:
    setattr(small.run, state, True)
    page: Any = html.document_fromstring(qualification_html(small))
    banner = page.xpath("//body/header/*[1]")[0]
    assert banner.get("class") == "banner"
    assert state.upper() in banner.text_content()


def test_page_stays_small_however_much_there_is_to_tell(good: Document) -> None:
    big = _multiplied(good, 150)
    assert len(big.exchanges) == 600
    text = qualification_html(big)
    assert len(text.encode()) < LIMIT


def _multiplied(document: Document, times: int) -> Document:
    made = copy.deepcopy(document)
    for at in range(1, times):
        for case in document.cases:
            steps = [replace(one, exchange=one.exchange and f"X{at}-{one.exchange}") for one in case.steps]
            made.cases.append(replace(case, name=f"X{at}-{case.name}", steps=steps))
        made.results += [replace(one, case=f"X{at}-{one.case}") for one in document.results]
        made.exchanges |= {
            f"X{at}-{name}": replace(one, case=f"X{at}-{one.case}") for name, one in document.exchanges.items()
        }
    return made


def _themes() -> dict[str, dict[str, str]]:
    blocks = re.findall(r":root\{([^}]*--bg[^}]*)\}", STYLE)
    read = [dict(re.findall(r"--([a-z0-9]+):(#[0-9a-f]{3,6})", block)) for block in blocks]
    return {"light": read[0], "dark": {**read[0], **read[1]}}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_contrast_is_enough_for_everybody(theme: str) -> None:
    colours = _themes()[theme]
    for ground in ("bg", "card", "soft"):
        for ink in ("text", "muted", "link", "good", "bad", "open", "note", "odd"):
            assert _contrast(colours[ink], colours[ground]) >= 4.5, f"{ink} on {ground}"
    for at in range(8):
        assert _contrast(colours["text"], colours[f"k{at}"]) >= 4.5, f"text on k{at}"


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(char * 2 for char in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_stray_markup_of_templates_is_well_formed(small: Document) -> None:
    parser = etree.HTMLParser()
    etree.fromstring(qualification_html(small).encode(), parser)
    serious = [entry.message for entry in parser.error_log if "Tag" not in entry.message]
    assert serious == []
