"""Marks such as · and → where the terminal cannot show them: the nearest ASCII, not an escape such as \\xb7."""

from __future__ import annotations

import codecs
import io
from typing import TextIO

HANDLER = "speke-plain-marks"
_MARKS = {"·": "-", "–": "-", "×": "x", "→": "->", "…": "...", "“": '"', "”": '"', "’": "'", "§": "section ", "≤": "<="}


def use_plain_marks(*streams: TextIO | None) -> None:
    """From now on these streams write what their encoding cannot hold in plain marks."""
    codecs.register_error(HANDLER, _plain)
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=HANDLER)


def _plain(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    marks = _MARKS.get(error.object[error.start])
    if marks is None:
        return codecs.backslashreplace_errors(error)
    return marks, error.start + 1
