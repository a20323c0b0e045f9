"""Profiles: what is claimed, what counts, what is known; each mistake with its line."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.catalogue.yamlfile import DataError
from conformance.run.profile import Profile, load_profile, profile_names

CLAIMS = 'claims:\n  versions: ["2.0"]\n  systems: {widevine: [cenc, cbcs]}\n'


def load(folder: Path, text: str) -> Profile:
    """The profile with that text."""
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return load_profile(str(path))


@pytest.mark.parametrize("name", profile_names())
def test_every_shipped_profile_can_be_loaded(name: str) -> None:
    profile = load_profile(name)
    assert profile.requires
    assert profile.title or name == "template"


def test_the_usual_profile_discovers() -> None:
    assert load_profile("default").discovers
    assert not load_profile("reference").discovers


def test_a_profile_extends_another(tmp_path: Path) -> None:
    found = load(tmp_path, f"profile: mine\nextends: default\nrequires: [speke-2.0@1]\n{CLAIMS}")
    assert found.name == "mine" and found.requires == ("speke-2.0@1",)
    assert found.title == load_profile("default").title and found.reports == ("advice@1",)
    assert found.claims is not None and found.claims.has("widevine+cbcs")
    (tmp_path / "child.yaml").write_text("profile: child\nextends: ./mine.yaml\ntitle: Another\n")
    child = load_profile(str(tmp_path / "child.yaml"))
    assert (child.title, child.claims) == ("Another", found.claims)


def test_a_known_deviation(tmp_path: Path) -> None:
    entry = '  - {finding: "a@b[2.0]::c", reason: r, reference: T-1, date: 2026-01-31, expires: 2026-12-31}\n'
    (one,) = load(tmp_path, f"profile: mine\nknown:\n{entry}").known
    assert (one.finding, one.date, one.expires) == ("a@b[2.0]::c", "2026-01-31", "2026-12-31")


WRONG: list[tuple[str, int, str]] = [
    ("", 1, "a profile must be a mapping"),
    ("title: t\n", 1, "a profile lacks the field 'profile'"),
    ("profile: p\nrequire: []\n", 2, "unknown field 'require' (did you mean 'requires'?)"),
    ("profile: p\nrequires: [speke-2.0]\n", 2, "(did you mean 'speke-2.0@1'?)"),
    ("profile: p\nextends: defalt\n", 2, "there is no such profile (did you mean 'default'?)"),
    ("profile: p\nextends: ./nowhere.yaml\n", 2, "does not exist"),
    ("profile: p\nextends: ./mine.yaml\n", 2, "this profile extends itself"),
    ("profile: p\ntitle: 5\n", 2, "title must be text (put it in quotes)"),
    ("profile: p\nclaims: all\n", 2, "claims (or the word discover) must be a mapping"),
    ("profile: p\nclaims: {versions: ['2.0']}\n", 2, "claims lacks the field 'systems'"),
    ("profile: p\nclaims: {versions: ['2.3'], systems: {}}\n", 2, "version '2.3' is not one of 2.0, 2.1"),
    ("profile: p\nclaims: {versions: ['2.0'], systems: {widevin: [cenc]}}\n", 2, "(did you mean 'widevine'?)"),
    (f"profile: p\n{CLAIMS}  features: [rotatoin]\n", 5, "(did you mean 'rotation'?)"),
    (f"profile: p\n{CLAIMS}  concurrent: 0\n", 5, "concurrent must be a whole number from 1"),
    (f"profile: p\n{CLAIMS}  concurrent: yes\n", 5, "concurrent must be a whole number from 1"),
    (f"profile: p\n{CLAIMS}policy: {{refuses: [SHARD]}}\n", 5, "(did you mean 'SHARED'?)"),
    ("profile: p\npolicy: {refuses: [SHARED]}\n", 2, "a policy needs explicit claims"),
    ("profile: p\ncontent-ids: {}\n", 2, "content-ids takes one of prefix, pattern or list"),
    ("profile: p\ncontent-ids: {prefix: a, list: [b]}\n", 2, "content-ids takes one of"),
    ("profile: p\ncontent-ids: {pattern: vod}\n", 2, "the pattern must contain {id}"),
    ("profile: p\ncontent-ids:\n  list: [a, b, a]\n", 3, "the list of contents names 'a' twice"),
    ("profile: p\ncontent-ids: {list: []}\n", 2, "the list of contents is empty"),
    ("profile: p\nauth: {kind: baisc}\n", 2, "(did you mean 'basic'?)"),
    ("profile: p\nauth: {kind: basic, password: x}\n", 2, "auth has an unknown field 'password'"),
    ("profile: p\nbudgets: {max-rps: fast}\n", 2, "max-rps must be a number greater than 0"),
    ("profile: p\nbudgets: {max-requests: 1.5}\n", 2, "max-requests must be a whole number greater than 0"),
    ("profile: p\nbudgets: {max-minutes: -1}\n", 2, "max-minutes must be a number greater than 0"),
    ("profile: p\nknown: [{finding: f}]\n", 2, "a known deviation lacks the field 'reason'"),
    ("profile: p\nknown:\n  - {finding: f, reason: r, reference: x, date: soon}\n", 3, "date must be a date"),
    ("profile: p\nknown:\n  - {finding: f, reason: r, reference: x, date: 2026-02-30}\n", 3, "date must be a date"),
    ("profile: p\ndisputed: [{finding: f}]\n", 2, "a disputed finding lacks the field 'sentence'"),
]


@pytest.mark.parametrize(("text", "line", "sentence"), WRONG, ids=[str(number) for number in range(len(WRONG))])
def test_a_mistake_is_named_with_its_line(text: str, line: int, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        load(tmp_path, text)
    assert f"mine.yaml:{line}: " in str(caught.value)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_two_profiles_that_extend_each_other(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("profile: other\nextends: ./mine.yaml\n")
    with pytest.raises(DataError, match=r"other\.yaml:2: this profile extends itself"):
        load(tmp_path, "profile: mine\nextends: ./other.yaml\n")


RICH = f"""
profile: mine
title: t
extends: default
requires: [speke-2.0@1]
reports: [advice@1]
{CLAIMS}  features: [rotation]
  concurrent: 2
