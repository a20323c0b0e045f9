"""Whole runs of the command in a process of their own, with everything switched on that writes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
HANGS_AFTER = 600
"""Seconds: far more than a run needs on a busy machine, since nothing here is about speed."""
TALKATIVE = ("--html=page.html", "--self-contained-html", "--junitxml=pytest.xml", "-rA", "-vv", "--tb=long", "-l")
"""Options of pytest under which it says the most, local variables of tracebacks included."""


@dataclass(frozen=True)
class Played:
    """What a run left: the folder with all that it wrote, and what it printed."""

    folder: Path
    output: str
    status: int


def play(
    folder: Path,
    url: str,
    options: Sequence[str],
    env: Mapping[str, str],
    pytest_options: Sequence[str] = (),
    profile: str = "reference",
) -> Played:
    """One run; `folder` becomes its working directory, and holds nothing but what the run writes."""
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "conformance", "run", f"--server-url={url}", f"--profile={profile}"]
    command += ["--seed=canary", "--timeout=10", *options, "--", *TALKATIVE, *pytest_options]
    given = {"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT), "PYTHONDONTWRITEBYTECODE": "1", **env}
    done = subprocess.run(
        command,
        cwd=folder,
        env=given,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=HANGS_AFTER,
        check=False,
    )
    return Played(folder, done.stdout + done.stderr, done.returncode)
