"""A terminal without Unicode, and one without colours, can read what is printed."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.reporting.plain_marks import use_plain_marks

ROOT = Path(__file__).resolve().parents[2]
ASCII = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C", "PYTHONIOENCODING": ""}


@pytest.mark.parametrize(
    ("text", "written"),
    [("2 × a → b · c…", b"2 x a -> b - c..."), ("“so” §4", b'"so" section 4'), ("é 漢", b"\\xe9 \\u6f22"), ("a", b"a")],
)
def test_marks_have_an_ascii_form(text: str, written: bytes) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    use_plain_marks(stream, None)
    stream.write(text)
    stream.flush()
    assert raw.getvalue() == written


def test_utf8_keeps_its_marks() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="utf-8")
    use_plain_marks(stream)
    stream.write("a · b")
    stream.flush()
    assert raw.getvalue().decode() == "a · b"


def test_a_run_in_the_c_locale_prints_no_escapes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "conformance", "run", "--profile", "smoke", "-k", "values-distinct"]
    variables = {**os.environ, **ASCII, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    done = subprocess.run(
        [*command, "--fault", "KEY-SAME-FOR-ALL"], cwd=tmp_path, env=variables, capture_output=True, check=False
    )
    text = done.stdout.decode("ascii")
    assert done.returncode == 1 and re.search(r"\d+ x keys\.values-distinct", text), text
    assert "\\x" not in text and "\\u" not in text and "\x1b" not in text


@pytest.mark.parametrize(("variable", "coloured"), [("NO_COLOR", False), ("FORCE_COLOR", True)])
def test_colours_go_by_the_usual_variables(variable: str, coloured: bool, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "conformance", "run", "--profile", "smoke", "-k", "values-distinct"]
    others = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    variables = {**others, variable: "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False)
    assert ("\x1b[" in done.stdout) is coloured