policy: {{refuses: [SHARED]}}
content-ids: {{list: [a, b]}}
auth: {{kind: header, header: x=Y, region: r, service: s}}
budgets: {{max-rps: 1, max-requests: 2, max-minutes: 3}}
cases: [A]
known: [{{finding: f, reason: r, reference: x, date: "2026-01-01", expires: "2026-02-01"}}]
disputed: [{{finding: f, sentence: s, reference: r, date: d}}]
"""
STRANGE: tuple[Any, ...] = (None, True, -1, "", "x", [], [[]], {}, {"a": {}}, [{"a": [1]}])


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to every part of a value."""
    yield way
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*way, key))


def test_any_part_may_be_anything(tmp_path: Path) -> None:
    whole = yaml.safe_load(RICH)
    assert load(tmp_path, json.dumps(whole)).name == "mine"
    for way in places(whole):
        for strange in STRANGE:
            changed: Any = copy.deepcopy(whole)
            inner = changed
            for key in way[:-1]:
                inner = inner[key]
            if way:
                inner[way[-1]] = strange
            else:
                changed = strange
            try:
                load(tmp_path, json.dumps(changed))
            except DataError as error:
                assert "\n" not in str(error), (way, strange)


def test_a_path_that_is_no_profile_is_called_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "folder").mkdir()
    (tmp_path / "server.txt").touch()
    monkeypatch.chdir(tmp_path)
    for name, sentence in (
        ("folder", "this is a folder"),
        ("server.txt", "a file whose name does not end in .yaml or .yml"),
        ("folder.yaml", "the profile file folder.yaml is not a file"),
    ):
        with pytest.raises(DataError, match=sentence):
            load_profile(name)
