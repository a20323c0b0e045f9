"""Covering arrays: everything that can stand together does, and nothing else."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.cases.covering import Group, Model, Row, covered_by, covering_array

MODELS = st.lists(st.integers(1, 4), min_size=1, max_size=5).map(
    lambda sizes: {f"d{at}": tuple(f"v{value}" for value in range(size)) for at, size in enumerate(sizes)}
)


def every_row(model: Model) -> list[Row]:
    """All rows that are allowed, whatever they cost."""
    rows = (dict(zip(model.values, chosen, strict=True)) for chosen in itertools.product(*model.values.values()))
    return [row for row in rows if model.admits(row)]


@settings(max_examples=60, deadline=None)
@given(values=MODELS, forbidden=st.integers(0, 7), strength=st.integers(1, 3))
def test_what_any_row_covers_the_array_covers(
    values: dict[str, tuple[str, ...]], forbidden: int, strength: int
) -> None:
    names = tuple(values)[:2]
    group = Group.by(names, values, lambda row: _fits(row, forbidden))
    model = Model(values, (group,) if group.allowed else ())
    rows = covering_array(model, strength)
    assert all(model.admits(row) and tuple(row) == tuple(values) for row in rows)
    size = min(strength, len(values))
    wanted = {one for row in every_row(model) for one in covered_by(row, size)}
    assert {one for row in rows for one in covered_by(row, size)} == wanted


def _fits(row: Row, forbidden: int) -> bool:
    return sum(int(value[1:]) for value in row.values()) != forbidden


def test_the_same_model_gives_the_same_rows() -> None:
    model = Model({name: tuple("abc") for name in "uvwxyz"})
    assert covering_array(model, 2) == covering_array(model, 2)


@pytest.mark.parametrize(("strength", "most"), [(1, 3), (2, 17), (3, 60)])
def test_an_array_is_small(strength: int, most: int) -> None:
    assert len(covering_array(Model({name: tuple("abc") for name in "uvwxyz"}), strength)) <= most


def test_rows_that_are_there_count() -> None:
    model = Model({"a": ("1", "2"), "b": ("1", "2")})
    begin: list[Row] = [{"a": "1", "b": "1"}, {"a": "2", "b": "2"}]
    rows = covering_array(model, 2, begin)
    assert rows[:2] == begin and len(rows) == 4
