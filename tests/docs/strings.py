"""Every text that a user can read: strings of the code, titles of checks, templates, YAML."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from conformance.checks import load_checks
from tests.docs.pages import ROOT

_FOLDERS = ("conformance", "testcases", "profiles")
_TEMPLATES = (".j2", ".txt")
_STARTS = ROOT / "conformance" / "authoring" / "starts"


def texts() -> Iterator[tuple[str, str]]:
    """(file and line, text) of each. A text has at least two words; a single word is a name."""
    for path in sorted((ROOT / "conformance").rglob("*.py")):
        yield from _of_code(path)
    for check in load_checks().values():
        yield check.id, check.question
    for path in sorted(path for folder in _FOLDERS for path in (ROOT / folder).rglob("*.y*ml")):
        if path.parent == _STARTS:
            yield _name(path), path.read_text(encoding="utf-8")
        else:
            yield from _of_yaml(path)
    for path in sorted(path for kind in _TEMPLATES for path in (ROOT / "conformance").rglob(f"*{kind}")):
        yield from _of_template(path)


def _of_code(path: Path) -> Iterator[tuple[str, str]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    # What stands alone as a statement is a docstring; parts of an f-string are read with the whole.
    passed_over = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    passed_over |= {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if id(node) in passed_over:
            continue
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        if len(text.split()) > 1:
            yield f"{_name(path)}:{node.lineno}", text


def _of_yaml(path: Path) -> Iterator[tuple[str, str]]:
    nodes = [yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)]
    while nodes:
        node = nodes.pop()
        if isinstance(node, yaml.ScalarNode) and len(node.value.split()) > 1:
            yield f"{_name(path)}:{node.start_mark.line + 1}", node.value
        elif isinstance(node, yaml.SequenceNode):
            nodes += node.value
        elif isinstance(node, yaml.MappingNode):
            nodes += [value for _, value in node.value]


def _of_template(path: Path) -> Iterator[tuple[str, str]]:
    text = re.sub(r"\{%.*?%\}|\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for number, line in enumerate(re.sub(r"\{\{.*?\}\}", "…", text).splitlines(), start=1):
        yield f"{_name(path)}:{number}", re.sub(r"<[^>]*>", " ", line)


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
