"""Whether anything notices that a module is wrong: `python -m tests.mutation.trial MODULE` fails where something does.

Asked are the module's own unit tests, the baseline (the right server is accused of nothing), and the faults that a
check of the module is to report, by name and by no stranger.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CHECKS = "conformance/checks/"


def unit_tests(module: str) -> list[str]:
    """The test files that are named after a module, or after the word that its name begins with."""
    path = Path(module)
    stems = {path.stem, path.stem.partition("_")[0]}
    return [
        str(file)
        for file in sorted(Path("tests", *path.parts[1:-1]).glob("test_*.py"))
        if file.stem.removeprefix("test_") in stems
    ]


def faults_for(module: str) -> list[str]:
    """The faults that name a check of the module; for a helper without checks those of all the modules' checks."""
    from conformance.checks import load_checks
    from conformance.refserver import load_faults

    name = module.removesuffix(".py").replace("/", ".")
    checks = {check.id for check in load_checks().values() if check.module == name}
    return [
        fault.id
        for fault in load_faults().values()
        if not fault.base and (not checks or checks & {*fault.kills, *fault.records})
    ]


def unnoticed(module: str) -> bool:
    """Whether unit tests, baseline and faults all pass."""
    tests = unit_tests(module)
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    if tests and subprocess.run(command, check=False, capture_output=True).returncode:
        return False
    if not module.startswith(CHECKS):
        return True
    from conformance.faultmatrix.laws import violations
    from conformance.faultmatrix.matrix import run_matrix

    return not violations(run_matrix(faults_for(module), processes=1))


if __name__ == "__main__":
    sys.exit(not unnoticed(sys.argv[1]))
