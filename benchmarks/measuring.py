"""One measurement, a process with its CPU time and memory, and the key server that is asked."""

from __future__ import annotations

import contextlib
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    part: str
    """The letter of the benchmark that it belongs to."""
    what: str
    measured: str
    target: str = ""
    met: bool | None = None
    """None where there is no target."""
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Used:
    """What a process has used."""

    seconds: float
    cpu: float
    """Seconds of user and system time, of the process and its children."""
    megabytes: float
    """The most memory that it held at a time."""
    status: int
    output: str


def run(command: Sequence[str], env: Mapping[str, str] | None = None) -> Used:
    """Run a Python command line to its end and measure it."""
    begin = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=HOME,
        env={**_usual(), **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    # Linux counts kilobytes here, macOS bytes.
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    cpu = used.ru_utime + used.ru_stime
    return Used(time.monotonic() - begin, cpu, used.ru_maxrss / unit, process.returncode, output)


def _usual() -> dict[str, str]:
    """The environment as most users have it: modules are compiled once, not in each process."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(HOME)}


@contextlib.contextmanager
def key_server(delay_ms: int = 0) -> Iterator[str]:
    """The URL of a reference key server in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.serving", str(delay_ms)],
        cwd=HOME,
        env=_usual(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


def machine() -> str:
    """The machine in a few words."""
    name = ""
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores of {name or platform.machine()}, Python {platform.python_version()}, {platform.system()}"


def noise() -> str:
    """What else the machine had to do: the load average before the measurements."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def yardstick() -> float:
    """Seconds of CPU that a fixed piece of plain Python takes: by it the figures of two machines can be compared."""
    begin = time.process_time()
    for _ in range(20_000):
        sum(range(1_000))
    return time.process_time() - begin
