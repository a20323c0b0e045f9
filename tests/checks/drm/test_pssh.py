"""The pssh box: layout, owner, and the KIDs in its list, wherever it stands."""

from __future__ import annotations

import struct
from uuid import UUID

import pytest

from tests.checks.drm.signalling import (
    KID,
    MEDIA,
    PROTECTION,
    PSSH,
    SECOND_KID,
    STRANGER,
    asking,
    cenc_pssh,
    data,
    fragment,
    of,
    written,
)
from tests.checks.exchange import Change, add, answered, as_it_is, finds, payload, says, text
from tests.drm.builders import box, field, header_40, pro
from tests.refserver.asking import COMMON, FAIRPLAY, IRDETO, PLAYREADY, WIDEVINE, Ask

HERE = of(WIDEVINE, "PSSH")
RIGHT = field(2, KID.bytes)
ONE_BOX = box(RIGHT)


def put(place: int, value: bytes) -> Change:
    """Overwrite bytes of the box."""
    return payload(HERE, lambda whole: whole[:place] + value + whole[place + len(value) :])


WRONG = [
    ("pssh.box-complete", put(4, b"free"), "a complete box of type pssh"),
    ("pssh.box-complete", payload(HERE, lambda whole: whole[:-1]), "a complete box of type pssh"),
    ("pssh.box-complete", payload(HERE, lambda whole: whole[:31]), "a complete box of type pssh"),
    ("pssh.box-complete", text(HERE, RIGHT), "a complete box of type pssh"),
    ("pssh.version-defined", put(8, b"\2"), "version 0 or 1"),
    ("pssh.version-defined", put(11, b"\1"), "flags 00 00 00; seen: flags 000001 in the box at byte 0"),
    ("pssh.lengths-agree", put(28, b"\0\0\0\x01"), "lengths that add up to the box"),
    ("pssh.lengths-agree", put(28, b"\xff\0\0\0"), "lengths that add up to the box"),
    ("pssh.no-stray-bytes", payload(HERE, lambda whole: whole + b"\0"), "the end of the payload; seen: 1 more byte"),
    ("pssh.no-second-box", payload(HERE, lambda whole: whole + whole), "one box; seen: 2 boxes of the system"),
    ("pssh.no-foreign-box", payload(HERE, lambda whole: whole + box(system=UUID(IRDETO))), f"a box of {IRDETO}"),
    (
        "pssh.size-32-bit",
        text(HERE, struct.pack(">I4sQ", 1, b"pssh", len(ONE_BOX) + 8) + ONE_BOX[8:]),
        "a 32-bit size; seen: a 64-bit size",
    ),
    ("pssh.size-32-bit", put(0, b"\0\0\0\0"), "a 32-bit size; seen: the size 0"),
    (
        "pssh.system-id-matches",
        text(HERE, box(RIGHT, system=UUID(PLAYREADY))),
        f"system ID {WIDEVINE}; seen: {PLAYREADY}",
    ),
    ("pssh.system-id-matches", put(12, UUID(WIDEVINE).bytes_le), "the bytes of the system ID are in GUID order"),
    (
        "pssh.kid-list-names-its-kid",
        data(RIGHT, version=1, kids=[SECOND_KID]),
        f"{KID} in the KID list; seen: {SECOND_KID}",
    ),
    ("pssh.kid-list-names-its-kid", data(RIGHT, version=1, kids=[UUID(bytes=KID.bytes_le)]), "wrong order"),
    ("pssh.kid-list-sound", data(RIGHT, version=1), "at least one KID in a box of version 1; seen: KID_count 0"),
    (
        "pssh.kid-list-sound",
        data(RIGHT, version=1, kids=[KID, KID]),
        "each KID once; seen: 2 KIDs, 1 of them different",
    ),
    (
        "pssh.kid-lists-agree",
        data(RIGHT, version=1, kids=[KID, SECOND_KID]),
        f"the same KIDs in box and header; seen: only in one of them: {SECOND_KID}",
    ),
    ("pssh.version-0-for-packagers", data(RIGHT, version=1, kids=[KID]), "a box of version 0; seen: version 1"),
]

