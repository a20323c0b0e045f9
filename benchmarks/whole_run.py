"""(a) and (b): the whole run, on loopback and against servers that take their time."""

from __future__ import annotations

import contextlib
import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measuring import HOME, Row, Used, key_server, run

PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-p", "no:xdist")
"""pytest as a user has it: without the plugins that only our own tests need."""

DELAYS = (0, 50, 100, 200)
AWS_SECONDS = {0: 15, 100: 22, 200: 28}
"""What AWS's suite takes for its 70 tests at these delays; ours shall need no longer at concurrency 8."""


def conformance_run(*options: str) -> tuple[Used, dict[str, Any]]:
    """A whole run of the suite with these options; what it used, and its result document."""
    with tempfile.TemporaryDirectory() as folder:
        given = ["testcases", "--speke-seed=benchmark", f"--speke-report-dir={folder}", *options]
        used = run([*PYTEST, *given])
        results = Path(folder) / "latest" / "results.json"
        if not results.is_file():
            raise SystemExit(f"The run to be measured wrote no report:\n{used.output[-2000:]}")
        return used, json.loads(results.read_text(encoding="utf-8"))


def on_loopback() -> Iterator[Row]:
    """(a) The whole run against the built-in server, and what collection alone takes."""
    used, document = conformance_run()
    results, exchanges = sum(document["counts"].values()), document["budget"]["requests"]
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
    collecting = run([*PYTEST, "testcases", "--collect-only"])
    bare = run(["-m", "pytest", "--version"])
    took = collecting.seconds - bare.seconds
    yield Row("a", "… collection (less pytest's own start)", f"{took:.1f} s", "≤ 1.5 s", took <= 1.5, {"seconds": took})


def with_delays(delays: Sequence[int] = DELAYS) -> Iterator[Row]:
    """(b) The whole run against a server that delays each answer, beside the least that is possible."""
    for delay in delays:
        for concurrency in (4, 8):
            if concurrency == 8 and delay not in (100, 200):
                continue
            with key_server(delay) as url, _bearing(concurrency) as profile:
                used, document = conformance_run(
                    f"--server-url={url}", f"--speke-profile={profile}", f"--speke-concurrency={concurrency}"
                )
            limit = document["budget"]["requests"] * delay / 1000 / concurrency
            target, met = "", None
            if concurrency == 4 and delay == 100:
                target, met = f"≤ {1.15 * limit + 3:.1f} s", used.seconds <= 1.15 * limit + 3
            elif concurrency == 8:
                target, met = f"≤ {AWS_SECONDS[delay]} s", used.seconds <= AWS_SECONDS[delay]
            yield Row(
                "b",
                f"server delays {delay} ms, concurrency {concurrency} (limit {limit:.1f} s)",
                f"{used.seconds:.1f} s ({used.cpu:.1f} s CPU)",
                target,
                met,
                {"seconds": used.seconds, "limit": limit, "cpu": used.cpu},
            )


@contextlib.contextmanager
def _bearing(concurrency: int) -> Iterator[Path]:
    """The profile `reference` for a server that bears so many requests at once; a run keeps to what is claimed."""
    text = (HOME / "profiles" / "reference.yaml").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "reference.yaml"
        path.write_text(re.sub(r"concurrent: \d+", f"concurrent: {concurrency}", text), encoding="utf-8")
        yield path


def smoke() -> Iterator[Row]:
    """The profile for a first look, beside the whole run."""
    with key_server(100) as url:
        used, document = conformance_run(f"--server-url={url}", "--speke-profile=smoke")
    what = f"profile smoke at 100 ms: {len(document['results'])} results"
    yield Row(
        "b", what, f"{used.seconds:.1f} s", "≤ 4.4 s", used.seconds <= AWS_SECONDS[100] / 5, {"seconds": used.seconds}
    )
