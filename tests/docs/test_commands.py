"""Every command of README and docs that needs neither network nor container runs, and prints what the page says.

Numbers may differ, and `…` stands for anything. The other commands are skipped with the reason, so that
`pytest tests/docs -rs` lists them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from conformance.cases import Seed, build_request, load_cases, resolve_plan
from conformance.checks import load_checks
from conformance.model import HttpAnswer
from conformance.refserver import Server
from conformance.run.profile import load_profile
from tests.docs.pages import ROOT, Command, Page, pages
from tests.offline.captures.samples import Sample, answers, head, wholes
from tests.offline.captures.samples import requests as requests_of

WHY_NOT = {
    r"https?://(?!127\.)|SPEKE_URL": "needs a key server of the reader's own",
    r"^docker ": "needs a container engine",
    r"^(pip|pipx|uvx|\S*/pip) ": "needs a package index; tests/installation installs offline",
    r"^make |^\S*python3? -m (venv|benchmarks|build)": "makes an environment first, with a package index",
    r"^\S*speke\S* (serve|proxy|load)|^python \S*server\.py": "runs until it is stopped; has tests of its own",
    r"^\S*speke\S* encrypt": "needs Shaka Packager; tests/packager has it",
    r"^\S*speke\S* \w+ --write": "writes into the checkout; other tests see whether it is up to date",
    r"^git apply": "belongs to the worked example, which tests/examples plays from end to end",
    r"^(export|eval|mkdir) ": "prepares the shell for a line that is not run",
}
"""What a command looks like -> why it is not run here."""


def reason(command: Command) -> str:
    """Why a command is not run; empty for one that is."""
    return next((why for pattern, why in WHY_NOT.items() if re.search(pattern, command.text)), "")


PAGES = pages()
OTHERS = [(page, part) for page in PAGES for part in page.parts if isinstance(part, Command) and reason(part)]


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if page.parts], ids=lambda page: page.name)
def test_the_commands_print_what_the_page_says(page: Page, tmp_path: Path) -> None:
    run, checked = tmp_path / "run", 0
    run.mkdir()
    environment = _environment(tmp_path / "bin")
    shutil.copy(
        tmp_path / "bin" / "speke-conformance", run / "speke"
    )  # ./speke of a checkout; tests/cli has the real one
    if page.name in ("docs/api.md", "docs/captures.md"):
        _capture(run)
    for part in page.parts:
        if isinstance(part, Command):
            if not reason(part):
                _check(page, part, run, environment)
                checked += 1
        elif part[0] == "python":
            ended = subprocess.run([sys.executable, "-c", part[1]], cwd=run, env=environment, capture_output=True)
            assert ended.returncode == 0, ended.stderr.decode()
            checked += 1
        else:
            (run / part[0]).parent.mkdir(parents=True, exist_ok=True)
            (run / part[0]).write_text(part[1], encoding="utf-8")
    if not checked:
        pytest.skip(f"{page.name} has no command that can be run here")


@pytest.mark.parametrize(("page", "command"), OTHERS, ids=[f"{page.name}:{command.line}" for page, command in OTHERS])
def test_the_others_have_a_reason(page: Page, command: Command) -> None:
    assert command.prints is None, f"{page.name} says what {command.text} prints, and nobody looks"
    pytest.skip(f"{page.name}: `{command.text}` {reason(command)}")


def _check(page: Page, command: Command, folder: Path, environment: dict[str, str]) -> None:
    ended = subprocess.run(
        ["bash", "-c", command.text],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    where = f"{page.name}:{command.line}: {command.text}"
    assert ended.returncode == command.status, f"{where} ended with {ended.returncode}:\n{ended.stdout[-3000:]}"
    if command.prints is not None:
        assert pattern(command.prints).fullmatch(plain(ended.stdout)), (
            f"{where} does not print what the page says:\n{ended.stdout[-6000:]}"
        )


def plain(text: str) -> str:
    """What a terminal shows, with all numbers alike and without the lines that only show progress."""
    lines = [re.sub(r"\d+", "#", line).rstrip() for line in text.splitlines()]
    kept = [re.sub(r" {2,}", "  ", line) for line in lines if not re.fullmatch(r"[.\w-]*\s*\[\s*#%\]", line)]
    return "\n".join(kept).strip("\n") + "\n"


def pattern(printed: str) -> re.Pattern[str]:
    """What a page says as a pattern for `plain` text: `…` for anything, on a line of its own for any lines."""
    pieces = []
    for line in plain(printed).splitlines():
        if line == "…":
            pieces.append(r"(?:.*\n)*?")
        else:
            pieces.append(r".*?".join(map(re.escape, line.split("…"))) + r"\n")
    return re.compile("".join(pieces))


def _environment(folder: Path) -> dict[str, str]:
    """The process environment with the commands of the suite in front of the path."""
    folder.mkdir()
    for name, module in (("speke-conformance", "conformance"), ("pytest", "pytest")):
        script = folder / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n', encoding="utf-8")
        script.chmod(0o755)
    paths = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    return {name: value for name, value in os.environ.items() if not name.startswith("SPEKE_")} | paths


def _capture(folder: Path) -> None:
    """A request and its answer as files, as somebody captured them."""
    claims = load_profile("reference").claims
    assert claims is not None
    case = next(one for one in load_cases(load_checks()) if one.id == "HTTP-BASIC" and one.version == "2.0")
    plan = resolve_plan(case.steps[0].plan, claims)
    with Server() as server:
        built = build_request(case.steps[0], plan, case.name, Seed("docs"), server.url, {}).http
        answer = requests.post(server.url, built.body, headers=dict(built.headers), timeout=10)
    came = HttpAnswer(200, tuple(answer.headers.items()), answer.content)
    captured = Sample(built.body, came)
    files = {
        "request.xml": built.body,
        "answer.xml": answer.content,
        "headers.txt": head(came),
        "response.txt": answers(captured)["curl-i"],
        "capture.har": wholes(captured)["har"],
        "event.json": requests_of(captured)["event"],
        "lambda-answer.json": answers(captured)["lambda"],
        "service.log": wholes(captured)["log"],
        "captures/monday/request.xml": built.body,
        "captures/monday/response.xml": answer.content,
        "captures/tuesday.har": wholes(captured)["har"],
        "broken.xml": answer.content[:-20],
        "no-id.xml": built.body.replace(b" contentId=", b" id="),
        "refusal.txt": b"HTTP/1.1 422 Unprocessable Entity\r\n\r\nMissing CPIX@contentId",
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
