"""Keys that nobody has told the suite of, in every place and notation: nothing of them is kept.

The whole product is large; each run of the tests takes another diagonal of it, and `python -m tests.canaries` all.
"""

from __future__ import annotations

import pytest

from tests.canaries.places import DOCUMENT, PROSE
from tests.canaries.sweep import STRIDE, sweep
from tests.canaries.written import NOTATIONS

pytestmark = pytest.mark.slow


def test_there_are_enough_of_both() -> None:
    assert len(PROSE) + len(DOCUMENT) >= 60
    assert len(NOTATIONS) >= 30


def test_no_unknown_key_shows_outside_of_documents() -> None:
    assert [*sweep(PROSE, known=False, stride=STRIDE)] == []


def test_no_known_key_shows_anywhere() -> None:
    assert [*sweep({**PROSE, **DOCUMENT}, known=True, stride=STRIDE)] == []
