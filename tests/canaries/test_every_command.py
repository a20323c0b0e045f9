"""Every subcommand, with key servers that give keys away: nothing that it writes or prints shows one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conformance.__main__ import main
from conformance.cli import COMMANDS, watch
from conformance.cli.keyboard import Keyboard
from conformance.packager.tools import ToolsMissing, find_tools
from conformance.results.document import Document
from conformance.results.reader import read_results
from tests.canaries.places import DOCUMENT
from tests.canaries.planter import BESIDE, Planter, everywhere
from tests.canaries.playing import CHECKOUT, TALKATIVE
from tests.canaries.spoils import artifacts, caught
from tests.wire.servers import Server

pytestmark = pytest.mark.slow

CASES = """
- id: CANARY
  title: Everything that an answer may hold
  why: w
  versions: ["2.0"]
  needs: [widevine+cbcs, playready+cbcs, fairplay+cbcs]
  steps: [{id: ask, request: {contract: [PRESET-VIDEO-2], scheme: cbcs, explicit-iv: all}}]
- family: AGAIN
  title: The same, many times
  why: w
  versions: ["2.0"]
  control: {contract: [PRESET-VIDEO-2], scheme: cbcs, explicit-iv: all}
  cases:
"""
AGAIN = """
    - id: AGAIN-{0}
      title: Number {0}
      expect: accepted-or-refused
      defect: [{{header: {{X-Number: "{0}"}}}}]
      requirement: [SPK20-CON-018]
"""
LAWS = "- {id: RUN-LEDGER, title: All answers, why: w, steps: [{id: laws, expect: whole-run}]}\n"
PROFILE = """
profile: canary
requires: [speke-2.0@1, widevine@1, playready@1, fairplay@1, hls@1, safety@1]
claims: {versions: ["2.0"], systems: {widevine: [cbcs], playready: [cbcs], fairplay: [cbcs]}, features: []}
"""
PRODUCT = "product: Keys\nversion: '1'\nkey-provider: Example\n"
PACKAGE = "conformance.cases.values._PACKAGE"
HERE = "import pathlib\nimport conformance.cases.library\n" + PACKAGE + " = pathlib.Path(__file__).parent / 'none'\n"
EACH = 6
"""Members of the family: enough answers at two endpoints for every place in a document, and for some outside."""

OF_A_RUN = (
    ("ready", "{run}"),
    ("ready", "{run}", "--json"),
    ("known", "--from", "{run}", "--advisories"),
    ("known", "--from", "{run}", "--by-check"),
    ("catalogue", "diff", "{run}"),
    ("report", "{run}", "-o", "{out}/views"),
    ("replay", "{run}", "--report-dir", "{out}"),
    ("diff", "{run}", "{out}/latest"),
    ("diff", "{run}", "{out}/latest", "--json"),
    ("evidence", "--product", "{home}/product.yaml", "--results", "{run}", "-o", "{out}/evidence.zip"),
    ("check-evidence", "{out}/evidence.zip"),
)
PLAYED = {"run", "watch", "encrypt", *(line[0] for line in OF_A_RUN)}
"""Those of this file."""
ELSEWHERE = {"check", "proxy", "serve", "load"}
"""Those of `test_other_commands.py`, and of `tests/load/test_locust.py`."""
OF_OURSELVES = {"plan", "list", "negatives", "explain", "faults", "coverage", "docs", "new", "completion", "help"}
"""They send nothing to somebody else's server and read nothing of a run."""


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_somebody_looks_at_every_command(name: str) -> None:
    known = PLAYED | ELSEWHERE | OF_OURSELVES
    assert name in known, f"{name} may show keys, and nobody looks: play it in {Path(__file__).name}"


@dataclass(frozen=True)
class Home:
    """A small checkout with a run at two endpoints."""

    folder: Path
    planters: tuple[Planter, ...]
    said: str
    """What the run printed."""

    @property
    def run(self) -> Path:
        """The report of the run."""
        return next((self.folder / "reports").glob("2*"))


