"""The endpoint: no keys for nobody, and a certificate that is trusted and lasts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from conformance.checks.context import Context
from conformance.model import TlsSession, TransportFailure
from tests.checks.exchange import Change, a_step, answered, as_it_is, body, looked_at, refusal, says, status

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FOR_NOBODY = (
    "endpoint.no-keys-without-credentials",
    "endpoint.no-keys-with-wrong-credentials",
    "endpoint.no-keys-over-plain-http",
)


def after_a_control(change: Change, *, control: Change = as_it_is, failure: TransportFailure | None = None) -> Context:
    return answered(None, change, failure=failure, earlier=[answered(None, control, step=a_step(id="control"))])


@pytest.mark.parametrize("check", FOR_NOBODY)
def test_keys_for_nobody_are_found_whatever_the_status(check: str) -> None:
    assert "no content keys in answer to a request" in says(check, after_a_control(as_it_is))
    assert "seen: 401 with 2 content keys" in says(check, after_a_control(status(401)))


@pytest.mark.parametrize("check", FOR_NOBODY)
@pytest.mark.parametrize("change", [refusal(401), refusal(500), body("<html/>"), status(302)])
def test_anything_without_keys_is_a_closed_door(check: str, change: Change) -> None:
    if change(answered().answer).status == 302:
        change = refusal(302)
    assert says(check, after_a_control(change)) == ""


@pytest.mark.parametrize(
    ("kind", "open_question"),
    [("refused", False), ("tls", False), ("no-answer", False), ("timeout", False), ("proxy", True), ("budget", True)],
)
def test_a_failure_of_ours_is_no_closed_door(kind: str, open_question: bool) -> None:
    said = says(FOR_NOBODY[0], after_a_control(as_it_is, failure=TransportFailure(kind, "it failed")))
    assert said.startswith("untestable: it failed") if open_question else said == ""


def test_without_a_control_that_is_accepted_nothing_is_proven() -> None:
    said = says(FOR_NOBODY[0], after_a_control(refusal(401), control=refusal(403)))
    assert said.startswith("untestable: the same request with credentials is not accepted")


def over_tls(
    until: str | timedelta = timedelta(days=90), *, verified: bool = True, failure: TransportFailure | None = None
) -> Context:
    end = until if isinstance(until, str) else (NOW + until).isoformat()
    session = TlsSession("TLSv1.3", end, verified)
    plain = answered(failure=failure)
    return looked_at(replace(plain.exchange, tls=None if failure else session, started=NOW.isoformat()), plain.step)


NOT_TRUSTED = TransportFailure("tls-certificate", "the certificate is for another host")


@pytest.mark.parametrize(
    ("context", "words"),
    [
        (over_tls(), ""),
        (over_tls(timedelta(seconds=1)), ""),
        (over_tls(timedelta(seconds=-1)), "one that has not expired; seen: valid until 2025-12-31T23:59:59+00:00"),
        (over_tls(timedelta(seconds=-1), verified=False), "one that has not expired"),
        (over_tls(verified=False), "untestable: the certificate was not verified"),
        (over_tls(failure=NOT_TRUSTED), "one that an encryptor trusts; seen: the certificate is for another host"),
        (over_tls(failure=TransportFailure("refused", "no connection")), "untestable: no connection"),
        (over_tls("soon"), "untestable: the end of the certificate cannot be read"),
        (answered(), "untestable: nothing is known about the TLS connection"),
    ],
)
def test_a_certificate_is_in_force(context: Context, words: str) -> None:
    said = says("endpoint.certificate-in-force", context)
    assert (words in said) if words else said == ""


@pytest.mark.parametrize(
    ("left", "short"),
    [(timedelta(days=14), False), (timedelta(days=14, seconds=-1), True), (timedelta(), True), (-timedelta(1), False)],
)
def test_a_certificate_that_ends_within_two_weeks_is_told(left: timedelta, short: bool) -> None:
    assert ("at least 14 days left" in says("endpoint.certificate-lasts", over_tls(left))) is short


def test_the_connection_is_recorded() -> None:
    assert says("endpoint.tls-recorded", over_tls()).endswith(
        "TLSv1.3, certificate valid until 2026-04-01T00:00:00+00:00"
    )
