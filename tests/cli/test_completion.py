"""Completion in shells: bash reads its script and completes; the scripts for zsh and fish know the same words."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.__main__ import main
from conformance.cli import COMMANDS
from conformance.cli.completion import SHELLS

ROOT = Path(__file__).resolve().parents[2]


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["completion", shell]) == 0
    return capsys.readouterr().out


@pytest.fixture
def bash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    path = tmp_path / "completion.bash"
    path.write_text(script("bash", capsys), encoding="utf-8")
    return path


def completed(path: Path, name: str, *words: str) -> list[str]:
    """What bash offers for the last word, with the script that it has read."""
    typed = " ".join(f"'{word}'" for word in (name, *words))
    code = (
        f"source {path}\nCOMP_WORDS=({typed}); COMP_CWORD={len(words)}\n"
        f"function=$(complete -p {name} | sed 's/.*-F \\([^ ]*\\).*/\\1/')\n"
        f'"$function" {name} "{words[-1]}" "{words[-2] if len(words) > 1 else name}"\n'
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "--norc", "-c", code], capture_output=True, text=True, check=True)
    return [word.strip() for word in done.stdout.splitlines()]


def test_bash_reads_it(bash: Path) -> None:
    assert subprocess.run(["bash", "-n", str(bash)], check=False).returncode == 0


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["ex"], "explain"),
        (["run", "--serv"], "--server-url"),
        (["run", "--profile", "mediap"], "mediapackage-v2-live"),
        (["run", "--auth", "sig"], "sigv4"),
        (["completion", "f"], "fish"),
    ],
    ids=" ".join,
)
def test_bash_completes(bash: Path, words: list[str], wanted: str) -> None:
    assert wanted in completed(bash, "speke-conformance", *words)


def test_bash_completes_files(bash: Path, tmp_path: Path) -> None:
    (tmp_path / "capture.har").touch()
    assert str(tmp_path / "capture.har") in completed(bash, "speke-conformance", "check", f"{tmp_path}/cap")


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_knows_every_command(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = script(shell, capsys)
    missing = [command.name for command in COMMANDS if command.name not in text]
    assert not missing and "server-url" in text


@pytest.mark.parametrize("shell", [shell for shell in SHELLS if shell != "bash"])
def test_the_other_shells_read_it_where_they_are_installed(shell: str, bash: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    made = subprocess.run([sys.executable, "-m", "conformance", "completion", shell], capture_output=True, cwd=ROOT)
    bash.write_bytes(made.stdout)
    assert subprocess.run([shell, "-n", str(bash)], check=False).returncode == 0


def test_the_launcher_of_a_checkout_has_a_script_of_its_own() -> None:
    variables = os.environ | {"SPEKE_PROGRAM": "./speke"}
    made = subprocess.run(
        [sys.executable, "-m", "conformance", "completion", "bash"],
        capture_output=True,
        text=True,
        env=variables,
        cwd=ROOT,
    )
    assert made.stdout.rstrip().endswith(" speke")
