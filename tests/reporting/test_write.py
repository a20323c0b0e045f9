"""Writing: a folder per run, a link to the latest, and one clear sentence where the disk says no."""

from __future__ import annotations

import copy
import errno
import json
import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from conformance.reporting.exchange_files import curl_script
from conformance.reporting.writer import ReportError, views, write_reports
from conformance.results.document import Document
from conformance.results.reader import read_results
from conformance.results.seal import digest_of, plain


def test_all_views_are_written(small: Document, tmp_path: Path) -> None:
    folder = write_reports(small, tmp_path / "reports")
    assert folder == tmp_path / "reports" / "2026-03-01T100000Z"
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {
        "results.json",
        "qualification.html",
        "junit.xml",
        "summary.md",
        "ctrf.json",
        "badge.svg",
        "badge.json",
        "exchanges/KEYS-1_2.0/ask.request.txt",
        "exchanges/KEYS-1_2.0/ask.answer.txt",
        "exchanges/KEYS-1_2.0/ask.answer.http",
        "exchanges/KEYS-1_2.0/ask.curl.sh",
        "exchanges/NEG-1_2.0/ask.answer.txt",
    } <= names
    assert not [name for name in names if "partial" in name]
    written = json.loads((folder / "results.json").read_text())
    assert written["digest"] == digest_of(plain(small))
    assert read_results(folder) == replace(small, digest=written["digest"])


def test_latest_points_to_the_last_run(small: Document, tmp_path: Path) -> None:
    write_reports(small, tmp_path)
    second = write_reports(small, tmp_path)
    assert second.name == "2026-03-01T100000Z-2"
    assert str((tmp_path / "latest").readlink()) == second.name


def test_latest_is_a_copy_where_links_are_refused(
    small: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    for _ in range(2):
        write_reports(small, tmp_path)
        assert not (tmp_path / "latest").is_symlink()
        assert (tmp_path / "latest" / "results.json").is_file()


def test_file_in_the_place_of_the_folder_is_one_sentence(small: Document, tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file")
    with pytest.raises(ReportError, match=r"cannot be written.*--speke-report-dir") as caught:
        write_reports(small, tmp_path / "reports")
    assert "\n" not in str(caught.value)


def test_full_disk_leaves_the_source_readable(small: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Path.write_bytes

    def fill(path: Path, content: bytes) -> int:
        if "results.json" not in path.name:
            whole(path, content[:10])
            raise OSError(errno.ENOSPC, "No space left on device")
        return whole(path, content)

    monkeypatch.setattr(Path, "write_bytes", fill)
    with pytest.raises(ReportError, match=r"No space left on device.*results.json .* is complete"):
        write_reports(small, tmp_path)
    folder = tmp_path / "2026-03-01T100000Z"
    assert [path.name for path in folder.iterdir()] == ["results.json"]
    assert json.loads((folder / "results.json").read_text())["complete"] is True


def test_views_are_the_same_each_time(faulty: Document) -> None:
    once, again = dict(views(faulty)), dict(views(copy.deepcopy(faulty)))
    assert once == again


@pytest.mark.parametrize(
    "auth",
    [
        {"kind": "none"},
        {"kind": "basic"},
        {"kind": "bearer"},
        {"kind": "header", "header": "X-Api-Key=VENDOR_KEY"},
        {"kind": "sigv4", "region": "eu-west-1"},
    ],
)
def test_curl_script_is_a_script_without_secrets(small: Document, auth: dict[str, str], tmp_path: Path) -> None:
    script = tmp_path / "ask.curl.sh"
    script.write_text(curl_script(small.exchanges["KEYS-1[2.0]::ask"], auth, "ask"))
    assert subprocess.run(["sh", "-n", script], check=False).returncode == 0
    text = script.read_text()
    assert '-- "$SPEKE_URL"' in text
    assert "[withheld]" not in text
    assert "@ask.request.txt" in text


def test_curl_script_sends_what_was_recorded(small: Document, tmp_path: Path) -> None:
    exchange = small.exchanges["KEYS-1[2.0]::ask"]
    (tmp_path / "ask.request.txt").write_text(exchange.request.body.text)
    script = tmp_path / "ask.curl.sh"
    script.write_text(curl_script(exchange, {"kind": "none"}, "ask"))
    fake = tmp_path / "bin" / "curl"
    fake.parent.mkdir()
    fake.write_text('#!/bin/sh\nfor one in "$@"; do echo "$one"; done\ncat ask.request.txt\n')
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    environment = {"PATH": f"{fake.parent}:{os.environ['PATH']}", "SPEKE_URL": "https://keys.example.com/a b"}
    ran = subprocess.run(["sh", script], env=environment, capture_output=True, text=True, check=True, cwd="/")
    lines = ran.stdout.splitlines()
    assert "https://keys.example.com/a b" in lines
    assert lines[-1] == exchange.request.body.text
    missing = subprocess.run(
        ["sh", script], env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False
    )
    assert missing.returncode != 0
    assert "SPEKE_URL" in missing.stderr
