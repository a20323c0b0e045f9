"""The subcommands of `speke-conformance`, one module each."""

from __future__ import annotations

from conformance.cli import (
    catalogue,
    check,
    check_evidence,
    coverage,
    diff,
    docs,
    encrypt,
    evidence,
    explain,
    faults,
    known,
    lists,
    load,
    negatives,
    new,
    overview,
    plan,
    proxy,
    replay,
    report,
    run,
    serve,
)
from conformance.cli.command import Command

COMMANDS: tuple[Command, ...] = (
    run.COMMAND,
    plan.COMMAND,
    lists.COMMAND,
    negatives.COMMAND,
    explain.COMMAND,
    diff.COMMAND,
    known.COMMAND,
    replay.COMMAND,
    check.COMMAND,
    report.COMMAND,
    evidence.COMMAND,
    check_evidence.COMMAND,
    catalogue.COMMAND,
    encrypt.COMMAND,
    serve.COMMAND,
    proxy.COMMAND,
    faults.COMMAND,
    load.COMMAND,
    coverage.COMMAND,
    docs.COMMAND,
    new.COMMAND,
    overview.COMMAND,
)
