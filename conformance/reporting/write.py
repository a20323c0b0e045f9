"""Writes the reports of a run into a folder of their own, and points `latest` at it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class ReportError(Exception):
    """The reports could not be written; the text is one sentence for the user."""


def write_reports(document: dict[str, Any], report_dir: Path) -> Path:
    """Write every view of the document; the folder that holds them. Raises ReportError with one sentence."""
    folder = report_dir / str(document["run"]["started"] or "run").replace(":", "")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "results.json").write_text(json.dumps(document, indent=1), encoding="utf-8")
    except OSError as error:
        raise ReportError(f"The reports cannot be written to {report_dir} ({error.strerror}).") from None
    return folder
