"""One payload, judged wherever it stands: the carriers of an answer, one of them wrong, and what is said of it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from conformance.api import judge_pair
from conformance.refserver import load_faults
from tests.refserver.asking import FAIRPLAY, NS, PLAYREADY, SIGNALS, WIDEVINE, Ask

CPIX = f"{{{NS['cpix']}}}"
CLEARKEY_SAMPLE_AES = "be58615b-19c4-4684-88b3-c8c57e99e957"
WISEPLAY = "3d5e6d35-9b9a-41e8-b843-dd3c6e72c42c"
MEDIA = '<cpix:HLSSignalingData playlist="media"/>'
BOTH = f'{MEDIA}<cpix:HLSSignalingData playlist="master"/>'

Edit = Callable[[etree._Element], object]


def judged(folder: Path, ask: Ask, edit: Edit = lambda tree: None, fault: str = "") -> dict[str, list[str]]:
    """Check -> where it finds something, whatever the weight."""
    tree = ask.tree(faults=[load_faults()[fault]] if fault else [])
    edit(tree)
    return verdict(folder, ask.body(), tree)


def verdict(folder: Path, request: bytes, tree: etree._Element) -> dict[str, list[str]]:
    (folder / "request.xml").write_bytes(request)
    (folder / "answer.xml").write_bytes(etree.tostring(tree))
    found: dict[str, list[str]] = {}
    for one in judge_pair(folder / "request.xml", folder / "answer.xml").document.results:
        for finding in one.findings:
            found.setdefault(one.check, []).append(finding.where)
    return found


def in_lines(change: Callable[[str], str], system: str = WIDEVINE) -> Edit:
    """Change the text of each HLS line of a DRM system."""

    def edit(tree: etree._Element) -> None:
        for line in tree.iterfind(f".//cpix:DRMSystem[@systemId='{system}']/cpix:HLSSignalingData", NS):
            text = base64.b64decode(line.text or "").decode()
            line.text = base64.b64encode(change(text).encode()).decode()

    return edit


def test_the_same_payload_in_many_places_is_one_finding_that_names_them_all(tmp_path: Path) -> None:
    found = judged(tmp_path, Ask(), fault="WIDEVINE-TRUNCATED")
    assert len(found["widevine.header-parses"]) == 2
    where = found["widevine.header-parses"][0]
    assert "/PSSH (Widevine" in where
    assert "the same in ContentProtectionData, cenc:pssh, in HLSSignalingData[1], URI" in where


@pytest.mark.parametrize(
    ("fault", "check", "place"),
    [
        ("WIDEVINE-TRUNCATED[content-protection]", "widevine.header-parses", "cenc:pssh"),
        ("WIDEVINE-KID-SWAPPED[hls-media]", "widevine.names-its-kid", "HLSSignalingData[1]"),
        ("WIDEVINE-KID-SWAPPED[hls-master]", "widevine.names-its-kid", "HLSSignalingData[2]"),
        ("PLAYREADY-VERSION-UNKNOWN[content-protection]", "playready.header-version-known", "mspr:pro"),
        ("PLAYREADY-VERSION-UNKNOWN[smooth]", "playready.header-version-known", "SmoothStreaming"),
    ],
)
def test_a_finding_names_its_carrier(tmp_path: Path, fault: str, check: str, place: str) -> None:
    ask = Ask(scheme="cbcs", signals=SIGNALS + "<cpix:SmoothStreamingProtectionHeaderData/>")
    places = judged(tmp_path, ask, fault=fault)[check]
    assert places
    assert all(place in where for where in places)


@pytest.mark.parametrize(
    ("signals", "fault", "check"),
    [
        ("<cpix:ContentProtectionData/>", "PSSH-SYSTEM-ID-SWAPPED[content-protection-alone]", "pssh.system-id-matches"),
        (BOTH, "PSSH-CUT[hls-media-alone]", "pssh.box-complete"),
        (BOTH, "WIDEVINE-SCHEME-OF-OTHER-MODE[hls-master-alone]", "widevine.scheme-agrees"),
    ],
)
def test_a_carrier_is_looked_at_where_no_pssh_is_asked_for(
    tmp_path: Path, signals: str, fault: str, check: str
) -> None:
    assert judged(tmp_path, Ask(signals=signals), fault=fault)[check]


def test_the_second_tag_of_a_line_is_looked_at(tmp_path: Path) -> None:
    found = judged(tmp_path, Ask(), in_lines(lambda text: f"{text}\n{text.replace('SAMPLE-AES', 'AES-128')}"))
    assert all("tag in line 2" in where for where in found["hls.method-fits-scheme"])
    found = judged(tmp_path, Ask(), in_lines(lambda text: f"{text}\n#EXT-X-KEY:METHOD=SAMPLE-AES,URI=x"))
    assert found["hls.attributes-by-grammar"]
    assert "hls.method-fits-scheme" not in found


def test_a_uri_that_is_no_data_uri_leaves_the_other_carriers_to_be_judged(tmp_path: Path) -> None:
    licence = in_lines(lambda text: f'#EXT-X-KEY:METHOD=SAMPLE-AES,URI="https://x/",KEYFORMAT="urn:uuid:{WIDEVINE}"')
    found = judged(tmp_path, Ask(), licence)
    assert found["widevine.hls-uri-is-pssh"]
    assert "pssh.box-complete" not in found


def test_base64_inside_a_payload_is_held_to_the_same_rule(tmp_path: Path) -> None:
    found = judged(tmp_path, Ask(signals=MEDIA), in_lines(lambda text: text.replace("AAAA", "A_AA", 1)))
    assert found["drm.payloads-base64"]


def test_a_box_of_another_system_in_a_pssh_of_fairplay_is_found_though_nobody_asked_for_it(tmp_path: Path) -> None:
    def edit(tree: etree._Element) -> None:
        for system in tree.iterfind(f".//cpix:DRMSystem[@systemId='{FAIRPLAY}']", NS):
            box = etree.Element(f"{CPIX}PSSH")
            box.text = "AAAAIHBzc2gAAAAA7e+LqXnWSs6jyCfc1R0h7QAAAAA="
            system.insert(0, box)

    assert judged(tmp_path, Ask(systems=(FAIRPLAY,), signals=BOTH), edit)["pssh.system-id-matches"]


def renamed(ask: Ask, old: str, new: str, edit: Edit) -> tuple[bytes, etree._Element]:
    """A request and its answer for a DRM system that the built-in server does not know."""
    tree = ask.tree()
    for system in tree.iterfind(f".//cpix:DRMSystem[@systemId='{old}']", NS):
        system.set("systemId", new)
    edit(tree)
    return ask.body().replace(old.encode(), new.encode()), tree


def test_clear_key_with_sample_aes_needs_no_key_format(tmp_path: Path) -> None:
    line = in_lines(
        lambda text: text.split(":")[0] + ':METHOD=SAMPLE-AES,URI="https://keys.example/1"', CLEARKEY_SAMPLE_AES
    )
    request, tree = renamed(Ask(systems=(FAIRPLAY,), signals=BOTH), FAIRPLAY, CLEARKEY_SAMPLE_AES, line)
    assert "hls.key-format-right" not in verdict(tmp_path, request, tree)


def test_an_absent_key_format_is_identity_to_other_systems_too(tmp_path: Path) -> None:
    without = in_lines(lambda text: text.replace(f',KEYFORMAT="urn:uuid:{WIDEVINE}"', ""))
    assert judged(tmp_path, Ask(signals=BOTH), without)["hls.key-format-right"]


def test_absent_and_default_are_the_same_in_both_lines(tmp_path: Path) -> None:
    def edit(tree: etree._Element) -> None:
        in_lines(lambda text: text if "SESSION" not in text else text.replace(',KEYFORMATVERSIONS="1"', ""))(tree)

    found = judged(tmp_path, Ask(signals=BOTH), edit)
    assert not {"hls.lines-of-one-uri-agree", "hls.lines-of-two-uris-agree"} & found.keys()


def test_a_box_of_a_system_without_checks_of_its_own_is_read_in_its_line(tmp_path: Path) -> None:
    request, tree = renamed(Ask(systems=(WIDEVINE,), signals=BOTH), WIDEVINE, WISEPLAY, lambda tree: None)
    found = verdict(tmp_path, request, tree)
    assert all("HLSSignalingData" in where for where in found["pssh.system-id-matches"])


def test_playready_takes_its_objects_from_all_five_places(tmp_path: Path) -> None:
    ask = Ask(scheme="cenc", systems=(PLAYREADY,), signals=SIGNALS + "<cpix:SmoothStreamingProtectionHeaderData/>")
    (first, *_) = judged(tmp_path, ask, fault="PLAYREADY-VERSION-UNKNOWN")["playready.header-version-known"]
    for place in ("PSSH", "cenc:pssh", "mspr:pro", "HLSSignalingData[1]", "HLSSignalingData[2]", "SmoothStreaming"):
        assert place in first
