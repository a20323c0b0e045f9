"""Links lead somewhere, the recipes are well-formed, the generated page is fresh, and the comparison can fail."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from conformance.cases import load_cases
from conformance.checks import load_checks
from conformance.cli import COMMANDS
from conformance.cli.docs import generated
from conformance.run.options import OPTIONS
from tests.docs.pages import ROOT, Page, links, pages
from tests.docs.test_commands import pattern, plain

PAGES = pages()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Page) -> None:
    for link in links(page.path):
        assert (page.path.parent / link).exists(), f"{page.name} links to {link}, which does not exist"


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop().resolve()
        if page not in seen and page.suffix == ".md":
            seen.add(page)
            waiting += [page.parent / link for link in links(page)]
    assert not {path.name for path in (ROOT / "docs").glob("*.md") if path.resolve() not in seen}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_options_exist(page: Page) -> None:
    text = page.path.read_text(encoding="utf-8")
    for name in re.findall(r"(?:speke-conformance|\./speke) ([a-z][a-z-]+)(?![\w-]*[=/:])", _code(text)):
        assert name in {command.name for command in COMMANDS}, f"{page.name}: speke-conformance {name}"
    known = {option.name for option in OPTIONS} | {"url"}
    for option in re.findall(r"--speke-([a-z-]+)", text):
        assert option in known or any(name.startswith(option) for name in known), f"{page.name}: --speke-{option}"


def test_the_cases_and_checks_that_are_named_exist() -> None:
    checks = load_checks()
    cases = {case.id for case in load_cases(checks)}
    named = set()
    for page in ("aws-suite.md", "faq.md"):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        rows = "".join(line for line in text.splitlines(keepends=True) if line.startswith("|"))
        assert page == "faq.md" or not set(re.findall(r"\b[A-Z]+(?:-[A-Z0-9.]+)+\b", rows)) - cases
        named |= set(re.findall(r"`([a-z-]+\.(?:[a-z0-9-]+|\*))`", rows))
    for page in ("writing.md", "verdicts.md", "getting-started.md", "fix-your-server.md"):
        named |= set(re.findall(r"`([a-z]+\.[a-z]+-[a-z0-9-]+)`", (ROOT / "docs" / page).read_text(encoding="utf-8")))
    for name in named:
        assert name in checks or any(one.startswith(name.rstrip("*")) for one in checks if name.endswith("*")), name


def test_the_generated_page_is_fresh() -> None:
    stale = [name for name, text in generated().items() if (ROOT / name).read_text(encoding="utf-8") != text]
    assert not stale, "run speke-conformance docs --write"


def test_the_recipes_are_well_formed() -> None:
    text = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    recipes = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    used = recipes[0]["jobs"]["conformance"]["steps"][1]["with"]
    assert set(used) <= set(action["inputs"])
    assert recipes[1]["speke"]["resource_group"] and recipes[1]["speke"]["artifacts"]["reports"]["junit"]
    for step in action["runs"]["steps"]:
        # An input inside a script would be a way to inject commands.
        assert "${{" not in step.get("run", "")
    for name in re.findall(r"`([a-z-]+)`", text.partition("Inputs:")[2].partition("\n\n")[0]):
        assert name in {*action["inputs"], *action["outputs"], "sigv4"} or name.startswith("aws-"), name


def test_the_script_of_the_action_runs_and_reports(tmp_path: Path) -> None:
    summary, output = tmp_path / "summary", tmp_path / "output"
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "SPEKE_COMMAND": f"{sys.executable} -m conformance",
        "SPEKE_PROFILE": "smoke",
        "SPEKE_ARGS": "--fault ERROR-CONTENT-ID-OTHER-WORDS -- -k ERR-MISSING-CONTENT-ID",
        "GITHUB_STEP_SUMMARY": str(summary),
        "GITHUB_OUTPUT": str(output),
    }
    ended = subprocess.run([str(ROOT / ".ci" / "judge")], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ended.returncode == 1, ended.stderr
    assert "refusal.standard-message" in summary.read_text(encoding="utf-8")
    values = dict(line.split("=", 1) for line in output.read_text(encoding="utf-8").splitlines())
    assert values["exit-status"] == "1" and (tmp_path / values["report"] / "junit.xml").is_file()
    ended = subprocess.run(
        [str(ROOT / ".ci" / "judge")],
        cwd=tmp_path,
        env=environment | {"SPEKE_PROFILE": "nobody"},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 4
    assert output.read_text(encoding="utf-8").splitlines()[-1] == "exit-status=4"
    assert summary.read_text(encoding="utf-8").count("## SPEKE conformance") == 1


def test_the_container_is_not_root_and_holds_no_secret() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^USER [1-9]\d*$", text, re.MULTILINE)
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE)
    for name in " ".join(copied).split():
        assert (ROOT / name).exists() and f"!{name}" in (ROOT / ".dockerignore").read_text(encoding="utf-8"), name


@pytest.mark.parametrize(
    ("said", "printed", "same"),
    [
        ("3 results\n", "4 results\n", True),
        ("a …\n", "a b c\n", True),
        ("…\nlast\n", "first\nlast\n", True),
        ("…\nlast\n", "first\nlost\n", False),
        ("PASS\n", "FAIL\n", False),
        ("a\n", "a\nb\n", False),
    ],
)
def test_the_comparison_can_fail(said: str, printed: str, same: bool) -> None:
    assert bool(pattern(said).fullmatch(plain(printed))) is same


def _code(text: str) -> str:
    """What stands in code: fenced, indented or between backquotes."""
    fenced = re.findall(r"```(?:sh|console|yaml|groovy|bash)\n(.*?)```", text, re.DOTALL)
    return "\n".join((*fenced, *re.findall(r"`([^`\n]+)`", text), *re.findall(r"^ {4}(\S.*)$", text, re.MULTILINE)))
