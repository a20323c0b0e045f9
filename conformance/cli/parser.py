"""Reads the command line: a wrong word is one sentence with the nearest right one."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from conformance import __version__
from conformance.catalogue import load_catalogue
from conformance.catalogue.yamlfile import nearest
from conformance.cli import COMMANDS
from conformance.cli.command import program
from conformance.cli.overview import examples, overview
from conformance.run.options import for_console


class _Version(argparse.Action):
    """Reads the catalogue only if somebody asks for the version."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(f"speke-conformance {__version__} (catalogue {load_catalogue().digest[:12]})")
        parser.exit()


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One sentence; the options are many, and --help lists them."""
        self.exit(2, f"{self.prog}: {message}. {self.prog} --help lists the options.\n")

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.register("type", int, _whole_number)
        self.register("type", float, _number)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """A wrong word gets the nearest right one, as everywhere else."""
        if action.choices is None or value in action.choices:
            return
        known = [str(choice) for choice in action.choices]
        what = f"not a value of {'/'.join(action.option_strings)}" if action.option_strings else "not known"
        hint = f"{nearest(str(value), known)}; known are {', '.join(known)}"
        raise argparse.ArgumentError(None, f"{value!r} is {what}{hint}")


def _whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None


def parse(arguments: Sequence[str], about: str) -> argparse.Namespace:
    """The options of one subcommand, itself among them as `command`; raises SystemExit as argparse does."""
    raw = argparse.RawDescriptionHelpFormatter
    usage = f"{program()} COMMAND [options]"
    parser = _Parser(prog=program(), usage=usage, description=about, epilog=overview(COMMANDS), formatter_class=raw)
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and the digest of the catalogue")
    # argparse would list all commands in one column; the overview lists them by what they are for.
    subparsers = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, prog=program(), help=argparse.SUPPRESS
    )
    known: dict[str, argparse.ArgumentParser] = {}
    for command in COMMANDS:
        known[command.name] = sub = subparsers.add_parser(
            command.name,
            help=command.help,
            description=command.help,
            epilog=examples(command.name),
            formatter_class=raw,
        )
        command.declare(sub)
        sub.set_defaults(command=command, parser=parser, parsers=known)
    if arguments and not arguments[0].startswith("-") and arguments[0] not in known:
        parser.error(f"there is no command {arguments[0]!r}{nearest(arguments[0], known)}")
    words, dashes, behind = _divided(arguments)
    options, rest = parser.parse_known_args([for_console(word) for word in words])
    takes_more = hasattr(options, "more")
    strange = [word for word in rest if word.startswith("-") or not takes_more]
    if strange:
        _refuse(known[options.command.name], strange[0], takes_more=takes_more)
    if takes_more:
        options.places, options.more = options.more, [*options.more, *rest, *behind]
    elif dashes:
        return parser.parse_args(arguments)
    return options


def each_action(parser: argparse.ArgumentParser) -> Iterator[tuple[argparse.Action, bool]]:
    """The arguments of a parser, and whether one of them is the choice of a subcommand."""
    for action in parser._actions:
        yield action, isinstance(action, argparse._SubParsersAction)


def _divided(arguments: Sequence[str]) -> tuple[list[str], bool, list[str]]:
    """What stands before `--`, whether it is there, and what stands behind it."""
    words = list(arguments)
    at = words.index("--") if "--" in words else len(words)
    return words[:at], at < len(words), words[at + 1 :]


def _refuse(parser: argparse.ArgumentParser, word: str, *, takes_more: bool) -> None:
    name = word.partition("=")[0]
    options = [option.lstrip("-") for option in parser._option_string_actions if option.startswith("--")]
    hint = (
        nearest(name.lstrip("-").removeprefix("speke-"), options).replace("'", "'--", 1)
        if name.startswith("--")
        else ""
    )
    for_pytest = "; put options of pytest itself after --" if takes_more and not hint else ""
    parser.error(f"unrecognized argument: {word}{hint}{for_pytest}")
