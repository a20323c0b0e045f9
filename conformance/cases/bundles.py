"""Bundles: lists of checks with a name, so that a case says `accepted.core` and not sixty ids."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.catalogue.yamlfile import DataError, Map, expect_list, expect_map, expect_text, load, nearest
from conformance.model import Place


@dataclass(frozen=True, slots=True)
class Bundles:
    """Named lists of check ids, the bundles inside them already written out."""

    lists: Mapping[str, tuple[str, ...]]

    def expand(self, raw: Any, place: Place, known: Collection[str]) -> tuple[str, ...]:
        """A `checks:` list as check ids without repetition; DataError for an unknown check or bundle."""
        found: dict[str, None] = {}
        items = expect_list(raw, place, "checks")
        for item, at in zip(items, items.places, strict=True):
            if isinstance(item, Map):
                if set(item) != {"bundle"}:
                    raise DataError(at, "an item of checks is a check id or {bundle: NAME}")
                name = expect_text(item["bundle"], at, "bundle")
                if name not in self.lists:
                    raise DataError(at, f"bundle {name!r} is not known{nearest(name, self.lists)}")
                found.update(dict.fromkeys(self.lists[name]))
            else:
                found[_check(item, at, known)] = None
        return tuple(found)

    def with_file(self, path: Path, known: Collection[str]) -> Bundles:
        """These bundles and those of another file, which may use them."""
        return Bundles({**self.lists, **load_bundles(path, known, self.lists).lists})


def load_bundles(path: Path, known: Collection[str], given: Mapping[str, tuple[str, ...]] | None = None) -> Bundles:
    """Read a bundles file: name -> list of check ids and {bundle: name}, in any order, without circles."""
    raw = expect_map(load(path), Place(str(path), 1), "the bundles file")
    done: dict[str, tuple[str, ...]] = dict(given or {})
    under_way: list[str] = []

    def write_out(name: str, place: Place) -> tuple[str, ...]:
        if name in done:
            return done[name]
        if name not in raw:
            raise DataError(place, f"bundle {name!r} is not known{nearest(name, (*raw, *done))}")
        if name in under_way:
            raise DataError(place, f"bundle {name!r} contains itself")
        under_way.append(name)
        found: dict[str, None] = {}
        items = expect_list(raw[name], raw.at(name), f"bundle {name}")
        for item, at in zip(items, items.places, strict=True):
            if isinstance(item, Map) and set(item) == {"bundle"}:
                found.update(dict.fromkeys(write_out(str(item["bundle"]), at)))
            else:
                found[_check(item, at, known)] = None
        under_way.pop()
        done[name] = tuple(found)
        return done[name]

    for name in raw:
        if given and name in given:
            raise DataError(raw.at(name), f"bundle {name!r} is one of the suite's own; take another name")
        write_out(name, raw.at(name))
    return Bundles(done)


def _check(item: Any, place: Place, known: Collection[str]) -> str:
    if not isinstance(item, str) or item not in known:
        raise DataError(place, f"check {item!r} is not known{nearest(str(item), known)}")
    return item
