"""An error in the catalogue's data is one sentence with file and line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import conformance.catalogue
from conformance.catalogue import DataError, load_catalogue, read_catalogue

SETS = """version: "1"
sets:
  - {id: speke-2.0@1, title: SPEKE, group: specification, version: "2.0", must-by: [text, derived]}
  - {id: speke-2.1@1, title: SPEKE, group: ours, version: "2.1", includes: [speke-2.0@1], must-by: [text, derived]}
  - {id: aws-suite@1, title: Suite, group: encryptor, must-by: [upstream]}
  - {id: hls@1, title: HLS, group: format, must-by: [text, practice]}
"""
RULE = """- id: ONE
  set: speke-2.0@1
  level: MUST
  rule: The answer is right.
  source: {page: constraints, confidence: text}
  effect: Nothing plays.
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "sets.yaml").write_text(SETS)
    (tmp_path / "pages.yaml").write_text("constraints: {title: Constraints, address: docs/sources.md}\n")
    (tmp_path / "sentences.yaml").write_text("filled: Everything is filled.\n")
    (tmp_path / "requirements" / "rules.yaml").write_text(RULE)
    for name in ("messages.yaml", "systems.yaml", "presets.yaml"):
        (tmp_path / name).write_text("[]\n")
    return tmp_path


def error_of(directory: Path) -> str:
    with pytest.raises(DataError) as caught:
        read_catalogue(directory)
    return str(caught.value)


def test_the_small_catalogue_is_right(directory: Path) -> None:
    found = read_catalogue(directory)
    assert list(found.requirements) == ["ONE"]
    assert str(found.requirement("ONE").place) == "requirements/rules.yaml:1"


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        ("set: speke-2.0@1", "set: speke-2.0@2", 2, "the set 'speke-2.0@2' is not one of"),
        ("set: speke-2.0@1", "set: speke-2.0@2", 2, "did you mean 'speke-2.0@1'?"),
        ("level: MUST", "level: SHALL", 3, "the level 'SHALL' is not one of MUST, MUST NOT"),
        ("level: MUST", "level: {}", 3, "at least one version"),
        ("level: MUST", 'level: {"2.1": MUST}', 3, "where this rule has no level"),
        ("level: MUST", 'level: {"2.2": MUST}', 3, "the version '2.2' is not one of 2.0, 2.1"),
        ("level: MUST", 'level: {"2.0": MUST}\n  versions: ["2.0"]', 4, "already says the versions"),
        ("effect:", "efect:", 6, "unknown field 'efect' (did you mean 'effect'?)"),
        ("  effect: Nothing plays.\n", "", 1, "lacks the field 'effect'"),
        ("Nothing plays.", "Nothing plays", 6, "must be a sentence and end with a full stop"),
        ("rule: The answer is right.", "rule: 7", 4, "rule must be text (put it in quotes), not the number 7"),
        ("page: constraints", "page: constraint", 5, "did you mean 'constraints'?"),
        ("confidence: text", "confidence: sure", 5, "the confidence 'sure' is not one of text, derived"),
        ("confidence: text", "confidence: inferred", 3, "MUST is not allowed in 'speke-2.0@1'"),
        ("confidence: text", "confidence: practice", 3, "whose confidence is 'practice'; SHOULD at most"),
        ("confidence: text", "confidence: derived", 5, "names the stated sentence"),
        ("confidence: text", "confidence: text, sentence: filled", 5, "belongs to a derived rule"),
        ("confidence: text", "confidence: derived, sentence: fill", 5, "did you mean 'filled'?"),
        ("effect:", "also-in: {hls@2: MUST}\n  effect:", 6, "did you mean 'hls@1'?"),
        ("effect:", "also-in: {speke-2.0@1: MUST}\n  effect:", 6, "this rule's own set"),
        ("effect:", "binds: viewer\n  effect:", 6, "binds 'viewer' is not one of encryptor, provider"),
        ("effect:", "aliases: [ONE]\n  effect:", 1, "the id 'ONE' is already taken"),
        ("- id: ONE", "- id: ONE\n  id: TWO", 2, "the key 'id' occurs twice"),
        ("- id: ONE", "id: ONE", 2, "not valid YAML"),
    ],
)
def test_an_error_in_a_requirement(directory: Path, old: str, new: str, line: int, sentence: str) -> None:
    (directory / "requirements" / "rules.yaml").write_text(RULE.replace(old, new, 1))
    found = error_of(directory)
    assert found.startswith(f"requirements/rules.yaml:{line}: ")
    assert sentence in found


def test_the_same_id_in_two_files(directory: Path) -> None:
    (directory / "requirements" / "second.yaml").write_text("# A second file.\n" + RULE)
    assert error_of(directory) == "requirements/second.yaml:2: the id 'ONE' is already taken by requirement 'ONE'"


def test_an_alias_that_is_an_id_elsewhere(directory: Path) -> None:
    second = RULE.replace("ONE", "TWO").replace("  set:", "  aliases: [ONE]\n  set:")
    (directory / "requirements" / "second.yaml").write_text(second)
    assert "requirements/second.yaml:1: the id 'ONE' is already taken" in error_of(directory)


