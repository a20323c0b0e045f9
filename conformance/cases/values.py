"""The fragile values: named lists in `testcases/values.yaml`, which cases and combinations take by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from conformance.cases.scalars import scalar
from conformance.catalogue.yamlfile import DataError, Map, expect_fields, expect_map, expect_texts, expect_word, load
from conformance.model import Place

FILE = "values.yaml"
"""In the folder of the shipped cases."""

Choice = tuple[str, str]
"""The name of a value, as it stands in node ids, and the value."""

_PACKAGE = Path(__file__).resolve().parent.parent
_UNFIT = re.compile(r"(?:[^A-Za-z0-9.+:/_-]|::)+")


def cases_directory() -> Path:
    """The folder of the shipped cases: `testcases/` of the checkout, or the copy that travels in the package."""
    packaged = _PACKAGE / "_testcases"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "testcases"


@cache
def value_lists() -> Mapping[str, tuple[Choice, ...]]:
    """The lists by name; DataError with the line of whatever is wrong."""
    path = cases_directory() / FILE
    shown = f"{path.parent.name}/{FILE}"
    lists = expect_map(load(path, shown), Place(shown, 1), "the lists of values")
    found = {}
    for name in lists:
        entries = expect_map(lists[name], lists.at(name), f"the list {name}")
        for key in entries:
            if _UNFIT.search(key):
                raise DataError(entries.at(key), f"the name {key!r} becomes part of node ids; take letters and digits")
        found[name] = tuple((key, scalar(value, entries.at(key), key)) for key, value in entries.items())
    return found


def choices_of(entry: Map) -> tuple[list[str], list[tuple[Choice, ...]]]:
    """The names and the choices of `for-each`: texts, or a list of values by name (`{values: kids}`)."""
    if "for-each" not in entry:
        return [], []
    matrix = expect_map(entry["for-each"], entry.at("for-each"), "for-each")
    return list(matrix), [_choices(matrix, name) for name in matrix]


def list_of(named: Map) -> tuple[Choice, ...]:
    """The list that `{values: NAME}` means."""
    expect_fields(named, required=("values",), what="a list of values by name")
    return value_lists()[expect_word(named["values"], value_lists(), named.at("values"), "list of values")]


def _choices(matrix: Map, name: str) -> tuple[Choice, ...]:
    raw, at = matrix[name], matrix.at(name)
    if isinstance(raw, Map):
        return list_of(raw)
    found = tuple((_UNFIT.sub("+", value), value) for value in expect_texts(raw, at, name))
    if not found:
        raise DataError(at, f"for-each gives {name} no value, so nothing would ever be sent")
    return found
