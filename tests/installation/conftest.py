"""One build and one installation for all tests of this folder."""

from __future__ import annotations

import pytest

from tests.installation.installing import Distributions, Environment, build, install


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    """Wheel and sdist of the checkout."""
    return build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, distributions: Distributions) -> Environment:
    """An environment with the wheel."""
    return install(tmp_path_factory.mktemp("installed") / "venv", distributions.wheel)
