"""What the plugin keeps during one pytest session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from conformance.judge import Alike, Judgement, ResultState, StepOutcome
from conformance.model import Case, Step
from conformance.pytest_plugin.selection import Selection
from conformance.recording.exchange_record import result_from_record, result_record
from conformance.reporting.writer import new_folder
from conformance.results.build import NodeIds, single_check
from conformance.run.asking import requirements_of
from conformance.run.session import Run

KEY = pytest.StashKey["SessionState"]()


@dataclass
class SessionState:
    """The run and what came of it so far; there is one only where our cases are asked for."""

    run: Run
    selection: Selection = field(default_factory=Selection)
    outcomes: list[StepOutcome] = field(default_factory=list)
    """What came of each item; the items of one step each hold a part of what the step comes to."""
    nodes: NodeIds = field(default_factory=NodeIds)
    exchanges: dict[str, dict[str, Any]] = field(default_factory=dict)
    laws: list[list[str]] = field(default_factory=list)
    """Case, step, topic or check, and node id of what is asked when all workers of pytest-xdist are done."""
    sent: set[str] = field(default_factory=set)
    """Names of exchanges that a worker has already handed over."""
    prepared: bool = False
    partial: bool = False
    interrupted: bool = False
    stopped: bool = False
    """pytest ended the session before its end, by itself (`-x`, errors while collecting)."""
    gave_up: str = ""
    """Why a worker of pytest-xdist stopped sending before its end."""
    lost: int = 0
    """Questions that ended without a result: a worker died, or pytest could not ask them."""
    others_failed: bool = False
    """A test that is none of ours failed in the same session."""
    previous: Mapping[str, Any] | None = None
    """The result document of an earlier run, with which this one is to be compared."""
    document: Mapping[str, Any] | None = None
    report: str = ""
    in_progress: bool = False
    """Progress lines are written instead of a letter for each question."""
    trouble: str = ""
    """Why the report could not be written, in a sentence."""
    _folder: Path | None = None
    _by_file: dict[Path, list[Case]] | None = None
    _by_name: dict[str, Case] = field(default_factory=dict)

    def folder(self) -> Path:
        """The folder of this run's reports, made once; raises ReportError."""
        if self._folder is None:
            self._folder = new_folder(self.run.settings.report_dir, self.run.started)
        return self._folder

    def cases_of(self, path: Path) -> list[Case]:
        """The cases of this run that stand in that file, by whatever way it is reached."""
        if self._by_file is None:
            self._by_file = {}
            for case in self.run.selected_by_profile():
                self._by_file.setdefault(Path(case.path).resolve(), []).append(case)
        return self._by_file.get(path.resolve(), [])

    def questions_of(self, path: Path) -> list[str]:
        """The names in that file that the command line may use: `CASE[variant]::step[topic]` and `…[check]`."""
        return [
            f"{case.name}::{step.id}[{about}]"
            for case in self.cases_of(path)
            for step in case.steps
            for about in (*self.run.topics(case, step), *(one.id for one in self.run.possible(case, step)))
        ]

    def singles(self, path: Path, case: Case, step: Step) -> list[str]:
        """The single checks of a step that the command line, or the last failures with `--lf`, name."""
        begin = f"{case.name}::{step.id}["
        named = [name for file, name in self.selection.named if name.startswith(begin) and file == path.resolve()]
        wanted = {name[len(begin) : -1] for name in (*named, *self.selection.failed.get(begin, ()))}
        return [check.id for check in self.run.possible(case, step) if check.id in wanted] if wanted else []

    def take(self, payload: Mapping[str, Any]) -> StepOutcome:
        """Take in what an item reported (from this process or a worker) and judge it."""
        case = self._case(payload["case"])
        step = next(one for one in case.steps if one.id == payload["step"])
        alike = tuple(
            Alike(version, ResultState(state), reason, tuple((name, self._rules(name, step)) for name in names))
            for version, state, reason, names in payload["alike"]
        )
        results = [result_from_record(record) for record in payload["records"]]
        outcome = self.run.rulebook.judge_step(case.name, step.id, alike, results)
        self.outcomes.append(outcome)
        self.nodes.add(case.name, payload["node"])
        self.exchanges.update(payload["exchanges"])
        return outcome

    def _case(self, name: str) -> Case:
        if not self._by_name:
            self._by_name.update((case.name, case) for case in self.run.library)
        return self._by_name[name]

    def _rules(self, check: str, step: Step) -> tuple[str, ...]:
        return requirements_of(self.run.checks[check], step)


def packed(outcome: StepOutcome, worst: Judgement | None, node: str) -> dict[str, Any]:
    """What an item comes to as plain data that a worker's pipe can carry."""
    return {
        "case": outcome.case,
        "step": outcome.step,
        "node": node,
        "verdict": worst.verdict.value if worst is not None else "",
        "requirement": worst.requirement if worst is not None else "",
        "level": worst.level.value if worst is not None and worst.level is not None else "",
        "alike": [
            [one.version, one.state.value, one.reason, [check for check, _ in one.checks]] for one in outcome.alike
        ],
        "records": [result_record(one, single_check(node, one.result.check)) for one in outcome.judged],
    }


def state_of(config: pytest.Config) -> SessionState | None:
    """The session's state, or None in a session that does not concern us."""
    return config.stash.get(KEY, None)
