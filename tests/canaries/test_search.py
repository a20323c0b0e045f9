"""The search itself: a secret that stands somewhere, in whatever notation, is found."""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import pytest

from tests.canaries.spoils import artifacts, caught

KEY = bytes.fromhex("8f1b2a90e3c44d57b6a1f09c7e8d2b35")
WORD = "Canary<Pass>&\"1'"
WRITTEN = {
    "raw": KEY,
    "hexadecimal": KEY.hex().encode(),
    "capitals": KEY.hex().upper().encode(),
    "UUID": str(UUID(bytes=KEY)).encode(),
    "GUID order": UUID(bytes=KEY).bytes_le.hex().encode(),
    "reversed": base64.b64encode(KEY[::-1]),
    "base64": base64.b64encode(KEY),
    "base64, one byte on": base64.b64encode(b"x" + KEY + b"yy"),
    "base64, two bytes on": base64.b64encode(b"xy" + KEY + b"z"),
    "url-safe": base64.urlsafe_b64encode(KEY),
    "UTF-16": KEY.hex().encode("utf-16-le"),
    "Latin-1 as UTF-8": KEY.decode("latin-1").encode(),
    "Python": repr(KEY).encode(),
    "numbers": str(list(KEY)).encode(),
    "password": WORD.encode(),
    "password as HTML": b"Canary&lt;Pass&gt;&amp;&quot;1&#x27;",
    "password as JSON": b"Canary<Pass>&\\\"1'",
    "password in a URL": quote(WORD, safe="").encode(),
    "password in UTF-16": WORD.encode("utf-16-le"),
    "password in base64": base64.b64encode(b"user:" + WORD.encode()),
}


@pytest.mark.parametrize("how", sorted(WRITTEN))
def test_a_planted_secret_is_found(how: str, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(b"before " + WRITTEN[how] + b" after")
    assert caught({"key": KEY, "password": WORD}, artifacts(tmp_path, ""))
    assert not caught({"key": KEY[::-2] + KEY[::2], "password": "Another-Word"}, artifacts(tmp_path, ""))


def test_what_is_printed_and_names_of_files_are_searched(tmp_path: Path) -> None:
    (tmp_path / KEY.hex()).touch()
    assert caught({"key": KEY}, artifacts(tmp_path, "")) == ["names of files: key, hexadecimal"]
    assert caught({"password": WORD}, artifacts(tmp_path, f"it is {WORD}"))[0].startswith("what was printed: password")
