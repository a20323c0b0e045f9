"""The docs as a site: it builds without a broken link, and a browser needs nothing from elsewhere to show it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("mkdocs") is None, reason="MkDocs is not installed: the site was not built"),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    typed = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    ended = subprocess.run(
        typed, cwd=ROOT, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return folder


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        loaded = re.findall(
            r"<(?:script|img|iframe|link)\b[^>]*?(?:src|href)=\"?(https?://[^\">\s]+)", page.read_text()
        )
        assert not loaded, f"{page.relative_to(site)} loads {loaded}"


def test_the_generated_pages_are_split(site: Path) -> None:
    assert not (site / "checks.html").exists()
    text = (site / "checks" / "widevine.html").read_text(encoding="utf-8")
    assert 'id="widevinenames-its-kid"' in text and "playready." not in re.sub(r"<nav.*?</nav>", "", text, flags=re.S)
    assert 'href="checks/index.html"' in (site / "faq.html").read_text(encoding="utf-8"), "links lead to the parts"


def test_files_outside_docs_come_along(site: Path) -> None:
    assert (site / "files" / "examples" / "vendor" / "keyserver.py").is_file()
    assert (site / "SECURITY.html").is_file() and (site / "examples" / "vendor" / "index.html").is_file()


def test_pictures_are_small() -> None:
    large = [path.name for path in (ROOT / "docs" / "pictures").iterdir() if path.stat().st_size > 200_000]
    assert not large, "make pictures"
