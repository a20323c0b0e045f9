"""Makes all views again from results.json, offline: after an upgrade, or when only that file was kept."""

from __future__ import annotations

from pathlib import Path

from conformance.reporting.writer import ReportError, views, write_whole
from conformance.results.document import Document
from conformance.results.journal import journal_beside
from conformance.results.reader import NAME


def remake(document: Document, folder: Path) -> list[str]:
    """Write every view of the document into the folder, over what is there; the names of the files.

    `results.json` itself is written only where it is not there yet, or where it was made of the journal of a run that
    was cut off. Nothing is written over in a folder that is not one of reports. Raises ReportError with one sentence.
    """
    written = []
    source = folder / NAME
    fresh = not source.exists() or journal_beside(source) is not None
    if not source.exists() and journal_beside(source) is None:
        _refuse_foreign(document, folder)
    try:
        for name, content in views(document):
            if name != NAME or fresh:
                write_whole(folder / name, content)
                written.append(name)
    except OSError as error:
        raise ReportError(
            f"The reports cannot be written to {folder} ({error.strerror or error}); free some space or name another."
        ) from None
    return written


def _refuse_foreign(document: Document, folder: Path) -> None:
    for name, _ in views(document) if folder.is_dir() else ():
        if (folder / name).exists():
            raise ReportError(
                f"{folder} is not a folder of reports, and already holds a file {name}: name another folder."
            )
