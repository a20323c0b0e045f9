"""The options of the pytest plugin: `--server-url` and everything else under `--speke-`."""

from __future__ import annotations

import pytest

from conformance.run.options import OPTIONS, URL_HELP, Options, declaration, options_of, url_options


def add_options(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("speke", "SPEKE v2 conformance (without a URL: against the built-in reference key server)")
    group.addoption(
        "--server-url",
        "--speke-url",
        dest="speke_urls",
        action="append",
        metavar="URL",
        default=[],
        help=f"{URL_HELP}; credentials never go in here",
    )
    for option in OPTIONS:
        group.addoption(f"--speke-{option.name}", dest=f"speke_{option.field}", **declaration(option))


def options_from(config: pytest.Config) -> Options:
    """The options of this pytest run, unchecked."""
    return options_of(lambda member: config.getoption(f"speke_{member}"), **url_options(config.getoption("speke_urls")))
