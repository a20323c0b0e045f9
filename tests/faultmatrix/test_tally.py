"""The tally as a file, and the command that prints it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.cli import faults as command
from conformance.faultmatrix.proof_summary import (
    ProofSummary,
    read_proof_summary,
    sources_digest,
    write_proof_summary,
    write_situations,
)
from conformance.judge import USAGE
from conformance.refserver import load_faults

TALLY = ProofSummary("1.0", "c", "s", 3, 3, 2, 2, 5, 5, 7, 7, 0)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_proof_summary(TALLY, tmp_path / "tally.json")
    assert read_proof_summary(tmp_path / "tally.json") == TALLY


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', '{"format": 2}', "\x00"])
def test_a_file_that_is_no_tally_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "tally.json").write_text(text)
    assert read_proof_summary(tmp_path / "tally.json") is None
    assert read_proof_summary(tmp_path / "missing.json") is None


def test_a_tally_of_another_format_is_none(tmp_path: Path) -> None:
    write_proof_summary(TALLY, tmp_path / "tally.json")
    data = json.loads((tmp_path / "tally.json").read_text())
    (tmp_path / "tally.json").write_text(json.dumps({**data, "format": 2}))
    assert read_proof_summary(tmp_path / "tally.json") is None


def test_the_tally_in_a_line() -> None:
    assert TALLY.sentence == "3 of 3 faults killed by name, 2 of 2 harmless variants green"
    assert TALLY.complete
    assert not replace(TALLY, killed=2).complete
    assert not replace(TALLY, green=1).complete
    assert not replace(TALLY, violations=1).complete


def test_a_tally_ages_with_the_sources() -> None:
    assert not TALLY.fresh
    assert replace(TALLY, sources=sources_digest()).fresh


def test_what_single_situations_came_to_is_kept_and_ages(tmp_path: Path) -> None:
    path, today = tmp_path / "tally.json", replace(TALLY, sources=sources_digest())
    write_situations(50, 49, path)
    assert not path.exists(), "there is no tally to keep it beside"
    write_proof_summary(today, path)
    write_situations(50, 49, path)
    kept = read_proof_summary(path)
    assert kept is not None
    assert (kept.situations, kept.situations_killed, kept.situations_fresh) == (50, 49, True)
    write_proof_summary(replace(TALLY, sources="later"), path)
    older = read_proof_summary(path)
    assert older is not None
    assert (older.situations, older.situations_fresh) == (50, False)


def run(*arguments: str) -> int:
    from conformance.__main__ import main

    return main(["faults", *arguments])


def test_the_list_names_every_fault_with_its_story(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--list") == 0
    out = capsys.readouterr().out
    for fault in load_faults().values():
        assert f"{fault.id}: {fault.story}" in out


def test_a_misspelt_fault_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--only", "KEY-ZER0") == USAGE
    assert "--only 'KEY-ZER0' is not a fault or variant (did you mean 'KEY-ZERO'?)." in capsys.readouterr().err
    assert run("--only", "KEY-ZERO", "--write") == USAGE
    assert run("--processes", "0") == USAGE


def test_one_fault_is_told_in_detail(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--only", "KEY-ZERO", "--only", "XML-COMMENTS") == 0
    out = capsys.readouterr().out
    assert "KEY-ZERO: " in out
    assert "  keys.not-zero: keys.not-zero@" in out
    assert out.rstrip().splitlines()[-1].startswith("1 of 1 faults killed by name, 1 of 1 harmless variants green (")


def test_broken_laws_are_the_exit_status(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "violations", lambda matrix: {"reality": ["KEY-ZERO changes nothing"]})
    assert run("--only", "KEY-ZERO") == 1
    out = capsys.readouterr().out
    assert "reality: 1\n  - KEY-ZERO changes nothing" in out
