"""Which rules another version asks, or weighs otherwise: the entry in CHANGELOG.md has to name them all."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from conformance.catalogue import read_catalogue
from conformance.model import VERSIONS
from releasing.source import Source, export

Levels = Mapping[tuple[str, str, str], str]
"""(rule, set, SPEKE version) -> level, as each set has it, those of included sets among them."""


def unnamed_changes(source: Source) -> list[str]:
    """Rules that are new, gone or of another level since the release before, and that the entry does not name."""
    if source.previous is None:
        return []
    old, new = levels(source.root, source.previous), levels(source.root, source.commit)
    changed = {rule for rule, *_ in _different(old, new)}
    return sorted(rule for rule in changed if rule not in source.changes.replace("`", " ").replace(",", " ").split())


def levels(root: Path, commit: str) -> Levels:
    """The levels of a commit's catalogue."""
    with tempfile.TemporaryDirectory(prefix="speke-levels-") as name:
        catalogue = read_catalogue(
            export(root, commit, Path(name), "conformance/catalogue") / "conformance" / "catalogue"
        )
    return {
        (rule, held, version): level.value
        for held in catalogue.sets
        for version in VERSIONS
        for rule, level in catalogue.resolve_set(held, version).items()
    }


def _different(old: Levels, new: Levels) -> Iterator[tuple[str, str, str]]:
    yield from (key for key in {*old, *new} if old.get(key) != new.get(key))
