"""Commands that repeat a run or a single check, written from the options of the run by this module alone.

Documents and pages name the console script, because nobody knows where they are read. A terminal names whatever runs
this very suite on this machine. The server's URL stays a variable, because its path may be confidential; credentials
are in no option.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from conformance.model import without_endpoint
from conformance.run.options import OPTIONS, Options
from conformance.run.profile import profiles_directory
from conformance.run.settings import Settings

URL = "$SPEKE_URL"
"""Stands for the server's URL in commands: reports show the host only."""
_URLS = re.compile(r"'(\$SPEKE_URL(?:_\d+)?)'")


PROGRAM = ("speke-conformance",)


@dataclass(frozen=True, slots=True)
class Pasting:
    """Where commands are to be pasted; the default is anywhere."""

    program: tuple[str, ...] = PROGRAM
    folder: str = ""
    """The report's folder as it is named from here; empty inside of it."""
    urls: tuple[str, ...] = ()
    """What SPEKE_URL, SPEKE_URL_2 and so on have to be set to; none where nothing has to be said of it."""

    @property
    def setting(self) -> str:
        """The line that has to stand above the commands; empty where none is needed."""
        pairs = (f"{url_variable(number)[1:]}={shlex.quote(url)}" for number, url in enumerate(self.urls, 1))
        return f"export {' '.join(pairs)}" if self.urls else ""

    def file(self, path: str) -> str:
        """A file of the report, as it is named from here."""
        return f"{self.folder}/{path}" if self.folder else path


def url_variable(endpoint: int) -> str:
    """What stands for the URL of an endpoint in commands; 0 is the only one."""
    return f"{URL}_{endpoint}" if endpoint > 1 else URL


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
    return _typed([*PROGRAM, "run", *_urls(settings), *_words(_effective(settings), "check", "run")])


def repeat_options(settings: Settings) -> list[str]:
    """What a single check needs to be asked again as it was, the URLs of all endpoints among it."""
    return [*_urls(settings), *_words(_effective(settings), "check")]


def repeat_command(
    node: str,
    options: Sequence[str],
    compared: Sequence[str] = (),
    program: Sequence[str] = PROGRAM,
    *,
    endpoint: int = 0,
) -> str:
    """The command that runs one check again, after the cases whose exchanges it compares.

    At one of several endpoints by itself: there the case has its plain name.
    """
    if not endpoint:
        return _typed([*program, "run", *compared, node, *options])
    place, _, rest = node.partition("::")
    case, _, question = rest.partition("::")
    there = ["--server-url", url_variable(endpoint), *_without_urls(options)]
    return _typed([*program, "run", f"{place}::{without_endpoint(case)}::{question}", *there])


def _without_urls(options: Sequence[str]) -> Iterator[str]:
    words = iter(options)
    for word in words:
        if word == "--server-url":
            next(words, None)
        else:
            yield word


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


def _urls(settings: Settings) -> list[str]:
    if settings.built_in:
        return []
    return [word for number in settings.endpoints for word in ("--server-url", url_variable(number))]


def _typed(words: Sequence[str]) -> str:
    # The variable has to be read by the shell, and its value may hold anything.
    return _URLS.sub(r'"\1"', shlex.join(words))
