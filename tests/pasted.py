"""The commands that a run prints, taken from its output as a person would copy them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess, run


def commands(printed: str, label: str) -> list[str]:
    """What stands behind a label, such as `repeat` or `by hand`, wherever it is printed."""
    return [line.split(label, 1)[1].strip() for line in printed.splitlines() if line.startswith(f"  {label} ")]


def setting(printed: str) -> str:
    """The line that sets the URL."""
    found = re.search(r"^ *(export SPEKE_URL=\S+)$", printed, re.MULTILINE)
    return found[1] if found else ""


def paste(command: str, folder: Path, environment: Mapping[str, str]) -> CompletedProcess[str]:
    """Type it into a shell."""
    return run(["sh", "-c", command], cwd=folder, env=dict(environment), capture_output=True, text=True, check=False)
