"""(f): what one load worker holds, judged and unjudged."""

from __future__ import annotations

import importlib.util
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import Row, key_server, run

SECONDS = 5


def load_worker() -> Iterator[Row]:
    """The template of two keys and three systems as fast as one worker can, with and without judging."""
    if importlib.util.find_spec("locust") is None:
        yield Row("f", "load worker", "not measured: Locust is not installed (pip install 'speke-conformance[load]')")
        return
    rates, costs = {}, {}
    for name, options in (("unjudged", ["--unjudged"]), ("judged", [])):
        with key_server() as url, tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "outcome.json"
            command = ["-m", "conformance", "load", f"--server-url={url}", "--profile=reference", "--rotation=0"]
            used = run([*command, "--users=8", f"--run-time={SECONDS}s", f"--out={out}", *options])
            if not out.is_file():
                raise SystemExit(f"The load test to be measured came to nothing:\n{used.output[-2000:]}")
            outcome = json.loads(out.read_text(encoding="utf-8"))
        rates[name] = float(outcome["per_second"])
        costs[name] = used.cpu / outcome["requests"] * 1000
        target, met = ("≥ 150", rates[name] >= 150) if name == "judged" else ("", None)
        yield Row(
            "f",
            f"one load worker, {name}",
            f"{rates[name]:.0f} requests a second",
            target,
            met,
            {"per_second": rates[name], "cpu_ms": costs[name]},
        )
    share = rates["judged"] / rates["unjudged"]
    yield Row("f", "… judged, of unjudged", f"{share:.0%}", "≥ 60 %", share >= 0.6, {"share": share})
