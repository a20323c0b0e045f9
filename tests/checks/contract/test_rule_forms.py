"""Rules in a form that can be compared: another hand writes them otherwise, and they mean the same."""

from __future__ import annotations

import pytest

from conformance.checks.contract.rule_forms import (
    filters_of,
    forms_of,
    keys_by_track,
    same_in_order,
    spoken,
    winning_rules,
    wrong_bounds,
)
from conformance.cpix.reader import Rule, read
from conformance.model import plain
from tests.refserver.asking import KIDS, Ask


def rules(*contract: str) -> tuple[Rule, ...]:
    """The rules of a request with these filters, one rule for each."""
    return read(Ask(contract=tuple((f"T{place}", one) for place, one in enumerate(contract))).body()).rules


def rule(filters: str) -> Rule:
    (found,) = rules(filters)
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('<cpix:VideoFilter maxPixels="442368"/>', '<cpix:VideoFilter maxPixels=" 0442368 "/>'),
        ('<cpix:VideoFilter maxPixels="442368"/>', '<cpix:VideoFilter maxPixels="+442368"/>'),
        ('<cpix:VideoFilter hdr="true"/>', '<cpix:VideoFilter hdr="1"/>'),
        ('<cpix:VideoFilter hdr="false"/>', '<cpix:VideoFilter hdr=" 0 "/>'),
        ('<cpix:VideoFilter minPixels="0"/>', '<cpix:VideoFilter minPixels="000"/>'),
        ('<cpix:VideoFilter minPixels="1" maxPixels="2"/>', '<cpix:VideoFilter maxPixels="2" minPixels="1"/>'),
        ("<cpix:VideoFilter/><cpix:AudioFilter/>", "<cpix:AudioFilter/><cpix:VideoFilter/>"),
        ("<cpix:VideoFilter/>", '<cpix:VideoFilter wcg="true"/>'),
        ("<cpix:VideoFilter/>", '<cpix:VideoFilter/><cpix:BitrateFilter maxBitrate="1"/>'),
        ("<cpix:VideoFilter/>", '<cpix:VideoFilter xml:lang="en"/>'),
        ("<cpix:VideoFilter/>", '<cpix:VideoFilter/><x xmlns="urn:x"/>'),
    ],
)
def test_two_ways_to_write_the_same_filters(one: str, other: str) -> None:
    assert filters_of(rule(one)) == filters_of(rule(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('<cpix:VideoFilter maxPixels="442368"/>', '<cpix:VideoFilter maxPixels="442369"/>'),
        ('<cpix:VideoFilter maxPixels="1"/>', '<cpix:VideoFilter minPixels="1"/>'),
        ("<cpix:VideoFilter/>", "<cpix:AudioFilter/>"),
        ("<cpix:VideoFilter/>", "<cpix:VideoFilter/><cpix:VideoFilter/>"),
        ("<cpix:VideoFilter/>", '<cpix:VideoFilter hdr="false"/>'),
        ("<cpix:VideoFilter/>", '<cpix:VideoFilter/><cpix:LabelFilter label="x"/>'),
        ('<cpix:VideoFilter maxFps="30"/>', '<cpix:VideoFilter maxFps="30.0"/>'),
        ('<cpix:VideoFilter maxPixels="1"/>', '<cpix:VideoFilter maxPixels="true"/>'),
    ],
)
def test_filters_that_mean_something_else(one: str, other: str) -> None:
    assert filters_of(rule(one)) != filters_of(rule(other))


def test_the_form_leaves_the_values_out() -> None:
    one, other = (filters_of(rule(f'<cpix:VideoFilter maxPixels="{number}"/>')) for number in (1, 2))
    assert one != other and forms_of(one) == forms_of(other)


def test_filters_are_spoken_as_a_person_writes_them() -> None:
    assert spoken(filters_of(rule('<cpix:VideoFilter maxPixels="1"/><cpix:AudioFilter/><cpix:AudioFilter/>'))) == (
        "AudioFilter, AudioFilter, VideoFilter maxPixels=1"
    )
    assert spoken(filters_of(rule(""))) == "no filter"


def test_order_matters_to_rules_and_not_to_filters() -> None:
    video, audio = "<cpix:VideoFilter/>", "<cpix:AudioFilter/>"
    assert same_in_order(rules(video + audio), rules(audio + video))
    assert not same_in_order(rules(video, audio), rules(audio, video))
    assert not same_in_order(rules(video, audio), rules(video))


def test_the_last_rule_that_matches_gets_the_track_and_all_that_match_are_known() -> None:
    both = rules('<cpix:VideoFilter maxPixels="100"/>', '<cpix:VideoFilter minPixels="100"/>')
    other_way = both[::-1]
    changed = {
        track.pixels: (ours.kid if ours else None, theirs.kid if theirs else None)
        for track, ours, theirs in winning_rules(both, other_way)
        if ours != theirs
    }
    assert changed == {100: (KIDS[1], KIDS[0])}
    shared = {track.pixels for track, ours, _ in keys_by_track(both, both) if len(ours) == 2}
    assert shared == {100}


@pytest.mark.parametrize(
    ("attributes", "wrong"),
    [
        ({"minPixels": "1", "maxPixels": "1"}, ""),
        ({"minPixels": "2", "maxPixels": "1"}, "minPixels=2 above maxPixels=1"),
        ({"maxPixels": "-1"}, "maxPixels=-1"),
        ({"maxPixels": "many"}, "maxPixels=many"),
        ({"minFps": "24", "maxFps": "30", "hdr": "maybe"}, ""),
        ({}, ""),
    ],
)
def test_bounds_make_sense_or_not(attributes: dict[str, str], wrong: str) -> None:
    assert plain(wrong_bounds(attributes)).replace("'", "") == wrong
