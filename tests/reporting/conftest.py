"""Documents that the tests look at, each made once."""

from __future__ import annotations

import copy

import pytest

from conformance.results.document import Document
from tests.reporting.live import live_document
from tests.reporting.small import small_document

_FAULTS = ("KEY-SAME-FOR-ALL", "ERROR-SCHEME-OTHER-WORDS", "HLS-MASTER-MISSING")


@pytest.fixture(scope="session")
def _good() -> Document:
    return live_document()


@pytest.fixture(scope="session")
def _faulty() -> Document:
    return live_document(*_FAULTS)


@pytest.fixture
def good(_good: Document) -> Document:
    """A run against the reference server."""
    return copy.deepcopy(_good)


@pytest.fixture
def faulty(_faulty: Document) -> Document:
    """A run against the reference server with three faults."""
    return copy.deepcopy(_faulty)


@pytest.fixture
def small() -> Document:
    """A document written by hand, with one result of every verdict."""
    return small_document()
