"""The JSON Schema of a profile, made from the words that its reader knows."""

from __future__ import annotations

from conformance.authoring.schema_parts import (
    Schema,
    document,
    items,
    mapping,
    one_of_fields,
    one_or_more,
    plain,
    text,
    word,
)
from conformance.cases.features import FEATURE_NAMES
from conformance.catalogue import load_catalogue
from conformance.model import VERSIONS
from conformance.run.profile import FIELDS
from conformance.wire.auth import KINDS

_DATE = r"^\d{4}-\d{2}-\d{2}$"


def profile_schema() -> Schema:
    """The schema; every field of the reader is in it, and no other."""
    catalogue = load_catalogue()
    sets = one_or_more(word(catalogue.sets))
    fields: dict[str, Schema] = {
        "profile": text("The name on the report."),
        "title": text("The title on the report."),
        "extends": text("A shipped profile by name, or a file beside this one."),
        "requires": {**sets, "description": "Requirement sets that decide."},
        "reports": {**sets, "description": "Requirement sets that are reported and never decide."},
        "claims": {"anyOf": [{"const": "discover"}, _claims()], "description": "What the server says it can do."},
        "content-ids": one_of_fields(
            {"prefix": text(), "pattern": text("with {id}", r"\{id\}"), "list": one_or_more(text())},
            "How contents are named, where they must exist beforehand.",
        ),
        "policy": mapping({"refuses": one_or_more(word(catalogue.preset_names))}, (), "Contracts refused by design."),
        "auth": mapping(
            {"kind": word(KINDS), "header": text("NAME=VARIABLE"), "region": text(), "service": text()},
            ("kind",),
            "How requests prove themselves; the secrets come from the environment.",
        ),
        "budgets": mapping(
            {
                "max-rps": {"type": "number", "exclusiveMinimum": 0},
                "max-requests": {"type": "integer", "minimum": 1},
                "max-minutes": {"type": "number", "exclusiveMinimum": 0},
            },
            (),
            "Limits of a run.",
        ),
        "cases": one_or_more(text(), "Ids or names of cases to run instead of all; such a run is PARTIAL."),
        "strength": {"enum": [1, 2, 3], "description": "How many things in which requests differ are combined."},
        "known": items(_known(), "Deviations that are known: the gate stays green, the set is not qualified."),
        "disputed": items(_disputed(), "Findings that are contested: they stay what they are."),
    }
    schema = mapping({name: fields.get(name, {}) for name in FIELDS}, ("profile",))
    return document("profile.schema.json", "A profile of the SPEKE v2 conformance suite", schema)


def _claims() -> Schema:
    systems = load_catalogue().systems
    schemes = {
        name: one_or_more({"anyOf": [word((*system.schemes, *system.hls_schemes)), text()]})
        for name, system in systems.items()
    }
    fields = {
        "versions": one_or_more(word(VERSIONS), "In quotes: a bare 2.0 is a number."),
        "systems": mapping(schemes, (), "DRM system -> the schemes it is served with."),
        "features": one_or_more(word(FEATURE_NAMES), "Capabilities; without this field the usual ones."),
        "concurrent": {"type": "integer", "minimum": 1, "description": "Requests that it may get at a time."},
    }
    return mapping(fields, ("versions", "systems"))


def _known() -> Schema:
    fields = {
        "finding": text("The finding as the report prints it; * stands for any text."),
        "reason": text(),
        "reference": text("A ticket."),
        "date": text("When it was seen, such as 2026-11-22.", _DATE),
        "expires": text("When it must be fixed.", _DATE),
    }
    return mapping(fields, ("finding", "reason", "reference", "date"))


def _disputed() -> Schema:
    fields = {"finding": text(), "sentence": text("The sentence relied on."), "reference": text(), "date": plain()}
    return mapping(fields, ("finding", "sentence"))
