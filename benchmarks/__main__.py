"""Measures everything once, prints a table and writes JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from benchmarks.floor import answers_per_second, bare_loop
from benchmarks.growth import growth
from benchmarks.loading import load_worker
from benchmarks.measuring import HOME, Row, machine, noise, yardstick
from benchmarks.questions import questions
from benchmarks.whole_run import on_loopback, smoke, with_delays
from benchmarks.worst import worst

PARTS: dict[str, tuple[Callable[[], Iterator[Row]], ...]] = {
    "a": (on_loopback,),
    "b": (with_delays, smoke),
    "c": (growth,),
    "d": (bare_loop,),
    "e": (answers_per_second,),
    "f": (load_worker,),
    "g": (worst,),
    "h": (questions,),
}


def main() -> int:
    """Run the parts that are asked for; 0 where every target is met, else 1."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--only", default="".join(PARTS), metavar="LETTERS", help=f"some of {', '.join(PARTS)} (default: all)"
    )
    parser.add_argument("--out", default=str(HOME / "reports" / "benchmarks.json"), metavar="FILE", help="the JSON")
    options = parser.parse_args()
    unknown = set(options.only) - set(PARTS)
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; known are {', '.join(PARTS)}")
    before = noise()
    pace = yardstick()
    print(f"{machine()}; load average before: {before}; a fixed piece of work takes {pace:.2f} s of CPU\n")
    print("| | what | measured | target |\n|---|---|---|---|", flush=True)
    rows = []
    for letter in dict.fromkeys(options.only):
        for part in PARTS[letter]:
            for row in part():
                print(_line(row), flush=True)
                rows.append(row)
    out = Path(options.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "machine": machine(),
        "load_average_before": before,
        "yardstick": pace,
        "rows": [asdict(row) for row in rows],
    }
    out.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if any(row.met is False for row in rows) else 0


def _line(row: Row) -> str:
    verdict = "" if row.met is None else (" met" if row.met else " **not met**")
    return f"| {row.part} | {row.what} | {row.measured} | {row.target}{verdict} |"


if __name__ == "__main__":
    sys.exit(main())
