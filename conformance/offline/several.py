"""Every exchange of the files and folders that somebody gives at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from conformance.catalogue.yamlfile import DataError
from conformance.offline.captured import Captured, read_capture, read_pair
from conformance.offline.sources import Found, entries, in_folder

MOST = 5_000
"""Exchanges that are judged together; a day of one encryptor with key rotation has fewer."""


def read_several(
    paths: Sequence[Path], private_key: Path | None = None, version: str = "", entry: str = ""
) -> tuple[list[Captured], list[str]]:
    """All exchanges, each under a name of its own, and why files of a folder were left out, in sentences.

    A file that was named and cannot be read raises DataError; one that merely lies in a folder is left out.
    """
    if len(paths) == 1 and not paths[0].is_dir():
        return [read_capture(paths[0], private_key, version, entry=entry)], []
    found: list[Captured] = []
    left_out: list[str] = []
    for path in paths:
        if not path.is_dir():
            found += _of_file(path, private_key, version, path.name)
            continue
        before = len(found)
        for one in in_folder(path):
            try:
                found += _of_folder(one, private_key, version)
            except DataError as error:
                left_out.append(str(error))
        if len(found) == before:
            raise DataError(str(path), "the folder holds no exchange that can be read (docs/captures.md)")
        if len(found) > MOST:
            raise DataError(str(path), f"these are more than {MOST} exchanges; give fewer at a time")
    return _with_own_names(found), left_out


def _of_folder(one: Found, private_key: Path | None, version: str) -> list[Captured]:
    if len(one.files) == 1:
        return _of_file(one.files[0], private_key, version, one.name)
    headers = one.files[2] if len(one.files) > 2 else None
    return [read_pair(one.files[0], one.files[1], headers, private_key, version, name=one.name)]


def _of_file(path: Path, private_key: Path | None, version: str, name: str) -> list[Captured]:
    numbers = entries(path)
    if not numbers:
        return [read_capture(path, private_key, version, name=name)]
    return [read_capture(path, private_key, version, entry=number, name=f"{name} {number}") for number in numbers]


def _with_own_names(found: list[Captured]) -> list[Captured]:
    """The same with no name twice: results are told apart by the case's name."""
    times: Counter[str] = Counter()
    named = []
    for one in found:
        name = one.case.name
        times[name] += 1
        named.append(one if times[name] == 1 else replace(one, case=replace(one.case, id=f"{name} ({times[name]})")))
    return named
