"""The JSON Schema of a file of cases, made from the words that the loader knows."""

from __future__ import annotations

from conformance.authoring.defect_schema import operations
from conformance.authoring.schema_parts import (
    Schema,
    document,
    items,
    mapping,
    one_of_fields,
    one_or_more,
    plain,
    ref,
    text,
    values,
    word,
)
from conformance.cases.broken_rules import RULES
from conformance.cases.certificates import NAMES as CERTIFICATES
from conformance.cases.combinations import OPTIONAL, REQUIRED
from conformance.cases.expectations import WORDS
from conformance.cases.features import scheme_names
from conformance.cases.loader import (
    CASE_OPTIONAL,
    CASE_REQUIRED,
    FAMILY_OPTIONAL,
    FAMILY_REQUIRED,
    MEMBER_OPTIONAL,
    MEMBER_REQUIRED,
    MOMENTS,
    OF_STEPS,
    STEP_FIELDS,
    TAGS,
)
from conformance.cases.plans import FIELDS, FILTERS, NO_SIGNALLING, PERIOD_ATTRIBUTES, REACHING
from conformance.cases.style import STYLES
from conformance.cases.values import value_lists
from conformance.catalogue import load_catalogue
from conformance.catalogue.lists import SIGNALLING
from conformance.checks import load_checks
from conformance.model import VERSIONS

ID = r"^([A-Za-z0-9][A-Za-z0-9._-]*)$"


def case_schema() -> Schema:
    """The schema; every field of the loader is in it, and no other."""
    schema = items({"anyOf": [_case(), _family(), _combinations()]}, "Cases, families and arrays, in any order.")
    title = "A file of cases of the SPEKE v2 conformance suite"
    return document("case.schema.json", title, schema, _definitions())


def _definitions() -> dict[str, Schema]:
    catalogue, checks = load_catalogue(), load_checks()
    request, later = request_schema(), request_schema()
    later["properties"] |= {
        "like": text("An earlier step of the case whose request this is, with the changes below."),
        "follow": text(
            "An earlier step whose Clear Key address is fetched, as a player does, instead of requesting keys."
        ),
    }
    return {
        "check": word(checks),
        "requirement": word(catalogue.names),
        "message": word((*catalogue.messages, "any"), variable=True),
        "defect": one_of_fields(operations()),
        "request": request,
        "step-request": later,
    }


def _case() -> Schema:
    fields = {
        "id": text("Unique over all files; part of node ids and content ids.", ID),
        "title": text("What is asked for, on one line."),
        "why": text("Why it matters, in a sentence or two."),
        "steps": items(_step(), "Requests in their order, each with its checks.", least=1),
        **_common(),
        "for-each": _for_each(),
        "moment": word(MOMENTS, "Where in the run it is sent.", variable=True),
        "shared-content": {"type": "boolean", "description": "All its variants ask for one content."},
    }
    return mapping(_picked(fields, (*CASE_REQUIRED, *CASE_OPTIONAL)), CASE_REQUIRED, "One story with an id.")


def _for_each() -> Schema:
    named = mapping({"values": word(value_lists())}, ("values",), "A list of testcases/values.yaml.")
    return {
        "type": "object",
        "additionalProperties": {"anyOf": [one_or_more(text()), named]},
        "description": "A matrix: each combination is a variant of its own, ${name} stands for the value.",
    }


def _combinations() -> Schema:
    value = {
        "request": {"type": "object", "description": "What the value adds to the request, as in a step."},
        "needs": _common()["needs"],
        "expect": word(WORDS),
        "checks": items(ref("check")),
        "requirement": one_or_more(ref("requirement")),
        "for-each": _for_each(),
        "shared-content": {"type": "boolean", "description": "Requests with it ask for one content."},
    }
    values = {"type": "object", "additionalProperties": {"anyOf": [mapping(value), {"type": "null"}]}}
    dimensions = {"type": "object", "additionalProperties": values, "required": ["version"]}
    fields = {
        "combinations": text("Unique over all files; the id of the cases.", ID),
        "title": text("What the requests have in common."),
        "why": text("Why it matters."),
        "dimensions": {**dimensions, "description": "The things in which requests differ, each with its values."},
        "together": items(items(text()), "Dimensions that make up one plan: what is not claimed is left out."),
        "never": items({"type": "object"}, "Values that cannot be combined."),
    }
    return mapping(_picked(fields, (*REQUIRED, *OPTIONAL)), REQUIRED, "A covering array: every two values together.")


def _family() -> Schema:
    fields = {
        "family": text("Name of the family and of its control.", ID),
        "title": text("What the control asks for."),
        "why": text("Why refusing matters here."),
        "control": ref("request"),
        "cases": items(_member(), "Each is the control with one defect.", least=1),
        **_common(),
    }
    names = (*FAMILY_REQUIRED, *FAMILY_OPTIONAL)
    return mapping(
        _picked(fields, names), FAMILY_REQUIRED, "Bad requests that share a good one, sent before and after."
    )


