"""`latest` beside the folders of runs: a link, or a copy where links are refused. What somebody else made stays."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from pathlib import Path, PurePosixPath

LATEST = "latest"
COPY = ".copied-by-speke-conformance"
"""Stands in a copy, and lists the files that were copied: no others are ever removed."""

_RUN = re.compile(r"[0-9A-Za-z-]{3,40}")
"""Names of the folders of runs."""


def foreign_latest(report_dir: Path) -> str:
    """Why `latest` cannot be moved, in a sentence: what stands there was not made by this tool. Empty where it can."""
    latest = report_dir / LATEST
    if latest.is_symlink():
        ours = _RUN.fullmatch(str(latest.readlink())) is not None
    else:
        ours = not latest.exists() or (latest / COPY).is_file()
    return "" if ours else f"{latest} was not made by this tool, which leaves it alone: move it, or name another folder"


def point_latest(report_dir: Path, folder: Path) -> None:
    """Make `latest` a relative link to the folder, or a copy of it where links are refused; raises OSError."""
    sentence = foreign_latest(report_dir)
    if sentence:
        raise OSError(sentence)
    latest = report_dir / LATEST
    if not latest.is_dir() or latest.is_symlink():
        link = report_dir / f".{LATEST}.{os.getpid()}"
        try:
            link.symlink_to(folder.name, target_is_directory=True)
        except (OSError, NotImplementedError):
            latest.unlink(missing_ok=True)
        else:
            link.replace(latest)
            return
    _copy(folder, latest)


def points_to(report_dir: Path) -> str:
    """The folder that the link `latest` names; empty where there is no link."""
    latest = report_dir / LATEST
    return str(latest.readlink()) if latest.is_symlink() else ""


def put_back(report_dir: Path, before: str) -> None:
    """Let the link name the folder that it named before, or nothing."""
    latest = report_dir / LATEST
    with suppress(OSError):
        if before:
            point_latest(report_dir, report_dir / before)
        elif latest.is_symlink():
            latest.unlink()


def _copy(folder: Path, latest: Path) -> None:
    latest.mkdir(exist_ok=True)
    _remove_copied(latest)
    copied = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and not (latest / name).exists():
            (latest / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, latest / name)
            copied.append(name.as_posix())
    (latest / COPY).write_text("\n".join(copied) + "\n", encoding="utf-8")


def _remove_copied(latest: Path) -> None:
    """Remove what an earlier copy brought, and the folders that are empty then."""
    if not (latest / COPY).is_file():
        return
    home, folders = latest.resolve(), set()
    for name in (latest / COPY).read_text(encoding="utf-8").splitlines():
        path = latest / PurePosixPath(name)
        if name and path.parent.resolve().is_relative_to(home):
            path.unlink(missing_ok=True)
            folders |= {parent for parent in path.parents if parent != latest and parent.is_relative_to(latest)}
    for one in sorted(folders, key=lambda place: len(place.parts), reverse=True):
        with suppress(OSError):
            one.rmdir()
