"""Why access was denied, as far as the exchange shows it, and what to do."""

from __future__ import annotations

import pytest

from conformance.checks.http.denied import denial, is_denied
from tests.checks.exchange import answered, refusal


@pytest.mark.parametrize(("code", "denied"), [(401, True), (403, True), (400, False), (502, False), (404, False)])
def test_two_statuses_speak_of_who_is_asking(code: int, denied: bool) -> None:
    assert is_denied(answered(None, refusal(code)).exchange) is denied


def test_the_reason_that_shows_comes_with_its_fix() -> None:
    said = denial(answered(None, refusal(403, "Signature Expired: 20260101")).exchange)
    assert said.startswith("403, which is about access") and said.endswith("(AWS_SESSION_TOKEN)")
    assert denial(answered(None, refusal(401, "no")).exchange).endswith(
        "check --speke-auth and its environment variables"
    )
    skew = "this machine's clock is 400 seconds behind the server's"
    assert f"{skew}: set the clock" in denial(answered(None, refusal(403, "expired"), notes=(skew,)).exchange)
