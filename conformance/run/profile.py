"""Profiles: what a key server claims, which requirement sets count, and which deviations are known."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from conformance.cases.features import FEATURE_NAMES, FEATURES
from conformance.cases.identity import ContentIds
from conformance.catalogue import load_catalogue
from conformance.catalogue.datafile import Refused, inside
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
    plain,
)
from conformance.judge import Disputed, KnownDeviation
from conformance.model import VERSIONS, Case, Claims, Place, without_endpoint
from conformance.wire.auth import KINDS

_PACKAGE = Path(__file__).resolve().parent.parent

FIELDS = (
    "profile",
    "title",
    "extends",
    "requires",
    "reports",
    "claims",
    "content-ids",
    "policy",
    "auth",
    "budgets",
    "cases",
    "strength",
    "known",
    "disputed",
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile, its bases merged in."""

    name: str
    title: str
    path: str
    requires: tuple[str, ...] = ()
    reports: tuple[str, ...] = ("advice@1",)
    claims: Claims | None = None
    """None: discovered."""
    claim_places: Mapping[str, Place] = field(default_factory=dict)
    """Each claim by its name (`version.2.1`, `widevine+cbcs`, a feature …), and where the profile makes it."""
    content_ids: ContentIds = field(default_factory=ContentIds)
    auth: Mapping[str, str] = field(default_factory=dict)
    budgets: Mapping[str, float] = field(default_factory=dict)
    only_cases: tuple[str, ...] = ()
    """Ids or names (`ID[variant]`) of the cases that are run; empty for all. Whoever selects is always PARTIAL."""
    strength: int = 2
    """How many dimensions of the covering arrays are combined, where the user does not say."""
    known: tuple[KnownDeviation, ...] = ()
    disputed: tuple[Disputed, ...] = ()

    def lists(self, case: Case) -> bool:
        """Whether the profile runs the case: it lists it by id or by name, or it lists none."""
        return not self.only_cases or case.id in self.only_cases or without_endpoint(case.name) in self.only_cases

    @property
    def discovers(self) -> bool:
        """Whether the claims are found out by probing."""
        return self.claims is None

    @property
    def concurrent(self) -> int | None:
        """Requests that the server may get at a time, where the profile states it."""
        return self.claims.concurrent if self.claims is not None else None


def profiles_directory() -> Path:
    """The folder of the shipped profiles: `profiles/` of the checkout, or the copy in the package."""
    packaged = _PACKAGE / "_profiles"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "profiles"


def profile_names() -> list[str]:
    """Names of the shipped profiles."""
    return sorted(path.stem for path in profiles_directory().glob("*.yaml"))


def load_profile(name: str) -> Profile:
    """A shipped profile by name, or one of the user's by path; DataError with file and line."""
    path = _find(name, None, f"profile {name!r}")
    return _load(path, (), path.parent)


def _load(path: Path, under_way: tuple[Path, ...], folder: Path) -> Profile:
    mapping = expect_map(load(path), Place(str(path), 1), "a profile")
    expect_fields(mapping, required=("profile",), optional=FIELDS, what="a profile")
    base = Profile("", "", "")
    if "extends" in mapping:
        at = mapping.at("extends")
        home = _find(expect_text(mapping["extends"], at, "extends"), path.parent, at)
        if home.resolve() in (path.resolve(), *under_way):
            raise DataError(at, "this profile extends itself, by way of others or directly")
        # What a stranger's profile builds on is shipped, or lies in the same folder.
        shipped = home.parent == profiles_directory()
        try:
            inside(home.name, home.parent, home.parent if shipped else folder)
        except Refused as why:
            raise DataError(at, f"the profile {mapping['extends']} {why}") from None
        base = _load(home, (*under_way, path.resolve()), folder)
    return _merged(mapping, base, path)


