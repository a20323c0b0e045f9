"""The subcommands: what they print, where they write, and how they end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from conformance.__main__ import main
from conformance.checks import load_checks
from conformance.reporting.writer import views
from conformance.results.document import Document
from conformance.results.seal import sealed
from tests.conftest import saved
from tests.made_runs import CASES, chosen
from tests.offline.test_judged_pair import capture

PRODUCT = "product: Keys\nversion: '4.2'\nkey-provider: Example Ltd\n"


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--sets"]) == 0
    assert "safety@1" in capsys.readouterr().out
    assert main(["list"]) == 0
    assert "speke-conformance list --checks" in capsys.readouterr().out
    assert main(["list", "--sets", "--cases"]) == 4


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "http.identity-honoured"]) == 0
    assert "+ Content-Encoding: gzip" in capsys.readouterr().out
    assert main(["explain", "http.identity-honored"]) == 4
    assert "did you mean 'http.identity-honoured'" in capsys.readouterr().err


def test_diff(good: Document, bad: Document, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = saved(good, tmp_path / "old"), saved(bad, tmp_path / "new")
    assert main(["diff", str(old), str(new.parent)]) == 1
    assert "newly failing" in capsys.readouterr().out
    assert main(["diff", str(new), str(old), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["newly_passing"] and not found["newly_failing"]
    new.write_bytes(new.read_bytes()[:1000])
    assert main(["diff", str(old), str(new)]) == 4
    assert capsys.readouterr().err == (
        f"speke-conformance: {new}: the document is cut off: it was not written completely\n"
    )


def test_replay(bad: Document, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved(bad, tmp_path / "run")
    assert main(["replay", str(tmp_path / "run"), "--report-dir", str(tmp_path / "again")]) == 1
    out = capsys.readouterr().out
    assert "NOT QUALIFIED" in out
    assert "carried over as recorded" in out
    assert "since the record: " in out
    assert (tmp_path / "again" / "latest" / "qualification.html").is_file()
    (tmp_path / "file").write_text("")
    assert main(["replay", str(tmp_path / "run"), "--report-dir", str(tmp_path / "file")]) == 4
    assert main(["replay", str(tmp_path / "run"), "--cases", str(tmp_path / "nothing")]) == 4


def test_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = capture(tmp_path, "KEY-SAME-FOR-ALL")
    given = ["check", "--request", str(files.request), "--response", str(files.response)]
    assert main([*given, "--headers", str(files.headers)]) == 1
    assert "FAIL  One content key serves for several KIDs" in capsys.readouterr().out
    files.request.write_text("no")
    assert main(given) == 4
    assert "holds no CPIX document" in capsys.readouterr().err


def test_known(bad: Document, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["known", "--from", str(saved(bad, tmp_path))]) == 0
    assert "known:\n" in capsys.readouterr().out


def test_catalogue(good: Document, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(saved(good, tmp_path))
    assert main(["catalogue", "diff", path, path]) == 0
    assert "No new checks" in capsys.readouterr().out
    assert main(["catalogue", "diff", path]) == 0


def test_report(small: Document, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(small, tmp_path / "run")
    assert main(["report", str(path.parent)]) == 0
    assert path.read_bytes() == sealed(small)
    for name, content in views(small):
        assert (path.parent / name).read_bytes() == content
    assert main(["report", str(path), "-o", str(tmp_path / "other")]) == 0
    assert (tmp_path / "other" / "results.json").is_file()
    (tmp_path / "file").write_text("")
    assert main(["report", str(path), "-o", str(tmp_path / "file")]) == 4
    assert "cannot be written" in capsys.readouterr().err


def test_evidence(
    good: Document, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(good, tmp_path / "run")
    product, key, public, out = (tmp_path / name for name in ("product.yaml", "key.pem", "key.pub", "e.zip"))
    product.write_text(PRODUCT)
    private = Ed25519PrivateKey.generate()
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    key.write_bytes(private.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    public.write_bytes(private.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo))
    given = ["evidence", "--product", str(product), "--results", str(tmp_path / "run"), "-o", str(out)]
    assert main([*given, "--key", str(key)]) == 0
    assert "QUALIFIED for Keys 4.2, signed" in capsys.readouterr().out
    # The run is of a few cases and says that it is whole: only where there are no others can it be right.
    assert main(["check-evidence", str(out), "--public-key", str(public)]) == 1
    assert "results are missing that profile and catalogue select" in capsys.readouterr().out
    few = (chosen(*CASES), load_checks())
    monkeypatch.setattr("conformance.cli.check_evidence.cases_and_checks", lambda folders, arrays: few)
    assert main(["check-evidence", str(out), "--public-key", str(public)]) == 0
    assert "CONSISTENT (" in capsys.readouterr().out
    data = out.read_bytes()
    assert main([*given, "--key", str(key)]) == 0
    assert out.read_bytes() == data
    out.write_bytes(data[:-100])
    assert main(["check-evidence", str(out)]) == 4
    out.unlink()
    good.run.partial = good.run.insecure = True
    saved(good, tmp_path / "run")
    assert main(given) == 4
    error = capsys.readouterr().err
    assert "No evidence can be made of this run: the run is partial" in error
    assert "the run is insecure" in error
    assert not out.exists()
    assert main([*given[:-1], str(tmp_path / "file" / "e.zip"), "--key", str(product)]) == 4


def test_previous(good: Document, tmp_path: Path) -> None:
    root = Path(__file__).resolve().parent.parent.parent
    previous = saved(good, tmp_path, "previous.json")

    def run(path: Path) -> subprocess.CompletedProcess[str]:
        node = f"{root}/testcases/keys/keys.yaml::KEYS-SYSTEMS[2.0-widevine]"
        options = [f"--speke-previous={path}", f"--speke-report-dir={tmp_path / 'reports'}", "--speke-seed=test"]
        options += ["--speke-profile=reference", "--speke-fault=KEY-SAME-FOR-ALL", "-q", "-p", "no:cacheprovider"]
        return subprocess.run(
            [sys.executable, "-m", "pytest", node, *options], cwd=root, capture_output=True, text=True, check=False
        )

    done = run(previous)
    assert "since the previous run: 1 newly failing" in done.stdout
    latest = tmp_path / "reports" / "latest"
    document = json.loads((latest / "results.json").read_text())
    assert [one["check"] for one in document["previous"]["newly_failing"]] == ["keys.values-distinct"]
    assert "Since the previous run" in (latest / "qualification.html").read_text()
    previous.write_text("{")
    refused = run(previous)
    assert refused.returncode == 4
    assert "cut off" in refused.stderr
