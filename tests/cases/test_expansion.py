"""One entry becomes many cases: versions, matrices, families with a shared control."""

from __future__ import annotations

from pathlib import Path

from conformance.model import Case, Expectation
from tests.cases.writing import read

MATRIX = """
- id: KEYS
  title: Keys under ${scheme} with ${pair}
  why: w
  for-each:
    scheme: [cenc, cbcs]
    pair: ["PRESET-VIDEO-1 PRESET-AUDIO-1", "EXAMPLE-1"]
  needs: ["widevine+${scheme}"]
  steps:
    - id: ask
      request: {scheme: "${scheme}", contract: ["${pair}"]}
      defect: [{set: {at: "//cpix:ContentKey[1]/@kid", to: "${kid.2}-${scheme}"}}]
      checks: [http.request-accepted]
"""

FAMILY = """
- family: BAD
  title: Bad requests
  why: The family's reason
  needs: [multi-key]
  tags: [optional]
  control: {contract: [PRESET-VIDEO-2, PRESET-AUDIO-1]}
  cases:
    - id: BAD-ONE
      title: The first
      why: A reason of its own
      expect: {refused: [malformed-contract, missing-contract]}
      needs: [system.fairplay]
      defect: [{remove: //cpix:ContentKey/@kid}]
      requirement: SPK20-ROOT-002
    - id: BAD-TWO
      title: The second
      expect: {refused: any}
      versions: ["2.1"]
      request: {scheme: cenc}
      tags: [stretch]
      checks: [http.no-redirect]
"""


def by_name(cases: tuple[Case, ...]) -> dict[str, Case]:
    """The cases by name."""
    return {case.name: case for case in cases}


def test_a_case_stands_for_both_versions_unless_it_says_otherwise(tmp_path: Path) -> None:
    text = "- id: A\n  title: t\n  why: w\n  steps: [{id: ask, checks: [http.no-redirect]}]\n"
    first, second = read(tmp_path, text)
    assert [(case.name, case.version, case.steps[0].plan.version) for case in (first, second)] == [
        ("A[2.0]", "2.0", "2.0"),
        ("A[2.1]", "2.1", "2.1"),
    ]
    assert (first.area, first.group, first.identity) == ("topic", "A[2.0]", "A-2.0")
    assert str(first.place) == f"{tmp_path.name}/topic/file.yaml:1"


def test_a_matrix_is_written_out_over_versions_and_values(tmp_path: Path) -> None:
    cases = by_name(read(tmp_path, MATRIX))
    assert list(cases)[:4] == [
        "KEYS[2.0-cenc-PRESET-VIDEO-1+PRESET-AUDIO-1]",
        "KEYS[2.0-cenc-EXAMPLE-1]",
        "KEYS[2.0-cbcs-PRESET-VIDEO-1+PRESET-AUDIO-1]",
        "KEYS[2.0-cbcs-EXAMPLE-1]",
    ]
    assert len(cases) == 8
    case = cases["KEYS[2.1-cbcs-PRESET-VIDEO-1+PRESET-AUDIO-1]"]
    assert case.title == "Keys under cbcs with PRESET-VIDEO-1 PRESET-AUDIO-1"
    assert case.needs == ("widevine+cbcs",)
    assert case.steps[0].plan.schemes == ("cbcs",)
    assert [rule.preset for rule in case.steps[0].plan.rules] == ["PRESET-VIDEO-1", "PRESET-AUDIO-1"]
    assert case.steps[0].defects[0]["set"] == {"at": "//cpix:ContentKey[1]/@kid", "to": "${kid.2}-cbcs"}


def test_the_variants_of_a_case_have_contents_of_their_own(tmp_path: Path) -> None:
    cases = read(tmp_path, MATRIX)
    assert len({case.identity for case in cases}) == len({case.group for case in cases}) == 8