def _find(name: str, near: Path | None, place: Place | str) -> Path:
    shipped = profiles_directory() / f"{name}.yaml"
    if "/" not in name and not name.endswith((".yaml", ".yml")):
        if shipped.is_file():
            return shipped
        if Path(name).exists():
            what = "a folder" if Path(name).is_dir() else "a file whose name does not end in .yaml or .yml"
            raise DataError(place, f"this is {what}; give a shipped profile or the path of a YAML file")
        raise DataError(
            place,
            f"there is no such profile{nearest(name, profile_names())}; "
            f"known are {', '.join(profile_names())}, or give the path of a YAML file",
        )
    path = Path(name) if near is None or Path(name).is_absolute() else near / name
    if not path.is_file():
        why = "is not a file" if path.exists() else "does not exist"
        raise DataError(place if near else str(path), f"the profile file {path} {why}")
    return path


def _merged(mapping: Map, base: Profile, path: Path) -> Profile:
    changes: dict[str, Any] = {
        "name": expect_text(mapping["profile"], mapping.at("profile"), "profile"),
        "title": expect_text(mapping["title"], mapping.at("title"), "title") if "title" in mapping else base.title,
        "path": str(path),
    }
    for name in ("requires", "reports"):
        if name in mapping:
            changes[name] = _sets(mapping[name], mapping.at(name), name)
    if "claims" in mapping:
        changes["claims"], changes["claim_places"] = _claims(mapping["claims"], mapping.at("claims"))
    if "policy" in mapping:
        policy = expect_map(mapping["policy"], mapping.at("policy"), "policy")
        expect_fields(policy, optional=("refuses",), what="policy")
        at = policy.at("refuses")
        refuses = expect_texts(policy["refuses"], at, "refuses") if "refuses" in policy else ()
        for name in refuses:
            expect_word(name, load_catalogue().preset_names, at, "contract")
        claims = changes.get("claims", base.claims)
        if claims is None:
            raise DataError(mapping.at("policy"), "a policy needs explicit claims")
        changes["claims"] = replace(
            claims, refuses=refuses, features=claims.features | ({"policy"} if refuses else set())
        )
        places = changes.get("claim_places", base.claim_places)
        changes["claim_places"] = {**places, **{f"policy.refuses.{name}": at for name in refuses}}
    if "content-ids" in mapping:
        changes["content_ids"] = _content_ids(mapping["content-ids"], mapping.at("content-ids"))
    if "auth" in mapping:
        auth = expect_map(mapping["auth"], mapping.at("auth"), "auth")
        expect_fields(auth, required=("kind",), optional=("header", "region", "service"), what="auth")
        expect_word(auth["kind"], KINDS, auth.at("kind"), "auth kind")
        changes["auth"] = {key: expect_text(value, auth.at(key), key) for key, value in auth.items()}
    if "budgets" in mapping:
        budgets = expect_map(mapping["budgets"], mapping.at("budgets"), "budgets")
        expect_fields(budgets, optional=("max-rps", "max-requests", "max-minutes"), what="budgets")
        changes["budgets"] = {key: _budget(value, budgets.at(key), key) for key, value in budgets.items()}
    if "cases" in mapping:
        changes["only_cases"] = expect_texts(mapping["cases"], mapping.at("cases"), "cases")
    if "strength" in mapping:
        strength, at = mapping["strength"], mapping.at("strength")
        if strength not in (1, 2, 3) or isinstance(strength, bool):
            raise DataError(at, "strength must be 1, 2 or 3: how many things are combined with each other")
        changes["strength"] = strength
    if "known" in mapping:
        changes["known"] = tuple(_known(mapping["known"], mapping.at("known")))
    if "disputed" in mapping:
        changes["disputed"] = tuple(_disputed(mapping["disputed"], mapping.at("disputed")))
    return replace(base, **changes)


def _sets(raw: Any, place: Place, what: str) -> tuple[str, ...]:
    known = load_catalogue().sets
    return tuple(expect_word(name, known, place, "requirement set") for name in expect_texts(raw, place, what))


