"""The published schemas say what the loaders accept: no more words, no fewer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conformance.authoring.schemas import SCHEMAS, file_name, schema_text
from conformance.cases import cases_directory, load_cases
from conformance.cases.library import case_files
from conformance.cases.plans import FIELDS
from conformance.catalogue.yamlfile import DataError, load, loads, plain
from conformance.checks import load_checks
from conformance.run.profile import load_profile, profiles_directory

ROOT = cases_directory().parent
FILES = {
    "case": case_files(cases_directory()),
    "profile": sorted(profiles_directory().glob("*.yaml")),
    "fault": sorted((ROOT / "conformance" / "refserver").rglob("*.yaml")),
}


def _validator(name: str) -> jsonschema.Draft7Validator:
    schema = json.loads(schema_text(name))
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_shipped_file_is_valid(name: str) -> None:
    validator = _validator(name)
    for path in FILES[name]:
        error = jsonschema.exceptions.best_match(validator.iter_errors(plain(load(path))))
        assert error is None, f"{path.name}: {list(error.absolute_path)}: {error.message}"


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_published_file_is_fresh(name: str) -> None:
    published = ROOT / "docs" / "schema" / file_name(name)
    assert published.read_text(encoding="utf-8") == schema_text(name), "run speke-conformance docs --write"


@pytest.mark.parametrize("name", ["case", "profile"])
def test_every_field_is_described(name: str) -> None:
    bare = [place for place, schema in _fields(SCHEMAS[name](), "") if schema == {}]
    assert not bare, "describe these fields in conformance/authoring/"


def test_every_word_of_a_request_has_its_place() -> None:
    definitions = SCHEMAS["case"]()["definitions"]
    assert set(definitions["step-request"]["properties"]) == set(FIELDS)
    assert set(FIELDS) - set(definitions["request"]["properties"]) == {"like", "follow"}


CASE = """
- id: A
  title: t
  why: w
  steps:
    - id: ask
      checks: [keys.values-distinct]
"""


@pytest.mark.parametrize(
    "change",
    [
        ("title: t", "titel: t"),
        ("[keys.values-distinct]", "[{bundle: accepted.core}]"),
        ("[keys.values-distinct]", "[keys.value-distinct]"),
        ("id: ask", "id: ask\n      except: {keys.not-zreo: why}"),
        ("id: ask", "id: ask\n      except: {keys.not-zero: }"),
        ("why: w", "why: w\n  versions: ['3.0']"),
        ("why: w", "why: w\n  tags: [sometimes]"),
        ("id: ask", "id: ask\n      request: {contract: [PRESET-VIDEO-9]}"),
        ("id: ask", "id: ask\n      request: {encrypt-to: [rsa-512]}"),
        ("id: ask", "id: ask\n      request: {style: {indent: perhaps}}"),
        ("id: ask", "id: ask\n      request: {rules: []}"),
        ("id: ask", "id: ask\n      expect: {refused: some-message}"),
        ("id: ask", "id: ask\n      defect: [{erase: /cpix:CPIX}]"),
        ("id: ask", "id: ask\n      defect: [{truncate: 2}]"),
        ("id: ask", "id: ask\n      requirement: [SPK20-ROOT-999]"),
        ("id: A", "id: a b"),
    ],
    ids=str,
)
def test_what_the_loader_refuses_the_schema_refuses(change: tuple[str, str], tmp_path: Path) -> None:
    text = CASE.replace(*change)
    assert text != CASE
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"own\.yaml:\d+: "):
        load_cases(load_checks(), [tmp_path])
    assert not _validator("case").is_valid(plain(loads(text, "own.yaml")))
    assert _validator("case").is_valid(plain(loads(CASE, "own.yaml")))


@pytest.mark.parametrize(
    "line",
    ["requires: [speke-2.0@9]", "claims: {versions: ['2.0']}", "clams: discover", "auth: {kind: kerberos}"],
)
def test_what_the_reader_of_profiles_refuses_the_schema_refuses(line: str, tmp_path: Path) -> None:
    text = f"profile: mine\n{line}\n"
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"mine\.yaml:2: "):
        load_profile(str(tmp_path / "mine.yaml"))
    assert not _validator("profile").is_valid(plain(loads(text, "mine.yaml")))


def _fields(schema: Any, place: str) -> Iterator[tuple[str, Any]]:
    if isinstance(schema, dict):
        for name, field in schema.get("properties", {}).items():
            yield f"{place}/{name}", field
        for name, part in schema.items():
            yield from _fields(part, f"{place}/{name}")
    elif isinstance(schema, list):
        for number, part in enumerate(schema):
            yield from _fields(part, f"{place}/{number}")
