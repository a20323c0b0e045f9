"""The options of the pytest plugin: `--server-url` and everything else under `--speke-`."""

from __future__ import annotations

import pytest

from conformance.run.options import OPTIONS, Options, declaration, options_of


def add_options(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("speke", "SPEKE v2 conformance (without a URL: against the built-in reference key server)")
    group.addoption(
        "--server-url",
        "--speke-url",
        dest="speke_url",
        metavar="URL",
        default=None,
        help="the key server to be judged; credentials never go in here",
    )
    for option in OPTIONS:
        group.addoption(f"--speke-{option.name}", dest=f"speke_{option.field}", **declaration(option))


def options_from(config: pytest.Config) -> Options:
    """The options of this pytest run, unchecked."""
    return options_of(lambda member: config.getoption(f"speke_{member}"), url=config.getoption("speke_url"))
