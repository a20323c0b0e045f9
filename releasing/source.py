"""What is released: a commit, its tag, its time, and what the changelog says of it."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from releasing.refusal import Refusal

_VERSION = re.compile(r'^__version__ = "([^"]+)"$', re.MULTILINE)
_SECTION = r"^## {version} \((?P<when>[^)]*)\)\n(?P<text>.*?)(?=^## |\Z)"


@dataclass(frozen=True)
class Source:
    """A commit that can be released."""

    root: Path
    version: str
    commit: str
    tag: str
    """Empty in a rehearsal without the tag."""
    epoch: int
    """When it was committed: the time that all files of the release carry."""
    date: str
    changes: str
    """The entry in CHANGELOG.md."""
    previous: str | None
    """The tag of the release before; None for the first."""

    def file(self, name: str) -> bytes:
        """One file of the commit."""
        return _git_bytes(self.root, "show", f"{self.commit}:{name}")


def export(root: Path, commit: str, folder: Path, *paths: str) -> Path:
    """The files of a commit in a folder, and nothing else of the checkout."""
    packed = _git_bytes(root, "archive", "--format=tar", commit, *paths)
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def read_source(root: Path, *, rehearse: bool) -> Source:
    """The commit of a checkout; raises Refusal. A rehearsal needs neither a tag nor a date in the changelog."""
    changed = _git(root, "status", "--porcelain")
    if changed:
        raise Refusal(f"The checkout has changes that are not committed ({changed.split()[-1]}); commit or stash them.")
    commit, epoch = _git(root, "log", "-1", "--format=%H %ct").split()
    version = _version(_git(root, "show", f"{commit}:conformance/__init__.py"))
    changelog = _git(root, "show", f"{commit}:CHANGELOG.md") + "\n"
    section = re.search(_SECTION.format(version=re.escape(version)), changelog, re.MULTILINE | re.DOTALL)
    if section is None:
        raise Refusal(f"CHANGELOG.md has no entry for {version}; write one below a line '## {version} (YYYY-MM-DD)'.")
    date = section["when"]
    if not rehearse and not re.fullmatch(r"\d{4}-\d\d-\d\d", date):
        raise Refusal(f"CHANGELOG.md says {version} ({date}); write the date of the release there.")
    tag = f"v{version}"
    if tag not in _git(root, "tag", "--points-at", commit).split():
        if not rehearse:
            raise Refusal(f"This commit has no tag {tag}; run: git tag -s {tag}")
        tag = ""
    older = [
        one
        for one in _git(root, "tag", "--merged", commit, "--sort=-version:refname", "v*").split()
        if one != f"v{version}"
    ]
    previous = older[0] if older else None
    return Source(root, version, commit, tag, int(epoch), date, section["text"].strip() + "\n", previous)


def _version(text: str) -> str:
    found = _VERSION.search(text)
    if found is None:
        raise Refusal('conformance/__init__.py has no line __version__ = "…"; add it.')
    return found[1]


def _git(root: Path, *words: str) -> str:
    return _git_bytes(root, *words).decode("utf-8").strip()


def _git_bytes(root: Path, *words: str) -> bytes:
    done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, check=False)
    if done.returncode:
        said = (done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no reason"])[0]
        raise Refusal(f"git {words[0]} failed ({said}); run this in a git checkout.")
    return done.stdout
