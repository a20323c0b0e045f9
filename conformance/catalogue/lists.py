"""The short lists of the catalogue: standard messages, DRM systems and encryption contracts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol, TypeVar
from uuid import UUID

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
from conformance.model import Place, PlannedFilter, PlannedRule

SIGNALLING = ("pssh", "content-protection", "hls", "smooth")
"""The placeholders that a request can hold for a DRM system."""

SCHEMES = ("cenc", "cbc1", "cens", "cbcs")
"""The schemes of common encryption that both SPEKE versions know."""

_FILTERS = {"video": "VideoFilter", "audio": "AudioFilter"}
_ATTRIBUTES = {
    "video": ("minPixels", "maxPixels", "hdr", "minFps", "maxFps"),
    "audio": ("minChannels", "maxChannels"),
}
_WITH_SIGNALLING = ("schemes", "keyformat", "methods", "discovery", "usual")
"""Fields that mean nothing for a system of which no request can ask for any signalling."""
_SLOT = re.compile(r"\{(kid|system)\}")
_SLOT_WORDS = {"kid": "(the KID)", "system": "(the systemId)"}


class _Named(Protocol):
    @property
    def name(self) -> str: ...


_Item = TypeVar("_Item", bound=_Named)


@dataclass(frozen=True, slots=True)
class Message:
    """One of the ten standard error messages; `text` holds `{kid}` or `{system}` where an id goes."""

    name: str
    text: str
    trigger: str
    pages: tuple[str, ...]

    @property
    def slot(self) -> str:
        """`kid`, `system`, or empty for a message without an id."""
        found = _SLOT.search(self.text)
        return found.group(1) if found else ""

    @property
    def stem(self) -> str:
        """The part before the id: what tells this message from the other nine whatever id it names."""
        return _SLOT.split(self.text)[0]

    @property
    def shown(self) -> str:
        """The text for people, with words in the place of the id."""
        return _SLOT.sub(lambda slot: _SLOT_WORDS[slot.group(1)], self.text)

    def filled(self, kid: str | None = None, system: str | None = None) -> str:
        """The exact text with its id; ValueError where the id is missing."""
        value = {"kid": kid, "system": system}.get(self.slot)
        if not self.slot:
            return self.text
        if value is None:
            raise ValueError(f"the message {self.name} needs a {self.slot}")
        return self.text.replace(f"{{{self.slot}}}", value)


@dataclass(frozen=True, slots=True)
class DrmSystem:
    """A DRM system of the DASH-IF registry and what a request for it looks like."""

    name: str
    system_id: str
    """UUID in lower case."""
    title: str
    schemes: tuple[str, ...] = ()
    """Schemes of common encryption that encryptors ask for; empty where no public document names any."""
    hls_schemes: tuple[str, ...] = ()
    """HLS methods that SPEKE 2.1 allows in place of a scheme for this system."""
    signalling: tuple[str, ...] = ()
    """Placeholders that an encryptor sends: pssh, content-protection, hls, smooth."""
    keyformat: str = ""
    """KEYFORMAT of its HLS tags; empty where the system has none."""
    methods: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Scheme -> METHOD values: the right one first, then those that are tolerated."""
    discovery: tuple[str, ...] = ()
    """Schemes with which discovery asks for it; empty for a system that is never asked for."""
    called: tuple[str, ...] = ()
    """Other names by which an error text may speak of it."""
    usual: bool = False
    """Whether a request that names no DRM system asks for it."""

    @property
    def uuid(self) -> UUID:
        """The system id as a UUID."""
        return UUID(self.system_id)

    @property
    def names(self) -> tuple[str, ...]:
        """Everything by which an error text may mean this system: its id in both forms, its name, its title."""
        return (self.system_id, self.system_id.replace("-", ""), self.name, self.title, *self.called)


@dataclass(frozen=True, slots=True)
class Contract:
    """A named encryption contract: an AWS preset or a worked example of the specification."""

    name: str
    title: str
    rules: tuple[PlannedRule, ...]


def read_messages(value: object, file: str, pages: Iterable[str]) -> Mapping[str, Message]:
    """The standard messages by name, each on known pages; raises DataError."""
    known = tuple(pages)
    return _read_list(value, file, "a message", lambda item: _message(item, known))


def read_systems(value: object, file: str) -> Mapping[str, DrmSystem]:
    """The DRM systems by name; raises DataError, also for a system id that stands twice."""
    systems = _read_list(value, file, "a DRM system", _system)
    ids: dict[str, str] = {}
    for item in expect_list(value, Place(file, 1), "the file"):
        other = ids.setdefault(str(item["id"]), str(item["name"]))
        if other != item["name"]:
            raise DataError(item.at("id"), f"the system id {item['id']} already belongs to {other!r}")
    return systems


