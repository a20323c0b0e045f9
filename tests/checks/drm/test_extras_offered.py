"""Which of the additions of SPEKE 2.1 are there: only a promise makes one of them due."""

from __future__ import annotations

import pytest

from conformance.refserver import Config
from tests.checks.exchange import all_of, answered, attribute, claims, drop, finds, says
from tests.refserver.asking import KIDS, Ask

ASK = Ask(version="2.1")
NONE = Config(extras_2_1=False)


def test_whoever_claims_hdcp_gives_it_with_every_key_for_video() -> None:
    check = "extras.hdcp-claim-kept"
    assert says(check, answered(ASK)) == ""
    video, audio = (f"//cpix:ContentKey[@kid='{kid}']/cpix:HDCPData" for kid in KIDS[:2])
    assert "an HDCPData, as the profile claims; seen: none" in finds(check, drop(video), ASK)
    empty = all_of(drop(f"{video}/*"), attribute(video, "HLSHDCPLevel", None))
    assert "seen: one without a level and without a fragment" in finds(check, empty, ASK)
    for half in (drop(f"{video}/*"), attribute(video, "HLSHDCPLevel", None)):
        assert finds(check, half, ASK) == ""
    said = says(check, answered(ASK, config=NONE))
    assert said.count("an HDCPData, as the profile claims") == 1 and audio not in said
    assert says(check, answered(ASK, config=NONE, claimed=claims(features=frozenset()))).startswith("not applicable")
    assert says(check, answered()) == "is not asked of such a request"


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ("extras.hdcp-offered", "an HDCPData, which may be added; seen: none"),
        ("extras.robustness-offered", "a robustness, which may be added; seen: none"),
        ("extras.allowed-cpc-offered", "an HLSAllowedCPC, which may be added; seen: none"),
    ],
)
def test_what_is_not_offered_is_noted(check: str, words: str) -> None:
    assert says(check, answered(ASK)) == ""
    assert words in says(check, answered(ASK, config=NONE))
