"""One payload, judged wherever it stands: the carriers of an answer, one of them wrong, and what is said of it."""

from __future__ import annotations

from uuid import UUID

import pytest

from conformance.checks.context import Context
from conformance.checks.drm import carriers
from tests.checks.drm.signalling import (
    BOTH_LINES,
    KID,
    PROTECTION,
    PSSH,
    SMOOTH,
    asking,
    b64,
    cenc_pssh,
    data,
    fragment,
    line,
    mspr_pro,
    of,
)
from tests.checks.exchange import answered, attribute, finds, says, text
from tests.drm.builders import box, header_40, pro
from tests.refserver.asking import FAIRPLAY, PLAYREADY, SIGNALS, WIDEVINE, WISEPLAY, Ask

ALL_FIVE = Ask(scheme="cbcs", systems=(WIDEVINE, PLAYREADY, FAIRPLAY), signals=SIGNALS + SMOOTH)


def places(check: str, context: Context) -> list[str]:
    """Where a check finds something."""
    return [one.partition(": ")[0] for one in says(check, context).splitlines() if one.startswith("/CPIX")]


def test_the_same_payload_in_many_places_is_one_finding_that_names_them_all() -> None:
    found = places("widevine.header-parses", answered(ALL_FIVE, fault="WIDEVINE-TRUNCATED"))
    assert len(found) == 2
    assert "/PSSH (Widevine" in found[0]
    assert "the same in ContentProtectionData, cenc:pssh, in HLSSignalingData[1], URI" in found[0]


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
def test_a_finding_names_its_carrier(fault: str, check: str, place: str) -> None:
    found = places(check, answered(ALL_FIVE, fault=fault))
    assert found and all(place in where for where in found)


@pytest.mark.parametrize(
    ("signals", "fault", "check"),
    [
        (PROTECTION, "PSSH-SYSTEM-ID-SWAPPED[content-protection-alone]", "pssh.system-id-matches"),
        (BOTH_LINES, "PSSH-CUT[hls-media-alone]", "pssh.box-complete"),
        (BOTH_LINES, "WIDEVINE-SCHEME-OF-OTHER-MODE[hls-master-alone]", "widevine.scheme-agrees"),
    ],
)
def test_a_carrier_is_looked_at_where_no_pssh_is_asked_for(signals: str, fault: str, check: str) -> None:
    ask = Ask(systems=(WIDEVINE, PLAYREADY, FAIRPLAY), signals=signals)
    assert places(check, answered(ask, fault=fault))


def test_a_uri_that_is_no_data_uri_leaves_the_other_carriers_to_be_judged() -> None:
    licence = line(lambda text: f'#EXT-X-KEY:METHOD=SAMPLE-AES,URI="https://x/",KEYFORMAT="urn:uuid:{WIDEVINE}"')
    context = answered(asking(WIDEVINE, SIGNALS), licence)
    assert places("widevine.hls-uri-is-pssh", context)
    assert says("pssh.box-complete", context) == ""


def test_a_box_of_a_system_without_a_carrier_of_its_own_is_read_in_its_line() -> None:
    """What a data URI begins with says what it carries."""
    asked = asking(WIDEVINE, BOTH_LINES).edited((WIDEVINE, WISEPLAY))
    renamed = attribute("//cpix:DRMSystem", "systemId", WISEPLAY)
    found = places("pssh.system-id-matches", answered(asking(WIDEVINE, BOTH_LINES), renamed, asked=asked))
    assert found and all("HLSSignalingData" in where for where in found)


def test_playready_takes_its_objects_from_all_five_places() -> None:
    ask = Ask(scheme="cenc", systems=(PLAYREADY,), signals=SIGNALS + SMOOTH)
    (first, *_) = places("playready.header-version-known", answered(ask, fault="PLAYREADY-VERSION-UNKNOWN"))
    for place in (
        "mspr:pro",
        "HLSSignalingData[1], URI",
        "HLSSignalingData[2], URI",
        "SmoothStreamingProtectionHeaderData",
    ):
        assert place in first, place


def sizes(context: Context) -> dict[str, int]:
    """How many values each source has."""
    names = (
        "pssh_elements",
        "boxes",
        "bare_boxes",
        "widevine_headers",
        "playready_objects",
        "bare_objects",
        "smooth_objects",
        "tags",
    )
    return {name: len(getattr(carriers, name)(context).items) for name in names}


def test_the_sources_of_a_right_answer() -> None:
    assert sizes(answered(Ask(systems=(WIDEVINE, PLAYREADY), signals=SIGNALS + SMOOTH))) == {
        "pssh_elements": 4,
        "boxes": 4,
        "bare_boxes": 4,
        "widevine_headers": 2,
        "playready_objects": 2,
        "bare_objects": 2,
        "smooth_objects": 2,
        "tags": 8,
    }


def test_a_carrier_that_differs_is_a_payload_of_its_own() -> None:
    ask = asking(PLAYREADY, PSSH + PROTECTION, "cenc")
    other = pro(header_40(KID))
    context = answered(ask, fragment(cenc_pssh(box(system=UUID(PLAYREADY))) + mspr_pro(other), PLAYREADY))
    first = [item for item in carriers.playready_objects(context).items if item.signal.kid == KID]
    assert [item.place for item in first] == ["PSSH", "ContentProtectionData, mspr:pro"]


def test_a_box_of_another_system_holds_nothing_of_this_one() -> None:
    context = answered(
        asking(WIDEVINE, PSSH), data(b"", WIDEVINE), text(of(WIDEVINE, "PSSH"), box(system=UUID(PLAYREADY)))
    )
    (failure,) = carriers.widevine_headers(context).failures
    assert failure.value.code == "pssh.other-system"
    assert finds(
        "widevine.header-parses", text(of(WIDEVINE, "PSSH"), box(system=UUID(PLAYREADY))), asking(WIDEVINE, PSSH)
    ) == (f"untestable: the payload at {failure.node.where} (Widevine header) cannot be read: {failure.value}")


def test_what_cannot_be_read_counts_only_where_nothing_else_can() -> None:
    broken = fragment(f'<cenc:pssh xmlns:cenc="urn:mpeg:cenc:2013">{b64(b"x")[:-1]}</cenc:pssh>')
    beside = answered(asking(WIDEVINE, PSSH + PROTECTION), broken)
    alone = answered(asking(WIDEVINE, PROTECTION), broken)
    assert not carriers.pssh_elements(beside).failures
    assert len(carriers.pssh_elements(alone).failures) == 1
