"""`run`: the suite, with pytest's options of the same names without the prefix."""

from __future__ import annotations

import argparse
import webbrowser
from collections.abc import Sequence
from pathlib import Path

import pytest

from conformance.cases import cases_directory
from conformance.cases.library import SUFFIXES
from conformance.cli.command import Command
from conformance.cli.common import declare_options
from conformance.pytest_plugin.console import Console
from conformance.pytest_plugin.selection import named_here
from conformance.run.options import OPTIONS, URL_HELP
from conformance.wire.errors import OptionError

NO_REPORT = (4, 5)
"""Exit statuses of a run that wrote none: what `latest` shows is another."""


def declare(parser: argparse.ArgumentParser) -> None:
    """Options: those of the pytest plugin, without `--speke-`, and those with which pytest selects."""
    parser.add_argument("--server-url", metavar="URL", action="append", default=[], help=URL_HELP)
    declare_options(parser)
    parser.add_argument("--open", action="store_true", help="open the report in a browser when the run has ended")
    group = parser.add_argument_group("selection (a selection has verdicts, and no outcome)")
    group.add_argument("-k", metavar="WORDS", help="only what these words fit: cases, steps, topics, checks")
    group.add_argument("--lf", action="store_true", help="only what failed in the last run in this folder")
    group.add_argument("-x", action="store_true", help="stop at the first failure")
    group.add_argument(
        "more", nargs="*", metavar="PLACE | -- PYTEST OPTION", help="a node id as `repeat` prints it, a file, a folder"
    )


def run(options: argparse.Namespace) -> int:
    """Hand over to pytest; its exit status."""
    status = int(pytest.main(pytest_arguments(options), plugins=[Console()]))
    page = Path(options.report_dir) / "latest" / "qualification.html"
    if options.open and status not in NO_REPORT and page.is_file():
        webbrowser.open(page.resolve().as_uri())
    return status


def pytest_arguments(options: argparse.Namespace) -> list[str]:
    """The command line for pytest; raises OptionError for a server URL in the place of a case."""
    home = cases_directory()
    arguments = ["-p", "conformance.pytest_plugin", f"--rootdir={home.parent}", "-o", f"cache_dir={_cache()}", "-q"]
    # This process has imported the plugin already, which pytest warns of because it would like to rewrite its asserts.
    arguments += ["-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning"]
    arguments += [f"--server-url={url}" for url in options.server_url]
    for option in OPTIONS:
        value = getattr(options, option.field)
        if option.many:
            arguments += [f"--speke-{option.name}={one}" for one in value]
        elif value is not None and option.metavar:
            arguments.append(f"--speke-{option.name}={value}")
        elif value:
            arguments.append(f"--speke-{option.name}")
    arguments += [] if options.k is None else ["-k", options.k]
    arguments += [word for word, given in (("--lf", options.lf), ("-x", options.x)) if given]
    for word in options.more:
        if word.startswith(("http://", "https://")):
            raise OptionError("Give the server URL with --server-url.")
    _check_places(options.places, [home, *map(Path, options.cases)])
    given = [named_here(word) for word in options.more]
    return [*arguments, *given, *([] if any(map(_is_place, given)) else [str(home), *options.cases])]


def _check_places(words: Sequence[str], homes: Sequence[Path]) -> None:
    """Refuse what holds no case of this run: pytest would pass over it, and the whole suite would run instead."""
    for word in words:
        path = Path(named_here(word).partition("::")[0]).resolve()
        if not path.exists():
            raise OptionError(
                f"There is no file or folder {word.partition('::')[0]!r}; "
                "give a node id as `repeat` prints it, or a file or folder of cases."
            )
        if not any(path.is_relative_to(home) or home.is_relative_to(path) for home in (one.resolve() for one in homes)):
            raise OptionError(f"{word} belongs to no folder of cases; name its folder with --cases too.")
        if path.is_file() and path.suffix not in SUFFIXES:
            raise OptionError(f"{word} is not a YAML file of cases.")


def _is_place(argument: str) -> bool:
    """Whether an argument for pytest is a file, a folder or a node id, and not the value of an option."""
    path = argument.partition("::")[0]
    written_so = "/" in path or "::" in argument or path.endswith((".yaml", ".yml"))
    return not argument.startswith("-") and written_so and Path(path).exists()


def _cache() -> Path:
    return Path.cwd() / ".pytest_cache"


COMMAND = Command("run", "judge a key server and write the qualification report", declare, run, colours=True)