def _member() -> Schema:
    fields = {
        "id": text("Unique over all files.", ID),
        "title": text("What is wrong with the request, and which refusal is required."),
        "why": text("Where it differs from the family's."),
        **_step_parts(),
        **_common(),
        "for-each": _for_each(),
    }
    return mapping(_picked(fields, (*MEMBER_REQUIRED, *MEMBER_OPTIONAL)), MEMBER_REQUIRED)


def _step() -> Schema:
    parts = {
        "id": text("Name of the step in the case.", ID),
        **_step_parts(),
        "request": ref("step-request"),
        "at-once": {"type": "boolean", "description": "Sent together with the step before it."},
    }
    return mapping(_picked(parts, ("id", *STEP_FIELDS, *OF_STEPS)), ("id",))


def _step_parts() -> dict[str, Schema]:
    refused = one_or_more(ref("message"), "The standard message that is required, or any.")
    return {
        "request": ref("request"),
        "defect": items(ref("defect"), "Operations on the good request, in their order."),
        "expect": {
            "anyOf": [word(WORDS), mapping({"refused": refused}, ("refused",))],
            "description": "What a right server does; `accepted` where nothing is said.",
        },
        "requirement": one_or_more(ref("requirement"), "The rules that this very request is about."),
        "also-breaks": mapping(
            {name: text(f"Why the request also breaks this rule: {kept}.") for name, kept in RULES.items()},
            (),
            "Rules that a faulty request breaks beside the one it is about: a defect should be single.",
        ),
        "checks": items(ref("check"), "The checks that this step exists for. All other checks that apply run anyway."),
        "except": {
            "type": "object",
            "propertyNames": ref("check"),
            "additionalProperties": text(),
            "description": "Checks that must not run here, each with the reason.",
        },
    }


def request_schema() -> Schema:
    """The plan of a request; an empty one asks for one video and one audio key."""
    catalogue = load_catalogue()
    systems = one_or_more({"anyOf": [word(catalogue.systems), text("a UUID, or a variable of for-each")]})
    filters = items(one_of_fields({name: values() for name in FILTERS}))
    rule = mapping({"type": {"type": ["string", "number", "boolean"]}, "filters": filters}, ("type",))
    fields: dict[str, Schema] = {
        "contract": one_or_more(
            word(catalogue.preset_names, variable=True), "Named contracts; their rules are joined."
        ),
        "rules": items(rule, "Your own rules, instead of `contract`.", least=1),
        "scheme": one_or_more(
            {"anyOf": [word(scheme_names()), text()]}, "Schemes by preference; the first that is claimed is asked for."
        ),
        "systems": {
            "anyOf": [one_of_fields(dict.fromkeys(("claimed-of", "exactly", "one-of", "asked"), systems)), systems],
            "description": "DRM systems: those that are claimed, exactly these, the first claimed, or as they are.",
        },
        "signalling": one_or_more(
            word((*SIGNALLING, NO_SIGNALLING), variable=True), "Which placeholders are sent; none for empty DRMSystems."
        ),
        "periods": items(mapping(_period()), "Key periods."),
        "explicit-iv": word(("all", "none", "first"), "Which keys carry an explicitIV.", variable=True),
        "encrypt-to": one_or_more(word(CERTIFICATES, variable=True), "Recipients of encrypted keys."),
        "content": plain("Label of the content: the same label in a case is the same content."),
        "content-id": plain("The content id; {id} stands for the derived one."),
        "kids": {
            "anyOf": [one_or_more(text()), mapping({"values": word(value_lists())}, ("values",))],
            "description": "Forms of the KIDs, taken in turn: UUIDs in which x and n stand for derived digits.",
        },
        "style": mapping(
            {
                name: {"anyOf": [word(words), {"type": "boolean"}]} if words else {"type": "string"}
                for name, words in STYLES.items()
            },
            (),
            "Harmless ways of writing the same document.",
        ),
        "cpix-version": plain("CPIX@version, where it is not the one of the SPEKE version."),
        "speke-version": plain("X-Speke-Version, where it is not the version of the case."),
        "template": text("An XML file with slots beside this one: the request as it is written there."),
        **{name: word(words, "How the server is reached.") for name, words in REACHING.items()},
    }
    wanted = [name for name in FIELDS if name not in ("like", "follow")]
    return mapping(
        _picked(fields, wanted), (), "The request as a plan; an empty one asks for a video and an audio key."
    )


def _period() -> dict[str, Schema]:
    own = {"label": plain("Its KIDs derive from it."), "track-suffix": plain("Added to each track type in it.")}
    return own | {name: plain() for name in PERIOD_ATTRIBUTES}


def _common() -> dict[str, Schema]:
    return {
        "versions": one_or_more(word(VERSIONS, variable=True), "SPEKE versions; both where nothing is said."),
        "needs": one_or_more(text(), "Claims without which nothing is sent, such as system.widevine or multi-key."),
        "tags": one_or_more(word(TAGS), "Where the case is left out."),
    }


def _picked(fields: dict[str, Schema], names: tuple[str, ...] | list[str]) -> dict[str, Schema]:
    """The fields that the loader knows, in its order; one that is not described here may hold anything."""
    return {name: fields.get(name, {}) for name in dict.fromkeys(names)}
