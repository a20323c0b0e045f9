"""Requirements read from requirements/*.yaml, each checked for who may say MUST about what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from conformance.catalogue.sets import SetRules
from conformance.catalogue.yamlfile import (
    DataError,
    Map,
    Seq,
    expect_fields,
    expect_list,
    expect_map,
    expect_text,
    expect_texts,
    expect_word,
)
from conformance.model import VERSIONS, Confidence, Level, Page, Place, Requirement, Source


@dataclass(frozen=True, slots=True)
class Sources:
    """What requirements refer to by name: sets, pages and stated sentences."""

    sets: Mapping[str, SetRules]
    pages: Mapping[str, Page]
    sentences: Mapping[str, str]


_ENCRYPTOR = "it binds the encryptor; no answer of a key server can show whether it is kept"
_REQUIRED = ("id", "set", "level", "rule", "source", "effect")
_OPTIONAL = ("versions", "aliases", "fix", "also-in", "untestable", "binds")
_MUST_WEIGHT = Level.MUST.weight


def read_requirements(value: object, file: str, sources: Sources) -> list[tuple[Requirement, bool]]:
    """The requirements of one file in order, each with whether it binds the encryptor; raises DataError."""
    items: Seq = expect_list(value, Place(file, 1), "the file")
    return [
        _requirement(expect_map(item, place, "a requirement"), place, sources)
        for item, place in zip(items, items.places, strict=True)
    ]


def _requirement(item: Map, place: Place, sources: Sources) -> tuple[Requirement, bool]:
    expect_fields(item, required=_REQUIRED, optional=_OPTIONAL, what="a requirement")
    sets = sources.sets
    home = expect_word(item["set"], sets, item.at("set"), "the set")
    source = _source(expect_map(item["source"], item.at("source"), "source"), sources)
    levels = _levels(item, sets[home])
    also_in = _also_in(item, home, sets)
    for level in levels.values():
        if level.weight == _MUST_WEIGHT and source.confidence not in sets[home].must_by:
            raise _too_strong(item.at("level"), level, source.confidence, home)
    for name, level in also_in.items():
        rules = sets[name]
        may = source.confidence in rules.must_by or rules.speaks_for_itself
        if level.weight == _MUST_WEIGHT and not may:
            raise _too_strong(item.at("also-in"), level, source.confidence, name)
    encryptor = _binds_encryptor(item)
    untestable = _optional(item, "untestable")
    return (
        Requirement(
            id=expect_text(item["id"], item.at("id"), "id"),
            set=home,
            levels=MappingProxyType(levels),
            rule=_sentence(item, "rule"),
            source=source,
            effect=_sentence(item, "effect"),
            aliases=expect_texts(item["aliases"], item.at("aliases"), "aliases") if "aliases" in item else (),
            also_in=MappingProxyType(also_in),
            untestable=untestable or (_ENCRYPTOR if encryptor else ""),
            fix=_optional(item, "fix"),
            place=place,
        ),
        encryptor,
    )


def _levels(item: Map, home: SetRules) -> dict[str, Level]:
    value, place = item["level"], item.at("level")
    if isinstance(value, Map):
        if "versions" in item:
            raise DataError(
                item.at("versions"), "a level for each version already says the versions; remove this field"
            )
        levels = {
            expect_word(version, VERSIONS, value.at(version), "the version"): _level(word, value.at(version))
            for version, word in value.items()
        }
    else:
        level = _level(value, place)
        written = expect_texts(item["versions"], item.at("versions"), "versions") if "versions" in item else VERSIONS
        levels = {expect_word(word, VERSIONS, item.at("versions"), "the version"): level for word in written}
    if not levels:
        raise DataError(place, "a requirement needs a level for at least one version")
    if home.set.version and home.set.version not in levels:
        raise DataError(
            place, f"the set {home.set.id!r} is about SPEKE {home.set.version}, where this rule has no level"
        )
    return levels


def _level(value: object, place: Place) -> Level:
    return Level(expect_word(value, Level, place, "the level"))


def _source(item: Map, sources: Sources) -> Source:
    expect_fields(item, required=("page", "confidence"), optional=("sentence",), what="source")
    page = expect_word(item["page"], sources.pages, item.at("page"), "the page")
    confidence = Confidence(expect_word(item["confidence"], Confidence, item.at("confidence"), "the confidence"))
    sentence = _optional(item, "sentence")
    if confidence is Confidence.DERIVED and not sentence:
        raise DataError(item.place, "a derived rule names the stated sentence from which it follows (source.sentence)")
    if sentence and confidence is not Confidence.DERIVED:
        raise DataError(
            item.at("sentence"), f"a sentence belongs to a derived rule, and this one is {confidence.value!r}"
        )
    if sentence and " " not in sentence:
        sentence = sources.sentences[expect_word(sentence, sources.sentences, item.at("sentence"), "the sentence")]
    return Source(page, confidence, sentence)


def _also_in(item: Map, home: str, sets: Mapping[str, SetRules]) -> dict[str, Level]:
    if "also-in" not in item:
        return {}
    mapping = expect_map(item["also-in"], item.at("also-in"), "also-in")
    found: dict[str, Level] = {}
    for name, word in mapping.items():
        if name == home:
            raise DataError(mapping.at(name), f"{name!r} is this rule's own set; also-in names other sets")
        found[expect_word(name, sets, mapping.at(name), "the set")] = _level(word, mapping.at(name))
    return found


def _binds_encryptor(item: Map) -> bool:
    if "binds" not in item:
        return False
    return expect_word(item["binds"], ("encryptor", "provider"), item.at("binds"), "binds") == "encryptor"


def _sentence(item: Map, key: str) -> str:
    text = expect_text(item[key], item.at(key), key)
    if not text.endswith("."):
        raise DataError(item.at(key), f"{key} must be a sentence and end with a full stop")
    return text


def _optional(item: Map, key: str) -> str:
    return expect_text(item[key], item.at(key), key) if key in item else ""


def _too_strong(place: Place, level: Level, confidence: Confidence, name: str) -> DataError:
    return DataError(
        place,
        f"{level.value} is not allowed in {name!r} for a rule whose confidence is {confidence.value!r}; SHOULD at most",
    )
