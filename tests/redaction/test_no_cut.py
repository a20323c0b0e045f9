"""No check and no decoder cuts what a document says before secrets have been taken out of it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from conformance.model.quoted import excerpt, octets, plain
from conformance.redaction.redactor import Redactor

HOME = Path(__file__).resolve().parents[2] / "conformance"
SHORTEST = 20
"""Characters that would show much of a key: a shorter prefix says what something is, or is a digest of 16 bytes."""


SHOWING = ("excerpt", "show", "quoted", "octets", "preview")


def cuts(tree: ast.AST) -> list[int]:
    """The lines of slices up to a constant that would still show much of a value, and of pieces that are shown."""
    shown = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in SHOWING
        and any(isinstance(one, ast.Subscript) and isinstance(one.slice, ast.Slice) for one in node.args)
    ]
    return shown + [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Slice)
        and node.slice.lower is None
        and isinstance(node.slice.upper, ast.Constant)
        and isinstance(node.slice.upper.value, int)
        and node.slice.upper.value >= SHORTEST
    ]


def test_the_rule_sees_a_cut() -> None:
    assert cuts(ast.parse("Finding(where, 'a UUID', repr(text[:60]))")) == [1]
    assert cuts(ast.parse("found = show(text[at:])")) == [1]
    assert cuts(ast.parse("what = text[:5]; rest = text[60:]; found = show(text, at)")) == []


@pytest.mark.parametrize("room", ["checks", "cpix", "drm", "ledger", "packager"])
def test_texts_are_shortened_where_they_are_shown(room: str) -> None:
    found = {
        f"{path.relative_to(HOME)}:{line}": "use model.quoted.excerpt"
        for path in sorted((HOME / room).rglob("*.py"))
        for line in cuts(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_a_key_that_the_cut_goes_through_does_not_show() -> None:
    redactor = Redactor(b"salt")
    key = bytes(range(0x8F, 0x9F))
    redactor.learn(key)
    text = " ".join(map(str, key))
    assert plain(excerpt(text, 40)) == f"'{text[:40]}'…" and plain(excerpt(text, 20, 30)) == f"'{text[30:50]}'…"
    assert plain(octets(b"a" + key + b"z", 5, 4)) == f"{key[4:8].hex(' ')}…"
    for piece in (excerpt(text, 40), excerpt(text, 20, 30), octets(b"a" + key + b"z", 5, 4), octets(key, 0, 8)):
        shown = str(redactor.line(piece))
        assert shown.strip("'").startswith(("[withheld", "key:")), shown
