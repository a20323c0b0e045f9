"""Habits of encryptors are data: a departure is a note and never a failure, and what is known of them is excused."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.catalogue import load_catalogue
from conformance.catalogue.yamlfile import DataError
from conformance.encryptor_audit.quirks import encryptor_named, load_encryptors
from conformance.model import PlannedFilter
from tests.encryptor_audit.playing import Trial
from tests.refserver.asking import COMMON, IRDETO, Ask

SIGNED = (("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-west-1/execute-api/aws4_request"),)
ONE_FILTER = (
    ("SD+HD1", '<cpix:VideoFilter maxPixels="921600"/>'),
    ("HD2", '<cpix:VideoFilter minPixels="921601" maxPixels="2073600"/>'),
    ("UHD", '<cpix:VideoFilter minPixels="2073601"/>'),
    ("AUDIO", "<cpix:AudioFilter/>"),
)


def noted(encryptor: str, ask: Ask, *, signed: bool = True) -> set[str]:
    trial = Trial(encryptor).send(ask, headers=SIGNED if signed else ()).end()
    assert trial.found("ERROR") == set()
    return trial.found("NOTE")


def test_a_usual_request_gives_no_note() -> None:
    assert noted("mediapackage-v2", Ask()) == set()
    assert noted("mediaconvert", Ask(periods=()), signed=False) == set()


@pytest.mark.parametrize(
    ("encryptor", "ask", "habit"),
    [
        ("mediapackage-v2", Ask(content_id="film 1"), "habit.content-id"),
        ("mediapackage-v2", Ask(scheme="cens"), "habit.schemes"),
        ("mediapackage-v2", Ask(systems=(COMMON,)), "habit.systems"),
        ("mediapackage-v2", Ask(periods=()), "habit.periods"),
        ("mediapackage-v2", Ask(explicit_iv=None), "habit.explicit-iv"),
        ("mediapackage-v2", Ask(contract=(("MY-VIDEO", "<cpix:VideoFilter/>"),)), "habit.contract"),
        ("mediapackage-v1-live", Ask(version="2.1"), "habit.versions"),
        ("mediapackage-v1-live", Ask(periods=('id="a" index="1"', 'id="keyPeriod_1" index="2"')), "habit.rotation"),
        ("mediapackage-v1-live", Ask(systems=(*Ask().systems, IRDETO)), "habit.systems"),
        ("mediapackage-vod", Ask(), "habit.periods"),
        ("mediapackage-vod", Ask(certificates=("AAAA",)), "habit.key-encryption"),
    ],
)
def test_a_departure_is_noted(encryptor: str, ask: Ask, habit: str) -> None:
    assert habit in noted(encryptor, ask)


def test_an_unsigned_request_is_noted() -> None:
    assert noted("mediapackage-v2", Ask(), signed=False) == {"habit.authentication"}


def test_what_an_encryptor_is_known_for_is_a_note_with_it_and_a_failure_without() -> None:
    ask = Ask(contract=ONE_FILTER)
    assert Trial().send(ask).end().found() == {"contract.filters-as-many-as-parts"}
    trial = Trial("mediapackage-v2").send(ask, headers=SIGNED).end()
    assert trial.found() == set()
    assert trial.found("NOTE") == {"habit.contract.filters-as-many-as-parts"}
    untimed = Ask(version="2.1", periods=('id="keyPeriod_1" start="2026-01-01T00:00:00Z" end="2026-01-02T00:00:00Z"',))
    assert "habit.request.periods-identified" in noted("mediapackage-v2", untimed)
    assert Trial("mediaconvert").send(untimed).end().found() == {"request.periods-identified"}


def filter_text(one: PlannedFilter) -> str:
    attributes = "".join(f' {key}="{value}"' for key, value in one.attributes)
    return f"<cpix:{one.kind}{attributes}/>"


def test_every_preset_is_known_as_one() -> None:
    contracts = load_catalogue().contracts
    for name, one in contracts.items():
        if name.startswith("PRESET-VIDEO"):
            rules = [*one.rules, *contracts["PRESET-AUDIO-3"].rules]
            written = tuple((rule.track_type, "".join(map(filter_text, rule.filters))) for rule in rules)
            assert "habit.contract" not in noted("mediapackage-v2", Ask(contract=written)), name


def test_the_shipped_encryptors_have_the_sets_of_the_catalogue_as_names() -> None:
    for name in load_encryptors():
        assert f"{name}@1" in load_catalogue().sets


def test_an_unknown_encryptor_is_named_with_the_nearest() -> None:
    with pytest.raises(DataError, match="did you mean 'mediaconvert'"):
        encryptor_named("mediaconvrt")


@pytest.mark.parametrize(
    ("habit", "sentence"),
    [
        ("{says: It is so., confidence: guide, looks: {moon: full}}", "x.yaml:5: looks has an unknown field 'moon'"),
        ("{says: It is so., confidence: sure, looks: {}}", "x.yaml:5: the confidence 'sure'"),
        ("{says: It is so., confidence: guide}", "x.yaml:5: a habit has one of looks and tolerates"),
        ("{says: It is so., confidence: guide, looks: {content-id: '['}}", "x.yaml:5: content-id is not a regular"),
        ("{says: It is so., confidence: guide, looks: {most-systems: 0}}", "x.yaml:5: most-systems must be"),
        ("{says: It is so., confidence: guide, tolerates: {duty: contract.none, text: x}}", "x.yaml:5: the duty"),
    ],
)
def test_an_error_in_a_habit_has_its_place(tmp_path: Path, habit: str, sentence: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(f"- encryptor: some\n  title: Some\n  page: hls\n  habits:\n    - {habit}\n")
    with pytest.raises(DataError) as error:
        load_encryptors(path)
    assert str(error.value).startswith(sentence)