def test_a_family_becomes_a_control_and_a_case_for_each_member(tmp_path: Path) -> None:
    cases = by_name(read(tmp_path, FAMILY))
    assert list(cases) == ["BAD[2.0]", "BAD-ONE[2.0]", "BAD[2.1]", "BAD-ONE[2.1]", "BAD-TWO[2.1]"]
    control = cases["BAD[2.1]"]
    assert [(step.id, step.last, step.expect) for step in control.steps] == [
        ("before", False, Expectation("accepted")),
        ("after", True, Expectation("accepted")),
    ]
    assert not control.steps[0].checks and not control.steps[1].checks


def test_the_members_of_a_family_share_control_content_and_worker(tmp_path: Path) -> None:
    cases = by_name(read(tmp_path, FAMILY))
    group = [cases[name] for name in ("BAD[2.1]", "BAD-ONE[2.1]", "BAD-TWO[2.1]")]
    assert {case.group for case in group} == {"BAD[2.1]"}
    assert {case.identity for case in group} == {"BAD-2.1"}
    for member in group[1:]:
        shared, ask = member.steps
        assert (shared.id, shared.use, shared.checks) == ("control", "BAD[2.1]::before", ())
        assert shared.plan == group[0].steps[0].plan
        assert ask.id == "ask" and not ask.use


def test_what_a_member_says_goes_before_what_the_family_says(tmp_path: Path) -> None:
    cases = by_name(read(tmp_path, FAMILY))
    one, two = cases["BAD-ONE[2.1]"], cases["BAD-TWO[2.1]"]
    assert (one.why, two.why) == ("A reason of its own", "The family's reason")
    assert (one.needs, two.needs) == (("multi-key", "system.fairplay"), ("multi-key",))
    assert (one.tags, two.tags) == (("optional",), ("stretch",))
    assert not one.steps[1].checks
    assert two.steps[1].checks == ("http.no-redirect",)
    assert two.steps[1].plan.schemes == ("cenc",)
    assert two.steps[1].plan.rules == one.steps[1].plan.rules
    assert one.steps[1].requirements == ("SPK20-ROOT-002",)
    assert one.steps[1].defect_title == "The first"


def test_expectations(tmp_path: Path) -> None:
    cases = by_name(read(tmp_path, FAMILY))
    assert cases["BAD-ONE[2.0]"].steps[1].expect == Expectation("refused", "malformed-contract", ("missing-contract",))
    assert cases["BAD-TWO[2.1]"].steps[1].expect == Expectation("refused", any_refusal=True)


def test_a_step_may_be_like_an_earlier_one_with_changes(tmp_path: Path) -> None:
    text = """
    - id: A
      title: t
      why: w
      versions: ["2.0"]
      steps:
        - {id: plain, request: {contract: [EXAMPLE-2], content: B}}
        - {id: again, request: {like: plain}, checks: [http.no-redirect]}
        - {id: other, request: {like: again, scheme: cenc}, expect: free}
    """
    (case,) = read(tmp_path, text)
    plain, again, other = (step.plan for step in case.steps)
    assert again == plain
    assert other.schemes == ("cenc",) and other.rules == plain.rules and other.content == "B"
    assert case.steps[2].expect.kind == "free"


def test_values_are_written_as_xml_writes_them(tmp_path: Path) -> None:
    text = """
    - id: A
      title: t
      why: w
      versions: ["2.0"]
      steps:
        - id: ask
          request:
            rules: [{type: SD, filters: [{video: {hdr: false, maxPixels: 5, label: x}}, {label: {label: y}}]}]
            periods: [{index: 1}, {label: b, start: 2026-01-01T00:00:00Z}]
            style: {indent: yes, prefix: ""}
          checks: [http.no-redirect]
    """
    plan = read(tmp_path, text)[0].steps[0].plan
    assert plan.rules[0].filters[0].attributes == (("hdr", "false"), ("maxPixels", "5"), ("label", "x"))
    assert plan.rules[0].filters[1].kind == "LabelFilter"
    assert [(one.label, one.attributes) for one in plan.periods] == [
        ("p1", (("index", "1"),)),
        ("b", (("start", "2026-01-01T00:00:00Z"),)),
    ]
    assert plan.style == (("indent", "yes"), ("prefix", ""))
