"""A small checkout in which pytest runs as its users run it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conformance import refserver
from conformance.checks import load_checks

# All modules of the suite are to be there before the first inner run, which forgets those that it brings along.
load_checks()

SETTINGS = "[pytest]\ntestpaths = testcases\naddopts = -p no:cacheprovider -p no:xdist -p no:hypothesispytest\n"
CASES = """
- id: GOOD
  title: A good request
  why: w
  needs: [widevine+cenc]
  steps:
    - id: ask
      request: {systems: {exactly: [widevine]}, scheme: cenc}
- family: BAD
  title: Bad requests
  why: w
  control: {systems: {exactly: [widevine]}, scheme: cenc}
  cases:
    - id: BAD-VERSION
      title: No version
      expect: {refused: missing-version}
      defect: [{remove: /cpix:CPIX/@version}]
      requirement: [SPK20-ROOT-005]
"""
PROFILE = """
profile: tiny
requires: [speke-2.0@1, speke-2.1@1, safety@1]
reports: []
claims: {versions: ["2.0", "2.1"], systems: {widevine: [cenc]}, features: []}
"""


@dataclass
class Checkout:
    """The small checkout; what runs in it runs in this process."""

    pytester: pytest.Pytester
    home: Path

    def run(self, *args: str, profile: bool = True) -> pytest.RunResult:
        """Run pytest with these arguments, by the small profile unless told otherwise."""
        given = [f"--speke-profile={self.home / 'tiny.yaml'}"] if profile else []
        return self.pytester.runpytest_inprocess(
            "-p", "conformance.pytest_plugin", *given, *args, no_reraise_ctrlc=True
        )

    def document(self, folder: str = "reports") -> dict[str, Any]:
        """The result document of the last run."""
        (path,) = (self.home / folder).glob("2*/results.json")
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def write(self, name: str, text: str) -> Path:
        """A file in the checkout."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


@pytest.fixture
def checkout(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A checkout with two entries of cases, a profile and tests of its own."""
    monkeypatch.setattr("conformance.cases.values._PACKAGE", pytester.path / "conformance")
    for name in ("SPEKE_USER", "SPEKE_PASSWORD", "SPEKE_TOKEN", "SOURCE_DATE_EPOCH"):
        monkeypatch.delenv(name, raising=False)
    made = Checkout(pytester, pytester.path)
    made.write("pytest.ini", SETTINGS)
    made.write("testcases/topic/tiny.yaml", CASES)
    made.write("tests/test_own.py", "def test_own():\n    pass\n")
    made.write("tiny.yaml", PROFILE)
    return made


@pytest.fixture
def server() -> Iterator[refserver.Server]:
    """A right key server on loopback."""
    with refserver.Server(refserver.Config(systems=("widevine",))) as running:
        yield running
