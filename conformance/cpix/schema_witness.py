"""Asks the profile schema of a SPEKE version about a document: lxml decides, xmlschema says it in words.

The schema is a witness and never the judge: it accepts what it cannot count or compare, and a document may be right
although it complains. lxml is a hundred times faster, so it is asked about every document; xmlschema is asked only
when lxml has said no, for a sentence and a place. Two habits of the engines are kept away from strangers' documents:
xmlschema opens a text that looks like a URL or a path, so it only ever gets elements that were parsed before; and it
raises errors of its own for odd `xsi:type` attributes.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
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

MOST_NODES = 10_000
"""Elements and attributes of a document for which xmlschema is asked: it takes some 20 microseconds for each."""

FEWEST_SIBLINGS, MOST_SIBLINGS = 16, 4096
"""Children of an element that are looked at together in a larger document, at first and at most."""

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
        for part in _parts(root):
            if not gate.validate(part):
                refused = list(islice(cast(Iterable[etree._LogEntry], gate.error_log), MOST_COMPLAINTS))
                break
        else:
            return Testimony(True)
    complaints = list(_sentences(root, version)) or [from_libxml2(entry, root) for entry in refused]
    return Testimony(False, tuple(dict.fromkeys(complaints)))


def _is_large(root: etree._Element) -> bool:
    size = 0
    for one in root.iter(etree.Element):
        size += 1 + len(one.attrib)
        if size > MOST_NODES:
            return True
    return False


def _parts(root: etree._Element) -> Iterator[etree._Element]:
    """The document, or a large one in parts: libxml2 takes the square of the complaints about one document.

    The schema counts nothing and allows any order, so a document is valid where all of its parts are. The first parts
    are small: where many elements are wrong, the first ones are, and the rest need not be looked at.
    """
    if not _is_large(root):
        yield root
        return
    longest = max(len(one) for one in root.iter(etree.Element))
    begin, size = 0, FEWEST_SIBLINGS
    while begin < longest:
        yield _part(root, begin, size)
        begin, size = begin + size, min(4 * size, MOST_SIBLINGS)


def _part(element: etree._Element, begin: int, size: int) -> etree._Element:
    """A copy with so many children of each element, from the one at `begin`; of fewer the last ones."""
    attributes, nsmap = cast(dict[str, str], dict(element.attrib.items())), cast(Mapping[str, str], element.nsmap)
    part = element.makeelement(element.tag, attributes, nsmap=nsmap)
    part.text = element.text
    first = begin if begin < len(element) else max(len(element) - size, 0)
    for child in islice(element, first, first + size):
        if isinstance(child.tag, str):
            part.append(_part(child, begin, size))
    return part


def _sentences(root: etree._Element, version: str) -> Iterator[Complaint]:
    from xmlschema import XMLSchemaException

    if _is_large(root):
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
