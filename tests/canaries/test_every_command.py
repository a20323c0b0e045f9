"""Every subcommand, with key servers that give keys away: nothing that it writes or prints shows one."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conformance.__main__ import main
from conformance.cases import cases_directory
from conformance.cli import COMMANDS, encrypt, watch
from conformance.packager.tools import ToolsMissing, find_tools
from conformance.results.reader import read_results
from tests.canaries.planter import BESIDE, Planter, everywhere
from tests.canaries.playing import CHECKOUT, TALKATIVE
from tests.canaries.spoils import artifacts, caught
from tests.load.test_locust import load
from tests.wire.servers import Server

pytestmark = pytest.mark.slow

CASES = """
- id: CANARY
  title: Everything that an answer may hold
  why: w
  needs: [widevine+cbcs, playready+cbcs, fairplay+cbcs]
  steps: [{id: ask, request: {contract: [PRESET-VIDEO-2, PRESET-AUDIO-1], scheme: cbcs, explicit-iv: all}}]
- family: AGAIN
  title: The same, many times
  why: w
  control: {contract: [PRESET-VIDEO-2, PRESET-AUDIO-1], scheme: cbcs, explicit-iv: all}
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
requires: [speke-2.0@1, speke-2.1@1, widevine@1, playready@1, fairplay@1, hls@1, safety@1]
claims: {versions: ["2.0", "2.1"], systems: {widevine: [cbcs], playready: [cbcs], fairplay: [cbcs]}, features: []}
"""
PRODUCT = "product: Keys\nversion: '1'\nkey-provider: Example\n"
PACKAGE = "conformance.cases.values._PACKAGE"
HERE = "import pathlib\nimport conformance.cases.library\n" + PACKAGE + " = pathlib.Path(__file__).parent / 'none'\n"
EACH = 3
"""Members of the family: enough answers at two endpoints for every place in a document, and for some outside."""


@dataclass(frozen=True)
class Home:
    """A small checkout with a run at two endpoints, and the key servers, which go on."""

    folder: Path
    planters: tuple[Planter, ...]
    urls: tuple[str, ...]
    said: str
    """What the run printed."""

    @property
    def run(self) -> Path:
        """The report of the run."""
        return next((self.folder / "reports").glob("2*"))

    def shown(self, folder: Path, output: str) -> list[str]:
        """Every key that stands in a folder or was printed."""
        secrets: dict[str, bytes | str] = {}
        found: dict[bytes, str] = {}
        for one in self.planters:
            secrets |= one.secrets
            found |= one.pieces
        assert len(found) > 10_000
        return caught(secrets, artifacts(folder, output), found)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("home")
    (folder / "testcases").mkdir()
    (folder / "testcases" / "canary.yaml").write_text(CASES + "".join(map(AGAIN.format, range(EACH))))
    (folder / "testcases" / "ledger.yaml").write_text(LAWS)
    for name, text in (("canary.yaml", PROFILE), ("product.yaml", PRODUCT), ("conftest.py", HERE)):
        (folder / name).write_text(text)
    turns = everywhere()
    half = len(turns) // 2
    planters = (Planter("first", turns), Planter("second", [(), *turns[half:], *turns[:half]]))
    with ExitStack() as stack:
        urls = tuple(stack.enter_context(Server(one.script)).url for one in planters)
        yield Home(folder, planters, urls, _run(folder, urls))


def _run(folder: Path, urls: Iterable[str]) -> str:
    command = [sys.executable, "-m", "pytest", "-p", "conformance.pytest_plugin", "-p", "no:cacheprovider"]
    command += [
        "--speke-profile=canary.yaml",
        "--speke-seed=canary",
        "--speke-concurrency=1",
        *TALKATIVE,
    ]
    done = subprocess.run(
        [*command, *(f"--server-url={url}" for url in urls), "testcases"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 1, done.stdout[-3000:] + done.stderr
    return done.stdout + done.stderr


@dataclass(frozen=True)
class Scene:
    """What a command is played with."""

    home: Home
    out: Path
    """A folder for what it writes; also where it is started."""
    patch: pytest.MonkeyPatch

    def play(self, *words: str | Path) -> int:
        """The command in this process; the status with which it ends."""
        return main([str(one) for one in words])


def _run_of_several(scene: Scene) -> None:
    assert len(read_results(scene.home.run).run.targets) == 2
    print(scene.home.said)
    assert scene.home.shown(scene.home.folder, "") == []


def _evidence(scene: Scene) -> None:
    file = scene.out / "evidence.zip"
    product = scene.home.folder / "product.yaml"
    key = scene.out.parent / "key.pem"
    assert scene.play("evidence", "keygen", key) == 0
    words = ("evidence", "--product", product, "--results", scene.home.run, "--key", key, "-o", file)
    assert scene.play(*words) == 0


def _check_evidence(scene: Scene) -> None:
    _evidence(scene)
    assert scene.play("check-evidence", scene.out / "evidence.zip") in (0, 10)
    urls = [f"--server-url={url}" for url in scene.home.urls]
    profile = scene.home.folder / "canary.yaml"
    assert scene.play("check-evidence", scene.out / "evidence.zip", "--profile", profile, *urls) in (0, 1, 10)


def _diff(scene: Scene) -> None:
    assert scene.play("replay", scene.home.run, "--report-dir", scene.out) in (1, 10)
    again = scene.out / "latest"
    for more in ((), ("--json",)):
        assert scene.play("diff", scene.home.run, again, *more) in (0, 1, 10)


def _watch(scene: Scene) -> None:
    scene.patch.setattr(watch, "_quick", lambda options: [f"{cases_directory()}/http/transport.yaml::HTTP-BASIC[2.0]"])
    for stream in (sys.stdin, sys.stdout):
        scene.patch.setattr(stream, "isatty", lambda: True, raising=False)
    scene.patch.setattr("builtins.input", lambda: "q")
    assert scene.play("watch", "--server-url", scene.home.urls[0], "--profile", "reference") == 0


def _encrypt(scene: Scene) -> None:
    try:
        find_tools()
    except ToolsMissing as reason:
        pytest.skip(str(reason))
    scene.patch.setattr(tempfile, "tempdir", str(scene.out))
    scene.patch.setattr(encrypt.tempfile, "TemporaryDirectory", _Kept)
    for place in ("attribute: intendedTrackType", "payload: KEYFORMAT", "body: SQL"):
        planter = Planter(place, [(place, *BESIDE)])
        with Server(planter.script) as server:
            words = ("--server-url", server.url, "--profile", "reference", "--seed", "t", "--scheme", "cbcs")
            assert scene.play("encrypt", *words) in (0, 1)
        _add(scene, planter)


class _Kept:
    """A temporary folder that stays to be looked into."""

    def __init__(self, **options: Any) -> None:
        self._name = tempfile.mkdtemp(prefix=options.get("prefix"))

    def __enter__(self) -> str:
        return self._name

    def __exit__(self, *_: object) -> None:
        pass


def _load(scene: Scene) -> None:
    if importlib.util.find_spec("locust") is None:
        pytest.skip("Locust is not installed")
    more = ("--requests=24", "--checks=all", "--", f"--csv={scene.out / 'csv'}")
    status, text, outcome = load(scene.home.urls[0], scene.out / "load.json", *more)
    assert status == 1 and outcome["findings"] and outcome["errors"], text
    print(text)


def _add(scene: Scene, planter: Planter) -> None:
    scene.home.planters[0].planted.update(planter.secrets)
    scene.home.planters[0].pieces.update(planter.pieces)


def _of(*lines: tuple[str, ...]) -> Callable[[Scene], None]:
    """A command whose lines have these words; {run} and {out} stand for folders."""

    def play(scene: Scene) -> None:
        for words in lines:
            places = {"run": scene.home.run, "out": scene.out}
            assert scene.play(*(word.format(**places) for word in words)) in (0, 1, 10)

    return play


HERE_PLAYED: dict[str, Callable[[Scene], None]] = {
    "run": _run_of_several,
    "watch": _watch,
    "ready": _of(("ready", "{run}"), ("ready", "{run}", "--json")),
    "diff": _diff,
    "known": _of(("known", "--from", "{run}", "--advisories"), ("known", "--from", "{run}", "--by-check")),
    "replay": _of(("replay", "{run}", "--report-dir", "{out}")),
    "report": _of(("report", "{run}", "-o", "{out}/views")),
    "evidence": _evidence,
    "check-evidence": _check_evidence,
    "catalogue": _of(("catalogue", "diff", "{run}")),
    "encrypt": _encrypt,
    "load": _load,
}
OF_ALL_CASES = {"watch", "encrypt", "load"}
"""Those that take the shipped cases."""
ELSEWHERE = {"check", "proxy", "serve"}
"""Those of `test_other_commands.py`."""
OF_OURSELVES = {"plan", "list", "negatives", "explain", "faults", "coverage", "docs", "new", "completion", "help"}
"""They send nothing to a server of somebody else and read nothing of a run."""


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_no_key_shows(
    name: str, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if name in ELSEWHERE | OF_OURSELVES:
        return
    assert name in HERE_PLAYED, f"{name} may show keys, and nobody looks: play it in {Path(__file__).name}"
    if name not in OF_ALL_CASES:
        monkeypatch.setattr(PACKAGE, home.folder / "none")
    scene = Scene(home, tmp_path / "out", monkeypatch)
    scene.out.mkdir()
    monkeypatch.chdir(scene.out)
    HERE_PLAYED[name](scene)
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    assert len(out) > 40
    assert home.shown(scene.out, out + err) == []
