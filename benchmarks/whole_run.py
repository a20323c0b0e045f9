"""(a) and (b): the whole run, on loopback and against servers that take their time."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measuring import Row, Used, key_server, run

DELAYS = (0, 50, 100, 200)
AWS_SECONDS = {0: 15, 100: 22, 200: 28}
"""What AWS's suite takes for its 70 tests at these delays; ours shall need no longer at concurrency 8."""


def conformance_run(*options: str) -> tuple[Used, dict[str, Any]]:
    """A whole run of the suite with these options; what it used, and its result document."""
    with tempfile.TemporaryDirectory() as folder:
        reports = f"--speke-report-dir={folder}"
        used = run(
            ["-m", "pytest", "-q", "-p", "no:cacheprovider", "testcases", "--speke-seed=benchmark", reports, *options]
        )
        results = Path(folder) / "latest" / "results.json"
        if not results.is_file():
            raise SystemExit(f"The run to be measured wrote no report:\n{used.output[-2000:]}")
        return used, json.loads(results.read_text(encoding="utf-8"))


def on_loopback() -> Iterator[Row]:
    """(a) The whole run against the built-in server, and what collection alone takes."""
    used, document = conformance_run()
    results, exchanges = len(document["results"]), document["budget"]["requests"]
    numbers = {"seconds": used.seconds, "cpu": used.cpu, "megabytes": used.megabytes, "results": float(results)}
    size = f"{results} results, {exchanges} requests"
    yield Row("a", f"whole run on loopback: {size}", f"{used.seconds:.1f} s", "≤ 10 s", used.seconds <= 10, numbers)
    yield Row("a", "… CPU, server included", f"{used.cpu:.1f} s")
    yield Row("a", "… peak memory", f"{used.megabytes:.0f} MB", "≤ 200 MB", used.megabytes <= 200)
    yield Row(
        "a",
        "… CPU per result, all included",
        f"{used.cpu / results * 1000:.2f} ms",
        "≤ 2 ms",
        used.cpu / results <= 0.002,
    )
    collecting = run(["-m", "pytest", "-q", "-p", "no:cacheprovider", "testcases", "--collect-only"])
    bare = run(["-m", "pytest", "--version"])
    took = collecting.seconds - bare.seconds
    yield Row("a", "… collection (less pytest's own start)", f"{took:.1f} s", "≤ 1.5 s", took <= 1.5, {"seconds": took})


def with_delays(delays: Sequence[int] = DELAYS) -> Iterator[Row]:
    """(b) The whole run against a server that delays each answer, beside the least that is possible."""
    for delay in delays:
        for concurrency in (4, 8):
            if concurrency == 8 and delay not in (100, 200):
                continue
            with key_server(delay) as url:
                used, document = conformance_run(
                    f"--server-url={url}", "--speke-profile=reference", f"--speke-concurrency={concurrency}"
                )
            at_once = min(concurrency, int(document["claims"].get("concurrent", concurrency)))
            limit = document["budget"]["requests"] * delay / 1000 / at_once
            target, met = "", None
            if concurrency == 4 and delay == 100:
                target, met = f"≤ {1.15 * limit + 3:.1f} s", used.seconds <= 1.15 * limit + 3
            elif concurrency == 8:
                target, met = f"≤ {AWS_SECONDS[delay]} s", used.seconds <= AWS_SECONDS[delay]
            yield Row(
                "b",
                f"server delays {delay} ms, concurrency {at_once} (limit {limit:.1f} s)",
                f"{used.seconds:.1f} s",
                target,
                met,
                {"seconds": used.seconds, "limit": limit, "cpu": used.cpu},
            )


def smoke() -> Iterator[Row]:
    """The profile for a first look, beside the whole run."""
    with key_server(100) as url:
        used, document = conformance_run(f"--server-url={url}", "--speke-profile=smoke")
    what = f"profile smoke at 100 ms: {len(document['results'])} results"
    yield Row(
        "b", what, f"{used.seconds:.1f} s", "≤ 4.4 s", used.seconds <= AWS_SECONDS[100] / 5, {"seconds": used.seconds}
    )
