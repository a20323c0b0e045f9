"""What a partner manager needs to find on the page, for eyes, for keyboards and for screen readers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def opened(browser: Any, path: Path, *, width: int = 1280, scheme: str = "light") -> Any:
    """The page in a window of that width and colour scheme."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(path.as_uri())
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("name", ["good", "five-faults"])
def test_axe_finds_no_violation(browser: Any, pages: dict[str, Path], name: str, width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    page = opened(browser, pages[name], width=width, scheme=scheme)
    found = axe.Axe().run(page)
    assert found.response["violations"] == [], found.generate_report()
    page.context.close()


@pytest.mark.parametrize("name", ["good", "five-faults"])
def test_nothing_runs_out_of_a_narrow_window(browser: Any, pages: dict[str, Path], name: str) -> None:
    page = opened(browser, pages[name], width=400)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.context.close()


def test_the_first_page_says_what_came_of_it(browser: Any, pages: dict[str, Path]) -> None:
    page = opened(browser, pages["five-faults"])
    assert "not qualified" in page.locator("h1").inner_text().lower()
    headings = [text.lower() for text in page.locator("h2").all_inner_texts()]
    for wanted in ("outcome by requirement set", "findings, by cause", "not covered", "known deviations and disputes"):
        assert wanted in headings
    body = page.inner_text("body")
    for wanted in ("reference key server", "build", "1.0", "Jo", "reference"):
        assert wanted in body
    page.context.close()


def test_each_failing_check_is_named_with_rule_and_repeat(browser: Any, pages: dict[str, Path]) -> None:
    page = opened(browser, pages["five-faults"])
    body = page.locator("main").text_content()
    for wanted in ("keys.values-distinct", "refusal.standard-message", "SPK20-KEY-006", "--seed test"):
        assert wanted in body
    page.context.close()


def test_everything_can_be_read_without_script(browser: Any, pages: dict[str, Path]) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(pages["five-faults"].as_uri())
    assert not page.locator("#tools").is_visible()
    page.locator("details summary", has_text="The same request with curl").first.click()
    assert page.locator("pre", has_text="END-OF-REQUEST").first.is_visible()
    context.close()


def test_search_verdicts_and_permalinks(browser: Any, pages: dict[str, Path]) -> None:
    page = opened(browser, pages["five-faults"])
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.fill("#search", "keys.values-distinct")
    assert page.locator("article.cause:visible").count() >= 1
    assert page.locator("article.cause:visible").count() < page.locator("article.cause").count()
    page.fill("#search", "")
    page.click("#tools button[data-v=fail]")
    assert {one.get_attribute("data-v") for one in page.locator("article.cause:visible").all()} == {"fail"}
    page.click("#tools button[data-v=fail]")
    page.click("#close")
    assert page.locator("details[open]").count() == 0
    link = page.locator("article.cause a[href^='#c-']").first
    target = link.get_attribute("href")
    link.click()
    assert page.locator(f"[id='{target[1:]}']").evaluate("element => element.open")
    assert page.locator("button.copy").count() >= 3
    assert problems == []
    page.context.close()


def test_the_page_fetches_nothing(browser: Any, pages: dict[str, Path]) -> None:
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(pages["five-faults"].as_uri())
    assert asked == [pages["five-faults"].as_uri()]
    context.close()
