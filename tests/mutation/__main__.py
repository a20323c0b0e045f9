"""`python -m tests.mutation MODULE …`: mutate modules with cosmic-ray in a copy of the checkout; show what survives."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
COPIED = ("conformance", "testcases", "profiles", "tests", "conftest.py", "pyproject.toml")
TOOLS = Path(sys.executable).parent
SECONDS = 300
"""For one trial: many times what it takes, so that only a mutant that loops is ended."""
WITHOUT_EFFECT = ("core/ReplaceBinaryOperator_BitOr_.*", "core/ReplaceBinaryOperator_.*_BitOr")
"""Annotations are not evaluated, so a union of types that becomes something else changes nothing."""


def config(module: str) -> str:
    """The configuration of cosmic-ray for one module."""
    return f"""
[cosmic-ray]
module-path = {json.dumps(module)}
timeout = {SECONDS}
excluded-modules = []
test-command = {json.dumps(f"{sys.executable} -m tests.mutation.trial {module}")}
distributor.name = "local"

[cosmic-ray.filters.operators-filter]
exclude-operators = {json.dumps(WITHOUT_EFFECT)}
"""


def mutate(module: str) -> int:
    """Try all mutants of a module, and print those that nothing noticed; 0 where there are none."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for name in COPIED:
            source = CHECKOUT / name
            if source.is_dir():
                shutil.copytree(source, home / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, home / name)
        (home / "mutants.toml").write_text(config(module), encoding="utf-8")
        # The copy comes before an installed package, so that it is the one that is mutated and tried.
        command = "import sys; sys.path.insert(0, ''); from cosmic_ray.cli import main; main()"
        for words in (["baseline", "mutants.toml"], ["init", "mutants.toml", "mutants.sqlite"]):
            if subprocess.run([sys.executable, "-c", command, *words], cwd=home, check=False).returncode:
                print(f"{module}: its tests fail as it stands; mend that first")
                return 1
        subprocess.run([str(TOOLS / "cr-filter-operators"), "mutants.sqlite", "mutants.toml"], cwd=home, check=True)
        subprocess.run([sys.executable, "-c", command, "exec", "mutants.toml", "mutants.sqlite"], cwd=home, check=True)
        shown = subprocess.run(
            [str(TOOLS / "cr-report"), "--surviving-only", "--show-diff", "mutants.sqlite"],
            cwd=home,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    print(f"== {module}\n{shown}")
    return int("survived" in shown.lower() and "surviving mutants: 0 " not in shown)


def main(modules: Sequence[str]) -> int:
    """Mutate modules one after the other."""
    if not modules:
        print("name modules, such as conformance/cpix/b64.py")
        return 2
    return max(mutate(module) for module in modules)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
