"""Reads results.json back: whole, unedited, of a format that this version knows, or refused in one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from conformance.catalogue.regular_file import TooLarge, read_regular
from conformance.catalogue.yamlfile import DataError
from conformance.judge import Judgement
from conformance.redaction.escaping import visible
from conformance.results.bodies import load_bodies
from conformance.results.document import FORMAT, Document, Passed
from conformance.results.journal import journal_beside, replayed
from conformance.results.seal import MEMBER, digest_of

NAME = "results.json"
LARGEST = 512 << 20
"""Bytes of the largest document that is read; a run of all cases writes about 4 million."""

_LONGEST_TOKEN = 10
"""Characters that a reader of JSON goes back from the end for a word or an escape that was cut off."""


def read_results(path: Path | str) -> Document:
    """The result document in a file, or in `results.json` of a folder; raises DataError with one sentence.

    A run that was cut off has left its journal: then the document is made of that.
    """
    place = results_file(Path(path))
    journal = journal_beside(place) if place.name == NAME else None
    if journal is not None:
        return replayed(journal)
    data = _bytes(place)
    return parse_results(data, str(place), lambda name: _body(place.parent / name))


def _bytes(place: Path) -> bytes:
    try:
        return read_regular(place, LARGEST)
    except TooLarge:
        raise DataError(str(place), f"the file is larger than {LARGEST >> 20} MiB; it is not read") from None
    except FileNotFoundError:
        if place.name == NAME and place.parent.is_dir():
            why = f"this folder has no {NAME}; name the folder of a run, such as reports/latest"
            raise DataError(str(place.parent), why) from None
        raise DataError(str(place), "there is no such file or folder") from None
    except OSError as error:
        raise DataError(str(place), f"the file cannot be read ({error.strerror or 'no reason is given'})") from None


def _body(place: Path) -> bytes | None:
    try:
        return read_regular(place, LARGEST)
    except OSError:
        return None


def results_file(path: Path) -> Path:
    """The file itself, or `results.json` in a folder of reports (or in the `latest` of several)."""
    if not path.is_dir():
        return path
    inside, latest = path / NAME, path / "latest" / NAME
    return latest if not _there(inside) and _there(latest) else inside


def _there(place: Path) -> bool:
    return place.is_file() or journal_beside(place) is not None


def parse_results(data: bytes, place: str, body: Callable[[str], bytes | None] = lambda name: None) -> Document:
    """The result document that some bytes hold; `place` is how the sentence of a DataError names them.

    `body` gives the content of a file beside it, or None where there is no such file.
    """
    try:
        told = json.loads(data.decode("utf-8"), parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        _refuse_json(data, error, place)
    except (ValueError, RecursionError):
        raise DataError(place, "this is not a results.json: it is not JSON text") from None
    if not isinstance(told, dict) or "format" not in told:
        raise DataError(place, "this is not a results.json: it is JSON, and does not say its format")
    _refuse_format(told["format"], place)
    if told.get("complete") is not True:
        raise DataError(place, "the document is cut off: it was not written completely")
    if told.get(MEMBER) != digest_of(told):
        raise DataError(place, "the document was edited after it was written: its digest does not fit its text")
    try:
        document = msgspec.convert(told, Document)
    except msgspec.ValidationError as error:
        raise DataError(place, f"this is not a results.json of format {FORMAT}: {visible(str(error))}") from None
    for where, sentence in _loose_ends(document):
        raise DataError(place, f"this is not a results.json of format {FORMAT}: {visible(f'{where}: {sentence}')}")
    load_bodies(document, body)
    return document


def _refuse_format(written: object, place: str) -> None:
    if not isinstance(written, int) or isinstance(written, bool) or written < 1:
        raise DataError(place, "this is not a results.json: its format is not a number from 1")
    if written > FORMAT:
        raise DataError(
            place, f"a newer version of the suite wrote this (format {written}; this one reads {FORMAT}): update it"
        )
    if written < FORMAT:
        raise DataError(
            place,
            f"an older version of the suite wrote this (format {written}; this one reads {FORMAT}): run again, or read "
            "it with that version",
        )


def _loose_ends(document: Document) -> Iterator[tuple[str, str]]:
    """What a document of the right shape refers to and does not hold."""
    for name, one in document.exchanges.items():
        if name != one.name:
            yield f"exchanges/{name}", f"it is the exchange of {one.name}"
    steps = {(case.name, step.id) for case in document.cases for step in case.steps}
    for case in document.cases:
        for step in case.steps:
            place = f"cases/{case.name}/{step.id}"
            if step.exchange and step.exchange not in document.exchanges:
                yield place, f"there is no exchange {step.exchange!r}"
            if any(not 0 <= number < len(document.passes) for number in step.passed):
                yield place, "it names a check that passed and is not in `passes`"
    for result in document.results:
        if (result.case, result.step) not in steps:
            yield f"results/{result.check}", f"there is no step {result.case}::{result.step}"
    everything: list[Passed | Judgement] = [*document.passes, *document.results]
    for asked in everything:
        if asked.check not in document.checks:
            yield f"results/{asked.check}", f"there is no check {asked.check!r}"
        for grade in asked.grades:
            if grade.requirement not in document.requirements:
                yield f"results/{asked.check}", f"there is no requirement {grade.requirement!r}"


def schema() -> dict[str, Any]:
    """The published schema of a result document, made of its types."""
    made = msgspec.json.schema(Document)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://speke-conformance.example/results.schema.json",
        "title": "Results of a SPEKE conformance run",
        **made,
    }


def _refuse_json(data: bytes, error: json.JSONDecodeError, place: str) -> NoReturn:
    if not data.strip():
        raise DataError(place, "the file is empty; a results.json is never empty") from None
    # Text that begins like an object and ends in the middle of something is what a full disk leaves behind.
    at_the_end = error.msg != "Extra data" and len(error.doc.rstrip()) - error.pos <= _LONGEST_TOKEN
    if data.lstrip()[:1] == b"{" and (at_the_end or error.msg.startswith("Unterminated")):
        raise DataError(place, "the document is cut off: it was not written completely") from None
    raise DataError(place, f"this is not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
