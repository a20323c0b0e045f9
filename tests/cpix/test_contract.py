"""Which key a track gets: SPEKE's ranges, its ALL rule, its last-rule-wins, and probes at each border."""

from fractions import Fraction

import pytest

from conformance.cpix.contract import Track, key_for, probe_tracks
from conformance.cpix.reader import Rule, read
from conformance.cpix.xml import CPIX

SD_HD_UHD = (
    ("SD", '<VideoFilter maxPixels="589824"/>'),
    ("HD", '<VideoFilter minPixels="589825" maxPixels="2073600"/>'),
    ("UHD", '<VideoFilter minPixels="2073601"/>'),
    ("STEREO_AUDIO", '<AudioFilter maxChannels="2"/>'),
    ("MULTICHANNEL_AUDIO", '<AudioFilter minChannels="3"/>'),
)


def rules(*stated: tuple[str, str]) -> tuple[Rule, ...]:
    inner = "".join(f'<ContentKeyUsageRule intendedTrackType="{t}">{f}</ContentKeyUsageRule>' for t, f in stated)
    document = f'<CPIX xmlns="{CPIX}"><ContentKeyUsageRuleList>{inner}</ContentKeyUsageRuleList></CPIX>'
    return read(document.encode()).rules


def winner(stated: tuple[Rule, ...], track: Track) -> str | None:
    rule = key_for(stated, track)
    return None if rule is None else rule.intended_track_type


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [(1, "SD"), (589824, "SD"), (589825, "HD"), (2073600, "HD"), (2073601, "UHD"), (10**9, "UHD")],
)
def test_pixel_bounds_are_inclusive(pixels: int, expected: str) -> None:
    assert winner(rules(*SD_HD_UHD), Track("video", pixels=pixels)) == expected


@pytest.mark.parametrize(
    ("channels", "expected"), [(1, "STEREO_AUDIO"), (2, "STEREO_AUDIO"), (3, "MULTICHANNEL_AUDIO")]
)
def test_channel_bounds_are_inclusive(channels: int, expected: str) -> None:
    assert winner(rules(*SD_HD_UHD), Track("audio", channels=channels)) == expected


@pytest.mark.parametrize(
    ("fps", "expected"),
    [(25, None), (30, None), (Fraction(30001, 1000), "HFR"), (60, "HFR"), (61, None)],
)
def test_the_lower_fps_bound_is_exclusive(fps: int | Fraction, expected: str | None) -> None:
    stated = rules(("HFR", '<VideoFilter minFps="30" maxFps="60"/>'))
    assert winner(stated, Track("video", fps=fps)) == expected


def test_hdr_is_an_equality_and_absence_no_constraint() -> None:
    stated = rules(("ANY", "<VideoFilter/>"), ("HDR", '<VideoFilter hdr="true"/>'))
    assert winner(stated, Track("video", hdr=True)) == "HDR"
    assert winner(stated, Track("video", hdr=False)) == "ANY"
    assert winner(rules(("SDR", '<VideoFilter hdr="0"/>')), Track("video", hdr=True)) is None


def test_a_full_hd_fast_hdr_track() -> None:
    stated = rules(
        ("SD+HD", '<VideoFilter maxPixels="442368" maxFps="30" hdr="false"/><VideoFilter minPixels="442369"'
                  ' maxPixels="2073600" maxFps="30" hdr="false"/>'),
        ("HDR+HFR+UHD", '<VideoFilter hdr="true"/><VideoFilter minFps="30"/><VideoFilter minPixels="2073601"/>'),
    )  # fmt: skip
    assert winner(stated, Track("video", pixels=1920 * 1080, fps=50, hdr=True)) == "HDR+HFR+UHD"
    assert winner(stated, Track("video", pixels=1920 * 1080, fps=30)) == "SD+HD"
    assert winner(stated, Track("video", pixels=1920 * 1080, fps=31)) == "HDR+HFR+UHD"


def test_filters_of_all_are_alternatives() -> None:
    stated = rules(("ALL", "<AudioFilter/><VideoFilter/>"))
    assert winner(stated, Track("audio")) == winner(stated, Track("video")) == "ALL"


def test_kinds_do_not_mix_and_no_rule_means_in_the_clear() -> None:
    assert winner(rules(("VIDEO", "<VideoFilter/>")), Track("audio")) is None
    assert winner((), Track("video")) is None


def test_the_last_matching_rule_wins() -> None:
    stated = rules(("A", "<VideoFilter/>"), ("B", "<VideoFilter/>"), ("C", "<AudioFilter/>"))
    assert winner(stated, Track("video")) == "B"


def test_period_filters() -> None:
    stated = rules(
        ("P1", '<KeyPeriodFilter periodId="p1"/><VideoFilter/>'),
        ("P2", '<KeyPeriodFilter periodId="p2"/><KeyPeriodFilter periodId="p3"/><VideoFilter/>'),
    )
    assert [winner(stated, Track("video", period_id=p)) for p in ("p1", "p2", "p3", "p4", None)] == [
        *("P1", "P2", "P2", None, None)
    ]


@pytest.mark.parametrize(
    ("filters", "matches"),
    [
        ("", True),
        ("<VideoFilter wcg='true'/>", True),
        ("<VideoFilter/><BitrateFilter minBitrate='9'/>", True),
        ("<VideoFilter/><x xmlns='u:x'/>", True),
        ("<VideoFilter/><LabelFilter label='x'/>", False),
        ("<VideoFilter minPixels='many'/>", False),
        ("<VideoFilter maxPixels=''/>", False),
        ("<VideoFilter hdr='maybe'/>", False),
        ("<VideoFilter maxPixels=' +921600 '/>", True),
    ],
)
def test_what_is_ignored_and_what_makes_a_rule_unusable(filters: str, matches: bool) -> None:
    assert (key_for(rules(("X", filters)), Track("video")) is not None) == matches


def test_probes_lie_on_both_sides_of_each_border() -> None:
    probes = probe_tracks(rules(*SD_HD_UHD))
    pixels = {track.pixels for track in probes if track.kind == "video"}
    assert pixels == {589824, 589825, 921600, 2073600, 2073601}
    assert {track.channels for track in probes if track.kind == "audio"} == {2, 3}
    assert {winner(rules(*SD_HD_UHD), track) for track in probes} == {name for name, _ in SD_HD_UHD}


def test_probes_of_fps_hdr_and_periods() -> None:
    probes = probe_tracks(rules(("X", '<KeyPeriodFilter periodId="p"/><VideoFilter minFps="30" maxFps="60" hdr="1"/>')))
    video = [track for track in probes if track.kind == "video"]
    assert {track.fps for track in video} == {25, 30, 31, 60, 61}
    assert {track.hdr for track in video} == {False, True}
    assert {track.period_id for track in probes} == {"p"}


def test_every_order_of_overlapping_rules_is_told_apart_by_some_probe() -> None:
    stated = rules(("A", '<VideoFilter maxPixels="500"/>'), ("B", '<VideoFilter minPixels="400" maxPixels="450"/>'))
    turned = tuple(reversed(stated))
    assert any(winner(stated, track) != winner(turned, track) for track in probe_tracks(stated))


def test_a_track_reads_as_words() -> None:
    assert str(Track("video", pixels=5, fps=50, hdr=True)) == "HDR video of 5 pixels at 50 fps"
    assert str(Track("audio", channels=6, period_id="p")) == "audio with 6 channels in period p"
