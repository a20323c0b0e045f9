"""Asks the profile schema of a SPEKE version about a document: lxml decides, xmlschema says it in words.

The schema is a witness and never the judge: it accepts what it cannot count or compare, and a document may be right
although it complains. lxml is a hundred times faster, so it is asked about every document; xmlschema is asked only
when lxml has said no, for a sentence and a place. Two habits of the engines are kept away from strangers' documents:
xmlschema opens a text that looks like a URL or a path, so it only ever gets elements that were parsed before; and it
raises errors of its own for odd `xsi:type` attributes.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, cast

from lxml import etree

from conformance.cpix.schema_sentences import Complaint, from_libxml2, from_xmlschema

if TYPE_CHECKING:
    import xmlschema

SCHEMAS = Path(__file__).parent.parent / "catalogue" / "schema"

MOST_COMPLAINTS = 20
"""Complaints about one document that are kept; whoever has more reads the first ones first."""

MOST_ELEMENTS = 5_000
"""Elements of a document for which xmlschema is asked: it takes some 20 microseconds for each."""

_ASKING = threading.Lock()
"""An lxml schema keeps the complaints about its last document in itself."""


@dataclass(frozen=True, slots=True)
class Testimony:
    """What the schema has to say about one document; no complaints means valid."""

    valid: bool
    complaints: tuple[Complaint, ...] = ()


def schema_file(version: str) -> Path:
    """The XSD of a SPEKE version (`2.0` or `2.1`), for editors and other tools."""
    return SCHEMAS / f"speke-{version}.xsd"


def ask(root: etree._Element, version: str) -> Testimony:
    """Ask the schema of a SPEKE version about a parsed document whose root is CPIX; never raises for its content."""
    gate = _gate(version)
    with _ASKING:
        if gate.validate(root):
            return Testimony(True)
        refused = list(islice(cast(Iterable[etree._LogEntry], gate.error_log), MOST_COMPLAINTS))
    complaints = list(_sentences(root, version)) or [from_libxml2(entry, root) for entry in refused]
    return Testimony(False, tuple(dict.fromkeys(complaints)))


def _sentences(root: etree._Element, version: str) -> Iterator[Complaint]:
    from xmlschema import XMLSchemaException

    if sum(1 for _ in islice(root.iter(), MOST_ELEMENTS + 1)) > MOST_ELEMENTS:
        return
    told: set[str] = set()
    try:
        # `use_location_hints`: a document must not name the schema that it is judged by.
        for error in islice(_speaker(version).iter_errors(root, use_location_hints=False), MOST_COMPLAINTS):
            complaint = from_xmlschema(error, root)
            if complaint.where not in told or complaint.about_names:
                told.add(complaint.where)
                yield complaint
    except XMLSchemaException:
        return  # an xsi:type that names no type of the schema; lxml has a sentence for it


@cache
def _gate(version: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(schema_file(version), etree.XMLParser(no_network=True, resolve_entities=False)))


@cache
def _speaker(version: str) -> xmlschema.XMLSchema10:
    # Imported here: it takes longer than all the rest together, and a right server never needs it.
    import xmlschema

    return xmlschema.XMLSchema10(schema_file(version), allow="local", defuse="always")
