"""A short clip that nobody owns: a test picture and a tone, made on the spot; and its frames as digests."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

from conformance.packager.tools import Tools

Media = Literal["video", "audio"]

SECONDS = 2
_STREAM = {"video": "0:v:0", "audio": "0:a:0"}
_PICTURE = f"testsrc2=size=320x180:rate=25:duration={SECONDS}"
_TONE = f"sine=frequency=440:duration={SECONDS}"


class ClipError(Exception):
    """FFmpeg cannot make the clip; the text says why."""


def make_clip(tools: Tools, folder: Path) -> Path:
    """Make the clip: H.264, 320×180, 25 frames a second, and AAC, without any network."""
    path = folder / "clip.mp4"
    inputs = ["-f", "lavfi", "-i", _PICTURE, "-f", "lavfi", "-i", _TONE]
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest"]
    made = tools.convert([*inputs, *coding, str(path)])
    if not made.succeeded or not path.is_file():
        raise ClipError(f"FFmpeg cannot make the clip: {made.complaint or 'no file was written'}.")
    return path


def frames(tools: Tools, path: Path, media: Media) -> str:
    """One digest of all decoded frames of a file; "" where nothing can be decoded.

    Sizes and contents count, time stamps do not: a packager may shift them.
    """
    told = tools.convert(["-i", str(path), "-map", _STREAM[media], "-f", "framehash", "-"])
    lines = [line.rsplit(b",", 2)[1:] for line in told.output.splitlines() if not line.startswith(b"#")]
    return hashlib.sha256(b"\n".join(b",".join(line) for line in lines)).hexdigest() if lines else ""
