"""Commands that repeat a run or a single check, written from the options of the run by this module alone.

Documents and pages name the console script, because nobody knows where they are read. A terminal names whatever runs
this very suite on this machine. The server's URL stays a variable, because its path may be confidential; credentials
are in no option.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from conformance.run.options import OPTIONS, Options
from conformance.run.profile import profiles_directory
from conformance.run.settings import Settings

URL = "$SPEKE_URL"
"""Stands for the server's URL in commands: reports show the host only."""


PROGRAM = ("speke-conformance",)


@dataclass(frozen=True, slots=True)
class Pasting:
    """Where commands are to be pasted; the default is anywhere."""

    program: tuple[str, ...] = PROGRAM
    folder: str = ""
    """The report's folder as it is named from here; empty inside of it."""
    url: str = ""
    """What SPEKE_URL has to be set to; empty where nothing has to be said of it."""

    @property
    def setting(self) -> str:
        """The line that has to stand above the commands; empty where none is needed."""
        return f"export SPEKE_URL={shlex.quote(self.url)}" if self.url else ""

    def file(self, path: str) -> str:
        """A file of the report, as it is named from here."""
        return f"{self.folder}/{path}" if self.folder else path


def this_program() -> tuple[str, ...]:
    """The words that start this very suite in the shell from which it was started."""
    script = shutil.which(PROGRAM[0])
    if script is not None and _starts_this_python(Path(script)):
        return PROGRAM
    if Path(sys.argv[0]).stem == PROGRAM[0]:
        return (sys.argv[0],)
    # In a checkout without an installation only PYTHONPATH, or the folder itself, leads to the package.
    home = Path(__file__).resolve().parents[2]
    found = [*map(Path, os.environ.get("PYTHONPATH", "").split(os.pathsep)), Path.cwd()]
    beside = any("site-packages" in part for part in home.parts) or home in (path.resolve() for path in found)
    return (*(() if beside else ("env", f"PYTHONPATH={home}")), sys.executable, "-m", "conformance")


def _starts_this_python(script: Path) -> bool:
    try:
        return os.fsencode(sys.executable) in script.read_bytes()
    except OSError:
        return False


def run_command(settings: Settings) -> str:
    """What to type to send the same requests again."""
    return _typed([*PROGRAM, "run", *_url(settings.built_in), *_words(_effective(settings), "check", "run")])


def repeat_options(settings: Settings) -> list[str]:
    """What a single check needs to be asked again as it was, the URL among it."""
    return [*_url(settings.built_in), *_words(_effective(settings), "check")]


def repeat_command(
    node: str, options: Sequence[str], compared: Sequence[str] = (), program: Sequence[str] = PROGRAM
) -> str:
    """The command that runs one check again, after the cases whose exchanges it compares."""
    return _typed([*program, "run", *compared, node, *options])


def _effective(settings: Settings) -> Options:
    """The options with what was chosen where nothing was typed, as far as that decides what is sent."""
    return replace(settings.options, profile=_profile(settings), seed=settings.seed.text)


def _words(options: Options, *kinds: str) -> Iterator[str]:
    for option in OPTIONS:
        value = getattr(options, option.field)
        if value == getattr(Options(), option.field) or option.repeats not in kinds:
            continue
        for one in value if option.many else (value,):
            word = f"--{option.name}"
            text = _place(one) if option.path else one
            if option.metavar == "":
                yield word
            elif text.startswith("-"):
                yield f"{word}={text}"
            else:
                yield from (word, text)


def option_words(options: Options, *, seed: bool = True) -> list[str]:
    """The options as they are typed, without those of the report; without the seed where a run takes a new one."""
    return list(_words(options if seed else replace(options, seed=None), "check", "run"))


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
