"""The options of the pytest plugin: `--server-url` and everything else under `--speke-`."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.run.profile import KINDS
from conformance.run.settings import GATES, Options

PLAIN: tuple[tuple[str, str, str], ...] = (
    ("profile", "NAME|PATH", "what the server claims and which requirement sets count (default: default)"),
    ("header", "NAME=VARIABLE", "for --speke-auth header: the header and the environment variable with its value"),
    ("region", "REGION", "for --speke-auth sigv4: the region, where the host does not name it"),
    ("service", "SERVICE", "for --speke-auth sigv4: the service (default: execute-api)"),
    ("ca-bundle", "FILE", "PEM file of the certificate authorities to trust"),
    ("client-cert", "FILE", "PEM certificate for mutual TLS"),
    ("client-key", "FILE", "PEM private key for mutual TLS"),
    ("timeout", "SECONDS", "limit for one exchange as a whole (default: 15)"),
    ("seed", "TEXT", "the same seed sends the same requests (default: random, printed)"),
    ("concurrency", "N", "requests under way at once (default: 4)"),
    ("max-rps", "N", "requests a second at most"),
    ("max-requests", "N", "requests at most in the whole run"),
    ("max-minutes", "N", "minutes at most for the whole run"),
    ("delay-ms", "N", "let the built-in server wait so long before each answer"),
    ("previous", "FILE", "results.json of an earlier run: the report begins with what changed since"),
)

FLAGS: tuple[tuple[str, str], ...] = (
    ("strict", "a finding at SHOULD fails, too"),
    ("insecure", "do not verify the server's certificate (the report says so; no evidence from such a run)"),
    ("proxy", "use the proxy that the environment names"),
)

LISTS: tuple[tuple[str, str, str], ...] = (
    ("cases", "DIR", "a folder with cases of your own, added to ours"),
    ("label", "NAME=VALUE", "a label for the report, such as build=2026.11"),
    ("fault", "NAME", "switch on a fault of the built-in server, to see what a failure looks like"),
)


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
    group.addoption(
        "--speke-auth", dest="speke_auth", choices=KINDS, default=None, help="credentials come from the environment"
    )
    group.addoption(
        "--speke-report-dir", dest="speke_report_dir", metavar="DIR", default="reports", help="default: ./reports"
    )
    group.addoption("--speke-gate", dest="speke_gate", choices=GATES, default="regression", help="default: regression")
    for name, metavar, text in PLAIN:
        group.addoption(f"--speke-{name}", dest=_dest(name), metavar=metavar, default=None, help=text)
    for name, text in FLAGS:
        group.addoption(f"--speke-{name}", dest=_dest(name), action="store_true", default=False, help=text)
    for name, metavar, text in LISTS:
        group.addoption(
            f"--speke-{name}",
            dest=_dest(name),
            metavar=metavar,
            action="append",
            default=[],
            help=f"{text} (repeatable)",
        )


def options_from(config: pytest.Config) -> Options:
    """The options of this pytest run, unchecked."""

    def value(name: str) -> Any:
        return config.getoption(_dest(name))

    return Options(
        url=value("url"),
        auth=value("auth"),
        report_dir=value("report-dir"),
        gate=value("gate"),
        cases=tuple(value("cases")),
        labels=tuple(value("label")),
        faults=tuple(value("fault")),
        **{name.replace("-", "_"): value(name) for name, _, _ in PLAIN},
        **{name: value(name) for name, _ in FLAGS},
    )


def _dest(name: str) -> str:
    return f"speke_{name.replace('-', '_')}"