def test_a_must_in_another_set_needs_the_confidence_or_the_owners_word(directory: Path) -> None:
    weak = RULE.replace("MUST", "SHOULD", 1).replace("confidence: text", "confidence: inferred")
    path = directory / "requirements" / "rules.yaml"
    path.write_text(weak + "  also-in: {hls@1: MUST}\n")
    assert error_of(directory).startswith("requirements/rules.yaml:7: MUST is not allowed in 'hls@1'")
    path.write_text(weak + "  also-in: {aws-suite@1: MUST}\n")
    assert read_catalogue(directory).resolve_set("aws-suite@1") == {"ONE": "MUST"}


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        ("includes: [speke-2.0@1]", "includes: [speke-2.0]", 4, "did you mean 'speke-2.0@1'?"),
        (
            'title: SPEKE, group: specification, version: "2.0"',
            'title: SPEKE, group: ours, includes: [speke-2.1@1], version: "2.0"',
            3,
            "includes itself",
        ),
        ("group: encryptor", "group: vendor", 5, "group 'vendor' is not one of specification, format"),
        ("must-by: [upstream]", "must-by: [everyone]", 5, "must-by 'everyone' is not one of"),
        ("must-by: [upstream]", "must-by: [upstream], decides: often", 5, "decides must be true or false"),
        ("hls@1", "aws-suite@1", 6, "occurs twice"),
        ('version: "2.0"', "version: 2.0", 3, "did you mean '2.0'?"),
        ('version: "1"', "version: 1", 1, "version must be text (put it in quotes)"),
    ],
)
def test_an_error_in_the_sets(directory: Path, old: str, new: str, line: int, sentence: str) -> None:
    (directory / "sets.yaml").write_text(SETS.replace(old, new, 1))
    found = error_of(directory)
    assert found.startswith(f"sets.yaml:{line}: ")
    assert sentence in found


SYSTEM = "- {name: one, id: 80a6be7e-1448-4c37-9e70-d5aebe04c8d2, title: One}\n"


@pytest.mark.parametrize(
    ("name", "text", "line", "sentence"),
    [
        (
            "messages.yaml",
            "- {name: a, text: b, trigger: c, pages: [nowhere]}",
            1,
            "pages 'nowhere' is not one of constraints",
        ),
        ("messages.yaml", "{}", 1, "the file must be a list"),
        ("systems.yaml", SYSTEM.replace("80a6", "80A6"), 1, "is not a UUID in lower case"),
        ("systems.yaml", SYSTEM.replace("-1448", ""), 1, "is not a UUID in lower case"),
        ("systems.yaml", SYSTEM + SYSTEM, 2, "the name 'one' occurs twice"),
        ("systems.yaml", SYSTEM + SYSTEM.replace("one", "two"), 2, "already belongs to 'one'"),
        ("systems.yaml", SYSTEM.replace("}", ", schemes: [cenc]}"), 1, "with schemes needs signalling to ask for"),
        ("systems.yaml", SYSTEM.replace("}", ", signalling: [hls]}"), 1, "with HLS signalling needs keyformat"),
        ("systems.yaml", SYSTEM.replace("}", ", signalling: [pssh], usual: often}"), 1, "usual must be true or false"),
        ("systems.yaml", SYSTEM.replace("}", ", schemes: [cbc]}"), 1, "schemes 'cbc' is not one of"),
        ("presets.yaml", "- {name: a, title: b, rules: [{track: c, filters: [vidio]}]}", 1, "did you mean 'video'?"),
        (
            "presets.yaml",
            "- {name: a, title: b, rules: [{track: c, filters: [{video: {maxPixel: 1}}]}]}",
            1,
            "did you mean 'maxPixels'?",
        ),
        ("presets.yaml", "- {name: a, title: b, rules: [{track: c, filters: [{}]}]}", 1, "one of video or audio"),
        ("pages.yaml", "constraints: ''", 1, "constraints must be a map"),
        ("pages.yaml", "constraints: {title: '', address: docs/a.md}", 1, "title must be text"),
        ("pages.yaml", "constraints: {title: C}", 1, "address"),
        ("pages.yaml", "constraints: {title: C, address: 'http://example.com/'}", 1, "an address is public"),
    ],
)
def test_an_error_in_the_lists(directory: Path, name: str, text: str, line: int, sentence: str) -> None:
    (directory / name).write_text(text)
    found = error_of(directory)
    assert found.startswith(f"{name}:{line}: ")
    assert sentence in found


def test_a_missing_file_is_named(directory: Path) -> None:
    (directory / "systems.yaml").unlink()
    assert error_of(directory).startswith("systems.yaml:1: the file cannot be read")


def test_the_digest_follows_every_byte_of_the_data(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(Path(conformance.catalogue.__file__).parent, copy, ignore=shutil.ignore_patterns("*.py*"))
    assert read_catalogue(copy).digest == load_catalogue().digest
    with (copy / "presets.yaml").open("a") as file:
        file.write("# one more line\n")
    assert read_catalogue(copy).digest != load_catalogue().digest


def test_the_catalogue_is_read_once() -> None:
    assert load_catalogue() is load_catalogue()
