"""Which of our cases the command line names: folders and files as pytest knows them, and node ids of cases.

pytest takes everything behind the first bracket of an argument for one parametrization, so it cannot find
`file.yaml::CASE[2.0]::ask[check]` by itself. Such an argument is handed to it as the file, and what it names is
picked out of the file's questions here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from conformance.cases import cases_directory
from conformance.cases.library import shipped_file
from conformance.catalogue.yamlfile import nearest
from conformance.model import without_endpoint


@dataclass
class Selection:
    """The questions that the command line names."""

    whole: list[Path] = field(default_factory=list)
    """Files and folders that are wanted as they are."""
    named: list[tuple[Path, str]] = field(default_factory=list)
    """Files, each with the name of a case, step, topic or check in it."""
    failed: dict[str, list[str]] = field(default_factory=dict)
    """`CASE[variant]::step[` -> the questions there that failed last time, where `--lf` or `--ff` wants them."""

    def wants(self, path: Path, name: str) -> bool:
        """Whether the question `CASE[variant]::step[check]` of that file was asked for."""
        place = path.resolve()
        return any(place.is_relative_to(one) for one in self.whole) or any(
            place == file and matches(wanted, name) for file, wanted in self.named
        )


def matches(wanted: str, name: str) -> bool:
    """Whether a question is the wanted one, or belongs to the wanted case or step, at whichever endpoint."""
    case, colons, question = name.partition("::")
    names = (name, f"{without_endpoint(case)}{colons}{question}")
    return any(one == wanted or one.startswith((f"{wanted}::", f"{wanted}[")) for one in names)


def homes(config: pytest.Config) -> list[Path]:
    """The folders that hold cases: ours, and the user's own."""
    given = [(config.invocation_params.dir / folder).resolve() for folder in config.getoption("speke_cases")]
    return [cases_directory().resolve(), *given]


def named_here(arg: str) -> str:
    """A shipped case named as reports print it is found from every folder."""
    path, colons, name = arg.partition("::")
    found = shipped_file(path)
    return arg if found is None else f"{found}{colons}{name}"


def place_of(config: pytest.Config, arg: str) -> Path:
    """The file or folder that an argument names."""
    return (config.invocation_params.dir / arg.partition("::")[0]).resolve()


def is_ours(config: pytest.Config, arg: str) -> bool:
    """Whether an argument names a place of our cases, or the checkout that holds them."""
    path, known = place_of(config, named_here(arg)), homes(config)
    if any(path == home or path.is_relative_to(home) for home in known):
        return True
    return known[0].parent == config.rootpath.resolve() and known[0].is_relative_to(path)


def in_checkout(config: pytest.Config) -> bool:
    """Whether pytest, left to itself, would come upon our cases: in the checkout, with its own settings."""
    home = cases_directory().resolve()
    return home.parent == config.rootpath.resolve() and any(is_ours(config, arg) for arg in config.args)


def typed(config: pytest.Config) -> bool:
    """Whether the places stand on the command line, and not in settings or nowhere."""
    return config.args_source is pytest.Config.ArgsSource.ARGS


def choose(config: pytest.Config) -> Selection:
    """Make `config.args` what pytest can collect, and say which questions are wanted of it."""
    own = homes(config)[1:]
    if typed(config) or in_checkout(config):
        named = any("::" in arg for arg in config.args)
        missing = [home for home in own if not named and not _inside(config, home)]
        args = [*map(named_here, config.args), *map(str, missing)]
    else:
        args = [str(cases_directory()), *map(str, own)]
    selection = Selection()
    kept = []
    for arg in args:
        path, colons, name = arg.partition("::")
        if colons and is_ours(config, arg):
            selection.named.append((place_of(config, arg), name))
            kept.append(path)
        else:
            selection.whole += [] if colons else [place_of(config, arg)]
            kept.append(arg)
    config.args = list(dict.fromkeys(kept))
    cache = getattr(config, "cache", None)
    if cache is not None and (getattr(config.option, "lf", False) or getattr(config.option, "failedfirst", False)):
        for node in cache.get("cache/lastfailed", {}):
            name = node.partition("::")[2]
            selection.failed.setdefault(name[: name.rfind("[") + 1], []).append(name)
    return selection


def refuse_unknown(selection: Selection, questions: dict[Path, Sequence[str]]) -> None:
    """Refuse a node id that no question of its file has; raises UsageError with the nearest spelling."""
    for file, wanted in selection.named:
        known = questions.get(file, ())
        if not any(matches(wanted, name) for name in known):
            raise pytest.UsageError(f"{file.name} has no case or check {wanted!r}{nearest(wanted, _names(known))}.")


def _inside(config: pytest.Config, home: Path) -> bool:
    return any(place_of(config, arg).is_relative_to(home) for arg in config.args)


def _names(questions: Iterable[str]) -> list[str]:
    found: dict[str, None] = {}
    for name in questions:
        case, _, question = name.partition("::")
        found.update(dict.fromkeys((case.partition("[")[0], case, f"{case}::{question.partition('[')[0]}", name)))
    return list(found)