def _claims(raw: Any, place: Place) -> tuple[Claims | None, dict[str, Place]]:
    if raw == "discover":
        return None, {}
    mapping = expect_map(raw, place, "claims (or the word discover)")
    expect_fields(mapping, required=("versions", "systems"), optional=("features", "concurrent"), what="claims")
    catalogue = load_catalogue()
    places: dict[str, Place] = {}
    versions = expect_texts(mapping["versions"], mapping.at("versions"), "versions")
    for version in versions:
        expect_word(version, VERSIONS, mapping.at("versions"), "version")
        places[f"version.{version}"] = mapping.at("versions")
    systems = expect_map(mapping["systems"], mapping.at("systems"), "systems")
    pairs = set()
    for name, schemes in systems.items():
        expect_word(name, catalogue.systems, systems.at(name), "DRM system")
        for scheme in expect_texts(schemes, systems.at(name), "schemes"):
            pairs.add((name, scheme))
            places[f"{name}+{scheme}"] = systems.at(name)
    at = mapping.at("features")
    features = expect_texts(mapping["features"], at, "features") if "features" in mapping else tuple(FEATURES)
    for feature in features:
        expect_word(feature, FEATURE_NAMES, at, "feature")
        if "features" in mapping:
            places[feature] = at
    concurrent = mapping.get("concurrent")
    if "concurrent" in mapping and (isinstance(concurrent, bool) or not isinstance(concurrent, int) or concurrent < 1):
        raise DataError(mapping.at("concurrent"), "concurrent must be a whole number from 1")
    return Claims(frozenset(versions), frozenset(pairs), frozenset(features), concurrent=concurrent), places


def _content_ids(raw: Any, place: Place) -> ContentIds:
    mapping = expect_map(raw, place, "content-ids")
    expect_fields(mapping, optional=("prefix", "pattern", "list"), what="content-ids")
    if len(mapping) != 1:
        raise DataError(place, "content-ids takes one of prefix, pattern or list")
    kind, at = next((kind, mapping.at(kind)) for kind in mapping)
    if kind == "list":
        listed = expect_texts(mapping["list"], at, "list")
        twice = next((name for name in listed if listed.count(name) > 1), None)
        if twice is not None or not listed:
            what = "is empty" if twice is None else f"names {twice!r} twice"
            raise DataError(at, f"the list of contents {what}; each case needs one of its own")
        return ContentIds(listed=listed, place=at)
    text = expect_text(mapping[kind], at, kind)
    if kind == "pattern" and "{id}" not in text:
        raise DataError(at, "the pattern must contain {id}, or all cases would share one content")
    return ContentIds(pattern=text, place=at) if kind == "pattern" else ContentIds(prefix=text, place=at)


def _budget(value: Any, place: Place, name: str) -> float:
    whole = name == "max-requests"
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float) or not 0 < value < 1e9:
        raise DataError(place, f"{name} must be a {'whole ' if whole else ''}number greater than 0")
    return float(value)


def _known(raw: Any, place: Place) -> list[KnownDeviation]:
    found = []
    items = expect_list(raw, place, "known")
    for item, at in zip(items, items.places, strict=True):
        mapping = expect_map(item, at, "a known deviation")
        expect_fields(
            mapping,
            required=("finding", "reason", "reference", "date"),
            optional=("expires",),
            what="a known deviation",
        )
        values = {key: expect_text(plain(value), mapping.at(key), key) for key, value in mapping.items()}
        for key in ("date", "expires"):
            if key in values and not _is_date(values[key]):
                raise DataError(mapping.at(key), f"{key} must be a date such as 2026-11-22")
        found.append(KnownDeviation(**values))
    return found


def _is_date(text: str) -> bool:
    try:
        return _DATE.fullmatch(text) is not None and bool(datetime.date.fromisoformat(text))
    except ValueError:
        return False


def _disputed(raw: Any, place: Place) -> list[Disputed]:
    found = []
    items = expect_list(raw, place, "disputed")
    for item, at in zip(items, items.places, strict=True):
        mapping = expect_map(item, at, "a disputed finding")
        expect_fields(
            mapping, required=("finding", "sentence"), optional=("reference", "date"), what="a disputed finding"
        )
        found.append(Disputed(**{key: expect_text(value, mapping.at(key), key) for key, value in mapping.items()}))
    return found
