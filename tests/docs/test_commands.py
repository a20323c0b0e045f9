"""Every command of README and docs that needs neither network nor container runs, and prints what the page says.

It runs with an installed wheel in an empty folder, and the first page as in a checkout too, which differs in nothing
but where the files are. Numbers may differ, and `…` stands for anything. Of the other commands the options are parsed;
then they are skipped with the reason, so that `pytest tests/docs -rs` lists them.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from conformance.cases import Seed, build_request, load_cases, resolve_plan
from conformance.checks import load_checks
from conformance.cli.parser import parse
from conformance.model import HttpAnswer
from conformance.refserver import Server, load_faults
from conformance.run.profile import load_profile
from docsite.pictures import FAULT
from tests.docs.pages import ROOT, Command, Page, pages
from tests.installation.installing import Environment, clean_environment
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
FIRST = "docs/getting-started.md"
OTHERS = [(page, part) for page in PAGES for part in page.parts if isinstance(part, Command) and reason(part)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "way"),
    [
        (page, way)
        for page in PAGES
        if page.parts
        for way in ("wheel", "checkout")
        if way == "wheel" or page.name == FIRST
    ],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_the_commands_print_what_the_page_says(
    page: Page, way: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    if not any(not isinstance(part, Command) or not reason(part) for part in page.parts):
        pytest.skip(f"{page.name} has no command that can be run here")
    run = tmp_path / "run"
    run.mkdir()
    installed: Environment | None = request.getfixturevalue("installed") if way == "wheel" else None
    environment, python = _environment(tmp_path / "bin", installed)
    shutil.copy(
        tmp_path / "bin" / "speke-conformance", run / "speke"
    )  # ./speke of a checkout; tests/cli has the real one
    if page.name in ("docs/api.md", "docs/captures.md"):
        _capture(run)
    for part in page.parts:
        if isinstance(part, Command):
            if not reason(part):
                _check(page, part, run, environment)
        elif part[0] == "python":
            ended = subprocess.run([python, "-c", part[1]], cwd=run, env=environment, capture_output=True)
            assert ended.returncode == 0, ended.stderr.decode()
        else:
            (run / part[0]).parent.mkdir(parents=True, exist_ok=True)
            (run / part[0]).write_text(part[1], encoding="utf-8")


@pytest.mark.parametrize(("page", "command"), OTHERS, ids=[f"{page.name}:{command.line}" for page, command in OTHERS])
def test_the_others_have_a_reason(page: Page, command: Command) -> None:
    assert command.prints is None, f"{page.name} says what {command.text} prints, and nobody looks"
    for words in suite_words(command.text):
        parse(words, "")
    for target in re.findall(r"(?:^|&& )make ([a-z]+)", command.text):
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE), target
    pytest.skip(f"{page.name}: `{command.text}` {reason(command)}")


def test_the_first_failure_is_the_pictured_one() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f'ARGS="--fault {FAULT}"' in text and "docs/pictures/report-failing.png" in text
    assert FAULT in load_faults()


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


def suite_words(command: str) -> Iterator[list[str]]:
    """What a command line gives to the suite, started directly, by make, or in a container; subcommand and options."""
    made = re.search(r"make qualify(?P<rest>.*)", command)
    if made:
        given = dict(re.findall(r"(SERVER_URL|ARGS)=(\"[^\"]*\"|\S+)", made["rest"]))
        url = ["--server-url", given["SERVER_URL"].strip('"')] if "SERVER_URL" in given else []
        yield ["run", *url, *shlex.split(given.get("ARGS", "").strip('"'))]
        return
    for one in re.split(r"[|;&]+|[<>]\(?", command.replace("$(", ";").replace(")", ";")):
        try:
            words = shlex.split(one, comments=True)
        except ValueError:
            continue  # a quoted | or ;, which is no command of the suite
        at = next((n for n, word in enumerate(words) if re.fullmatch(r"(\S*/)?speke(-conformance)?", word)), None)
        started = at is not None and (at == 0 or words[0] == "docker" or all("=" in word for word in words[:at]))
        if at is not None and started and words[at + 1 :] and words[:2] != ["docker", "build"]:
            yield words[at + 1 :]


def test_the_words_for_the_suite_are_found() -> None:
    def found(command: str) -> list[list[str]]:
        return list(suite_words(command))

    assert found("./speke run -x") == found("docker run --rm speke-conformance run -x") == [["run", "-x"]]
    assert found('make qualify SERVER_URL=https://a ARGS="--auth basic"') == [
        ["run", "--server-url", "https://a", "--auth", "basic"]
    ]
    assert found("docker build -t speke-conformance .") == found("pip install speke-conformance") == []


def test_a_wrong_option_in_a_page_is_found() -> None:
    with pytest.raises(SystemExit):
        parse(next(suite_words("./speke run --no-such-option")), "")


def _environment(folder: Path, installed: Environment | None) -> tuple[dict[str, str], str]:
    """The process environment with the commands of the suite in front of the path, and the Python that has it."""
    folder.mkdir()
    python = sys.executable if installed is None else str(installed.folder / "bin" / "python")
    for name, module in (("speke-conformance", "conformance"), ("pytest", "pytest")):
        script = folder / name
        script.write_text(f'#!/bin/sh\nexec "{python}" -m {module} "$@"\n', encoding="utf-8")
        script.chmod(0o755)
    paths = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "100"}
    kept = {name: value for name, value in clean_environment().items() if not name.startswith("SPEKE_")}
    return kept | paths | ({"PYTHONPATH": str(ROOT)} if installed is None else {}), python


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
