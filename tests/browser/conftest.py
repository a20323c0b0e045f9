"""Headless Chromium from the system's packages, and the pages it opens."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.reporting.qualification_page import qualification_html
from tests.reporting.live import live_document

FIVE_FAULTS = (
    "KEY-SAME-FOR-ALL",
    "ERROR-SCHEME-OTHER-WORDS",
    "HLS-MASTER-MISSING",
    "ECHO-VERSION-OWN",
    "PSSH-OF-NEIGHBOUR",
)

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Switches without which Chromium looks for hosts that a test machine does not reach."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A running browser; where there is none the tests say so."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("Chromium is not installed: the report was not looked at in a browser")
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: the report was not looked at in a browser"
    )
    with playwright.sync_playwright() as play:
        started = play.chromium.launch(executable_path=chromium, args=list(QUIET))
        yield started
        started.close()


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The reports of a good server and of one with five faults, as files."""
    folder = tmp_path_factory.mktemp("pages")
    written = {}
    for name, faults in (("good", ()), ("five-faults", FIVE_FAULTS)):
        path = folder / f"{name}.html"
        path.write_text(qualification_html(live_document(*faults)), encoding="utf-8")
        written[name] = path
    return written
