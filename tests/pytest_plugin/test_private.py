"""What is used of libraries without their promise: there, where we use it, and in one module for each library."""

from __future__ import annotations

import argparse
import ast
import http.client
import inspect
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
import urllib3
from _pytest.config import Config
from _pytest.runner import SetupState, check_interactive_exception
from _pytest.terminal import TerminalReporter
from urllib3.connection import HTTPConnection
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from conformance.pytest_plugin.private import leave_out_places_without_a_line

HOME = Path(__file__).parents[2] / "conformance"
MODULES = {"pytest_plugin/private.py", "wire/connection.py", "wire/attempt.py", "cli/parser.py"}
"""pytest and pytest-xdist; urllib3; the reader of heads in the standard library; argparse."""
OWN = {"self", "cls", "os"}
PUBLIC = {"_replace", "_value2member_map_", "_Element", "_ElementTree", "_Attrib", "_LogEntry"}
"""Names that begin with an underscore and are documented, or are types of lxml that its stubs publish."""
SOURCES = sorted(HOME.rglob("*.py"))


def test_pytest_has_what_we_use_of_it() -> None:
    assert list(inspect.signature(check_interactive_exception).parameters) == ["call", "report"]
    assert list(inspect.signature(SetupState.teardown_exact).parameters) == ["self", "nextitem"]


def test_a_place_without_a_line_is_left_out_of_a_traceback() -> None:
    class Place:
        def __init__(self, tb_lineno: int | None) -> None:
            self._rawentry = SimpleNamespace(tb_lineno=tb_lineno)

    excinfo = SimpleNamespace(traceback=[Place(3), Place(None)])
    leave_out_places_without_a_line(excinfo)  # type: ignore[arg-type]
    assert [one._rawentry.tb_lineno for one in excinfo.traceback] == [3]
    with pytest.raises(ZeroDivisionError) as caught:
        print(1 / 0)
    assert caught.traceback[0]._rawentry.tb_lineno == caught.traceback[0].lineno + 1


def test_the_terminal_asks_whether_to_show_its_percentages() -> None:
    assert "self._show_progress_info" in inspect.getsource(TerminalReporter.pytest_runtestloop)


def test_the_writer_of_the_terminal_has_its_file(pytestconfig: Config) -> None:
    assert hasattr(pytestconfig.get_terminal_writer(), "_file")


def test_xdist_splits_its_scopes_where_we_do() -> None:
    assert list(inspect.signature(LoadScopeScheduling._split_scope).parameters) == ["self", "nodeid"]
    assert "self._split_scope(" in inspect.getsource(LoadScopeScheduling)


def test_urllib3_makes_and_checks_its_connections_where_we_do() -> None:
    assert "_new_conn" in inspect.getsource(HTTPConnection.connect)
    assert "_dns_host" in inspect.getsource(HTTPConnection)
    assert "_validate_conn(conn)" in inspect.getsource(urllib3.HTTPSConnectionPool.urlopen) + inspect.getsource(
        urllib3.HTTPSConnectionPool._make_request
    )
    assert "is_closed" in inspect.getsource(urllib3.HTTPSConnectionPool._validate_conn)


def test_argparse_knows_its_options_where_we_look() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--known")
    assert "--known" in parser._option_string_actions


def test_the_standard_library_reads_a_status_line_where_we_do() -> None:
    assert "self._read_status()" in inspect.getsource(http.client.HTTPResponse.begin)


@cache
def _ours() -> set[str]:
    """Private names of our own classes and modules."""
    nodes = [node for path in SOURCES for node in ast.walk(_parsed(path))]
    members = {node.attr for node in nodes if isinstance(node, ast.Attribute) and _is_own(node.value)}
    return members | {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))}


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _reached_into(tree: ast.AST) -> Iterator[str]:
    """Private names that are read of another library's modules or objects."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("_") and node.module != "__future__":
            yield f"from {node.module}"
        if isinstance(node, ast.Attribute) and _is_foreign(node):
            yield node.attr


def _is_foreign(node: ast.Attribute) -> bool:
    private = node.attr.startswith("_") and not node.attr.startswith("__")
    return private and not _is_own(node.value) and node.attr not in _ours() | PUBLIC


def _is_own(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in OWN


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(HOME).as_posix())
def test_no_other_module_reaches_into_a_library(path: Path) -> None:
    found = sorted(set(_reached_into(_parsed(path))))
    assert not found or path.relative_to(HOME).as_posix() in MODULES, found
