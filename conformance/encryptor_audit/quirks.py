"""Known habits of encryptors, read from habits.yaml: how the requests of one usually look, as questions and notes."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from conformance.catalogue import load_catalogue
from conformance.catalogue.yamlfile import (
    DataError,
    Map,
    expect_fields,
    expect_list,
    expect_map,
    expect_text,
    expect_texts,
    expect_word,
    load,
    nearest,
)
from conformance.checks.contract.rule_forms import FilterKey, filters_of
from conformance.checks.registry import Check, NotApplicable
from conformance.encryptor_audit.observed_exchange import ObservedExchange, system_name
from conformance.encryptor_audit.registry import load_request_checks, make_check
from conformance.model import VERSIONS, Confidence, Finding, Level, Place, PlannedRule, Requirement, Source

FILE = Path(__file__).with_name("quirks.yaml")
LOOKS = (
    "versions",
    "content-id",
    "schemes",
    "systems",
    "most-systems",
    "periods",
    "rotation",
    "contract",
    "explicit-iv",
    "authentication",
    "key-encryption",
)
"""What of a request a habit may speak of."""

_Rule = tuple[str, frozenset[tuple[FilterKey, int]]]


@dataclass(frozen=True, slots=True)
class Quirk:
    """One habit: what the encryptor usually sends, or which finding of a duty it is known for."""

    requirement: Requirement
    looks: Mapping[str, Any] = field(default_factory=dict)
    request_check: str = ""
    text: str = ""

    def covers(self, check: str, finding: Finding) -> bool:
        """Whether a finding is what this encryptor is known to send."""
        return check == self.request_check and self.text in f"{finding.where}\n{finding.expected}\n{finding.seen}"


@dataclass(frozen=True, slots=True)
class KnownEncryptor:
    """An encryptor with its habits."""

    name: str
    title: str
    habits: tuple[Quirk, ...]

    @property
    def set(self) -> str:
        """The requirement set that its habits form."""
        return f"{self.name}-habits@1"

    def checks(self) -> dict[str, Check]:
        """A question for each habit; what a habit tolerates is noted under its question, too."""
        return {habit.requirement.id: _check(habit) for habit in self.habits}


def encryptor_named(name: str) -> KnownEncryptor:
    """The encryptor of that name; raises DataError with the nearest spelling."""
    known = load_encryptors()
    if name not in known:
        listing = ", ".join(known)
        raise DataError("--as", f"there is no encryptor {name!r}{nearest(name, known)}; known are {listing}")
    return known[name]


@cache
def load_encryptors(path: Path = FILE) -> Mapping[str, KnownEncryptor]:
    """All encryptors of a file by name; raises DataError with file and line."""
    items = expect_list(load(path, path.name), Place(path.name, 1), "the file")
    found: dict[str, KnownEncryptor] = {}
    for item, place in zip(items, items.places, strict=True):
        one = _encryptor(expect_map(item, place, "an encryptor"))
        if one.name in found:
            raise DataError(place, f"the encryptor {one.name!r} occurs twice; remove one of them")
        found[one.name] = one
    return found


def _encryptor(item: Map) -> KnownEncryptor:
    expect_fields(item, required=("encryptor", "title", "page", "habits"), what="an encryptor")
    name = expect_text(item["encryptor"], item.at("encryptor"), "encryptor")
    page = expect_word(item["page"], load_catalogue().pages, item.at("page"), "the page")
    habits = expect_list(item["habits"], item.at("habits"), "habits")
    return KnownEncryptor(
        name,
        expect_text(item["title"], item.at("title"), "title"),
        tuple(
            _habit(expect_map(one, place, "a habit"), name, page, number)
            for number, (one, place) in enumerate(zip(habits, habits.places, strict=True), 1)
        ),
    )


def _habit(item: Map, encryptor: str, page: str, number: int) -> Quirk:
    expect_fields(item, required=("says", "confidence"), optional=("looks", "tolerates"), what="a habit")
    if ("looks" in item) == ("tolerates" in item):
        raise DataError(item.place, "a habit has one of looks and tolerates")
    confidence = Confidence(expect_word(item["confidence"], Confidence, item.at("confidence"), "the confidence"))
    requirement = Requirement(
        id=f"{encryptor.upper()}-HABIT-{number:02}",
        set=f"{encryptor}-habits@1",
        levels=dict.fromkeys(VERSIONS, Level.NOTE),
        rule=expect_text(item["says"], item.at("says"), "says"),
        source=Source(page, confidence),
        effect="What works with this request may not work with one of that encryptor, and vice versa.",
        place=item.place,
    )
    if "looks" in item:
        looks = expect_map(item["looks"], item.at("looks"), "looks")
        expect_fields(looks, optional=LOOKS, what="looks")
        return Quirk(requirement, {name: _value(name, looks[name], looks.at(name)) for name in looks})
    told = expect_map(item["tolerates"], item.at("tolerates"), "tolerates")
    expect_fields(told, required=("duty", "text"), what="tolerates")
    request_check = expect_word(told["duty"], load_request_checks(), told.at("duty"), "the duty")
    return Quirk(requirement, request_check=request_check, text=expect_text(told["text"], told.at("text"), "text"))


def _value(name: str, value: Any, place: Place) -> Any:
    if name == "most-systems":
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise DataError(place, "most-systems must be a whole number from 1")
        return value
    if name == "content-id":
        try:
            return re.compile(expect_text(value, place, name))
        except re.error as error:
            raise DataError(place, f"content-id is not a regular expression: {error}") from None
    words = {
        "periods": ("always", "never"),
        "rotation": ("never",),
        "contract": ("presets",),
        "explicit-iv": ("always",),
        "authentication": ("sigv4",),
        "key-encryption": ("never",),
    }.get(name)
    return expect_word(value, words, place, name) if words else expect_texts(value, place, name)


def _check(habit: Quirk) -> Check:
    def ask(ctx: ObservedExchange) -> Iterator[Finding]:
        if not habit.looks:
            raise NotApplicable("it does not apply to this request")
        for name, usual in habit.looks.items():
            yield from _departure(ctx, name, usual)

    rule = habit.requirement
    about = habit.request_check or next(iter(habit.looks))
    return make_check(f"habit.{about}", rule.rule, (rule.id,), ask)


def _departure(ctx: ObservedExchange, name: str, usual: Any) -> Iterator[Finding]:
    """How a request departs from what is usual, if it does."""
    request = ctx.request
    if name == "versions" and ctx.version not in usual:
        yield Finding("X-Speke-Version", " or ".join(usual), ctx.version)
    elif name == "content-id" and not usual.fullmatch(request.content_id or ""):
        yield Finding("/CPIX/@contentId", f"a text of the form {usual.pattern}", repr((request.content_id or "")[:60]))
    elif name == "schemes":
        yield from _among("scheme", {key.scheme or "" for key in request.content_keys}, usual)
    elif name == "systems":
        yield from _among("DRM system", {system_name(one.system_id) for one in request.drm_systems}, usual)
    elif name == "most-systems":
        count = len({one.system_id for one in request.drm_systems})
        if count > usual:
            yield Finding("/CPIX/DRMSystemList", f"at most {usual} DRM systems", str(count))
    elif name == "periods" and bool(request.periods) != (usual == "always"):
        count = len(request.periods)
        yield Finding("/CPIX", "a key period" if usual == "always" else "no key period", str(count or "none"))
    elif name == "rotation" and len(request.periods) > 1:
        yield Finding("/CPIX/ContentKeyPeriodList", "at most one key period", str(len(request.periods)))
    elif name == "contract" and (unlike := _unlike_presets(ctx)):
        yield Finding("/CPIX/ContentKeyUsageRuleList", "rules of the presets", unlike)
    elif name == "explicit-iv" and not all(key.explicit_iv for key in request.content_keys):
        yield Finding("/CPIX/ContentKeyList", "an explicitIV on each ContentKey", "a ContentKey without one")
    elif name == "authentication" and not any(value.startswith("AWS4-") for value in ctx.headers("authorization")):
        yield Finding("the Authorization header", "a signature by SigV4", "none")
    elif name == "key-encryption" and request.delivery:
        yield Finding("/CPIX/DeliveryDataList", "no recipients", f"{len(request.delivery)} of them")


def _among(what: str, seen: set[str], usual: tuple[str, ...]) -> Iterator[Finding]:
    for one in sorted(seen - set(usual)):
        yield Finding("request document", f"one of {', '.join(usual)}", f"the {what} {one[:60]!r}")


def _unlike_presets(ctx: ObservedExchange) -> str:
    """The track types of a contract that no combination of presets gives; empty for one that does."""
    asked = frozenset(
        (rule.intended_track_type or "", frozenset(filters_of(rule).items())) for rule in ctx.request.rules
    )
    if not asked or asked in _combinations():
        return ""
    return ", ".join(sorted(track for track, _ in asked))[:200]


@cache
def _combinations() -> frozenset[frozenset[_Rule]]:
    contracts = load_catalogue().contracts

    def kind(prefix: str) -> list[frozenset[_Rule]]:
        return [frozenset(map(_plain, one.rules)) for name, one in contracts.items() if name.startswith(prefix)]

    nothing: frozenset[_Rule] = frozenset()
    pairs = itertools.product([*kind("PRESET-VIDEO-"), nothing], [*kind("PRESET-AUDIO-"), nothing])
    shared = frozenset(map(_plain, contracts["SHARED"].rules))
    return frozenset([*(one | other for one, other in pairs), shared]) - {nothing}


def _plain(rule: PlannedRule) -> _Rule:
    return rule.track_type, frozenset(
        Counter((one.kind, tuple(sorted(one.attributes))) for one in rule.filters).items()
    )
