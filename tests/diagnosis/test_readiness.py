"""Will my channel work? Each answer follows from what the run showed, and from nothing else."""

from __future__ import annotations

import re
from functools import cache

import pytest

from conformance.catalogue import load_catalogue
from conformance.diagnosis.diagnose import diagnose
from conformance.diagnosis.encryptors import load_encryptors
from conformance.diagnosis.readiness import Row, everywhere, pairs, readiness
from conformance.reporting.readiness_text import channel_line, ready_lines
from conformance.results.document import Document, SetResult
from conformance.results.index import ResultsIndex
from conformance.run.profile import load_profile, profile_names
from tests.reporting.live import live_document


@cache
def _live(*faults: str) -> Document:
    document = live_document(*faults)
    document.sets.append(SetResult("mediapackage-v2@1", "", counts={"PASS": 1}))  # type: ignore[dict-item]
    return document


def rows(*faults: str) -> dict[tuple[str, str, str, str], Row]:
    reading = ResultsIndex(_live(*faults))
    return {
        (row.encryptor.name, row.packaging.name, row.system, row.scheme): row
        for row in readiness(reading, diagnose(reading))
    }


CMAF = ("mediapackage-v2", "cmaf", "widevine", "cbcs")


def test_the_data_name_what_there_is() -> None:
    catalogue = load_catalogue()
    for one in load_encryptors():
        assert one.set in catalogue.sets and one.page in catalogue.pages
        assert one.profile in profile_names() and one.set in load_profile(one.profile).requires
        for packaging in one.packagings:
            for system, schemes in packaging.systems.items():
                assert set(schemes) <= set(catalogue.systems[system].schemes), (one.name, packaging.name, system)
    assert len(pairs()) == 8 * 3 + 8 + 3 + 1
    assert len(set(pairs().values())) == len(pairs())


def test_what_was_answered_rightly_works_and_the_rest_is_not_shown() -> None:
    row = rows()[CMAF]
    assert [cell.presets for cell in row.having("yes")] == ["V2+A1"]
    assert not row.having("no")
    assert len(row.having("not shown")) == len(row.cells) - 1
    assert channel_line(row).state == "partly"


def test_an_encryptor_whose_rules_were_not_judged_has_no_yes() -> None:
    row = rows()["mediaconvert", "cmaf", "widevine", "cbcs"]
    assert not row.judged and not row.having("yes") and row.kept == 1


@pytest.mark.parametrize(
    ("fault", "broken", "whole"),
    [
        ("KEY-SAME-FOR-ALL", {"widevine", "fairplay"}, set()),
        ("HLS-MASTER-MISSING", {"fairplay"}, {"dash"}),
    ],
)
def test_a_mistake_concerns_the_channels_that_need_it(fault: str, broken: set[str], whole: set[str]) -> None:
    found = rows(fault)
    for (encryptor, packaging, system, _), row in found.items():
        if encryptor != "mediapackage-v2" or not any(cell.state != "not shown" for cell in row.cells):
            continue
        if packaging in whole:
            assert not row.having("no"), (packaging, system)
        elif system in broken:
            (cell, *_) = row.having("no")
            assert cell.cause is not None and cell.cause.results
    assert any(row.having("no") for row in found.values())


def test_the_terminal_says_it_by_encryptor() -> None:
    reading = ResultsIndex(_live("KEY-SAME-FOR-ALL"))
    diagnosis = diagnose(reading)
    text = "\n".join(ready_lines(readiness(reading, diagnosis), everywhere(reading, diagnosis)))
    assert re.search(r"^MediaPackage v2$", text, re.MULTILINE)
    assert "because: " in text
    assert "SPEKE v1 only, so not checked here: Smooth" in text
    assert "run with --profile mediaconvert" in text
