"""Requirement sets read from sets.yaml, and who may say MUST in each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from conformance.catalogue.yamlfile import (
    DataError,
    Map,
    expect_fields,
    expect_list,
    expect_map,
    expect_text,
    expect_texts,
    expect_word,
    nearest,
)
from conformance.model import VERSIONS, Confidence, Place, RequirementSet, SetGroup

_OWN_WORD = frozenset({Confidence.GUIDE, Confidence.UPSTREAM, Confidence.OURS})


@dataclass(frozen=True, slots=True)
class SetRules:
    """One requirement set together with the confidences that carry a MUST in it."""

    set: RequirementSet
    must_by: frozenset[Confidence]

    @property
    def speaks_for_itself(self) -> bool:
        """True where the set's owner (an encryptor, AWS's suite, this project) may raise a rule on its own word."""
        return bool(self.must_by & _OWN_WORD)


def read_sets(value: object, file: str) -> tuple[str, Mapping[str, SetRules]]:
    """The version of the catalogue and its sets by id; raises DataError with file and line."""
    top = expect_map(value, Place(file, 1), "the file")
    expect_fields(top, required=("version", "sets"), what="the file")
    version = expect_text(top["version"], top.at("version"), "version")
    items = expect_list(top["sets"], top.at("sets"), "sets")
    found: dict[str, SetRules] = {}
    for item, place in zip(items, items.places, strict=True):
        rules = _read_set(expect_map(item, place, "a set"))
        if rules.set.id in found:
            raise DataError(place, f"the set {rules.set.id!r} occurs twice; remove one of them")
        found[rules.set.id] = rules
    for item, place in zip(items, items.places, strict=True):
        _check_includes(item, place, found)
    return version, MappingProxyType(found)


def _read_set(item: Map) -> SetRules:
    expect_fields(
        item,
        required=("id", "title", "group", "must-by"),
        optional=("version", "includes", "claim", "decides"),
        what="a set",
    )
    decides = item.get("decides", True)
    if not isinstance(decides, bool):
        raise DataError(item.at("decides"), "decides must be true or false")
    must_by = item["must-by"]
    words = expect_texts(must_by, item.at("must-by"), "must-by") if must_by != [] else ()
    return SetRules(
        RequirementSet(
            id=expect_text(item["id"], item.at("id"), "id"),
            title=expect_text(item["title"], item.at("title"), "title"),
            version=expect_word(item["version"], VERSIONS, item.at("version"), "version") if "version" in item else "",
            includes=expect_texts(item["includes"], item.at("includes"), "includes") if "includes" in item else (),
            claim=expect_text(item["claim"], item.at("claim"), "claim") if "claim" in item else "",
            decides=decides,
            group=SetGroup(expect_word(item["group"], SetGroup, item.at("group"), "group")),
        ),
        frozenset(Confidence(expect_word(word, Confidence, item.at("must-by"), "must-by")) for word in words),
    )


def _check_includes(item: Map, place: Place, found: Mapping[str, SetRules]) -> None:
    for name in found[item["id"]].set.includes:
        if name not in found:
            raise DataError(item.at("includes"), f"the included set {name!r} is not known{nearest(name, found)}")
        if item["id"] in _closure(name, found):
            raise DataError(place, f"the set {item['id']!r} includes itself by way of {name!r}")


def _closure(name: str, found: Mapping[str, SetRules]) -> set[str]:
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current not in seen and current in found:
            seen.add(current)
            waiting.extend(found[current].set.includes)
    return seen
