"""What several subcommands share: the cases, the checks, lines for a terminal."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path

from conformance.cases import cases_directory, load_cases
from conformance.cases.combinations import ArrayOptions
from conformance.checks import load_checks
from conformance.checks.registry import Check
from conformance.model import Case
from conformance.redaction.escaping import visible
from conformance.reporting.terminal import terminal_lines
from conformance.reporting.writer import ReportError, write_whole
from conformance.results.document import Document
from conformance.run.options import OPTIONS, declaration, for_console
from conformance.wire.errors import OptionError


def declare_cases(parser: argparse.ArgumentParser) -> None:
    """The option for the user's own cases."""
    parser.add_argument(
        "--cases", metavar="DIR", action="append", default=[], help="a folder with your own cases (repeatable)"
    )


class OneUrl(argparse.Action):
    """The URL of the only server that a command asks: a second one is refused instead of taking the first one's place.

    Commands that ask several endpoints collect them.
    """

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        """Take the URL; raises SystemExit, as argparse does, where there is one already."""
        if getattr(namespace, self.dest) is not None:
            parser.error(f"{option_string} can be given only once here; `run` tests several endpoints together")
        setattr(namespace, self.dest, values)


def declare_options(parser: argparse.ArgumentParser, taken: Container[str] | None = None) -> None:
    """Options of a run under their own names, without pytest's prefix; `taken` names those that a command knows."""
    for option in OPTIONS:
        if taken is None or option.name in taken:
            words = declaration(option)
            words["help"] = for_console(words["help"])
            parser.add_argument(f"--{option.name}", dest=option.field, **words)


def cases_and_checks(
    folders: Sequence[str] = (), arrays: ArrayOptions | None = None
) -> tuple[list[Case], Mapping[str, Check]]:
    """All cases, those of the user's folders among them, and all checks; raises OptionError or DataError.

    `arrays` says for whom the covering arrays are made.
    """
    for folder in folders:
        if not Path(folder).is_dir():
            raise OptionError(f"--cases {folder} is not a folder; name the folder that holds your YAML cases.")
    checks = load_checks()
    return load_cases(checks, [Path(folder).resolve() for folder in folders], arrays), checks


def checkout() -> Path | None:
    """The checkout that this suite runs in; None where it was installed as a package."""
    home = cases_directory().parent
    return home if (home / "pyproject.toml").is_file() else None


def show(lines: Iterable[str]) -> None:
    """Print lines; what a server wrote into them can do no harm."""
    for line in lines:
        print(visible(line))


def show_summary(document: Document) -> None:
    """Print what the terminal would say at the end of a run with this document."""
    show(line.text for line in terminal_lines(document, shutil.get_terminal_size().columns))


def write_file(option: str, path: Path, content: bytes) -> None:
    """Write a file as a whole or not at all; raises OptionError with one sentence."""
    try:
        write_whole(path, content)
    except OSError as error:
        raise OptionError(f"{option} {path} cannot be written ({error.strerror}); name another file.") from None


def refused(error: ReportError) -> OptionError:
    """The same sentence as that of a wrong option: the folder was one."""
    return OptionError(str(error))
