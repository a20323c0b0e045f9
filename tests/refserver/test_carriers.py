"""The axis `carriers`: what one story expands to, and that only the one carrier is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from conformance.refserver import FaultError, load_faults
from conformance.refserver.faults.carriers import CARRIERS, GROUPS
from tests.refserver.asking import FAIRPLAY, NS, PLAYREADY, SIGNALS, WIDEVINE, Ask

FAULTS = load_faults()
EXPANDED = {name: fault for name, fault in FAULTS.items() if fault.base}
SMOOTH = "<cpix:SmoothStreamingProtectionHeaderData/>"
ALL = Ask(systems=(WIDEVINE, PLAYREADY, FAIRPLAY), signals=SIGNALS + SMOOTH)


def payloads(tree: etree._Element) -> dict[str, str]:
    """Where each payload stands -> its text."""
    found = {}
    for number, system in enumerate(tree.iterfind(".//cpix:DRMSystem", NS)):
        for child in system:
            name = etree.QName(child).localname
            found[f"{number} {name} {child.get('playlist') or ''}".strip()] = child.text or ""
    return found


def changed(ask: Ask, name: str) -> set[str]:
    right, wrong = payloads(ask.tree()), payloads(ask.tree(faults=[FAULTS[name]]))
    assert right.keys() == wrong.keys()
    return {place.partition(" ")[2] for place in right if right[place] != wrong[place]}


def test_a_story_expands_to_each_carrier_alone_and_beside_right_ones() -> None:
    names = [name for name, one in FAULTS.items() if one.base == "PLAYREADY-BARE-HEADER"]
    assert names == [f"PLAYREADY-BARE-HEADER[{one}{how}]" for one in CARRIERS for how in ("", "-alone")]
    assert FAULTS["PLAYREADY-BARE-HEADER"].carriers == GROUPS["object"]
    assert not FAULTS["PLAYREADY-BARE-HEADER"].base


@pytest.mark.parametrize(
    ("carrier", "places"),
    [
        ("pssh", {"PSSH"}),
        ("content-protection", {"ContentProtectionData"}),
        ("hls-media", {"HLSSignalingData media"}),
        ("hls-master", {"HLSSignalingData master"}),
        ("smooth", {"SmoothStreamingProtectionHeaderData"}),
    ],
)
@pytest.mark.parametrize("story", ["PLAYREADY-BARE-HEADER", "PLAYREADY-KID-NOT-SWAPPED", "PLAYREADY-RELATIVE-URL"])
def test_only_that_carrier_is_wrong(story: str, carrier: str, places: set[str]) -> None:
    assert changed(ALL, f"{story}[{carrier}]") == places


def test_the_story_itself_shows_everywhere() -> None:
    assert len(changed(ALL, "PLAYREADY-BARE-HEADER")) == 5


def test_alone_means_that_nothing_else_is_asked_for() -> None:
    manifest = Ask(signals="<cpix:ContentProtectionData/>")
    assert changed(ALL, "WIDEVINE-TRUNCATED[content-protection-alone]") == set()
    assert changed(manifest, "WIDEVINE-TRUNCATED[content-protection-alone]") == {"ContentProtectionData"}
    assert changed(manifest, "WIDEVINE-TRUNCATED[content-protection]") == set()


def test_a_request_without_that_system_is_answered_as_ever() -> None:
    assert changed(Ask(systems=(FAIRPLAY,)), "WIDEVINE-TRUNCATED[pssh]") == set()


def write(folder: Path, carriers: str, do: str, seam: str) -> Path:
    path = folder / "faults.yaml"
    path.write_text(f"- {{id: X, story: s, area: a, carriers: {carriers}, seam: {seam}, do: [{do}]}}\n", "utf-8")
    return path


def test_a_carrier_that_does_not_exist_is_named_with_the_nearest(tmp_path: Path) -> None:
    path = write(tmp_path, "hls-medium", "signal: {kid: nil}", "keys")
    with pytest.raises(FaultError, match="there is no carrier hls-medium; did you mean hls-media"):
        load_faults([path])


@pytest.mark.parametrize(("do", "seam"), [("status: 500", "http"), ("drop-check: [method]", "request")])
def test_what_is_no_matter_of_a_payload_has_no_carriers(tmp_path: Path, do: str, seam: str) -> None:
    with pytest.raises(FaultError, match="cannot act in one carrier only"):
        load_faults([write(tmp_path, "box", do, seam)])


def test_expanded_faults_keep_what_they_must_be_reported_by() -> None:
    assert len(EXPANDED) > 400
    for one in EXPANDED.values():
        assert one.kills == FAULTS[one.base].kills
        assert set(FAULTS[one.base].may_kill) <= set(one.may_kill)
