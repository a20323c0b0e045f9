"""Reads results.json back: whole, unedited, of a format that this version knows, or refused in one sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn

from conformance.catalogue.yamlfile import DataError
from conformance.redaction.escaping import visible
from conformance.results.build import FORMAT
from conformance.results.json_schema import complaints
from conformance.results.seal import MEMBER, digest_of

NAME = "results.json"
LARGEST = 512 << 20
"""Bytes of the largest document that is read; a run of all cases writes about 15 million."""

_LONGEST_TOKEN = 10
"""Characters that a reader of JSON goes back from the end for a word or an escape that was cut off."""


def read_results(path: Path | str) -> dict[str, Any]:
    """The result document in a file, or in `results.json` of a folder; raises DataError with one sentence."""
    place = results_file(Path(path))
    try:
        if place.stat().st_size > LARGEST:
            raise DataError(str(place), f"the file is larger than {LARGEST >> 20} MiB; it is not read")
        data = place.read_bytes()
    except OSError as error:
        raise DataError(str(place), f"the file cannot be read ({error.strerror or 'no reason is given'})") from None
    return parse_results(data, str(place))


def results_file(path: Path) -> Path:
    """The file itself, or `results.json` in a folder of reports (or in the `latest` of several)."""
    if not path.is_dir():
        return path
    inside = path / NAME
    return inside if inside.is_file() or not (path / "latest" / NAME).is_file() else path / "latest" / NAME


def parse_results(data: bytes, place: str) -> dict[str, Any]:
    """The result document that some bytes hold; `place` is how the sentence of a DataError names them."""
    try:
        document = json.loads(data.decode("utf-8"), parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        _refuse_json(data, error, place)
    except (ValueError, RecursionError):
        raise DataError(place, "this is not a results.json: it is not JSON text") from None
    if not isinstance(document, dict) or "format" not in document:
        raise DataError(place, "this is not a results.json: it is JSON, and does not say its format")
    written = document["format"]
    if not isinstance(written, int) or isinstance(written, bool) or written < 1:
        raise DataError(place, "this is not a results.json: its format is no number from 1")
    if written > FORMAT:
        raise DataError(
            place, f"a newer version of the suite wrote this (format {written}; this one reads {FORMAT}): update it"
        )
    if document.get("complete") is not True:
        raise DataError(place, "the document breaks off: it was not written to its end")
    if document.get(MEMBER) != digest_of(document):
        raise DataError(place, "the document was edited after it was written: its digest does not fit its text")
    for where, sentence in chain(complaints(schema(), document), _loose_ends(document)):
        raise DataError(place, f"this is not a results.json of format {FORMAT}: {visible(f'{where}: {sentence}')}")
    return document


def _loose_ends(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a document of the right shape refers to and does not hold."""
    cases = {case["name"]: {step["id"] for step in case["steps"]} for case in document["cases"]}
    for case in document["cases"]:
        for step in case["steps"]:
            if "exchange" in step and step["exchange"] not in document["exchanges"]:
                yield f"cases/{case['name']}/{step['id']}", f"there is no exchange {step['exchange']!r}"
    for number, result in enumerate(document["results"]):
        place = f"results/{number}"
        if result["step"] not in cases.get(result["case"], ()):
            yield place, f"there is no step {result['case']}::{result['step']}"
        if result["check"] not in document["checks"]:
            yield place, f"there is no check {result['check']!r}"
        for grade in result.get("grades", ()):
            if grade["requirement"] not in document["requirements"]:
                yield place, f"there is no requirement {grade['requirement']!r}"


@cache
def schema() -> dict[str, Any]:
    """The published schema of a result document."""
    folder = Path(__file__).with_name("schema")
    found: dict[str, Any] = json.loads((folder / "results.schema.json").read_text("utf-8"))
    return found


def _refuse_json(data: bytes, error: json.JSONDecodeError, place: str) -> NoReturn:
    # Text that begins like an object and ends in the middle of something is what a full disk leaves behind.
    at_the_end = error.msg != "Extra data" and len(error.doc.rstrip()) - error.pos <= _LONGEST_TOKEN
    if data.lstrip()[:1] == b"{" and (at_the_end or error.msg.startswith("Unterminated")):
        raise DataError(place, "the document breaks off: it was not written to its end") from None
    raise DataError(place, f"this is not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
