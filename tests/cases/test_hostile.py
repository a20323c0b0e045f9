"""Whatever stands in a case file, it is read or refused with a sentence; nothing else ever leaves the loader."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.cases.defects import DefectError
from conformance.cases.library import load_cases
from conformance.cases.loader import read_case_file
from conformance.cases.resolve import NotClaimed
from conformance.catalogue.yamlfile import DataError
from conformance.checks import load_checks
from tests.cases.writing import built, read

RICH = """
- id: A-CASE
  title: a ${scheme} title
  why: a reason
  versions: ["2.0"]
  needs: [system.widevine]
  tags: [optional]
  for-each: {scheme: [cenc, cbcs]}
  steps:
    - id: first
      request:
        contract: [PRESET-VIDEO-2]
        scheme: "${scheme}"
        systems: {claimed-of: [widevine]}
        signalling: [pssh]
        periods: [{label: p, index: "1"}]
        explicit-iv: first
        content: B
        content-id: "x-{id}"
        style: {prefix: "x", indent: "yes", attribute-order: reversed}
      checks: [http.request-accepted, keys.values-distinct]
    - id: second
      request:
        like: first
        rules: [{type: SD, filters: [{video: {maxPixels: 5}}]}]
      defect:
        - remove: //cpix:ContentKey/@explicitIV
        - set: {at: //cpix:ContentKey/@kid, to: "${kid.1}x"}
        - insert: {into: /cpix:CPIX, xml: "<cpix:X/>", position: 1}
        - rename: {at: //cpix:X, to: "cpix:Y"}
        - move: {at: //cpix:Y, into: //cpix:ContentKeyList, position: first}
        - copy: {at: //cpix:Y, into: //cpix:ContentKeyList}
        - copy-value: {from: //cpix:ContentKey/@kid, to: /cpix:CPIX/@contentId}
        - header: {X-A: [b, c], Accept: null}
        - method: PUT
        - truncate: 0.5
        - body: a text
        - replace: {this: text, by: word}
      expect: {refused: [malformed-contract, missing-contract]}
      requirement: [SPK20-ROOT-002]
      checks: [state.control-keys-unchanged]
- family: A-FAMILY
  title: t
  why: w
  needs: [system.widevine]
  control: {contract: [EXAMPLE-1]}
  cases:
    - {id: A-MEMBER, title: t, expect: {refused: any}, versions: ["2.1"], needs: [multi-key], request: {scheme: cenc}}
"""
WHOLE = yaml.safe_load(RICH)
STRANGE: tuple[Any, ...] = (
    None,
    True,
    -1,
    0.5,
    "",
    "x",
    "${y}",
    "a\nb",
    "//",
    [],
    [[]],
    {},
    {"a": {}},
    [{"a": [1]}],
    "\x7f",
)


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to every part of a value."""
    yield way
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*way, key))


def changed(way: tuple[Any, ...], by: Any) -> Any:
    """The rich file with one part exchanged."""
    whole = copy.deepcopy(WHOLE)
    if not way:
        return by
    inner = whole
    for key in way[:-1]:
        inner = inner[key]
    inner[way[-1]] = by
    return whole


WAYS = list(places(WHOLE))


@pytest.mark.parametrize("part", range(4))
def test_any_part_may_be_anything(part: int, tmp_path: Path) -> None:
    path = tmp_path / "topic" / "file.yaml"
    path.parent.mkdir()
    accepted = 0
    for way in WAYS[part::4]:
        for strange in STRANGE:
            path.write_text(json.dumps(changed(way, strange)), encoding="utf-8")
            try:
                cases = read_case_file(path, tmp_path, load_checks()).cases
            except DataError as error:
                assert str(error).count("\n") == 0, (way, strange)
                continue
            for step in (step for case in cases for step in case.steps):
                try:
                    built(step)
                except (DefectError, NotClaimed):
                    continue
                accepted += 1
    assert accepted > 0


def test_the_rich_file_itself_is_read_and_built(tmp_path: Path) -> None:
    cases = read(tmp_path, RICH)
    assert [case.name for case in cases] == [
        "A-CASE[2.0-cenc]",
        "A-CASE[2.0-cbcs]",
        "A-FAMILY[2.0]",
        "A-FAMILY[2.1]",
        "A-MEMBER[2.1]",
    ]
    assert built(cases[0].steps[0]).body.startswith(b"<x:CPIX")
    with pytest.raises(DefectError, match="does not contain 'text'"):
        built(cases[0].steps[1])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\x00\x01\x02", "NUL character"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (bytes(range(256)), "not UTF-8"),
        (b"- id: [\n", "not valid YAML"),
        (b"- &a [*a]\n", "anchors and aliases"),
        (b"[" * 100_000, "nested too deeply"),
        (b"- id: A\n  id: B\n", "occurs twice"),
        (b"x" * 1_000_000, "must be a list"),
        (b"- " + b"y" * (5 << 20), "larger than"),
        (b"- !!python/object/apply:os.system ['true']\n", "an entry must be a mapping"),
    ],
    ids=["nul", "utf-16", "binary", "cut", "anchors", "deep", "twice", "a-megabyte", "too-large", "python"],
)
def test_a_file_that_is_no_case_file(content: bytes, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_bytes(content)
    with pytest.raises(DataError, match=sentence) as caught:
        load_cases(load_checks(), [tmp_path])
    assert f"{tmp_path.name}/mine.yaml:" in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_megabyte_of_cases_is_read(tmp_path: Path) -> None:
    entry = (
        "- id: LONG-{0}\n  title: t\n  why: {1}\n  versions: ['2.0']\n  steps:\n"
        "    - id: ask\n      checks: [http.request-accepted]\n"
    )
    text = "".join(entry.format(number, "w" * 4_900) for number in range(200))
    assert len(text) > 1_000_000
    assert len(read(tmp_path, text)) == 200
