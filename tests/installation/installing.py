"""Builds the distributions and installs one into an empty environment, offline from a folder of wheels."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import sysconfig
import warnings
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements.lock"


@dataclass(frozen=True)
class Distributions:
    """What a release consists of."""

    wheel: Path
    sdist: Path


@dataclass(frozen=True)
class Environment:
    """A virtual environment that holds the wheel and what it depends on, and nothing of the checkout."""

    folder: Path

    def run(self, *command: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment in a folder; both outputs together, as text."""
        programs = self.folder / ("Scripts" if os.name == "nt" else "bin")
        typed = [str(programs / command[0]), *command[1:]]
        if not (programs / command[0]).exists():
            # Where dependencies are borrowed, their scripts are not there.
            typed = [str(programs / "python"), "-m", *command]
        return subprocess.run(
            typed,
            cwd=cwd,
            env=clean_environment() | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )


def clean_environment() -> dict[str, str]:
    """The process environment without what would let the checkout be found."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}


def build(folder: Path, source: Path = ROOT) -> Distributions:
    """Build wheel and sdist of a checkout (or of an unpacked sdist)."""
    here = ["--no-isolation"] if find_spec("hatchling") else []
    _checked([sys.executable, "-m", "build", *here, "--outdir", str(folder), str(source)])
    return Distributions(next(folder.glob("*.whl")), next(folder.glob("*.tar.gz")))


def install(folder: Path, wheel: Path) -> Environment:
    """An environment with the wheel; a warning says so where the dependencies could not be had as wheels."""
    _checked([sys.executable, "-m", "venv", str(folder)])
    made = Environment(folder)
    pip = [str(made.folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    wheels, reason = wheelhouse()
    if wheels is not None:
        _checked([*pip, "--no-index", "--find-links", str(wheels), str(wheel)])
        return made
    warnings.warn(
        f"no folder of wheels could be made ({reason}); the dependencies are borrowed from this environment",
        stacklevel=2,
    )
    _checked([*pip, "--no-index", "--no-deps", str(wheel)])
    site = next((folder / "lib").glob("python*/site-packages"))
    (site / "borrowed.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    return made


def wheelhouse() -> tuple[Path | None, str]:
    """The folder with a wheel for every locked dependency, filled once; or None and why it could not be filled."""
    stamp = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()[:16]
    folder = ROOT / "build" / "wheels" / stamp
    done = folder / "complete"
    if not done.is_file():
        command = ["download", "--quiet", "--require-hashes", "--only-binary", ":all:", "--dest", str(folder)]
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
        ended = subprocess.run([*pip, *command, "-r", str(LOCK)], capture_output=True, text=True, check=False)
        if ended.returncode:
            return None, (ended.stderr.strip().splitlines() or ["pip gave no reason"])[-1]
        done.touch()
    return folder, ""


def _checked(command: list[str]) -> None:
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, f"{' '.join(command)} ended with {ended.returncode}:\n{ended.stdout[-3000:]}"
