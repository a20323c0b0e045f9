"""What is delivered and not claimed: nothing wrong, and worth knowing; what is refused or left empty is neither."""

from __future__ import annotations

import pytest

from conformance.model import Claims
from tests.checks.exchange import Change, answered, as_it_is, attribute, claims, drop, header, refusal, says
from tests.refserver.asking import WIDEVINE, Ask

CHECK = "claims.delivered-is-claimed"
ONE = Ask(systems=(WIDEVINE,))
WITHOUT_WIDEVINE = claims(schemes=claims().schemes - {("widevine", "cbcs")})
ONLY_2_1 = claims(versions=frozenset({"2.1"}))


@pytest.mark.parametrize(
    ("ask", "claimed", "change", "words"),
    [
        (ONE, WITHOUT_WIDEVINE, as_it_is, "as Widevine with cbcs is not claimed; seen: Widevine with cbcs delivered"),
        (ONE, ONLY_2_1, as_it_is, "as SPEKE 2.0 is not claimed"),
        (ONE, WITHOUT_WIDEVINE, refusal(), ""),
        (ONE, WITHOUT_WIDEVINE, drop("(//cpix:DRMSystem)[1]"), ""),
        (ONE, WITHOUT_WIDEVINE, drop("(//cpix:PSSH)[1]"), "Widevine with cbcs delivered"),
        (ONE, ONLY_2_1, attribute("/*", "version", "2.4"), ""),
        (ONE, ONLY_2_1, header("X-Speke-Version", "2.1"), ""),
        (ONE, claims(), as_it_is, "not applicable: everything that this request asks for is claimed"),
    ],
)
def test_what_is_delivered_is_claimed(ask: Ask, claimed: Claims, change: Change, words: str) -> None:
    said = says(CHECK, answered(ask, change, claimed=claimed))
    assert (words in said) if words else said == ""


def test_an_empty_placeholder_is_nothing_delivered() -> None:
    from tests.checks.exchange import text

    assert says(CHECK, answered(ONE, text("(//cpix:PSSH)[1]", ""), claimed=WITHOUT_WIDEVINE)) == ""


def test_key_encryption_and_hdcp_count_too() -> None:
    nothing = claims(features=frozenset())
    assert "key encryption delivered" in says(CHECK, answered(recipients=("rsa-2048",), claimed=nothing))
    assert "HDCP signalling (hdcp) delivered" in says(CHECK, answered(Ask(version="2.1"), claimed=nothing))
