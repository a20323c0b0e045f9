"""`run`: the suite, with pytest's options of the same names without the prefix."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from conformance.cases import cases_directory
from conformance.cli.command import Command
from conformance.cli.common import declare_options
from conformance.run.options import OPTIONS


def declare(parser: argparse.ArgumentParser) -> None:
    """Options: those of the pytest plugin, without `--speke-`."""
    parser.add_argument("--server-url", metavar="URL", help="the key server to judge (default: the built-in one)")
    declare_options(parser)
    parser.add_argument(
        "pytest", nargs="*", metavar="-- PYTEST OPTION", help="everything after -- goes to pytest unchanged"
    )


def run(options: argparse.Namespace) -> int:
    """Hand over to pytest; its exit status."""
    return int(pytest.main(pytest_arguments(options)))


def pytest_arguments(options: argparse.Namespace) -> list[str]:
    """The command line for pytest."""
    home = cases_directory()
    arguments = ["-p", "conformance.pytest_plugin", f"--rootdir={home.parent}", "-o", f"cache_dir={_cache()}", "-q"]
    # This process has imported the plugin already, which pytest warns of because it would like to rewrite its asserts.
    arguments += ["-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning"]
    if options.server_url is not None:
        arguments.append(f"--server-url={options.server_url}")
    for option in OPTIONS:
        value = getattr(options, option.field)
        if option.many:
            arguments += [f"--speke-{option.name}={one}" for one in value]
        elif value is not None and option.metavar:
            arguments.append(f"--speke-{option.name}={value}")
        elif value:
            arguments.append(f"--speke-{option.name}")
    given = [_found(argument, home.parent) for argument in options.pytest]
    return [*arguments, *given, *([] if any(map(_is_place, given)) else [str(home), *options.cases])]


def _found(argument: str, root: Path) -> str:
    """A place as reports print it, relative to the suite's own folder, wherever the command is typed."""
    path, colons, name = argument.partition("::")
    if path.startswith("-") or Path(path).exists() or not (root / path).exists():
        return argument
    return f"{root / path}{colons}{name}" if _is_place(str(root / path)) else argument


def _is_place(argument: str) -> bool:
    """Whether an argument for pytest is a file, a folder or a node id, and not the value of an option."""
    path = argument.partition("::")[0]
    written_so = "/" in path or "::" in argument or path.endswith((".yaml", ".yml"))
    return not argument.startswith("-") and written_so and Path(path).exists()


def _cache() -> Path:
    return Path.cwd() / ".pytest_cache"


COMMAND = Command("run", "judge a key server and write the qualification report", declare, run, colours=True)
