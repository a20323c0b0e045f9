"""Writes the reports of a run into a folder of their own, and points `latest` at it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from conformance.reporting.badge import badge_json, badge_svg
from conformance.reporting.ctrf import ctrf
from conformance.reporting.exchange_files import exchange_files
from conformance.reporting.junit import junit_xml
from conformance.reporting.latest import foreign_latest, point_latest
from conformance.reporting.markdown import summary_md
from conformance.reporting.qualification_page import qualification_html
from conformance.reporting.statement_page import statement_html
from conformance.results.document import Document
from conformance.results.journal import remove_journal
from conformance.results.reader import NAME
from conformance.results.seal import sealed


class ReportError(Exception):
    """The reports could not be written; the text is one sentence for the user."""


def new_folder(report_dir: Path, started: str) -> Path:
    """Make the folder of one run, named by its start (UTC); raises ReportError with one sentence."""
    try:
        return _new_folder(report_dir, started)
    except OSError as error:
        raise ReportError(
            f"The reports cannot be written to {report_dir} ({error.strerror or error}). "
            "Name another folder with --speke-report-dir."
        ) from None


def write_reports(document: Document, report_dir: Path, made: Path | None = None, *, pointed: bool = False) -> Path:
    """Write every view of the document into `REPORT_DIR/<UTC time>/` and point `REPORT_DIR/latest` there.

    `made` is the run's folder where `new_folder` has made it already; with `pointed`, `latest` shows it already, too.

    `results.json` comes first, and then the run's journal is not needed any more. Each file appears as a whole or not
    at all, so that an interruption leaves something that can be read. Returns the folder. Raises ReportError with one
    sentence.
    """
    refuse_foreign_latest(report_dir)
    folder = report_dir
    try:
        folder = made or _new_folder(report_dir, document.run.started)
        for name, content in views(document):
            write_whole(folder / name, content)
            del content  # one view after the other: all of them at once would double the memory of a run
            if name == NAME:
                remove_journal(folder)
        if not pointed:
            point_latest(report_dir, folder)
    except OSError as error:
        saved = (folder / "results.json").is_file() and folder != report_dir
        left = f"; results.json in {folder} is complete, and the rest can be made from it again" if saved else ""
        raise ReportError(
            f"The reports cannot be written to {report_dir} ({error.strerror or error}){left}. "
            "Free some space there or name another folder with --speke-report-dir."
        ) from None
    return folder


def refuse_foreign_latest(report_dir: Path) -> None:
    """Leave a `latest` alone that somebody else made; raises ReportError."""
    sentence = foreign_latest(report_dir)
    if sentence:
        raise ReportError(f"{sentence} with --speke-report-dir.")


def views(document: Document, cover: Sequence[str] = ()) -> Iterator[tuple[str, bytes]]:
    """(path inside the report's folder, content) of every file that is made of a document, the source first.

    `cover` are lines for page one, of somebody who hands the report to others.
    """
    yield "results.json", sealed(document)
    yield "qualification.html", _utf8(qualification_html(document, cover))
    yield "statement.html", _utf8(statement_html(document, cover))
    yield "junit.xml", junit_xml(document)
    yield "summary.md", _utf8(summary_md(document))
    yield "ctrf.json", _json(ctrf(document))
    yield "badge.svg", _utf8(badge_svg(document))
    yield "badge.json", _json(badge_json(document))
    for name, text in exchange_files(document):
        yield name, _utf8(text)


def _json(value: Any) -> bytes:
    # Plain ASCII: a lone surrogate from a server's text stays an escape and cannot break the encoding.
    return json.dumps(value, separators=(",", ":")).encode("ascii") + b"\n"


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def _new_folder(report_dir: Path, started: str) -> Path:
    """A folder named by the run's start; numbered where a run of the same second has taken the name."""
    base = "".join(char for char in started if char.isalnum() or char == "-") or "run"
    name, number = base, 2
    while True:
        try:
            (report_dir / name).mkdir(parents=True)
        except FileExistsError:
            if (report_dir.exists() and not report_dir.is_dir()) or number > 1000:
                raise
            name, number = f"{base}-{number}", number + 1
        else:
            return report_dir / name


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it appears as a whole or not at all; raises OSError."""
    if path.parent.name and not path.parent.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
