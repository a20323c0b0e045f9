"""The tests of the checks mirror the checks: for a module the test module of the same name, which names its checks."""

from __future__ import annotations

import ast
from pathlib import Path

from conformance import checks
from conformance.checks import load_checks

MODULES = Path(checks.__file__).parent
TESTS = Path(__file__).parent / "checks"


def modules() -> dict[Path, Path]:
    """Each module of checks that holds a function -> where its test module belongs."""
    found = [path for path in MODULES.rglob("*.py") if path.name != "__init__.py" and _does_something(path)]
    return {path: TESTS / path.relative_to(MODULES).with_name(f"test_{path.name}") for path in found}


def _does_something(path: Path) -> bool:
    """Whether there is a function; what only names things has nothing that a test could ask."""
    return any(isinstance(node, ast.FunctionDef) for node in ast.walk(ast.parse(path.read_text())))


def test_every_check_module_has_a_test_module_of_its_name() -> None:
    missing = [str(test.relative_to(TESTS)) for test in modules().values() if not test.exists()]
    assert not missing, f"write in tests/checks: {', '.join(sorted(missing))}"


def test_every_test_module_of_the_checks_is_named_after_one() -> None:
    known = {MODULES / path.relative_to(TESTS).with_name(path.name.removeprefix("test_")) for path in _test_modules()}
    strangers = [str(path.relative_to(MODULES)) for path in known if not path.exists()]
    assert not strangers, f"tests/checks has tests for modules that do not exist: {', '.join(sorted(strangers))}"


def test_every_check_is_named_in_the_test_module_of_its_module() -> None:
    texts = {path: test.read_text() for path, test in modules().items() if test.exists()}
    unnamed = []
    for check in load_checks().values():
        path = MODULES.joinpath(*check.module.split(".")[2:]).with_suffix(".py")
        if f'"{check.id}"' not in texts.get(path, f'"{check.id}"'):
            unnamed.append(f"{check.id} (tests/checks/{path.relative_to(MODULES).with_name(f'test_{path.name}')})")
    assert not unnamed, f"no test speaks of {', '.join(unnamed)}"


def _test_modules() -> list[Path]:
    return list(TESTS.rglob("test_*.py"))
