"""The report in reports/example is what its command makes today, or this test says how to make it anew."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from conformance.checks import load_checks
from conformance.checks.http import connection
from tests.written import every_result

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "reports" / "example"
OF_CONNECTIONS = {one.id for one in load_checks().values() if one.module == connection.__name__}


def options() -> list[str]:
    """The options of the Makefile's target, so that there is one place for them."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    found = re.search(r"^EXAMPLE := (.*)$", text, re.MULTILINE)
    assert found is not None
    return found.group(1).split()


def told(document: dict[str, Any]) -> list[tuple[object, ...]]:
    """What a reader would notice: every verdict, and what each finding says.

    Which request goes over a used connection depends on who finishes first, and so what can be asked of connections.
    """
    return [
        (one["case"], one["step"], one["check"], one["verdict"], json.dumps(one.get("findings", []), sort_keys=True))
        for one in every_result(document)
        if one["check"] not in OF_CONNECTIONS
    ]


def test_the_example_is_fresh(tmp_path: Path) -> None:
    given = options()
    given[given.index("--report-dir") + 1] = str(tmp_path)
    made = subprocess.run(
        [sys.executable, "-m", "conformance", "run", *given], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert made.returncode == 1, made.stdout + made.stderr
    anew = json.loads((tmp_path / "latest" / "results.json").read_text(encoding="utf-8"))
    kept = json.loads((EXAMPLE / "results.json").read_text(encoding="utf-8"))
    assert told(kept) == told(anew), "reports/example is out of date: run `make example`"
    assert {"FAIL", "PASS", "RECORDED"} <= {one["verdict"] for one in every_result(kept)}


def test_the_views_of_the_example_belong_to_its_results() -> None:
    kept = json.loads((EXAMPLE / "results.json").read_text(encoding="utf-8"))
    page = (EXAMPLE / "qualification.html").read_text(encoding="utf-8")
    assert kept["baseline"][:12] in page
