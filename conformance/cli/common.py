"""What several subcommands take from the same shelf: the cases, the checks, lines for a terminal."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.cases import load_cases
from conformance.checks import load_checks
from conformance.checks.registry import Check
from conformance.model import Case
from conformance.redaction.escaping import visible
from conformance.reporting.terminal import terminal_lines
from conformance.reporting.writer import ReportError, write_whole
from conformance.wire.errors import OptionError


def declare_cases(parser: argparse.ArgumentParser) -> None:
    """The option for cases of one's own."""
    parser.add_argument("--cases", metavar="DIR", action="append", default=[], help="cases of your own (repeatable)")


def cases_and_checks(folders: Sequence[str] = ()) -> tuple[list[Case], Mapping[str, Check]]:
    """All cases, those of the user's folders among them, and all checks; raises OptionError or DataError."""
    for folder in folders:
        if not Path(folder).is_dir():
            raise OptionError(f"--cases {folder} is not a folder; name the folder that holds your YAML cases.")
    checks = load_checks()
    return load_cases(checks, [Path(folder).resolve() for folder in folders]), checks


def show(lines: Iterable[str]) -> None:
    """Print lines; what a server wrote into them can do no harm."""
    for line in lines:
        print(visible(line))


def show_summary(document: Mapping[str, Any]) -> None:
    """Print what the terminal would say at the end of a run with this document."""
    show(line.text for line in terminal_lines(dict(document), shutil.get_terminal_size().columns))


def write_file(option: str, path: Path, content: bytes) -> None:
    """Write a file as a whole or not at all; raises OptionError with one sentence."""
    try:
        write_whole(path, content)
    except OSError as error:
        raise OptionError(f"{option} {path} cannot be written ({error.strerror}); name another file.") from None


def refused(error: ReportError) -> OptionError:
    """The same sentence as that of a wrong option: the folder was one."""
    return OptionError(str(error))
