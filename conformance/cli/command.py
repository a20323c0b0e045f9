"""What a subcommand is."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """One subcommand: its name, its one-line help, its options and what it does."""

    name: str
    help: str
    declare: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
    """Gives the exit status; raises OptionError or DataError with one sentence."""
    colours: bool = False
    """Whether it writes escape sequences of its own to the terminal; those in all other output are shown as text."""


def program() -> str:
    """How the user starts the console script; the launcher of a checkout says `./speke`."""
    return os.environ.get("SPEKE_PROGRAM") or "speke-conformance"
