"""A recorded message line by line, with the lines marked that a finding is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lxml import etree

from conformance.recording.records import AnswerRecord, Body
from conformance.redaction.recorded import RecordedFinding
from conformance.reporting.exchange_view import body_lines

AROUND = 7
"""Lines that are shown before and behind a marked one where the whole is too long."""

LONGEST = 36
"""Lines of a message that are shown as they are."""

WIDEST = 400
"""Characters of a line that are shown."""

SMALL = 8
"""Lines of an element that is marked as a whole."""

_STEP = re.compile(r"/@?(?:[\w.-]+:)?([\w.-]+)((?:\[[^\]]*\])*)")
_PREDICATE = re.compile(r"\[(?:(\d+)|@(?:[\w.-]+:)?([\w.-]+)\s*=\s*['\"]([^'\"]*)['\"])\]")


@dataclass(frozen=True, slots=True)
class MarkedLine:
    """One line of a message."""

    text: str
    marked: bool = False


def marked_answer(outcome: str, answer: AnswerRecord | None, findings: Sequence[RecordedFinding]) -> list[MarkedLine]:
    """Status, headers and body of an answer; without one why there is none."""
    places = [finding.where for finding in findings]
    told = " ".join(places).lower()
    if answer is None:
        return [MarkedLine(outcome, True)]
    head = [MarkedLine(outcome, "status" in told)]
    head += [MarkedLine(f"{name}: {value}", name.lower() in told) for name, value in answer.headers]
    whole = any(word in told for word in ("error body", "http answer"))
    lines = marked_body(answer.body, places)
    if whole and not any(line.marked for line in lines):
        lines = [MarkedLine(line.text, True) for line in lines]
    return shortened([*head, MarkedLine(""), *lines])


def marked_body(body: Body, places: Iterable[str] = ()) -> list[MarkedLine]:
    """The lines of a body, each tag on one of its own; those at one of the places (XPaths without prefixes) marked."""
    if body.missing:
        return [MarkedLine(f"({body.file} is missing or was changed)")]
    lines = body_lines(body.text)
    marked: set[int] = set()
    wanted = [place for place in places if place.startswith("/")]
    if wanted:
        root = _read("\n".join(lines))
        for place in wanted:
            found = _at(root, place) if root is not None else None
            if found is not None:
                marked.update(_lines_of(found))
    return [MarkedLine(line, at in marked) for at, line in enumerate(lines, 1)]


def shortened(lines: Sequence[MarkedLine]) -> list[MarkedLine]:
    """The lines as far as they are worth showing: the beginning, and what is around the marked ones."""
    near = [at for at, line in enumerate(lines) if line.marked][:3]
    kept = set(range(len(lines))) if len(lines) <= LONGEST else set(range(6 if near else LONGEST))
    for at in near:
        kept.update(range(at - AROUND, at + AROUND + 1))
    shown: list[MarkedLine] = []
    gap = False
    for at, line in enumerate(lines):
        if at in kept:
            shown.append(line if len(line.text) <= WIDEST else MarkedLine(f"{line.text[:WIDEST]}…", line.marked))
        elif not gap:
            shown.append(MarkedLine("… (the whole is in the files beside this page)"))
        gap = at not in kept
    return shown


def _read(text: str) -> etree._Element | None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    try:
        # Entities of a document type would move lines, and nobody needs such a document marked.
        return None if "<!DOCTYPE" in text else etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _at(root: etree._Element, place: str) -> etree._Element | None:
    """The element that an XPath of our own findings names, or the nearest of its parents that is there."""
    steps = _STEP.findall(place)
    if not steps or steps[0][0] != etree.QName(root).localname:
        return None
    here = root
    for name, predicates in steps[1:]:
        found = [child for child in here.iterchildren("*") if etree.QName(child).localname == name]
        for number, attribute, value in _PREDICATE.findall(predicates):
            if number:
                found = found[int(number) - 1 : int(number)]
            else:
                found = [one for one in found if (one.get(attribute) or "").lower() == value.lower()]
        if not found:
            return here
        here = found[0]
    return here


def _lines_of(element: etree._Element) -> Iterable[int]:
    """The lines of an element: all of a small one, the first of one that holds much."""
    lines = [_line(one) for one in element.iter("*")]
    return range(lines[0], max(lines) + 1) if max(lines) - lines[0] <= SMALL else lines[:1]


def _line(element: etree._Element) -> int:
    line = element.sourceline
    return line if isinstance(line, int) else 0
