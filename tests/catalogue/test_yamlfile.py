"""YAML that is hostile or careless ends in one sentence with file and line, never in a crash."""

from __future__ import annotations

import pytest

from conformance.catalogue.yamlfile import DataError, Map, loads


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("a: 1\nb: [1, 2", 3, "not valid YAML"),
        ("a: 1\nb: *a", 2, "anchors and aliases"),
        ("a: &a 1", 1, "anchors and aliases"),
        ("a: 1\na: 2", 2, "the key 'a' occurs twice"),
        ("? [a]\n: 1", 1, "a key must be plain text"),
        ("\0", 1, "NUL character"),
        ("a: \ud800", 1, "half a character"),
        ("[" * 200_000, 1, "nested too deeply"),
        ("- " * 200_000 + "x", 1, "nested too deeply"),
        ("\n".join(" " * depth + "- " for depth in range(2000)), 101, "nested too deeply"),
        ("{a: " * 5_000, 1, "nested too deeply"),
    ],
)
def test_what_is_refused(text: str, line: int, sentence: str) -> None:
    with pytest.raises(DataError) as caught:
        loads(text, "file.yaml")
    assert str(caught.value).startswith(f"file.yaml:{line}: ")
    assert sentence in str(caught.value)


def test_dates_and_versions_stay_as_they_were_written() -> None:
    value = loads('start: 2026-01-01T00:00:00Z\nversion: "2.0"\ncount: 3\non: true\nempty: null', "file.yaml")
    assert value == {"start": "2026-01-01T00:00:00Z", "version": "2.0", "count": 3, "on": True, "empty": None}
    assert isinstance(value, Map) and str(value.at("count")) == "file.yaml:3"
