"""The Smooth protection header of PlayReady: the same object without a box."""

from __future__ import annotations

import pytest

from tests.checks.drm.signalling import KID, PSSH, SECOND_KID, SMOOTH, asking, of
from tests.checks.exchange import Change, answered, drop, finds, says, text
from tests.drm.builders import box, header, header_40, pro
from tests.refserver.asking import PLAYREADY, Ask

ASK = asking(PLAYREADY, PSSH + SMOOTH, "cenc")
HERE = of(PLAYREADY, "SmoothStreamingProtectionHeaderData")
SHARED = Ask(
    scheme="cenc",
    systems=(PLAYREADY,),
    signals=PSSH + SMOOTH,
    contract=(("ALL", "<cpix:AudioFilter/><cpix:VideoFilter/>"),),
)

WRONG = [
    ("smooth.is-playready-object", text(HERE, box(pro(header_40(KID)))), "the bytes of a PlayReady object"),
    ("smooth.is-playready-object", text(HERE, b"<ProtectionHeader/>"), "the bytes of a PlayReady object"),
    ("smooth.names-its-kid", text(HERE, pro(header_40(SECOND_KID))), f"{KID} (in GUID byte order); seen: {SECOND_KID}"),
    (
        "smooth.algorithm-agrees",
        text(HERE, pro(header('<PROTECTINFO><KIDS><KID ALGID="AESCBC"></KID></KIDS></PROTECTINFO>', "4.3.0.0"))),
        "AESCTR for cenc; seen: AESCBC",
    ),
    (
        "smooth.equals-pssh-data",
        text(HERE, pro(header_40(KID))),
        "the object of the pssh box; seen: one that differs in",
    ),
]


@pytest.mark.parametrize(("check", "change", "words"), WRONG)
def test_a_wrong_header_is_found(check: str, change: Change, words: str) -> None:
    assert words in finds(check, change, ASK)


@pytest.mark.parametrize("check", sorted({check for check, *_ in WRONG}))
def test_the_right_header_is_right(check: str) -> None:
    assert says(check, answered(ASK)) == ""
    assert says(check, answered(asking(PLAYREADY, PSSH, "cenc"))) == "is not asked of such a request"


def test_a_header_of_another_key_is_told_as_such() -> None:
    other = answered(ASK).document.drm_systems[1].smooth[0].text
    said = finds("smooth.equals-pssh-data", text(HERE, other), ASK)
    assert f"that of another DRMSystem (PlayReady, KID {SECOND_KID})" in said


def test_without_a_pssh_there_is_nothing_to_equal() -> None:
    assert (
        says("smooth.equals-pssh-data", answered(asking(PLAYREADY, SMOOTH, "cenc"))) == "is not asked of such a request"
    )


def test_smooth_output_of_one_shared_key_needs_it() -> None:
    check = "smooth.answered-for-shared-key"
    assert "a filled SmoothStreamingProtectionHeaderData; seen: none" in finds(check, drop(HERE), SHARED)
    assert finds(check, text(HERE, "?"), SHARED) == ""
    assert says(check, answered(ASK)) == "is not asked of such a request"
