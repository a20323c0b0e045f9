"""Where the shipped cases are, and all cases of a run: ours and the user's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from conformance.cases.loader import CaseFile, KnownCheck, read_case_file
from conformance.catalogue.yamlfile import DataError
from conformance.model import Case, Place

SUFFIXES = (".yaml", ".yml")

_PACKAGE = Path(__file__).resolve().parent.parent


def cases_directory() -> Path:
    """The folder of the shipped cases: `testcases/` of the checkout, or the copy that travels in the package."""
    packaged = _PACKAGE / "_testcases"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "testcases"


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
    return sorted(path for path in directory.rglob("*") if path.suffix in SUFFIXES)


def load_cases(known_checks: Mapping[str, KnownCheck], extra: Sequence[Path] = ()) -> list[Case]:
    """All cases, ours first; DataError with file and line for whatever is wrong in one of them."""
    home = cases_directory()
    files = [read_case_file(path, home, known_checks) for path in case_files(home)]
    for directory in extra:
        found = case_files(directory)
        if not found:
            raise DataError(str(directory), "this folder holds no YAML file of cases")
        files += [read_case_file(path, directory, known_checks) for path in found]
    refuse_twins(files)
    # What is about all exchanges is asked when the last one is in.
    return sorted((case for file in files for case in file.cases), key=lambda case: case.sends_nothing)


def refuse_twins(files: Sequence[CaseFile]) -> None:
    """Refuse two cases of the same name, whatever files they stand in."""
    seen: dict[str, Place | None] = {}
    for file in files:
        for case in file.cases:
            if case.name in seen:
                raise DataError(case.place or case.id, f"the case id {case.name} is already taken by {seen[case.name]}")
            seen[case.name] = case.place
