"""The requirements that ship: complete, graded as their confidence allows, and written to be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.catalogue import Catalogue, UnknownName, load_catalogue
from conformance.model import VERSIONS, Confidence, Level, SetGroup

ROOT = Path(__file__).parents[2]

# How far each numbered series of the specification's catalogue runs, counted from 1.
SERIES = {
    "SPK20-HTTP-{:03}": 20,
    "SPK20-AUTH-{:03}": 4,
    "SPK20-ROOT-{:03}": 18,
    "SPK20-KEY-{:03}": 20,
    "SPK20-DRM-{:03}": 19,
    "SPK20-PER-{:03}": 7,
    "SPK20-CON-{:03}": 19,
    "SPK20-CKE-{:03}": 9,
    "SPK20-KID-{:03}": 5,
    "SPK21-ROOT-{:03}": 1,
    "SPK21-KEY-{:03}": 1,
    "SPK21-PER-{:03}": 5,
    "SPK21-HDCP-{:03}": 5,
    "SPK21-ROB-{:03}": 3,
    "SPK21-GEN-{:03}": 3,
    "AWS-MP2-{:03}": 11,
    "CPX-D{:02}": 14,
    "CPX-K{:02}": 17,
    "CPX-S{:02}": 20,
    "CPX-P{:02}": 9,
    "CPX-U{:02}": 8,
    "CPX-E{:02}": 22,
    "DRM-G{:02}": 13,
    "DRM-P{:02}": 14,
    "DRM-WV{:02}": 14,
    "DRM-PR{:02}": 24,
    "DRM-CPD{:02}": 11,
    "DRM-HLS{:02}": 22,
    "DRM-K{:02}": 12,
}
SINGLE = ("AWS-MP-012", "AWS-MP1-013", "AWS-MP2-014", "AWS-FP-015")
EXPECTED = [pattern.format(number) for pattern, last in SERIES.items() for number in range(1, last + 1)] + [*SINGLE]

ENCRYPTORS = {
    "mediapackage-v2@1",
    "mediapackage-v1-live@1",
    "mediapackage-vod@1",
    "mediaconvert@1",
    "shaka-packager@1",
}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def test_every_numbered_rule_is_there_once_as_id_or_alias(catalogue: Catalogue) -> None:
    assert len(EXPECTED) == 354
    assert [name for name in EXPECTED if name not in catalogue.names] == []


def test_an_alias_leads_to_its_requirement(catalogue: Catalogue) -> None:
    assert catalogue.requirement("DRM-CPD05").id == "SPK20-DRM-006"
    assert catalogue.requirement("SPK20-CON-006").untestable, "a rule that binds the encryptor is found as well"
    with pytest.raises(UnknownName, match="did you mean 'SAFE-STATE-001'"):
        catalogue.requirement("SAFE-STATE-01")


def test_only_the_confidences_that_may_say_must_do(catalogue: Catalogue) -> None:
    always = {Confidence.TEXT, Confidence.DERIVED}
    for item in catalogue.requirements.values():
        heaviest = max(level.weight for level in item.levels.values())
        if heaviest < Level.MUST.weight or item.source.confidence in always:
            continue
        allowed = {
            Confidence.PRACTICE: catalogue.sets[item.set].group is SetGroup.FORMAT,
            Confidence.GUIDE: item.set in ENCRYPTORS,
            Confidence.UPSTREAM: item.set == "aws-suite@1",
            Confidence.OURS: item.set == "safety@1",
        }
        assert allowed.get(item.source.confidence, False), item.id


def test_a_derived_rule_names_a_whole_sentence(catalogue: Catalogue) -> None:
    for item in catalogue.requirements.values():
        derived = item.source.confidence is Confidence.DERIVED
        assert bool(item.source.sentence) == derived, item.id
        assert not derived or item.source.sentence.endswith("."), item.id


def test_rule_effect_and_fix_are_single_sentences_without_references_to_nowhere(catalogue: Catalogue) -> None:
    for item in [*catalogue.requirements.values(), *catalogue.encryptor_requirements.values()]:
        for text in (item.rule, item.effect, item.fix, item.untestable):
            assert ". " not in text, (item.id, text)
            assert len(text) <= 260, (item.id, text)
            assert " ," not in text and "  " not in text, (item.id, text)


def test_no_rule_is_written_twice(catalogue: Catalogue) -> None:
    rules = [item.rule for item in catalogue.requirements.values()]
    assert sorted(rules) == sorted(set(rules))


def test_every_page_and_every_set_is_used(catalogue: Catalogue) -> None:
    everything = [*catalogue.requirements.values(), *catalogue.encryptor_requirements.values()]
    used = {item.source.page for item in everything}
    used |= {page for message in catalogue.messages.values() for page in message.pages}
    assert set(catalogue.pages) - used == set()
    assert all(catalogue.resolve_set(name) for name in catalogue.sets)


def test_every_page_can_be_read_by_anybody(catalogue: Catalogue) -> None:
    addresses = [page.address for page in catalogue.pages.values()]
    assert len(set(addresses)) == len(addresses)
    for name, page in catalogue.pages.items():
        if page.address.startswith("docs/"):
            assert name in ("project", "field-practice"), "only what is our own stands in our docs"
            path, _, anchor = page.address.partition("#")
            headings = re.findall(r"^## (.*)$", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in [heading.lower().replace(" ", "-") for heading in headings]
        else:
            assert re.fullmatch(r"https://[a-z0-9.-]+(/[A-Za-z0-9._/-]*)?", page.address), name


def test_what_2_1_says_stands_on_the_pages_of_2_1(catalogue: Catalogue) -> None:
    """The pages of 2.0 say the opposite of some of it: there the period list is for live content only."""
    of_2_0 = re.compile(r"^https://docs\.aws\.amazon\.com/speke/.*-v2\.html$")
    for item in [*catalogue.requirements.values(), *catalogue.encryptor_requirements.values()]:
        if set(item.levels) == {"2.1"}:
            assert not of_2_0.match(catalogue.pages[item.source.page].address), item.id


def test_set_2_1_includes_2_0_and_ignores_the_other_version(catalogue: Catalogue) -> None:
    old, new = catalogue.resolve_set("speke-2.0@1"), catalogue.resolve_set("speke-2.1@1")
    assert "SPK20-ROOT-002" in old and "SPK20-ROOT-002" in new
    assert "SPK21-PER-002" in new and "SPK21-PER-002" not in old
    assert "SPK21-ROB-003" in old and "SPK21-ROB-003" not in new, "what 2.0 forbids, 2.1 allows"
    assert catalogue.resolve_set("speke-2.0@1", "2.1") == {}


def test_a_level_can_depend_on_the_version(catalogue: Catalogue) -> None:
    assert catalogue.resolve_set("speke-2.0@1")["SPK20-CKE-007"] is Level.MUST
    assert catalogue.resolve_set("speke-2.1@1")["SPK20-CKE-007"] is Level.SHOULD
    assert catalogue.resolve_set("cpix-2.4@1")["CPX-E08"] is Level.SHOULD


@pytest.mark.parametrize(
    ("rule", "home", "level", "other", "raised"),
    [
        ("SPK20-CON-P11", "aws-suite@1", Level.MUST, "mediaconvert@1", Level.SHOULD),
        ("SPK20-DRM-014", "speke-2.0@1", Level.SHOULD, "aws-suite@1", Level.MUST),
        ("DRM-HLS12", "hls@1", Level.SHOULD, "aws-suite@1", Level.MUST),
        ("DRM-HLS18", "fairplay@1", Level.SHOULD, "mediapackage-v2@1", Level.MUST),
        ("CPX-S08", "cpix-2.4@1", Level.SHOULD, "mediapackage-vod@1", Level.MUST),
        ("AWS-MP2-009", "speke-2.0@1", Level.NOTE, "mediapackage-v2@1", Level.MUST),
        ("SPK20-HTTP-014", "speke-2.0@1", Level.NOTE, "mediapackage-v2@1", Level.SHOULD),
        ("SPK20-DRM-012", "hls@1", Level.SHOULD, "aws-suite@1", Level.MUST),
        ("DRM-HLS15-TYPE", "playready@1", Level.SHOULD, "mediapackage-v2@1", Level.MUST),
    ],
)
def test_another_set_raises_a_rule(
    catalogue: Catalogue, rule: str, home: str, level: Level, other: str, raised: Level
) -> None:
    assert catalogue.resolve_set(home)[rule] is level
    assert catalogue.resolve_set(other)[rule] is raised


def test_a_set_for_both_versions_resolves_for_each(catalogue: Catalogue) -> None:
    for version in VERSIONS:
        assert ("AWS-MP2-003" in catalogue.resolve_set("mediapackage-v2@1", version)) == (version == "2.1")
    assert "AWS-MP2-003" in catalogue.resolve_set("mediapackage-v2@1")


def test_rules_for_the_encryptor_count_in_no_set(catalogue: Catalogue) -> None:
    counted = {name for one in catalogue.sets for name in catalogue.resolve_set(one)}
    assert not counted & set(catalogue.encryptor_requirements)
    assert counted == set(catalogue.requirements)


def test_advice_never_decides(catalogue: Catalogue) -> None:
    assert [name for name, one in catalogue.sets.items() if not one.decides] == ["advice@1"]
    assert all(level.weight < Level.MUST.weight for level in catalogue.resolve_set("advice@1").values())
