"""Commands that repeat a run or a single check, written from the options of the run and read by pytest as any other.

The server's URL is left to the reader, because its path may be confidential; credentials are in no option.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from conformance.run.options import OPTIONS, Options
from conformance.run.profile import profiles_directory
from conformance.run.settings import Settings

URL = "$SPEKE_URL"
"""Stands for the server's URL in commands: reports show the host only."""


def run_command(settings: Settings) -> str:
    """What to type to send the same requests again."""
    return _typed(["pytest", *_url(settings.built_in), *_words(_effective(settings), "check", "run")])


def repeat_options(settings: Settings) -> list[str]:
    """What a single check needs to be asked again as it was, the URL among it."""
    return [*_url(settings.built_in), *_words(_effective(settings), "check")]


def repeat_command(node: str, options: Sequence[str], compared: Sequence[str] = ()) -> str:
    """The command that asks one check again, after the cases whose exchanges it compares."""
    return _typed(["pytest", *compared, node, *options])


def _effective(settings: Settings) -> Options:
    """The options with what was chosen where nothing was typed, as far as that decides what is sent."""
    return replace(settings.options, profile=_profile(settings), seed=settings.seed.text)


def _words(options: Options, *kinds: str) -> Iterator[str]:
    for option in OPTIONS:
        value = getattr(options, option.field)
        if value == getattr(Options(), option.field) or option.repeats not in kinds:
            continue
        for one in value if option.many else (value,):
            word = f"--speke-{option.name}"
            text = _place(one) if option.path else one
            if option.metavar == "":
                yield word
            elif text.startswith("-"):
                yield f"{word}={text}"
            else:
                yield from (word, text)


def _profile(settings: Settings) -> str:
    path = Path(settings.profile.path)
    shipped = not settings.profile.path or path.parent == profiles_directory()
    return settings.profile.name if shipped else _place(str(path))


def _place(text: str) -> str:
    """A file or folder as it is named from here."""
    path = Path(text).absolute()
    return path.relative_to(Path.cwd()).as_posix() if path.is_relative_to(Path.cwd()) else text


def _url(built_in: bool) -> list[str]:
    return [] if built_in else ["--server-url", URL]


def _typed(words: Sequence[str]) -> str:
    # The variable has to be read by the shell, and its value may hold anything.
    return shlex.join(words).replace(f"'{URL}'", f'"{URL}"')
