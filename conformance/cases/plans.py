"""From the `request:` of a step to a Plan."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.cases.certificates import NAMES as CERTIFICATES
from conformance.cases.features import scheme_names
from conformance.cases.scalars import list_at, scalar
from conformance.cases.style import STYLES
from conformance.cases.template import SLOTS, read_template, slots_in
from conformance.cases.values import list_of
from conformance.catalogue import load_catalogue
from conformance.catalogue.datafile import Refused, inside
from conformance.catalogue.lists import SIGNALLING
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
    nearest,
)
from conformance.cpix.reader import uuid_of
from conformance.model import Place, Plan, PlannedFilter, PlannedPeriod, PlannedRule, Recipient

FIELDS = (
    "contract",
    "rules",
    "scheme",
    "systems",
    "signalling",
    "periods",
    "explicit-iv",
    "encrypt-to",
    "content",
    "content-id",
    "kids",
    "style",
    "cpix-version",
    "speke-version",
    "template",
    "credentials",
    "transport",
    "connection",
    "accept-encoding",
    "follow",
    "like",
)

DEFAULT_SCHEMES = ("cbcs", "cenc", "cbc1")
DEFAULT_CONTRACT = ("PRESET-VIDEO-1", "PRESET-AUDIO-1")
NO_SIGNALLING = "none"
"""In place of placeholders: every DRMSystem of the request is empty."""
REACHING = {
    "credentials": ("configured", "none", "wrong"),
    "transport": ("configured", "plain-http"),
    "connection": ("any", "fresh", "kept"),
    "accept-encoding": ("identity", "gzip", "unsaid"),
}
FILTERS = {
    "video": "VideoFilter",
    "audio": "AudioFilter",
    "label": "LabelFilter",
    "bitrate": "BitrateFilter",
}
_PREFIX = re.compile(r"[A-Za-z_][\w.-]*")
PERIOD_ATTRIBUTES = ("index", "start", "end", "startOffset", "endOffset", "duration", "label")


def default_plan(version: str) -> Plan:
    """The plan of a step that says nothing about its request."""
    return Plan(
        version=version,
        schemes=DEFAULT_SCHEMES,
        systems=tuple(name for name, system in load_catalogue().systems.items() if system.usual),
        rules=_contract(DEFAULT_CONTRACT, None),
    )


def read_plan(raw: Any, place: Place, base: Plan, folder: Path, home: Path) -> Plan:
    """The plan that the YAML describes, on top of `base`; DataError with the line of whatever is wrong.

    A template is named from `folder`, that of the file, and lies inside `home`, that of all cases.
    """
    mapping = expect_map(raw, place, "request")
    expect_fields(mapping, optional=FIELDS, what="request")
    changes: dict[str, Any] = {}
    for name, value in mapping.items():
        at = mapping.at(name)
        if name == "contract":
            names = expect_texts(value, at, "contract")
            changes["rules"] = _contract(names, at)
        elif name == "rules":
            changes["rules"] = _rules(value, at)
        elif name == "scheme":
            changes["schemes"] = expect_texts(value, at, "scheme")
        elif name == "systems":
            changes["systems_mode"], changes["systems"] = _systems(value, at)
        elif name == "signalling":
            changes["signalling"] = _signalling(value, at)
        elif name == "periods":
            changes["periods"] = _periods(value, at)
        elif name == "explicit-iv":
            changes["explicit_iv"] = expect_word(value, ("all", "none", "first"), at, "explicit-iv")
        elif name == "encrypt-to":
            recipients = expect_texts(value, at, "encrypt-to")
            changes["recipients"] = tuple(
                Recipient(expect_word(recipient, CERTIFICATES, at, "recipient")) for recipient in recipients
            )
        elif name == "style":
            changes["style"] = _style(value, at)
        elif name == "template":
            changes["template"] = _template(expect_text(value, at, "template"), at, folder, home)
        elif name in REACHING:
            changes[name.replace("-", "_")] = expect_word(value, REACHING[name], at, name)
        elif name == "kids":
            changes["kids"] = _kids(value, at)
        elif name == "follow":
            changes["follow"] = expect_text(value, at, "follow")
        elif name in ("content", "content-id", "cpix-version", "speke-version"):
            changes[name.replace("-", "_")] = scalar(expect_text(value, at, name), at, name)
    if "rules" in mapping and "contract" in mapping:
        raise DataError(mapping.at("rules"), "a request has either contract or rules, not both")
    plan = replace(base, **changes)
    _check_whole(plan, mapping)
    _check_signalling(plan, mapping)
    return plan


def _check_whole(plan: Plan, mapping: Map) -> None:
    """What only the fields together show."""
    if plan.systems_mode != "asked":
        # A misspelt scheme would be claimed by nobody, and its case would never be asked.
        for scheme in plan.schemes:
            expect_word(scheme, scheme_names(), mapping.at("scheme"), "scheme")
        if not plan.systems:
            raise DataError(mapping.at("systems"), "systems names no DRM system; to send none, say {asked: []}")
    if plan.template and not plan.recipients:
        text = read_template(Path(plan.template))
        if any(slot == "certificate" for slot, _ in slots_in(text)):
            raise DataError(mapping.at("template"), "the template has a slot for a certificate; add encrypt-to")


def _check_signalling(plan: Plan, mapping: Map) -> None:
    """What is asked for by name has signalling in the catalogue, and some of it is in the request.

    Where the systems are a choice, those that have none of it are left out, and one has to be left.
    """
    systems = load_catalogue().systems
    place = next((mapping.at(name) for name in ("systems", "signalling", "template") if name in mapping), mapping.place)
    empty = []
    for name in plan.systems:
        system = systems.get(name)
        if system is None:
            if plan.systems_mode != "asked":
                raise DataError(
                    place, f"no profile can claim the DRM system {name}, which is not in the catalogue; use asked"
                )
            continue
        if plan.signalling and not system.signalling:
            raise DataError(
                place,
                f"the catalogue does not know what signalling {name} has, so its DRMSystem would be empty; to ask for "
                f"the placeholders of `signalling`, write asked: [{system.system_id}], and for none, signalling: none",
            )
        if plan.signalling and not plan.signalling.intersection(system.signalling):
            empty.append(name)
    if empty and (plan.systems_mode in ("asked", "exactly") or len(empty) == len(plan.systems)):
        raise DataError(
            place,
            f"{empty[0]} has no signalling of {', '.join(sorted(plan.signalling))}, so its DRMSystem would be empty; "
            f"it has {', '.join(systems[empty[0]].signalling)}; to send it empty anyway, say signalling: none",
        )


def _signalling(raw: Any, place: Place) -> frozenset[str]:
    words = expect_texts(raw, place, "signalling")
    if words == (NO_SIGNALLING,):
        return frozenset()
    return frozenset(expect_word(word, SIGNALLING, place, "signalling") for word in words)


def _kids(raw: Any, place: Place) -> tuple[str, ...]:
    """One form for all keys, or a list by name of one for each."""
    forms = tuple(text for _, text in list_of(raw)) if isinstance(raw, Map) else expect_texts(raw, place, "kids")
    for form in forms:
        if uuid_of(form.replace("x", "0").replace("n", "0")) is None:
            raise DataError(place, f"{form!r} is not the form of a KID: a UUID in which x and n stand for digits")
    return forms


def _style(raw: Any, place: Place) -> tuple[tuple[str, str], ...]:
    styles = expect_map(raw, place, "style")
    expect_fields(styles, optional=STYLES, what="style")
    chosen = []
    for name, value in styles.items():
        at, words = styles.at(name), STYLES[name]
        # A bare yes is the truth value in YAML.
        text = "yes" if value is True else value
        if words:
            expect_word(text, words, at, f"style {name}")
        elif not isinstance(text, str) or (text and not _PREFIX.fullmatch(text)):
            raise DataError(at, f"style {name} takes a prefix, or empty text for the default namespace")
        chosen.append((name, str(text)))
    return tuple(chosen)


def _contract(names: tuple[str, ...], place: Place | None) -> tuple[PlannedRule, ...]:
    catalogue = load_catalogue()
    rules: list[PlannedRule] = []
    for name in names:
        if name not in catalogue.preset_names:
            known = catalogue.preset_names
            raise DataError(place or name, f"contract {name!r} is not known{nearest(name, known)}")
        rules.extend(catalogue.contract(name))
    return tuple(rules)


def _rules(raw: Any, place: Place) -> tuple[PlannedRule, ...]:
    rules = []
    items = expect_list(raw, place, "rules")
    for item, at in zip(items, items.places, strict=True):
        mapping = expect_map(item, at, "a rule")
        expect_fields(mapping, required=("type",), optional=("filters",), what="a rule")
        filters = []
        for entry in expect_list(mapping.get("filters", list_at((), at)), mapping.at("filters"), "filters"):
            one = expect_map(entry, mapping.at("filters"), "a filter")
            for kind, attributes in one.items():
                expect_word(kind, FILTERS, one.at(kind), "filter")
                values = expect_map(attributes, one.at(kind), "the filter's attributes")
                filters.append(PlannedFilter(FILTERS[kind], _attributes(values)))
        track_type = scalar(mapping["type"], mapping.at("type"), "the rule's type")
        rules.append(PlannedRule(track_type, tuple(filters)))
    if not rules:
        raise DataError(place, "rules must hold at least one rule")
    return tuple(rules)


def _attributes(values: Map) -> tuple[tuple[str, str], ...]:
    for name in values:
        if not _PREFIX.fullmatch(name):
            raise DataError(values.at(name), f"{name!r} is not the name of an attribute")
    return tuple((name, scalar(text, values.at(name), name)) for name, text in values.items())


def _systems(raw: Any, place: Place) -> tuple[str, tuple[str, ...]]:
    if isinstance(raw, Map):
        expect_fields(raw, optional=("claimed-of", "exactly", "one-of", "asked"), what="systems")
        if len(raw) != 1:
            raise DataError(place, "systems takes one of claimed-of, exactly, one-of or asked")
        mode, names = next(iter(raw.items()))
    else:
        mode, names = "exactly", raw
    systems = expect_texts(names, place, "systems")
    known = load_catalogue().systems
    for name in systems:
        if name not in known and uuid_of(name) is None:
            raise DataError(place, f"DRM system {name!r} is neither known nor a UUID{nearest(name, known)}")
    return mode, systems


def _periods(raw: Any, place: Place) -> tuple[PlannedPeriod, ...]:
    periods: list[PlannedPeriod] = []
    items = expect_list(raw, place, "periods")
    for number, (item, at) in enumerate(zip(items, items.places, strict=True), 1):
        mapping = expect_map(item, at, "a period")
        expect_fields(mapping, optional=("label", "track-suffix", *PERIOD_ATTRIBUTES), what="a period")
        label = scalar(mapping.get("label", f"p{number}"), mapping.at("label"), "the period's label")
        if label in (period.label for period in periods):
            raise DataError(at, f"two periods of this request have the label {label!r}")
        attributes = tuple((name, scalar(value, mapping.at(name), name)) for name, value in mapping.items())
        suffix = scalar(mapping.get("track-suffix", ""), mapping.at("track-suffix"), "track-suffix")
        own = tuple(pair for pair in attributes if pair[0] not in ("label", "track-suffix"))
        periods.append(PlannedPeriod(label, own, suffix))
    return tuple(periods)


def _template(name: str, place: Place, folder: Path, home: Path) -> str:
    try:
        path = inside(name, folder, home)
        text = read_template(path)
    except Refused as why:
        raise DataError(place, f"the template {name} beside this file {why}") from None
    except ValueError:
        raise DataError(place, f"the template {name} beside this file cannot be read (it is not UTF-8)") from None
    for slot, line in slots_in(text):
        if slot not in SLOTS:
            raise DataError(Place(name, line), f"unknown slot {slot!r}{nearest(slot, SLOTS)}")
    return str(path)


def substituted(raw: Any, values: Mapping[str, str]) -> Any:
    """The YAML value with `${name}` filled in, its places kept."""
    if isinstance(raw, str):
        for name, value in values.items():
            raw = raw.replace(f"${{{name}}}", value)
        return raw
    if isinstance(raw, Map):
        mapping = Map((key, substituted(item, values)) for key, item in raw.items())
        mapping.place, mapping.places = raw.place, raw.places
        return mapping
    if isinstance(raw, Seq):
        items = list_at((), raw.place)
        for item, at in zip(raw, raw.places, strict=True):
            filled = substituted(item, values)
            # A slot that stands for several names (a preset pair) becomes several items.
            parts = filled.split() if isinstance(item, str) and item.startswith("${") else [filled]
            items.extend(parts)
            items.places.extend([at] * len(parts))
        return items
    return raw
