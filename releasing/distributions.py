"""Wheel and sdist, built twice: a release that cannot be built again by others is refused."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from releasing.refusal import Refusal
from releasing.source import Source, export


def build_twice(source: Source) -> dict[str, bytes]:
    """Name -> content of sdist and wheel; raises Refusal where two builds differ."""
    first, second = _build(source), _build(source)
    different = sorted(name for name in {*first, *second} if first.get(name) != second.get(name))
    if different:
        raise Refusal(f"Two builds of the same commit differ in {', '.join(different)}; find what changes, and fix it.")
    return first


def _build(source: Source) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory(prefix="speke-release-") as name:
        home, out = export(source.root, source.commit, Path(name) / "source"), Path(name) / "dist"
        # Nothing but the commit decides: its time, and a fixed order of what Python hashes.
        fixed = {"SOURCE_DATE_EPOCH": str(source.epoch), "PYTHONHASHSEED": "0", "TZ": "UTC"}
        done = subprocess.run(
            [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(home)],
            env=os.environ | fixed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Refusal(f"The build failed:\n{done.stdout[-2000:]}")
        return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


def sha256(content: bytes) -> str:
    """Digest in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
