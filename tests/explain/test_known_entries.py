"""Known deviations to be filled in: refused while they are not, and right once they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.catalogue.yamlfile import DataError
from conformance.explain.known_entries import known_lines
from conformance.model import Verdict
from conformance.redaction.recorded import Clean, RecordedFinding
from conformance.results.document import Document
from conformance.run.profile import load_profile
from tests.made_runs import made

HEAD = "profile: vendor\nextends: reference\n"


def _profile(folder: Path, lines: list[str]) -> Path:
    path = folder / "vendor.yaml"
    path.write_text(HEAD + "\n".join(lines) + "\n")
    return path


def _filled(lines: list[str]) -> list[str]:
    values = {"reason": "fixed in 4.2", "reference": "BUG-9", "date": "2026-01-02"}
    return [f"{line} {values[line.strip(': ')]}" if line.strip(": ") in values else line for line in lines]


def test_a_profile_is_refused_until_all_is_filled_in(bad: Document, tmp_path: Path) -> None:
    lines = known_lines(bad)
    with pytest.raises(DataError, match=r"vendor.yaml:\d+: (reason|reference|date) must be text, not nothing"):
        load_profile(str(_profile(tmp_path, lines)))
    for left in ("reason", "reference", "date"):
        first = next(at for at, line in enumerate(lines) if line.strip() == f"{left}:")
        almost = [lines[first] if at == first else line for at, line in enumerate(_filled(lines))]
        with pytest.raises(DataError, match=f"{left} must be text"):
            load_profile(str(_profile(tmp_path, almost)))
    profile = load_profile(str(_profile(tmp_path, _filled(lines))))
    failed = [one.finding_id for one in bad.results if one.verdict == "FAIL"]
    assert [entry.finding for entry in profile.known] == failed


@pytest.mark.parametrize("by_check", [False, True])
def test_filled_in_they_cover_what_failed(bad: Document, by_check: bool, tmp_path: Path) -> None:
    entries = "\n".join(_filled(known_lines(bad, by_check=by_check)))
    again = made(tmp_path, "KEY-SAME-FOR-ALL", "HLS-MASTER-MISSING", known=entries).document
    assert again.counts[Verdict.KNOWN] == bad.counts[Verdict.FAIL]
    assert "FAIL" not in again.counts
    assert again.stale == []
    assert again.exit_status == 0
    assert again.outcome == "NOT QUALIFIED"


def test_one_entry_for_each_check(bad: Document) -> None:
    checks = {one.check for one in bad.results if one.verdict == "FAIL"}
    found = [line for line in known_lines(bad, by_check=True) if "- finding:" in line]
    assert sorted(found) == sorted(f'  - finding: "{check}@*"' for check in checks)


def test_nothing_failed(good: Document) -> None:
    assert known_lines(good) == ["# Nothing failed, so there are no deviations to list."]


def test_advisories_only_when_asked_for(small: Document) -> None:
    assert not any("echo.name" in line for line in known_lines(small))
    assert any("echo.name" in line for line in known_lines(small, advisories=True))


def test_what_a_server_wrote_stays_a_comment(small: Document, tmp_path: Path) -> None:
    seen = "x\n    reason: none\x1b[2J\u2028    date: 2026-01-01"
    small.results[0].findings = (RecordedFinding(Clean(""), Clean(""), Clean(seen)),)
    text = "\n".join(known_lines(small))
    assert "\x1b" not in text
    assert not any(line.strip().startswith("reason: none") for line in text.splitlines())
