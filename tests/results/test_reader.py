"""Reading results.json: what is whole is read, and everything else is refused in one sentence."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from conformance.catalogue.yamlfile import DataError
from conformance.explain.known_entries import known_lines
from conformance.reporting.difference_text import difference_lines
from conformance.reporting.writer import views
from conformance.results import reader as documents
from conformance.results.compare import difference
from conformance.results.document import Document
from conformance.results.reader import parse_results, read_results
from conformance.results.seal import digest_of, plain, sealed, with_seal
from tests.conftest import saved


def test_what_is_written_is_read_back(good: Document, tmp_path: Path) -> None:
    path = saved(good, tmp_path / "reports" / "latest")
    for place in (path, path.parent, tmp_path / "reports"):
        assert read_results(place) == replace(good, digest=digest_of(plain(good)))


def test_the_digest_stands_before_the_last_member(small: Document) -> None:
    text = sealed(small)
    assert text.endswith(f'"digest":"{digest_of(plain(small))}","complete":true}}\n'.encode())
    assert digest_of(json.loads(text)) == digest_of(plain(small))
    assert json.loads(with_seal({"a": 1})) == {"a": 1, "digest": digest_of({"a": 1})}


def _edited(text: bytes) -> bytes:
    return text.replace(b'"verdict":"FAIL"', b'"verdict":"PASS"', 1)


def _with(**changes: Any) -> Callable[[bytes], bytes]:
    return lambda text: with_seal({**json.loads(text), **changes})


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda text: text[: len(text) // 2], "cut off"),
        (lambda text: b"", "the file is empty"),
        (lambda text: text + b"x", "not JSON"),
        (lambda text: b"\xff\xfe", "not JSON text"),
        (lambda text: b"[" * 100_000, "not JSON"),
        (lambda text: b'{"format": NaN}', "not JSON text"),
        (lambda text: b"[]", "does not say its format"),
        (lambda text: b'{"some": "thing"}', "does not say its format"),
        (_with(format=True), "not a number from 1"),
        (_with(format="1"), "not a number from 1"),
        (_with(format=1), "an older version of the suite wrote this"),
        (_with(format=3), "a newer version of the suite wrote this"),
        (_with(complete=False), "cut off"),
        (_edited, "edited after it was written"),
        (_with(results={}), r"Expected `array`, got `object` - at `\$.results`"),
        (_with(outcome="SPLENDID"), r"Invalid enum value 'SPLENDID' - at `\$.outcome`"),
        (_with(extra=1), r"unknown field `extra`"),
        (_with(counts={"PASS": 0}), r"Expected `int` >= 1 - at `\$.counts"),
        (_with(exchanges={}), r"cases/KEYS-1\[2.0\]/ask: there is no exchange 'KEYS-1\[2.0\]::ask'"),
        (_with(checks={}), r"there is no check 'http.completes'"),
        (_with(requirements={}), r"there is no requirement 'SPK-7'"),
        (_with(cases=[]), r"there is no step KEYS-1\[2.0\]::ask"),
        (_with(baseline="\x1b[31m"), r"matching regex .* - at `\$.baseline`"),
    ],
)
def test_everything_else_is_refused(small: Document, spoil: Callable[[bytes], bytes], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence) as refusal:
        parse_results(spoil(sealed(small)), "results.json")
    assert str(refusal.value).startswith("results.json: ")
    assert "\n" not in str(refusal.value)
    assert "\x1b" not in str(refusal.value)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inside in items:
        yield value, key
        yield from _places(inside)


@pytest.mark.parametrize("seed", range(200))
def test_whatever_is_read_can_be_shown(small: Document, seed: int) -> None:
    chance = random.Random(seed)
    told = plain(small)
    home, key = chance.choice(list(_places(told)))
    if seed % 2:
        del home[key]
    else:
        home[key] = chance.choice([None, True, 0, -1, 1.5, 10**30, "", "x", [], {}])
    try:
        document = parse_results(with_seal(told), "results.json")
    except DataError:
        return
    assert dict(views(document))
    assert difference_lines(difference(document, document))
    assert known_lines(document)


def test_a_folder_that_is_no_report_and_an_empty_file_are_called_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"this folder has no results\.json; name the folder of a run"):
        read_results(tmp_path)
    with pytest.raises(DataError, match="there is no such file or folder"):
        read_results(tmp_path / "nowhere")
    (tmp_path / "results.json").touch()
    with pytest.raises(DataError, match="the file is empty"):
        read_results(tmp_path)


def test_what_is_too_large_is_not_read(tmp_path: Path, small: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "LARGEST", 100)
    with pytest.raises(DataError, match="it is not read"):
        read_results(saved(small, tmp_path))
