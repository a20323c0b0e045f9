"""`serve`: the reference key server, for looking at it or pointing an encryptor at it."""

from __future__ import annotations

import argparse
import secrets

from conformance.catalogue.yamlfile import nearest
from conformance.cli.audit_options import declare_audit, report, say
from conformance.cli.audit_server import cannot_listen, check_listening, declare_listening, wait_for_the_end
from conformance.cli.command import Command
from conformance.encryptor_audit.audit_rules import make_rules
from conformance.encryptor_audit.auditor import Auditor
from conformance.encryptor_audit.quirks import encryptor_named
from conformance.encryptor_audit.report import AuditFacts
from conformance.encryptor_audit.servers import AuditedServer
from conformance.redaction.redactor import Redactor
from conformance.refserver import Fault, Server, load_faults
from conformance.run.built_in import whole_config
from conformance.run.clock import utc_now
from conformance.run.options import Options
from conformance.run.settings import read_settings
from conformance.wire.errors import OptionError


def declare(parser: argparse.ArgumentParser) -> None:
    """Options of the server."""
    declare_listening(parser, "(public, worthless) keys")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME", help="switch on a fault (repeatable)")
    parser.add_argument("--delay-ms", type=int, default=0, metavar="N", help="delay each answer by N milliseconds")
    parser.add_argument("--audit", action="store_true", help="judge each request and write a report at the end")
    declare_audit(parser)


def run(options: argparse.Namespace) -> int:
    """Serve until interrupted; with --audit the exit status says whether a request broke a rule."""
    check_listening(options)
    if options.delay_ms < 0:
        raise OptionError(f"--delay-ms {options.delay_ms} is negative; use 0 or more.")
    if options.encryptor is not None and not options.audit:
        raise OptionError("--as says whose habits an audit compares with; add --audit.")
    known = load_faults() if options.fault else {}
    for name in options.fault:
        if name not in known:
            raise OptionError(f"--fault {name!r} is not a fault of the server{nearest(name, known)}.")
    faults = [known[name] for name in options.fault]
    if options.audit:
        return _audit(options, faults)
    try:
        server = Server(whole_config(), faults, options.host, options.port, options.delay_ms)
    except OSError as error:
        raise cannot_listen(options, error) from None
    with server:
        _greet(server, faults)
        wait_for_the_end(server)
    print("stopped")
    return 0


def _audit(options: argparse.Namespace, faults: list[Fault]) -> int:
    report_dir = read_settings(Options(report_dir=options.report_dir), {}).report_dir
    encryptor = encryptor_named(options.encryptor) if options.encryptor is not None else None
    rules = make_rules(encryptor)
    about = AuditFacts(
        command=" ".join(["speke-conformance serve --audit", *([f"--as {encryptor.name}"] if encryptor else [])]),
        started=utc_now(),
        host="an encryptor at the reference key server",
        encryptor=encryptor.name if encryptor else "",
        faults=tuple(options.fault),
    )
    auditor = Auditor(rules, Redactor(secrets.token_bytes(16)), say)
    try:
        server = AuditedServer(auditor, whole_config(), faults, options.host, options.port, options.delay_ms)
    except OSError as error:
        auditor.close()
        raise cannot_listen(options, error) from None
    with server:
        _greet(server, faults)
        print("each request is judged; Ctrl-C ends the audit and writes the report", flush=True)
        wait_for_the_end(server)
    return report(auditor, about, report_dir)


def _greet(server: Server, faults: list[Fault]) -> None:
    print(f"reference key server: {server.url}", flush=True)
    for fault in faults:
        print(f"fault {fault.id}: {fault.story}", flush=True)


COMMAND = Command("serve", "start the reference key server, or audit an encryptor with it", declare, run)
