"""`check-evidence`: verifies an evidence archive, judges its exchanges again, and compares it with a new run."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from functools import partial
from pathlib import Path

from conformance.cli.command import Command
from conformance.cli.common import cases_and_checks, declare_options, show
from conformance.evidence.second_run import compare
from conformance.evidence.signing import read_public
from conformance.evidence.verify import check_evidence
from conformance.results.unattended import run_unattended
from conformance.run.options import options_of, reaching_a_server, url_options
from conformance.run.settings import read_settings
from conformance.wire.errors import OptionError

TAKEN = reaching_a_server(but={"seed", "fault", "delay-ms", "strict"})
"""Options of `run` that say how the server is reached. The seed is that of the evidence."""


def declare(parser: argparse.ArgumentParser) -> None:
    """Options: the archive, whose signature it should bear, and the server for a new run."""
    parser.add_argument("file", type=Path, metavar="FILE.zip", help="the evidence")
    parser.add_argument("--public-key", type=Path, metavar="PEM", help="the signer's Ed25519 public key")
    parser.add_argument(
        "--server-url",
        metavar="URL",
        action="append",
        default=[],
        help="run the suite against this server and compare; as often as the run had endpoints, in their order",
    )
    declare_options(parser, TAKEN)


def run(options: argparse.Namespace) -> int:
    """Print what was looked at; 1 where something contradicts, 10 where something could not be judged again."""
    key = read_public(options.public_key) if options.public_key else None
    report = check_evidence(options.file, key, partial(cases_and_checks, options.cases))
    if options.server_url and report.document is not None:
        old = report.document
        if len(options.server_url) != len(old.run.targets):
            raise OptionError(
                f"The run of the evidence had {len(old.run.targets)} endpoint{'s' * (len(old.run.targets) > 1)}; "
                "give --server-url for each of them, in their order."
            )
        urls = url_options(options.server_url)
        asked = options_of(lambda name: getattr(options, name), TAKEN, seed=old.run.seed, **urls)
        profile = options.profile or old.profile.name
        settings = read_settings(replace(asked, profile=profile, strict=old.run.strict), os.environ)
        if settings.profile.name != old.profile.name:
            raise OptionError(
                f"--profile {settings.profile.name} is not that of the evidence, which is {old.profile.name}."
            )
        compare(report, run_unattended(settings))
    show(report.lines())
    return report.exit_status


COMMAND = Command("check-evidence", "verify evidence, and judge its exchanges again", declare, run)
