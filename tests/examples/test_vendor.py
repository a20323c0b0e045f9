"""The worked example is played: three mistakes are found, three patches mend them, and the page says what happened."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import pytest

from tests.written import every_result

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "examples" / "vendor"
PAGE = (HOME / "README.md").read_text(encoding="utf-8")
PATCHES = ("1-a-box-for-each-key.patch", "2-a-key-for-each-kid.patch", "3-the-words-of-speke.patch")
SERVE = """
from werkzeug.serving import make_server
import keyserver
server = make_server("127.0.0.1", 0, keyserver.app, threaded=True)
print(server.port, flush=True)
server.serve_forever()
"""
_PARTICULARS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\(×\d+, \d+ cases?\)|\d+")


@dataclass(frozen=True)
class Played:
    """One run of the suite against one state of the server."""

    status: int
    output: str
    document: dict[str, Any]

    @property
    def failed(self) -> set[str]:
        return {one["check"] for one in every_result(self.document) if one["verdict"] == "FAIL"}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Played]:
    """The runs of the page, by what was done before: nothing, or the name of a patch."""
    pytest.importorskip("flask", reason="the example needs Flask, which the extra `dev` installs")
    folder = tmp_path_factory.mktemp("acme") / "vendor"
    shutil.copytree(HOME, folder, ignore=shutil.ignore_patterns("__pycache__"))
    selections = [words.split('"')[1] for words in PAGE.split(" -k ")[1:]]
    played = {"": _play(folder)}
    for patch, selection in zip(PATCHES, [*selections, ""], strict=True):
        subprocess.run(["git", "apply", patch], cwd=folder, check=True)
        played[patch] = _play(folder, selection)
    return played


def test_the_first_run_finds_three_mistakes(story: dict[str, Played]) -> None:
    first = story[""]
    assert first.status == 1 and first.document["outcome"] == "NOT QUALIFIED"
    signalling = {"widevine.names-its-kid", "widevine.hls-uri-names-its-kid", "drm.payloads-differ-by-key"}
    signalling |= {"run.payloads-made-for-their-key"}
    rotation = {"keys.values-distinct", "periods.keys-differ", "periods.keys-differ-after-rotation"}
    rotation |= {"run.kids-have-own-keys", "run.one-key-for-one-kid"}
    assert first.failed >= signalling | rotation | {"refusal.standard-message"}
    rest = first.failed - signalling - rotation
    assert all(name.startswith(("refusal.", "versions.")) for name in rest), rest


@pytest.mark.parametrize("patch", PATCHES[:2])
def test_each_patch_mends_its_mistake(story: dict[str, Played], patch: str) -> None:
    mended = story[patch]
    assert mended.status == 0 and mended.document["outcome"] == "PARTIAL" and mended.failed == set()
    asked = {one["check"] for one in every_result(mended.document) if one["verdict"] == "PASS"}
    assert len(asked & story[""].failed) >= 2, "what was red before was asked again"


def test_after_the_last_patch_the_server_is_qualified(story: dict[str, Played]) -> None:
    last = story[PATCHES[2]]
    assert last.status == 0 and last.document["outcome"] == "QUALIFIED", last.output[-3000:]


def test_the_page_shows_what_the_suite_says(story: dict[str, Played]) -> None:
    said = _plain("\n".join(one.output for one in story.values()))
    blocks = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 5
    for block in blocks:
        for part in block.split("…\n"):
            assert _plain(part) in said, part


def test_the_page_is_one_page_and_names_every_file() -> None:
    assert len(PAGE.splitlines()) <= 100
    for path in HOME.iterdir():
        if path.name not in ("README.md", "__pycache__"):
            assert f"({path.name})" in PAGE, path.name


def _plain(text: str) -> str:
    """The text without line breaks, numbers, UUIDs and counts: what differs from run to run."""
    return " ".join(_PARTICULARS.sub("#", text).replace(" #\n", "\n").split())


def _play(folder: Path, selection: str = "") -> Played:
    reports = folder.parent / "reports"
    shutil.rmtree(reports, ignore_errors=True)
    with _server(folder) as url:
        command = [sys.executable, "-m", "conformance", "run", "--server-url", url, "--profile", "profile.yaml"]
        command += ["--report-dir", str(reports), *(["--", "-k", selection] if selection else [])]
        done = subprocess.run(command, cwd=folder, env=_env(), capture_output=True, text=True, timeout=300, check=False)
    document = json.loads((reports / "latest" / "results.json").read_text())
    return Played(done.returncode, done.stdout, document)


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, "-c", SERVE], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            port = cast("IO[str]", process.stdout).readline().strip()
            yield f"http://127.0.0.1:{port}/speke/v2.0/copyProtection"
        finally:
            process.kill()


def _env() -> dict[str, str]:
    # A wide terminal: where lines are broken is not what is compared.
    return {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "COLUMNS": "160", "LC_ALL": "C.UTF-8"}
