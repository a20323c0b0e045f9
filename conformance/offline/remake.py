"""Makes all views again from results.json, offline: after an upgrade, or when only that file was kept."""

from __future__ import annotations

from pathlib import Path

from conformance.reporting.writer import ReportError, views, write_whole
from conformance.results.document import Document
from conformance.results.reader import NAME


def remake(document: Document, folder: Path) -> list[str]:
    """Write every view of the document into the folder, over what is there; the names of the files.

    `results.json` itself is written only where it is not there yet. Raises ReportError with one sentence.
    """
    written = []
    try:
        for name, content in views(document):
            if name != NAME or not (folder / NAME).exists():
                write_whole(folder / name, content)
                written.append(name)
    except OSError as error:
        raise ReportError(
            f"The reports cannot be written to {folder} ({error.strerror or error}); free some space or name another."
        ) from None
    return written
