"""All cases of a run: ours and the user's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from conformance.cases.combinations import ArrayOptions
from conformance.cases.loader import CaseFile, KnownCheck, read_case_file
from conformance.cases.values import FILE, cases_directory
from conformance.catalogue.yamlfile import DataError
from conformance.model import Case, Place

SUFFIXES = (".yaml", ".yml")
T = TypeVar("T")


SHIPPED = "testcases"
"""The first part of the name of a shipped case's file, as reports print it, wherever it really is."""


def shipped_name(path: Path) -> str:
    """A shipped file as reports print it; raises ValueError for another."""
    return (Path(SHIPPED) / path.relative_to(cases_directory())).as_posix()


def shipped_file(name: str) -> Path | None:
    """The inverse, wherever the name is typed; None for a file that is there, and for one that does not ship."""
    path, home = Path(name), cases_directory()
    if path.exists() or path.parts[:1] not in ((SHIPPED,), (home.name,)):
        return None
    found = home.joinpath(*path.parts[1:])
    return found if found.exists() else None


def case_files(directory: Path) -> list[Path]:
    """The case files below a folder, in a stable order."""
    values = cases_directory() / FILE
    return sorted(path for path in directory.rglob("*") if path.suffix in SUFFIXES and path != values)


def load_cases(
    known_checks: Mapping[str, KnownCheck], extra: Sequence[Path] = (), options: ArrayOptions | None = None
) -> list[Case]:
    """All cases, ours first; DataError with file and line for whatever is wrong in one of them.

    The covering arrays among them are made for what the options say; without any, for claims that are discovered.
    """
    home = cases_directory()
    files = [read_case_file(path, home, known_checks, options) for path in case_files(home)]
    for directory in extra:
        found = case_files(directory)
        if not found:
            raise DataError(str(directory), "this folder holds no YAML file of cases")
        files += [read_case_file(path, directory, known_checks, options) for path in found]
    refuse_twins(files)
    return list(in_order([case for file in files for case in file.cases], lambda case: case))


def in_order(items: Sequence[T], case_of: Callable[[T], Case | None]) -> Iterator[T]:
    """The same items, those with a moment where it is; what is about all exchanges is asked when the last one is in."""
    rest: list[T] = []
    placed: dict[str, list[T]] = {}
    for item in items:
        case = case_of(item)
        moment = "" if case is None else "laws" if case.sends_nothing else case.moment
        (placed.setdefault(moment, []) if moment else rest).append(item)
    half = len(rest) // 2
    # A case is not torn apart.
    while 0 < half < len(rest) and case_of(rest[half]) is case_of(rest[half - 1]):
        half += 1
    yield from placed.get("start", ())
    yield from rest[:half]
    yield from placed.get("half", ())
    yield from rest[half:]
    yield from placed.get("end", ())
    yield from placed.get("laws", ())


def refuse_twins(files: Sequence[CaseFile]) -> None:
    """Refuse two cases of the same name, whatever files they stand in."""
    seen: dict[str, Place | None] = {}
    for file in files:
        for case in file.cases:
            if case.name in seen:
                raise DataError(case.place or case.id, f"the case id {case.name} is already taken by {seen[case.name]}")
            seen[case.name] = case.place
