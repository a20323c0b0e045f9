"""Whole numbers as a server writes them: digits of ASCII, and no more of them than anybody needs."""

import pytest

from conformance.cpix.numbers import whole


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), ("2073600", 2073600), ("9" * 18, 10**18 - 1)])
def test_digits(text: str, number: int) -> None:
    assert whole(text) == number


@pytest.mark.parametrize("text", ["", " 1", "1\n", "+1", "-1", "1.0", "1e3", "²", "٣", "9" * 19, "9" * 5000])
def test_anything_else(text: str) -> None:
    assert whole(text) is None