def read_contracts(value: object, file: str) -> Mapping[str, Contract]:
    """The named encryption contracts by name; raises DataError."""
    return _read_list(value, file, "a contract", _contract)


def _read_list(value: object, file: str, what: str, read: Callable[[Map], _Item]) -> Mapping[str, _Item]:
    items = expect_list(value, Place(file, 1), "the file")
    found: dict[str, _Item] = {}
    for item, place in zip(items, items.places, strict=True):
        one = read(expect_map(item, place, what))
        if one.name in found:
            raise DataError(place, f"the name {one.name!r} occurs twice; remove one of them")
        found[one.name] = one
    return MappingProxyType(found)


def _texts(item: Map, key: str, words: tuple[str, ...] | None = None) -> tuple[str, ...]:
    if key not in item:
        return ()
    texts = expect_texts(item[key], item.at(key), key)
    return tuple(expect_word(text, words, item.at(key), key) for text in texts) if words else texts


def _text(item: Map, key: str) -> str:
    return expect_text(item[key], item.at(key), key) if key in item else ""


def _message(item: Map, pages: tuple[str, ...]) -> Message:
    expect_fields(item, required=("name", "text", "trigger", "pages"), what="a message")
    return Message(_text(item, "name"), _text(item, "text"), _text(item, "trigger"), _texts(item, "pages", pages))


def _system(item: Map) -> DrmSystem:
    expect_fields(
        item,
        required=("name", "id", "title"),
        optional=("schemes", "hls-schemes", "signalling", "keyformat", "methods", "discovery", "called", "usual"),
        what="a DRM system",
    )
    system_id = _text(item, "id")
    try:
        canonical = str(UUID(system_id))
    except ValueError:
        canonical = ""
    if canonical != system_id:
        raise DataError(item.at("id"), f"the system id {system_id!r} is not a UUID in lower case with hyphens")
    methods = expect_map(item["methods"], item.at("methods"), "methods") if "methods" in item else Map()
    schemes = _texts(item, "schemes", SCHEMES)
    signalling = _texts(item, "signalling", SIGNALLING)
    for wanted in _WITH_SIGNALLING:
        if wanted in item and not signalling:
            raise DataError(item.at(wanted), f"a DRM system with {wanted} needs signalling to ask for")
    for wanted in ("keyformat", "methods"):
        if "hls" in signalling and wanted not in item:
            raise DataError(item.at("signalling"), f"a DRM system with HLS signalling needs {wanted}")
    usual = item.get("usual", False)
    if not isinstance(usual, bool):
        raise DataError(item.at("usual"), "usual must be true or false")
    return DrmSystem(
        name=_text(item, "name"),
        system_id=system_id,
        title=_text(item, "title"),
        schemes=schemes,
        hls_schemes=_texts(item, "hls-schemes"),
        signalling=signalling,
        keyformat=_text(item, "keyformat"),
        methods=MappingProxyType({scheme: _texts(methods, scheme) for scheme in methods}),
        discovery=_texts(item, "discovery", schemes),
        called=_texts(item, "called"),
        usual=usual,
    )


def _contract(item: Map) -> Contract:
    expect_fields(item, required=("name", "title", "rules"), what="a contract")
    name = _text(item, "name")
    rules = expect_list(item["rules"], item.at("rules"), "rules")
    return Contract(
        name,
        _text(item, "title"),
        tuple(_rule(expect_map(rule, place, "a rule"), name) for rule, place in zip(rules, rules.places, strict=True)),
    )


def _rule(item: Map, preset: str) -> PlannedRule:
    expect_fields(item, required=("track", "filters"), what="a rule")
    filters: Seq = expect_list(item["filters"], item.at("filters"), "filters")
    return PlannedRule(
        _text(item, "track"),
        tuple(_filter(one, place) for one, place in zip(filters, filters.places, strict=True)),
        preset,
    )


def _filter(value: Any, place: Place) -> PlannedFilter:
    if isinstance(value, str):
        return PlannedFilter(_FILTERS[expect_word(value, _FILTERS, place, "a filter")])
    mapping = expect_map(value, place, "a filter")
    if len(mapping) != 1:
        raise DataError(place, "a filter is one of video or audio, with its attributes")
    (kind,) = mapping
    expect_word(kind, _FILTERS, mapping.at(kind), "a filter")
    attributes = expect_map(mapping[kind], mapping.at(kind), f"the {kind} filter")
    expect_fields(attributes, optional=_ATTRIBUTES[kind], what=f"the {kind} filter")
    return PlannedFilter(_FILTERS[kind], tuple((name, _written(attributes[name])) for name in attributes))


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