HARMLESS = [
    ("pssh.box-complete", data(RIGHT, version=1, kids=[KID])),
    ("pssh.version-defined", data(RIGHT, version=1, kids=[KID])),
    ("pssh.lengths-agree", data(b"")),
    ("pssh.no-stray-bytes", payload(HERE, lambda whole: whole + whole)),
    ("pssh.no-second-box", payload(HERE, lambda whole: whole + box(system=UUID(IRDETO)))),
    ("pssh.no-foreign-box", payload(HERE, lambda whole: whole + whole)),
    ("pssh.kid-list-names-its-kid", data(RIGHT, version=1, kids=[SECOND_KID, KID])),
    ("pssh.kid-list-names-its-kid", data(RIGHT, version=1)),
    ("pssh.kid-list-sound", data(RIGHT, version=1, kids=[KID, SECOND_KID])),
    ("pssh.kid-lists-agree", data(field(2, SECOND_KID.bytes) + RIGHT, version=1, kids=[KID, SECOND_KID])),
]


@pytest.mark.parametrize(("check", "change", "words"), WRONG)
def test_a_wrong_box_is_found(check: str, change: Change, words: str) -> None:
    assert words in finds(check, change, asking(WIDEVINE))


@pytest.mark.parametrize(("check", "change"), HARMLESS)
def test_a_harmless_box_is_left_alone(check: str, change: Change) -> None:
    assert finds(check, change, asking(WIDEVINE)) == ""


def test_lengths_of_a_version_1_box_are_counted_before_they_are_believed() -> None:
    huge = bytearray(box(RIGHT, version=1, kids=[KID]))
    huge[28:32] = b"\xff\xff\xff\xff"
    assert "lengths that add up to the box" in finds("pssh.lengths-agree", text(HERE, bytes(huge)), asking(WIDEVINE))


@pytest.mark.parametrize("check", sorted({check for check, *_ in WRONG}))
def test_one_broken_box_is_one_finding(check: str) -> None:
    """What cannot be read leaves the other questions open, as long as no other payload is there to ask about."""
    said = finds(
        check, payload(of(WIDEVINE, "PSSH") + "|" + of(WIDEVINE, "PSSH", 2), lambda whole: whole[:-1]), asking(WIDEVINE)
    )
    assert said.startswith("untestable") is (check != "pssh.box-complete"), said


@pytest.mark.parametrize(
    ("signals", "change", "place"),
    [
        (PROTECTION, fragment(cenc_pssh(ONE_BOX[:-1])), "cenc:pssh"),
        (MEDIA, written('#EXT-X-KEY:METHOD=SAMPLE-AES,URI="data:text/plain;base64,AAAA"'), "HLSSignalingData"),
    ],
)
def test_a_box_is_looked_at_where_no_pssh_is_asked_for(signals: str, change: Change, place: str) -> None:
    assert place in finds("pssh.box-complete", change, asking(WIDEVINE, signals))


def test_a_box_of_another_system_is_found_in_a_drm_system_that_has_none() -> None:
    stray = add(
        f"//cpix:DRMSystem[@systemId='{FAIRPLAY}']",
        "<cpix:PSSH>AAAAIHBzc2gAAAAA7e+LqXnWSs6jyCfc1R0h7QAAAAA=</cpix:PSSH>",
        0,
    )
    said = says("pssh.system-id-matches", answered(asking(FAIRPLAY, MEDIA), stray))
    assert f"system ID {FAIRPLAY}; seen: {WIDEVINE}" in said
    assert says("pssh.box-complete", answered(asking(FAIRPLAY, MEDIA))) == "is not asked of such a request"


def test_the_kids_inside_a_playready_box_agree_with_its_list() -> None:
    ask = asking(PLAYREADY, PSSH, "cenc")
    inside = pro(header_40(KID))
    same, other = (data(inside, PLAYREADY, version=1, kids=kids) for kids in ([KID], [KID, STRANGER]))
    assert finds("pssh.kid-lists-agree", same, ask) == ""
    assert f"only in one of them: {STRANGER}" in finds("pssh.kid-lists-agree", other, ask)


def test_version_0_is_asked_of_widevine_and_playready_only() -> None:
    common = Ask(systems=(COMMON, WIDEVINE), signals=PSSH)
    assert says("pssh.version-0-for-packagers", answered(common, as_it_is)) == ""
