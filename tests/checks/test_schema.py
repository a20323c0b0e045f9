"""The witness as a check: right servers are valid, faults are noted, what the request had is not the server's."""

from __future__ import annotations

import pytest

from conformance.catalogue import load_catalogue
from conformance.model import Level
from conformance.refserver import Config, Fault, Style
from tests.checks.playing import cases_of, fault_file, found, known_checks, play, told

NAME = "schema.profile-schema-valid"
CASES = cases_of("document")


def noted(faults: tuple[Fault, ...] = (), config: Config | None = None) -> set[str]:
    return set(found(play(CASES, faults, config=config)))


def test_the_right_server_is_valid() -> None:
    results = play(CASES)
    assert any(one.check == NAME for one in results)
    assert NAME not in found(results), told(found(results)[NAME])


@pytest.mark.parametrize(
    "style",
    [
        Style(prefixes={"cpix": None, "pskc": "k"}),
        Style(uppercase_uuids=True),
        Style(child_order="reversed", list_order="reversed"),
        Style(cdata=True, folded_base64=64, comments=True),
        Style(schema_location=True),
    ],
)
def test_harmless_style_is_valid(style: Style) -> None:
    assert NAME not in noted(config=Config(style=style))


@pytest.mark.parametrize("fault", fault_file("schema"), ids=lambda fault: fault.id)
def test_its_faults_are_noted_and_hit_nobody_else(fault: Fault) -> None:
    new = noted((fault,)) - noted()
    assert NAME in new
    assert new <= {*fault.kills, *fault.may_kill}


def test_it_decides_nothing() -> None:
    catalogue = load_catalogue()
    check = known_checks()[NAME]
    assert check.requirements == ("ADV-SCHEMA-001",)
    requirement = catalogue.requirement("ADV-SCHEMA-001")
    assert set(requirement.levels.values()) == {Level.NOTE}
    assert not catalogue.sets[requirement.set].decides
    assert not requirement.also_in
