"""The options of a run in one table: whoever declares, reads or writes options does it by this table.

An option that is in it is known to pytest and to the console script, and stands in the commands that repeat a run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from conformance.wire.auth import KINDS

GATES = ("regression", "qualification")


@dataclass(frozen=True)
class Options:
    """The options as they were typed, before they are checked; None where one was not given."""

    url: str | None = None
    more_urls: tuple[str, ...] = ()
    """Further endpoints of the same key server; only a run takes several."""
    profile: str | None = None
    auth: str | None = None
    header: str | None = None
    region: str | None = None
    service: str | None = None
    ca_bundle: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    insecure: bool = False
    proxy: bool = False
    timeout: str | None = None
    seed: str | None = None
    report_dir: str = "reports"
    cases: tuple[str, ...] = ()
    strength: str | None = None
    concurrency: str | None = None
    gate: str = "regression"
    strict: bool = False
    max_rps: str | None = None
    max_requests: str | None = None
    max_minutes: str | None = None
    labels: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    delay_ms: str | None = None
    previous: str | None = None
    """Read by whoever writes the report: the settings of a run know nothing of results."""
    all: bool = False
    """Shown in full: for whoever writes to the terminal."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option: `--speke-NAME` for pytest, `--NAME` for the console script."""

    name: str
    metavar: str
    """Empty for a switch."""
    help: str
    repeats: Literal["check", "run", "never"] = "check"
    """What has to name it to be repeated: a single check and the whole run, the run alone, or nothing (reports)."""
    path: bool = False
    many: str = ""
    """For one that may be given several times: its member of `Options`."""
    choices: tuple[str, ...] = ()

    @property
    def field(self) -> str:
        """Its member of `Options`."""
        return self.many or self.name.replace("-", "_")


OPTIONS: tuple[Option, ...] = (
    Option("profile", "NAME|PATH", "what the server supports, and which requirement sets count (default: default)"),
    Option("auth", "KIND", "kind of authentication; credentials come from the environment", choices=KINDS),
    Option(
        "header", "NAME=VARIABLE", "for --speke-auth header: the header, and the environment variable with its value"
    ),
    Option("region", "REGION", "for --speke-auth sigv4: the region, if the host does not name it"),
    Option("service", "SERVICE", "for --speke-auth sigv4: the service (default: execute-api)"),
    Option("ca-bundle", "FILE", "PEM file of the certificate authorities to trust", path=True),
    Option("client-cert", "FILE", "PEM certificate for mutual TLS", path=True),
    Option("client-key", "FILE", "PEM private key for mutual TLS", path=True),
    Option("insecure", "", "do not verify the server's certificate (the report says so; no evidence from such a run)"),
    Option("proxy", "", "use the proxy from HTTPS_PROXY or HTTP_PROXY"),
    Option("timeout", "SECONDS", "limit for one whole exchange (default: 15)"),
    Option("cases", "DIR", "a folder with your own cases, added to the shipped ones", path=True, many="cases"),
    Option(
        "strength",
        "N",
        "combine every N things in which requests differ: 1, 2 or 3 (default: 2, or what the profile says)",
    ),
    Option("strict", "", "a finding at SHOULD fails too"),
    Option(
        "fault", "NAME", "switch on a fault of the built-in server, to see what a failure looks like", many="faults"
    ),
    Option("delay-ms", "N", "delay each answer of the built-in server by N milliseconds"),
    Option("concurrency", "N", "requests in flight at once (default: 4)", repeats="run"),
    Option("max-rps", "N", "at most N requests per second", repeats="run"),
    Option("max-requests", "N", "at most N requests in the whole run", repeats="run"),
    Option("max-minutes", "N", "stop after N minutes", repeats="run"),
    Option(
        "gate",
        "GATE",
        "what the run must pass: regression lets known deviations pass (default: regression)",
        repeats="run",
        choices=GATES,
    ),
    Option("label", "NAME=VALUE", "a label for the report, such as build=2026.11", repeats="run", many="labels"),
    Option("report-dir", "DIR", "where reports are written (default: ./reports)", repeats="never", path=True),
    Option(
        "previous",
        "FILE",
        "results.json of an earlier run; the report begins with what changed since",
        repeats="never",
        path=True,
    ),
    Option("all", "", "show every cause in full in the terminal", repeats="never"),
    Option("seed", "TEXT", "the same seed sends the same requests (default: random, printed)"),
)
"""All but the server's URL, in the order in which commands name them."""


URL_HELP = "the key server to judge (default: the built-in one); give it again for each further endpoint of it"


def url_options(urls: Sequence[str] | None) -> dict[str, Any]:
    """The members of `Options` for the URLs that were given."""
    first, *more = urls or (None,)
    return {"url": first, "more_urls": tuple(more)}


_PREFIXED = re.compile(rf"--speke-(?=(?:{'|'.join(option.name for option in OPTIONS)})\b)")


def for_console(text: str) -> str:
    """A text that names options as pytest does, with the names that they have for the console script."""
    return _PREFIXED.sub("--", text)


def reaching_a_server(*, but: Container[str] = ()) -> frozenset[str]:
    """The names of the options that a single check needs to be repeated, for commands that ask a server as a run does.

    `but` names those that a command has no use for, or declares itself.
    """
    return frozenset(option.name for option in OPTIONS if option.repeats == "check" and option.name not in but)


def declaration(option: Option) -> dict[str, Any]:
    """How an option is declared, in the words that argparse and pytest share."""
    if option.many:
        words: dict[str, Any] = {"action": "append", "default": [], "metavar": option.metavar}
        return words | {"help": f"{option.help} (repeatable)"}
    if not option.metavar:
        return {"action": "store_true", "default": False, "help": option.help}
    shown = {"choices": option.choices} if option.choices else {"metavar": option.metavar}
    return {"default": getattr(Options(), option.field), "help": option.help, **shown}


def options_of(value: Callable[[str], Any], taken: Container[str] | None = None, **more: Any) -> Options:
    """The options whose values `value` gives by member; `taken` names those that a command knows (default: all)."""
    given = {}
    for option in OPTIONS:
        if taken is None or option.name in taken:
            found = value(option.field)
            given[option.field] = tuple(found) if option.many else found
    return Options(**{**given, **more})
