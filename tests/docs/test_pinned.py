"""What our recipes fetch is pinned by digest: an action or an image by name is whatever its owner makes of it later.

`NOT_PINNED` lists the rest, each with the reason. zizmor and hadolint say the same and more where they are installed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from conformance import __version__

ROOT = Path(__file__).resolve().parents[2]

NOT_PINNED = {
    f"OWNER/speke-conformance@v{__version__}": "this suite itself: a release has no digest before it is made",
}

_USES = re.compile(r"\buses:\s*['\"]?([^\s'\"#]+)")
_IMAGE = re.compile(
    r"(?:^FROM\s+(?:--\S+\s+)*|\bimage:?\s*['\"]?)([a-z0-9./-]+(?::[\w.-]+)?(?:@\S+?)?)(?=['\"\s]|$)", re.M
)
_PINNED = re.compile(r".+@(?:[0-9a-f]{40}|sha256:[0-9a-f]{64})")


def recipes() -> list[Path]:
    found = [ROOT / "action.yml", ROOT / "Dockerfile", *(ROOT / "docs").glob("*.md"), ROOT / "README.md"]
    found += [path for path in (ROOT / ".github").rglob("*") if path.is_file()]
    return [
        path for path in [*found, *(ROOT / "examples").rglob("*.y*ml"), *(ROOT / ".ci").iterdir()] if path.is_file()
    ]


def fetched(text: str) -> set[str]:
    images = {one for one in _IMAGE.findall(text) if ":" in one or "@" in one}
    return {one for one in _USES.findall(text) if not one.startswith("./")} | images


def test_the_lint_sees_what_is_there() -> None:
    assert fetched("- uses: a/b@v1\n") == {"a/b@v1"}
    assert (
        fetched("FROM python:3 AS x\n")
        == fetched("image: python:3\n")
        == fetched("{ image 'python:3' }")
        == {"python:3"}
    )
    assert len({one for path in recipes() for one in fetched(path.read_text())}) >= 5


def test_everything_is_pinned_or_listed() -> None:
    found = {one: path for path in recipes() for one in fetched(path.read_text(encoding="utf-8"))}
    loose = {one: str(path.relative_to(ROOT)) for one, path in found.items() if not _PINNED.fullmatch(one)}
    assert set(loose) - set(NOT_PINNED) == set(), f"pin these by digest, or say why not: {loose}"
    assert set(NOT_PINNED) - set(loose) == set(), "these are gone or pinned: take them off the list"


def test_the_container_gets_what_it_copies() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    assert names >= {"conformance", "requirements.lock"}
    for name in names:
        assert (ROOT / name).exists() and f"!{name}" in ignored, f"{name} is not in the context of the build"


@pytest.mark.parametrize(
    "command", [["zizmor", "--offline", "--quiet", "action.yml"], ["hadolint", "Dockerfile"]], ids=lambda one: one[0]
)
def test_the_linters_of_others_are_content(command: list[str]) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
