"""The JSON Schema of a file of faults (and of harmless variants), made from the words that their loader knows."""

from __future__ import annotations

from conformance.authoring.schema_parts import Schema, document, items, mapping, one_or_more, ref, text, word
from conformance.checks import load_checks
from conformance.refserver.facts import NAMES as FACTS
from conformance.refserver.faults.carriers import CARRIERS, GROUPS
from conformance.refserver.faults.loader import FIELDS, NEEDED
from conformance.refserver.faults.model import SEAMS
from conformance.refserver.faults.vocabulary import CHANGES, OPS, Spec


def fault_schema() -> Schema:
    """The schema; every field and operation of the loader is in it, and no other."""
    checks = ref("check")
    fields: dict[str, Schema] = {
        "id": text("Unique over all files."),
        "story": text("The mistake that a developer made, in a sentence."),
        "area": text("What it belongs to."),
        "seam": one_or_more(word(SEAMS), "Where it acts: all of its operations' seams."),
        "do": {**one_or_more(ref("operation")), "description": "What it does, in order."},
        "when": {
            "type": "object",
            "propertyNames": word(FACTS),
            "description": "Facts of the request that must hold: a value, a list, `>= 3` or `~ regex`.",
        },
        "kills": one_or_more(checks, "Checks that must report it."),
        "may_kill": one_or_more(checks, "Checks that may report it as well."),
        "carriers": one_or_more(
            word((*GROUPS, *CARRIERS)), "Carriers of DRM payloads in which the mistake exists by itself as well."
        ),
        "cause": text("The cause that a diagnosis must find: a name of `diagnosis/causes.yaml`, or `single`."),
        "records": one_or_more(checks, "Checks whose record it changes."),
    }
    one = mapping({name: fields.get(name, {}) for name in FIELDS}, NEEDED)
    definitions = {
        "check": word(load_checks()),
        "operation": {"anyOf": [_operation(name, spec) for name, spec in OPS.items()]},
    }
    return document("fault.schema.json", "Faults of the built-in key server", items(one), definitions)


def _operation(name: str, spec: Spec) -> Schema:
    if spec.free:
        argument: Schema = {"type": "object"}
    else:
        names = (*spec.required, *spec.optional, *(CHANGES if spec.changes else ()))
        argument = {**mapping({one: {} for one in names}, spec.required)}
        if spec.scalar:
            # A bare value stands for the one argument.
            argument = {"anyOf": [{"not": {"type": "object"}}, argument]}
    return mapping({name: {**argument, "description": f"At the seam {spec.seam}."}}, (name,))
