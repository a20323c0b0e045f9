"""Page one: whose word a requirement set is decides where it stands."""

from __future__ import annotations

from conformance.catalogue import load_catalogue
from conformance.model import SetGroup
from conformance.reporting.front_page import set_groups
from conformance.results.document import SetResult


def test_each_set_stands_in_its_group_and_what_is_only_reported_in_the_last() -> None:
    sets = [
        SetResult("made-up@1", "", group=SetGroup.ENCRYPTOR),
        SetResult("ours@1", "", group=SetGroup.OURS),
        SetResult("box@1", "", group=SetGroup.FORMAT),
        SetResult("other@1", "", group=SetGroup.FORMAT, required=False),
    ]
    found = [(group.title, [one.id for one in group.sets]) for group in set_groups(sets)]
    assert found == [
        ("DRM signalling formats", ["box@1"]),
        ("Safety", ["ours@1"]),
        ("What encryptors insist on", ["made-up@1"]),
        ("Advice and other sets that never decide", ["other@1"]),
    ]


def test_the_shipped_sets_have_their_groups() -> None:
    groups = {name: one.group for name, one in load_catalogue().sets.items()}
    assert groups["speke-2.0@1"] is groups["cpix-2.4@1"] is SetGroup.SPECIFICATION
    assert groups["wiseplay@1"] is groups["hls@1"] is SetGroup.FORMAT
    assert (groups["safety@1"], groups["advice@1"]) == (SetGroup.OURS, SetGroup.REPORTED)
    assert groups["shaka-packager@1"] is SetGroup.ENCRYPTOR