def shown(planters: Sequence[Planter], folder: Path, output: str) -> list[str]:
    """Every planted key that stands in a folder or was printed."""
    secrets: dict[str, bytes | str] = {}
    pieces: dict[bytes, str] = {}
    for one in planters:
        secrets |= one.secrets
        pieces |= one.pieces
    assert len(pieces) > 500
    return caught(secrets, artifacts(folder, output), pieces)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("home")
    (folder / "testcases").mkdir()
    (folder / "testcases" / "canary.yaml").write_text(CASES + "".join(map(AGAIN.format, range(EACH))))
    (folder / "testcases" / "ledger.yaml").write_text(LAWS)
    for name, text in (("canary.yaml", PROFILE), ("product.yaml", PRODUCT), ("conftest.py", HERE)):
        (folder / name).write_text(text)
    turns = everywhere()
    planters = (Planter("first", turns), Planter("second", [(), *turns[len(turns) // 2 :]]))
    command = [sys.executable, "-m", "pytest", "-p", "conformance.pytest_plugin", "-p", "no:cacheprovider"]
    command += ["--speke-profile=canary.yaml", "--speke-seed=canary", "--speke-concurrency=1", *TALKATIVE]
    with ExitStack() as stack:
        urls = [f"--server-url={stack.enter_context(Server(one.script)).url}" for one in planters]
        done = subprocess.run(
            [*command, *urls, "testcases"],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    assert done.returncode == 1, done.stdout[-3000:] + done.stderr
    yield Home(folder, planters, done.stdout + done.stderr)


def test_a_run_at_several_endpoints(home: Home) -> None:
    assert len(read_results(home.run).run.targets) == 2
    planted = {what.split(", ")[1] for one in home.planters for what in one.planted}
    assert planted >= {*DOCUMENT, *BESIDE} - {"comment"} and len(planted) > len(DOCUMENT) + 10
    assert shown(home.planters, home.folder, home.said) == []


def test_what_is_made_of_a_run(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(PACKAGE, home.folder / "none")
    monkeypatch.setattr(watch, "cases_of_quick", lambda options: ["of-the-run"])
    monkeypatch.setattr(watch, "_round", _round_of(home))
    monkeypatch.setattr(Keyboard, "line", lambda keyboard, seconds: "q")
    monkeypatch.chdir(tmp_path)
    for stream in (sys.stdin, sys.stdout):
        monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    said = ""
    for line in (*OF_A_RUN, ("watch", "--server-url", "http://127.0.0.1:9/")):
        assert main([word.format(run=home.run, out=tmp_path, home=home.folder) for word in line]) in (0, 1, 10), line
        out, err = capsys.readouterr()
        assert len(out) > 40 and "Traceback" not in out + err
        said += out + err
    assert "NOT DECIDED" in said, "what was withheld contradicts nothing"
    assert shown(home.planters, tmp_path, said) == []


def _round_of(home: Home) -> Any:
    """What `watch` gets of the run that it starts in a process of its own."""

    def made(*_: object) -> Document:
        return read_results(home.run)

    return made


class _Kept:
    """A temporary folder that stays to be looked into."""

    def __init__(self, **options: Any) -> None:
        self._name = tempfile.mkdtemp(prefix=options.get("prefix"))

    def __enter__(self) -> str:
        return self._name

    def __exit__(self, *_: object) -> None:
        pass


def test_encrypt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        find_tools()
    except ToolsMissing as reason:
        pytest.skip(str(reason))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("conformance.cli.encrypt.tempfile.TemporaryDirectory", _Kept)
    packaged, refused = ("attribute: intendedTrackType", *BESIDE), ("payload: KEYFORMAT", *BESIDE)
    # The first request asks whether anybody is there; then there are two for each scheme.
    planter = Planter("encrypt", [packaged, packaged, packaged, refused, refused])
    with Server(planter.script) as server:
        words = ["--server-url", server.url, "--profile", "reference", "--seed", "t"]
        assert main(["encrypt", *words]) == 1
    said = "".join(capsys.readouterr())
    assert "holds a content key" in said and "Shaka Packager wrote" in said
    assert len([*tmp_path.rglob("*.mp4")]) > 2
    assert shown([planter], tmp_path, said) == []
