"""What the URI of a Widevine or PlayReady key tag carries: a box, or an object without one."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from tests.checks.drm.signalling import BOTH_LINES, KID, PSSH, SECOND_KID, asking, b64, line
from tests.checks.exchange import Change, answered, drop, finds, says
from tests.drm.builders import box, field, header, header_40, pro
from tests.refserver.asking import FAIRPLAY, IRDETO, PLAYREADY, WIDEVINE, Ask

WV, PR = asking(WIDEVINE, PSSH + BOTH_LINES), asking(PLAYREADY, PSSH + BOTH_LINES, "cenc")
WV_HEAD, PR_HEAD = "data:text/plain;base64,", "data:text/plain;charset=UTF-16;base64,"
RIGHT = box(field(2, KID.bytes) + field(9, int.from_bytes(b"cbcs", "big")))
OBJECT = pro(header_40(KID))


def uri(text: str, system: str = WIDEVINE, playlist: str = "media") -> Change:
    """The key tag for a playlist has this URI."""

    def edit(whole: str) -> str:
        before, _, after = whole.partition('URI="')
        return f'{before}URI="{text}"{after.partition(chr(34))[2]}'

    return line(edit, system, playlist)


def boxed(content: bytes) -> Change:
    return uri(WV_HEAD + b64(content))


def objected(content: bytes, playlist: str = "media") -> Change:
    return uri(PR_HEAD + b64(content), PLAYREADY, playlist)


WRONG = [
    ("widevine.hls-uri-is-pssh", uri("https://licence.example/"), WV, "a data URI with a whole pssh box"),
    ("widevine.hls-uri-is-pssh", uri("data:text/plain;base64,?"), WV, "a data URI with a whole pssh box"),
    ("widevine.hls-uri-is-pssh", uri("data:text/plain,AAAA"), WV, "a data URI with a whole pssh box"),
    ("widevine.hls-uri-is-pssh", boxed(field(2, KID.bytes)), WV, "a data URI with a whole pssh box"),
    ("widevine.hls-uri-is-pssh", boxed(box(system=UUID(IRDETO))), WV, f"a box of Widevine; seen: a box of {IRDETO}"),
    ("widevine.hls-uri-is-pssh", boxed(RIGHT + RIGHT), WV, "one box; seen: more after it"),
    ("widevine.hls-uri-is-pssh", boxed(RIGHT + b"x"), WV, "one box; seen: more after it"),
    (
        "widevine.hls-uri-names-its-kid",
        boxed(box(field(2, SECOND_KID.bytes))),
        WV,
        f"KID {KID} in the box; seen: {SECOND_KID}",
    ),
    ("widevine.hls-uri-names-its-kid", boxed(box(version=1, kids=[SECOND_KID])), WV, f"KID {KID} in the box"),
    ("widevine.hls-uri-equals-pssh", boxed(RIGHT), WV, "the bytes of the PSSH beside it"),
    ("hls.data-uri-plain", uri(WV_HEAD + b64(RIGHT).replace("A", "%41", 1)), WV, "percent escapes such as %3D"),
    (
        "playready.hls-uri-is-object",
        objected(box(OBJECT, system=UUID(PLAYREADY))),
        PR,
        "a data URI with a PlayReady object",
    ),
    ("playready.hls-uri-is-object", uri("https://x/", PLAYREADY), PR, "a data URI with a PlayReady object"),
    (
        "playready.hls-uri-names-its-kid",
        objected(pro(header_40(SECOND_KID))),
        PR,
        f"{KID} (in GUID byte order); seen: {SECOND_KID}",
    ),
    (
        "playready.hls-uri-algorithm-agrees",
        objected(pro(header('<PROTECTINFO><KIDS><KID ALGID="AESCBC"></KID></KIDS></PROTECTINFO>', "4.3.0.0"))),
        PR,
        "AESCTR for cenc; seen: AESCBC",
    ),
    (
        "playready.hls-media-type-usual",
        uri(WV_HEAD + b64(OBJECT), PLAYREADY),
        PR,
        f"{PR_HEAD}; seen: 'data:text/plain'",
    ),
    ("playready.hls-media-equals-pssh", objected(OBJECT), PR, "the object of the pssh box; seen: one that differs in"),
]

HARMLESS = [
    ("widevine.hls-uri-is-pssh", boxed(box(version=1, kids=[KID])), WV),
    ("widevine.hls-uri-names-its-kid", boxed(box(field(2, SECOND_KID.bytes) + field(2, KID.bytes))), WV),
    ("widevine.hls-uri-names-its-kid", boxed(box(field(4, b"film-1"))), WV),
    ("playready.hls-uri-is-object", uri(WV_HEAD + b64(OBJECT), PLAYREADY), PR),
    (
        "playready.hls-media-type-usual",
        uri(PR_HEAD.upper().replace("BASE64", "base64").replace("DATA", "data") + b64(OBJECT), PLAYREADY),
        PR,
    ),
    # Microsoft wants all KIDs in the line for the master playlist.
    ("playready.hls-media-equals-pssh", objected(OBJECT, "master"), PR),
]


@pytest.mark.parametrize(("check", "change", "ask", "words"), WRONG)
def test_a_wrong_uri_is_found(check: str, change: Change, ask: Ask, words: str) -> None:
    assert words in finds(check, change, ask)


@pytest.mark.parametrize(("check", "change", "ask"), HARMLESS)
def test_a_harmless_uri_is_left_alone(check: str, change: Change, ask: Ask) -> None:
    assert finds(check, change, ask) == ""


def test_the_box_of_another_key_is_told_as_such() -> None:
    other = answered(WV).document.drm_systems[1].pssh[0].text
    said = finds("widevine.hls-uri-equals-pssh", uri(WV_HEAD + other), WV)
    assert f"that of another DRMSystem (Widevine, KID {SECOND_KID})" in said


def test_a_licence_url_is_one_finding_and_no_broken_box() -> None:
    licence = answered(asking(WIDEVINE, PSSH + BOTH_LINES), uri("https://licence.example/", playlist="media"))
    assert says("widevine.hls-uri-is-pssh", licence) and says("pssh.box-complete", licence) == ""


def test_without_a_pssh_there_is_nothing_to_equal() -> None:
    check = "widevine.hls-uri-equals-pssh"
    assert says(check, answered(asking(WIDEVINE, BOTH_LINES))) == "is not asked of such a request"
    assert says(check, answered(WV, drop("//cpix:PSSH"))).startswith(
        "not applicable: the DRMSystem holds no filled PSSH"
    )


@pytest.mark.parametrize(
    "edit", [lambda text: text, lambda text: text.replace("text/plain", "application/octet-stream")]
)
def test_other_systems_are_left_to_their_own_checks(edit: Callable[[str], str]) -> None:
    context = answered(asking(FAIRPLAY, BOTH_LINES), line(edit, FAIRPLAY))
    assert says("hls.data-uri-plain", context).startswith("not applicable")
    assert says("widevine.hls-uri-is-pssh", context) == "is not asked of such a request"
