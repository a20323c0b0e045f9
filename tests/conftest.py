"""Runs that the tests look at, each made once."""

from __future__ import annotations

import copy
from pathlib import Path

import msgspec
import pytest

from conformance.reporting.writer import write_whole
from conformance.results.bodies import bodies, name_bodies
from conformance.results.document import Document
from conformance.results.seal import plain, sealed
from tests.installation.installing import Distributions, Environment, build, install
from tests.made_runs import Made, made
from tests.reporting.small import small_document

HERE = Path(__file__).parent


SLOW_FIRST = ("faultmatrix", "docs", "endpoint", "examples", "run", "pytest_plugin", "canaries", "load", "browser")
"""Folders whose tests play whole runs or start many processes."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that at the end no worker is left alone with it.

    The order within a file stays, and so do the fixtures that a file makes once.
    """
    items.sort(key=lambda item: not any(HERE / name in item.path.parents for name in SLOW_FIRST))


@pytest.fixture(scope="session")
def good_run(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A complete run against the right server."""
    return made(tmp_path_factory.mktemp("good"))


@pytest.fixture(scope="session")
def bad_run(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The same run against a server with two faults."""
    return made(tmp_path_factory.mktemp("bad"), "KEY-SAME-FOR-ALL", "HLS-MASTER-MISSING")


@pytest.fixture
def good(good_run: Made) -> Document:
    """The document of the right server, to be changed at will."""
    return copy.deepcopy(good_run.document)


@pytest.fixture
def bad(bad_run: Made) -> Document:
    """The document of the server with two faults, to be changed at will."""
    return copy.deepcopy(bad_run.document)


@pytest.fixture
def small() -> Document:
    """A document written by hand, with one result of every verdict."""
    return small_document()


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    """Wheel and sdist of the checkout."""
    return build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, distributions: Distributions) -> Environment:
    """An environment with the wheel."""
    return install(tmp_path_factory.mktemp("installed") / "venv", distributions.wheel)


def without_texts(document: Document) -> Document:
    """The document as it is read without the files beside it, but for what is said of that."""
    return msgspec.convert({**plain(document)}, Document)


def saved(document: Document, folder: Path, name: str = "results.json") -> Path:
    """The document as a file."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    name_bodies(document.exchanges)
    path.write_bytes(sealed(document))
    for body in bodies(document):
        write_whole(folder / body.file, body.text.encode())
    return path
