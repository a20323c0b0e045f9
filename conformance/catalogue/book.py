"""The whole catalogue, read once: requirements and sets, messages, DRM systems and contracts, by name."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar
from uuid import UUID

from conformance.catalogue import lists, rules, sets
from conformance.catalogue.yamlfile import DataError, Map, expect_fields, expect_map, expect_text, load, nearest
from conformance.model import Level, Page, Place, PlannedRule, Requirement, RequirementSet

_Value = TypeVar("_Value")

HERE = Path(__file__).parent
"""The directory of the data that ships with the suite."""


class UnknownName(LookupError):
    """Something was asked for by a name that the catalogue does not have; the text gives the nearest spelling."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The specification as data; every mapping is read-only and in the order of the files."""

    version: str
    digest: str
    """SHA-256 (hex) over the data files: two runs with the same digest asked by the same rules."""
    requirements: Mapping[str, Requirement]
    """Rules that bind the key provider, by id."""
    encryptor_requirements: Mapping[str, Requirement]
    """Rules that bind the encryptor, by id; no set counts them."""
    sets: Mapping[str, RequirementSet]
    messages: Mapping[str, lists.Message]
    systems: Mapping[str, lists.DrmSystem]
    contracts: Mapping[str, lists.Contract]
    pages: Mapping[str, Page]
    """Page id -> title and address, for everything a requirement or a message may name as its source."""
    names: Mapping[str, str] = field(repr=False)
    """Every id and every alias -> the id it stands for."""

    def requirement(self, name: str) -> Requirement:
        """The requirement with this id or alias; raises UnknownName."""
        home = _find(self.names, name, "requirement")
        return self.requirements.get(home) or self.encryptor_requirements[home]

    def resolve_set(self, name: str, version: str | None = None) -> Mapping[str, Level]:
        """Requirement id -> level for one set, with the sets it includes and the rules that name it in `also-in`.

        A set that is about one SPEKE version ignores exchanges of the other: asked for the other version it is
        empty. A set for every version, asked for none, gives the heaviest level of each rule. Raises UnknownName.
        """
        chosen = _find(self.sets, name, "requirement set")
        if version and chosen.version and version != chosen.version:
            return MappingProxyType({})
        at = chosen.version or version
        family = self._family(name)
        found: dict[str, Level] = {}
        for item in self.requirements.values():
            candidates = [level for other, level in item.also_in.items() if other in family]
            if item.set in family:
                candidates += [level for held, level in item.levels.items() if at is None or held == at]
            if candidates and (at is None or at in item.levels):
                found[item.id] = max(candidates, key=lambda level: level.weight)
        return MappingProxyType(found)

    def message_text(self, name: str, kid: str | None = None, system: str | None = None) -> str:
        """The exact text of a standard message; ValueError where its id is missing, UnknownName for the name."""
        return _find(self.messages, name, "message").filled(kid, system)

    def system(self, name: str) -> lists.DrmSystem:
        """The DRM system with this name; raises UnknownName."""
        return _find(self.systems, name, "DRM system")

    def system_by_id(self, system_id: str | UUID) -> lists.DrmSystem | None:
        """The DRM system with this id, in any letter case; None for an id outside the registry."""
        wanted = str(system_id).lower()
        return next((system for system in self.systems.values() if system.system_id == wanted), None)

    def contract(self, name: str) -> tuple[PlannedRule, ...]:
        """The rules of a named encryption contract; raises UnknownName."""
        return _find(self.contracts, name, "contract").rules

    @property
    def preset_names(self) -> tuple[str, ...]:
        """The names that `contract` knows, in the order of the file."""
        return tuple(self.contracts)

    def _family(self, name: str) -> set[str]:
        found: set[str] = set()
        waiting = [name]
        while waiting:
            current = waiting.pop()
            if current not in found:
                found.add(current)
                waiting.extend(self.sets[current].includes)
        return found


@cache
def load_catalogue() -> Catalogue:
    """The catalogue that ships with the suite, read once per process; raises DataError."""
    return read_catalogue(HERE)


def read_catalogue(directory: Path) -> Catalogue:
    """Read a catalogue from a directory laid out as this one; raises DataError with file and line."""
    version, set_rules = sets.read_sets(_load(directory, "sets.yaml"), "sets.yaml")
    sources = rules.Sources(set_rules, _read_pages(directory, "pages.yaml"), _read_texts(directory, "sentences.yaml"))
    provider: dict[str, Requirement] = {}
    encryptor: dict[str, Requirement] = {}
    names: dict[str, str] = {}
    for path in sorted((directory / "requirements").glob("*.yaml")):
        shown = f"requirements/{path.name}"
        for item, binds_encryptor in rules.read_requirements(_load(directory, shown), shown, sources):
            _register(names, item)
            (encryptor if binds_encryptor else provider)[item.id] = item
    return Catalogue(
        version=version,
        digest=_digest(directory),
        requirements=MappingProxyType(provider),
        encryptor_requirements=MappingProxyType(encryptor),
        sets=MappingProxyType({name: one.set for name, one in set_rules.items()}),
        messages=lists.read_messages(_load(directory, "messages.yaml"), "messages.yaml", sources.pages),
        systems=lists.read_systems(_load(directory, "systems.yaml"), "systems.yaml"),
        contracts=lists.read_contracts(_load(directory, "presets.yaml"), "presets.yaml"),
        pages=sources.pages,
        names=MappingProxyType(names),
    )


def _load(directory: Path, name: str) -> object:
    return load(directory / name, name)


def _read_texts(directory: Path, name: str) -> Mapping[str, str]:
    texts = expect_map(_load(directory, name), Place(name, 1), "the file")
    return MappingProxyType({key: expect_text(text, texts.at(key), key) for key, text in texts.items()})


def _read_pages(directory: Path, name: str) -> Mapping[str, Page]:
    pages = expect_map(_load(directory, name), Place(name, 1), "the file")
    return MappingProxyType({key: _page(expect_map(one, pages.at(key), key)) for key, one in pages.items()})


def _page(item: Map) -> Page:
    expect_fields(item, required=("title", "address"), what="a page")
    address = expect_text(item["address"], item.at("address"), "address")
    if not address.startswith(("https://", "docs/")):
        raise DataError(item.at("address"), "an address is public (https://…) or a file in docs/")
    return Page(expect_text(item["title"], item.at("title"), "title"), address)


def _register(names: dict[str, str], item: Requirement) -> None:
    for name in (item.id, *item.aliases):
        if name in names:
            place = item.place or Place("requirements", 1)
            raise DataError(place, f"the id {name!r} is already taken by requirement {names[name]!r}")
        names[name] = item.id


def _digest(directory: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(directory.rglob("*.yaml")):
        content = path.read_bytes()
        found.update(f"{path.relative_to(directory).as_posix()}\0{len(content)}\0".encode())
        found.update(content)
    return found.hexdigest()


def _find(mapping: Mapping[str, _Value], name: str, what: str) -> _Value:
    try:
        return mapping[name]
    except KeyError:
        raise UnknownName(f"there is no {what} {name!r}{nearest(name, mapping)}") from None
