"""`proxy`: between an encryptor and a key server, for seeing and judging what both really send."""

from __future__ import annotations

import argparse
import os
import secrets
from functools import partial

from conformance.cli.audit_options import declare_audit, report, say
from conformance.cli.audit_server import cannot_listen, check_listening, declare_listening, wait_for_the_end
from conformance.cli.command import Command
from conformance.cli.common import declare_options
from conformance.encryptor_audit.audit_rules import make_rules
from conformance.encryptor_audit.auditor import Auditor
from conformance.encryptor_audit.quirks import encryptor_named
from conformance.encryptor_audit.report import AuditFacts
from conformance.encryptor_audit.servers import Proxy
from conformance.redaction.redactor import Redactor
from conformance.run.client import client_for
from conformance.run.clock import utc_now
from conformance.run.options import options_of, reaching_a_server
from conformance.run.settings import Settings, read_settings
from conformance.wire.auth import KINDS

TAKEN = reaching_a_server(but={"auth", "cases", "fault", "delay-ms", "seed"})
"""Options of `run` that mean the same here."""


def declare(parser: argparse.ArgumentParser) -> None:
    """Options: where to listen, where the key server is, and how to re-sign."""
    parser.add_argument("--upstream", required=True, metavar="URL", help="the key server that requests are passed to")
    declare_listening(parser, "everything that the key server gives to the proxy")
    parser.add_argument(
        "--auth",
        choices=KINDS,
        help="re-sign requests, with credentials from the environment (default: pass on the encryptor's)",
    )
    parser.add_argument(
        "--known-as",
        metavar="NAME",
        action="append",
        default=[],
        help="another host name of the proxy, as encryptors call it (repeatable)",
    )
    declare_audit(parser)
    declare_options(parser, TAKEN)


def run(options: argparse.Namespace) -> int:
    """Pass requests on until interrupted; the exit status says whether one side broke a rule."""
    check_listening(options)
    more = {"url": options.upstream, "auth": options.auth, "report_dir": options.report_dir}
    settings = read_settings(options_of(partial(getattr, options), TAKEN, **more), os.environ)
    encryptor = encryptor_named(options.encryptor) if options.encryptor is not None else None
    redactor = Redactor(secrets.token_bytes(16), settings.auth.secrets(), headers=settings.auth.headers)
    rules = make_rules(encryptor, settings.profile, strict=settings.strict)
    about = _about(settings, encryptor.name if encryptor else "")
    assert settings.target is not None
    with client_for(settings, settings.target) as client:
        auditor = Auditor(rules, redactor, say)
        signs = settings.auth_kind != "none"
        try:
            server = Proxy(
                auditor,
                client,
                settings.target,
                redactor,
                signs=signs,
                host=options.host,
                port=options.port,
                known_as=options.known_as,
            )
        except OSError as error:
            auditor.close()
            raise cannot_listen(options, error) from None
        with server:
            print(f"proxy: {server.url} passes requests on to {settings.target.scheme}://{settings.target.display}")
            print("both sides are judged; Ctrl-C ends the proxy and writes the report", flush=True)
            wait_for_the_end(server)
        return report(auditor, about, settings.report_dir)


def _about(settings: Settings, encryptor: str) -> AuditFacts:
    assert settings.target is not None
    words = ["speke-conformance proxy --upstream URL"]
    words += [f"--auth {settings.auth_kind}"] if settings.auth_kind != "none" else []
    words += [f"--as {encryptor}"] if encryptor else []
    return AuditFacts(
        command=" ".join(words),
        started=utc_now(),
        host=settings.target.display,
        scheme=settings.target.scheme,
        auth_kind=settings.auth_kind,
        encryptor=encryptor,
        insecure=settings.insecure,
        timeout=settings.timeout,
        strict=settings.strict,
    )


COMMAND = Command("proxy", "sit between an encryptor and a key server, and judge both", declare, run)
