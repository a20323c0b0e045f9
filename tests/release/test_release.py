"""`make release`: what it refuses, and that the same commit gives the same bytes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from conformance import __version__
from releasing.__main__ import release
from releasing.levels import unnamed_changes
from releasing.refusal import Refusal
from releasing.source import read_source

ROOT = Path(__file__).resolve().parents[2]
WHEN = "2026-01-02T03:04:05+00:00"
DATED = "# Changelog\n\n## 1.2.3 (2026-01-02)\n\n- A fix.\n\n## 1.2.2 (2025-01-01)\n\n- Older.\n"


def git(root: Path, *words: str) -> str:
    who = (
        "-c",
        "user.name=T",
        "-c",
        "user.email=t@example.com",
        "-c",
        "commit.gpgsign=false",
        "-c",
        "tag.gpgsign=false",
    )
    variables = os.environ | {"GIT_AUTHOR_DATE": WHEN, "GIT_COMMITTER_DATE": WHEN}
    done = subprocess.run(["git", *who, *words], cwd=root, env=variables, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def committed(root: Path) -> Path:
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "x")
    return root


def small(root: Path, changelog: str) -> Path:
    (root / "conformance").mkdir(parents=True)
    (root / "conformance" / "__init__.py").write_text('__version__ = "1.2.3"\n', encoding="utf-8")
    (root / "CHANGELOG.md").write_text(changelog, encoding="utf-8")
    return committed(root)


def test_a_commit_with_tag_and_entry_can_be_released(tmp_path: Path) -> None:
    root = small(tmp_path, DATED)
    git(root, "tag", "v1.2.3")
    source = read_source(root, rehearse=False)
    assert (source.version, source.tag, source.date, source.changes) == ("1.2.3", "v1.2.3", "2026-01-02", "- A fix.\n")
    assert source.epoch == 1767323045


@pytest.mark.parametrize(
    ("changelog", "sentence"),
    [
        ("# Changelog\n\n## 1.2.2 (2025-01-01)\n\n- Older.\n", "CHANGELOG.md has no entry for 1.2.3"),
        (DATED.replace("2026-01-02", "unreleased"), "write the date of the release there"),
        (DATED, "This commit has no tag v1.2.3"),
    ],
)
def test_what_is_missing_is_refused(tmp_path: Path, changelog: str, sentence: str) -> None:
    root = small(tmp_path, changelog)
    with pytest.raises(Refusal, match=sentence):
        read_source(root, rehearse=False)


def test_a_rehearsal_needs_neither_tag_nor_date(tmp_path: Path) -> None:
    source = read_source(small(tmp_path, DATED.replace("2026-01-02", "unreleased")), rehearse=True)
    assert (source.tag, source.date) == ("", "unreleased")


@pytest.mark.parametrize("rehearse", [False, True])
def test_a_dirty_tree_is_refused(tmp_path: Path, rehearse: bool) -> None:
    root = small(tmp_path, DATED)
    git(root, "tag", "v1.2.3")
    (root / "left-over.txt").touch()
    with pytest.raises(Refusal, match=r"not committed \(left-over.txt\)"):
        read_source(root, rehearse=rehearse)


def test_an_older_tag_is_not_enough(tmp_path: Path) -> None:
    root = small(tmp_path, DATED)
    git(root, "tag", "v1.2.3")
    git(root, "commit", "--quiet", "--allow-empty", "--message", "later")
    with pytest.raises(Refusal, match="no tag"):
        read_source(root, rehearse=False)


def test_a_rule_of_another_level_must_be_named(checkout: Path) -> None:
    git(checkout, "tag", "v0.0.1")
    rules = checkout / "conformance" / "catalogue" / "requirements" / "safety.yaml"
    before = rules.read_text(encoding="utf-8")
    assert before.count("level: MUST\n")
    rules.write_text(before.replace("level: MUST\n", "level: SHOULD\n", 1), encoding="utf-8")
    (checkout / "CHANGELOG.md").write_text(f"# Changelog\n\n## {__version__} (x)\n\n- Nothing.\n", encoding="utf-8")
    git(checkout, "commit", "--quiet", "--all", "--message", "laxer")
    (unnamed,) = unnamed_changes(read_source(checkout, rehearse=True))
    (checkout / "CHANGELOG.md").write_text(
        f"# C\n\n## {__version__} (x)\n\n- {unnamed}, for a reason.\n", encoding="utf-8"
    )
    git(checkout, "commit", "--quiet", "--all", "--message", "named")
    assert unnamed_changes(read_source(checkout, rehearse=True)) == []


def test_files_of_another_release_stay(tmp_path: Path) -> None:
    (tmp_path / "old.whl").touch()
    with pytest.raises(Refusal, match="is not empty"):
        release(ROOT, tmp_path, rehearse=True)


@pytest.fixture
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of this checkout as a repository of their own, so that the test sees what is not committed yet."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this is not a git checkout")
    root = tmp_path_factory.mktemp("release") / "checkout"
    for name in git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard").splitlines():
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)
    committed(root)
    return root


@pytest.mark.slow
def test_the_same_commit_gives_the_same_bytes(checkout: Path, tmp_path: Path) -> None:
    names = release(checkout, tmp_path / "one", rehearse=True)
    assert release(checkout, tmp_path / "two", rehearse=True) == names
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name
    _sums(tmp_path / "one")
    _statement(tmp_path / "one", git(checkout, "rev-parse", "HEAD"))
    _materials(tmp_path / "one")
    _times(tmp_path / "one")
    page = (tmp_path / "one" / "RELEASE.md").read_text(encoding="utf-8")
    assert page.startswith(f"# speke-conformance {__version__} (") and "Requirement sets" in page


def _sums(folder: Path) -> None:
    for line in (folder / "SHA256SUMS").read_text(encoding="ascii").splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def _statement(folder: Path, commit: str) -> None:
    statement = _json(folder / "provenance.json")
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    for one in statement["subject"]:
        assert hashlib.sha256((folder / one["name"]).read_bytes()).hexdigest() == one["digest"]["sha256"]
    definition = statement["predicate"]["buildDefinition"]
    assert definition["resolvedDependencies"][0]["digest"] == {"gitCommit": commit}
    assert {one["name"].rpartition(".")[2] for one in statement["subject"]} == {"whl", "gz", "json"}


def _materials(folder: Path) -> None:
    bom = _json(folder / "sbom.cdx.json")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bom)) is None
    wheel = next(folder.glob("*.whl"))
    root = bom["metadata"]["component"]
    assert (bom["bomFormat"], root["version"]) == ("CycloneDX", __version__)
    assert root["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(wheel.read_bytes()).hexdigest()}]
    edges = {one["ref"]: one.get("dependsOn", []) for one in bom["dependencies"]}
    assert any(ref.startswith("pkg:pypi/lxml@") for ref in edges[root["bom-ref"]])
    assert {one["name"] for one in bom["components"]} >= {"lxml", "requests", "urllib3", "cryptography"}


def _times(folder: Path) -> None:
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        assert len({member.mtime for member in archive.getmembers()}) == 1
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        assert {member.date_time[:3] for member in wheel.infolist()} == {(2026, 1, 2)}


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
