"""`new`: a commented starting point for a case, a check with its fault, a profile or a fault."""

from __future__ import annotations

import argparse
from pathlib import Path

from conformance.authoring.scaffold import KINDS, start
from conformance.cli.command import Command, program


def declare(parser: argparse.ArgumentParser) -> None:
    """Options: what it is to be, its name, and where it goes."""
    parser.add_argument("kind", choices=tuple(KINDS), help="what to create")
    parser.add_argument("name", metavar="NAME", help="MY-CASE, topic.what-is-true, my-profile or MY-FAULT")
    parser.add_argument(
        "--dir",
        type=Path,
        metavar="DIR",
        help="where it goes (default: ./cases for a case, . for a profile); for checks and faults a checkout",
    )


def run(options: argparse.Namespace) -> int:
    """Write the files, name them, and say what to try next; nothing that is there is touched."""
    made = start(options.kind, options.name, options.dir)
    for path in made.write():
        print(f"wrote {path.as_posix()}")
    print("next:")
    for command in made.next:
        print(f"  {program()} {command}")
    return 0


COMMAND = Command("new", "create a case, a check, a profile or a fault from a template", declare, run)
