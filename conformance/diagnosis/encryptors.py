"""The channels that encryptors can make, read from encryptors.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from conformance.catalogue.yamlfile import Map, expect_fields, expect_list, expect_map, expect_text, expect_texts, load
from conformance.model import Place


@dataclass(frozen=True, slots=True)
class Packaging:
    """One kind of output of an encryptor, and what it takes from each DRM system."""

    name: str
    title: str
    elements: tuple[str, ...]
    shared_only: bool
    systems: Mapping[str, tuple[str, ...]]
    """DRM system -> the schemes with which it can be packaged so."""


@dataclass(frozen=True, slots=True)
class Encryptor:
    """One encryptor and the channels that it can make."""

    name: str
    title: str
    set: str
    profile: str
    page: str
    versions: tuple[str, ...]
    packagings: tuple[Packaging, ...]
    never: tuple[str, ...] = ()
    """What it packages with SPEKE v1 alone."""


@cache
def load_encryptors() -> tuple[Encryptor, ...]:
    """All encryptors, in the order of the file; raises DataError with file and line."""
    file = Path(__file__).with_name("encryptors.yaml")
    items = expect_list(load(file, file.name), Place(file.name, 1), "the file")
    return tuple(
        _encryptor(expect_map(item, place, "an encryptor")) for item, place in zip(items, items.places, strict=True)
    )


def _encryptor(item: Map) -> Encryptor:
    needed = ("name", "title", "set", "profile", "page", "speke", "packagings")
    expect_fields(item, required=needed, optional=("never",), what="an encryptor")
    packagings = expect_list(item["packagings"], item.at("packagings"), "packagings")
    name, title, own_set, profile, page = (expect_text(item[field], item.at(field), field) for field in needed[:5])
    return Encryptor(
        name,
        title,
        own_set,
        profile,
        page,
        tuple(expect_texts(item["speke"], item.at("speke"), "speke")),
        tuple(
            _packaging(expect_map(one, place, "a packaging"))
            for one, place in zip(packagings, packagings.places, strict=True)
        ),
        tuple(expect_texts(item["never"], item.at("never"), "never")) if "never" in item else (),
    )


def _packaging(item: Map) -> Packaging:
    expect_fields(item, required=("name", "title", "elements", "systems"), optional=("presets",), what="a packaging")
    systems = expect_map(item["systems"], item.at("systems"), "systems")
    return Packaging(
        expect_text(item["name"], item.at("name"), "name"),
        expect_text(item["title"], item.at("title"), "title"),
        tuple(expect_texts(item["elements"], item.at("elements"), "elements")),
        item.get("presets") == "shared",
        {name: tuple(expect_texts(systems[name], systems.at(name), name)) for name in systems},
    )
