"""What a newer version would ask: new, stricter, looser and gone, from whatever source."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from conformance.catalogue import book
from conformance.catalogue.yamlfile import DataError
from conformance.checks import load_checks
from conformance.explain.catalogue_difference import catalogue_lines
from conformance.explain.catalogue_snapshot import of_document, of_suite, read_asks
from conformance.results.document import Document
from tests.conftest import saved
from tests.made_runs import library

NOTHING = "No new checks, and no rule has a stricter level."


def _older(folder: Path) -> Path:
    """A catalogue in which one rule is missing, one is weaker, one is gone since and one is in other words."""
    shutil.copytree(book.HERE, folder / "catalogue", ignore=shutil.ignore_patterns("*.py", "__pycache__", "*.xsd"))
    path = folder / "catalogue" / "requirements" / "safety.yaml"
    head, *entries = path.read_text().split("\n- id: ")
    head, entries = ("", [head.partition("- id: ")[2], *entries]) if "- id: " in head else (head, entries)
    entries[1] = entries[1].replace("level: MUST", "level: SHOULD", 1)
    entries[2] = entries[2].replace("rule: ", "rule: Formerly. ", 1)
    gone = entries[3].partition("\n")
    rest = [line for line in gone[2].splitlines() if not line.startswith("  aliases:")]
    entries.append("\n".join(["SAFE-OLD-001", *rest, ""]))
    path.write_text(head + "\n- id: " + "\n- id: ".join(entries[1:]))
    return folder


def test_two_catalogues(tmp_path: Path) -> None:
    older, newer = read_asks(_older(tmp_path)), read_asks(book.HERE)
    text = "\n".join(catalogue_lines(older, newer))
    assert "new rules: 1" in text
    assert "rules with a stricter level: 1\n" in text
    assert "SHOULD → MUST" in text
    assert "reworded rules: 1" in text
    assert "removed rules: 1\n  SAFE-OLD-001" in text
    back = "\n".join(catalogue_lines(newer, older))
    assert "rules with a laxer level: 1" in back
    assert catalogue_lines(newer, newer)[-1] == NOTHING


def test_a_run_against_this_version(good: Document, tmp_path: Path) -> None:
    old = read_asks(saved(good, tmp_path).parent)
    new = of_suite(library(), load_checks(), old, "9.9")
    text = "\n".join(catalogue_lines(old, new))
    assert "new cases: " in text
    assert "new checks: " in text
    assert "  and " in text
    assert "level: " not in text
    assert "new sets" not in text
    assert "cases that are gone" not in text


def test_what_a_run_asked_is_not_new(good: Document) -> None:
    old = of_document(good, "run")
    new = of_suite(library(), load_checks(), old, "9.9")
    assert old.cases is not None and new.cases is not None
    assert set(old.cases) <= set(new.cases)
    assert not any("fairplay@1" in name for name in new.sets)
    assert catalogue_lines(old, of_document(good, "again"))[-1] == NOTHING


def test_a_partial_run_says_so(good: Document) -> None:
    good.run.partial = True
    assert any(
        "the run was partial" in line for line in catalogue_lines(of_document(good, "a"), of_document(good, "b"))
    )


def test_a_catalogue_against_this_version() -> None:
    here = read_asks(book.HERE)
    assert catalogue_lines(here, of_suite(library(), load_checks(), here, "9.9"))[-1] == NOTHING


def test_what_is_neither(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no such file or folder"):
        read_asks(tmp_path / "nothing")
    with pytest.raises(DataError, match=r"has no results\.json"):
        read_asks(tmp_path)
