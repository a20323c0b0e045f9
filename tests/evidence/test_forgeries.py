"""Each forgery of the table is noticed, by the line that the table names; the page shows the same table."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.catalogue.yamlfile import DataError
from conformance.checks import load_checks
from conformance.evidence.pack import evidence
from conformance.evidence.verify import check_evidence
from conformance.offline.record_needs import LISTED
from conformance.results.document import Document
from tests.evidence.forgeries import FORGER, FORGERIES, PRODUCT, REFUSED, table
from tests.made_runs import CASES, chosen

PAGE = Path(__file__).resolve().parents[2] / "docs" / "evidence.md"


def _checked(data: bytes, folder: Path) -> tuple[int, list[str]]:
    path = folder / "evidence.zip"
    path.write_bytes(data)
    try:
        report = check_evidence(path, None, lambda arrays: (chosen(*CASES), load_checks()))
    except DataError as error:
        return REFUSED, [str(error)]
    return report.exit_status, list(report.lines())


@pytest.mark.parametrize("name", FORGERIES)
def test_it_is_noticed(name: str, bad: Document, tmp_path: Path) -> None:
    forgery = FORGERIES[name]
    status, lines = _checked(forgery.made(bad), tmp_path)
    told = "\n".join(lines)
    assert any(forgery.noticed in line for line in lines if not line.startswith("ok ")), told
    assert status == forgery.status, told
    assert "CONSISTENT" not in told


def test_without_a_forgery_nothing_is_noticed(bad: Document, tmp_path: Path) -> None:
    status, lines = _checked(evidence(bad, PRODUCT, FORGER), tmp_path)
    assert status == 0, "\n".join(lines)
    assert any(line.startswith("CONSISTENT (") for line in lines)


def test_the_page_shows_the_table() -> None:
    print(table())
    assert table() in PAGE.read_text(encoding="utf-8"), f"put this into docs/{PAGE.name}:\n{table()}"


def test_the_page_lists_what_can_only_be_recorded() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for need, checks in LISTED.items():
        names = ", ".join(f"`{one}`" if "." in one else one for one in checks)
        assert f"| {need} | {names} |" in text, f"put this into docs/{PAGE.name}:\n| {need} | {names} |"
