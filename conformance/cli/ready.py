"""`ready`: will my channel work with this key server?"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace

from conformance.catalogue import load_catalogue
from conformance.catalogue.yamlfile import nearest
from conformance.cli.command import Command
from conformance.cli.common import show
from conformance.diagnosis.diagnose import diagnose
from conformance.diagnosis.encryptors import load_encryptors
from conformance.diagnosis.readiness import Cell, Row, everywhere, readiness
from conformance.judge import FAILED, INCOMPLETE, PASSED
from conformance.reporting.readiness_text import ready_lines
from conformance.results.index import ResultsIndex
from conformance.results.reader import read_results
from conformance.wire.errors import OptionError


def declare(parser: argparse.ArgumentParser) -> None:
    """Options: the run, and which channels."""
    parser.add_argument(
        "results",
        metavar="RESULTS",
        nargs="?",
        default="reports/latest",
        help="results.json of a run, or its folder (default: reports/latest)",
    )
    parser.add_argument("--encryptor", choices=[one.name for one in load_encryptors()])
    parser.add_argument("--packaging", choices=["ts", "cmaf", "dash", "smooth"])
    parser.add_argument("--system", metavar="NAME", help="a DRM system, such as widevine")
    parser.add_argument("--scheme", choices=["cenc", "cbcs", "cbc1"])
    parser.add_argument("--presets", metavar="PAIR", help="a pair of presets, such as V5+A3, or SHARED")
    parser.add_argument("--json", action="store_true", help="print every cell as JSON")


def run(options: argparse.Namespace) -> int:
    """Print the channels; 1 where one of them will not work, 10 where none is shown to work."""
    reading = ResultsIndex(read_results(options.results))
    diagnosis = diagnose(reading)
    rows = _chosen(readiness(reading, diagnosis), options)
    if options.json:
        print(json.dumps([_plain(row, cell) for row in rows for cell in row.cells], indent=2))
    else:
        show(ready_lines(rows, everywhere(reading, diagnosis)))
    states = {cell.state for row in rows for cell in row.cells}
    return FAILED if "no" in states else PASSED if "yes" in states else INCOMPLETE


def _chosen(rows: list[Row], options: argparse.Namespace) -> list[Row]:
    systems, presets = {row.system for row in rows}, {cell.presets for row in rows for cell in row.cells}
    for member, known in (("system", systems), ("presets", presets)):
        value = getattr(options, member)
        if value is not None and value not in known:
            near = nearest(value, known)
            raise OptionError(f"--{member} {value!r} is in no channel{near}; known are {_listed(known)}.")
    found = []
    for row in rows:
        wanted = (
            options.encryptor in (None, row.encryptor.name)
            and options.packaging in (None, row.packaging.name)
            and options.system in (None, row.system)
            and options.scheme in (None, row.scheme)
        )
        cells = tuple(cell for cell in row.cells if options.presets in (None, cell.presets))
        if wanted and cells:
            found.append(replace(row, cells=cells))
    if not found:
        raise OptionError("No encryptor makes such a channel; leave one of the options out to see which there are.")
    return found


def _listed(names: set[str]) -> str:
    return "; ".join(sorted(names))


def _plain(row: Row, cell: Cell) -> dict[str, str]:
    return {
        "encryptor": row.encryptor.name,
        "packaging": row.packaging.name,
        "system": row.system,
        "scheme": row.scheme,
        "presets": cell.presets,
        "answer": cell.state,
        "cause": cell.cause.title if cell.cause is not None else "",
        "page": load_catalogue().pages[row.encryptor.page].address,
    }


COMMAND = Command("ready", "will my channel work? encryptor, packaging, DRM systems, presets", declare, run)
