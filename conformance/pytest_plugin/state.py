"""What the plugin keeps during one pytest session."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from msgspec import Struct

from conformance.judge import Judgement, Rulebook, StepOutcome
from conformance.model import Case, Step, without_endpoint
from conformance.pytest_plugin.selection import Selection
from conformance.recording.records import Exchanges
from conformance.reporting.writer import new_folder
from conformance.results.document import Document
from conformance.results.journal import Journal
from conformance.results.judgements import Judgements
from conformance.run.run_plan import RunPlan
from conformance.run.session import Run, open_run
from conformance.run.worker_setup import WorkerSetup

if TYPE_CHECKING:
    from conformance.pytest_plugin.journaling import Beginning

KEY = pytest.StashKey["SessionState"]()


class Payload(Struct):
    """What travels with the report of an item: its outcome, and the exchanges that nobody has taken over yet."""

    outcome: StepOutcome
    worst: Judgement | None
    """What the item shows; None where nothing that it could ask arose."""
    exchanges: Exchanges

    @classmethod
    def of(cls, report: Any) -> Payload | None:
        """That of a report; None for a test that is not ours."""
        found: Payload | None = getattr(report, "speke", None)
        return found

    def packed(self) -> str:
        """As a text that a worker's pipe can carry; plain ASCII, whatever a server sent."""
        return json.dumps(msgspec.to_builtins(self))

    @classmethod
    def unpacked(cls, data: str) -> Payload:
        """The inverse of `packed`."""
        return msgspec.convert(json.loads(data), cls)


@dataclass
class SessionState:
    """The run and what came of it so far; there is one only where our cases are asked for."""

    plan: RunPlan
    selection: Selection = field(default_factory=Selection)
    judgements: Judgements = field(default_factory=Judgements)
    exchanges: Exchanges = field(default_factory=dict)
    laws: list[list[str]] = field(default_factory=list)
    """Case, step, topic or check, and node id of what is asked when all workers of pytest-xdist are done."""
    sent: set[str] = field(default_factory=set)
    """Names of exchanges that a worker has already handed over."""
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
    previous: Document | None = None
    """The result document of an earlier run, with which this one is to be compared."""
    document: Document | None = None
    report: str = ""
    in_progress: bool = False
    """Progress lines are written instead of a letter for each question."""
    trouble: str = ""
    """Why there is no report, in a sentence."""
    selectable: set[str] = field(default_factory=set)
    """With `-k`: the names of cases and checks that it could have meant."""
    beginning: Beginning | None = None
    """What stands on the disk since the run began."""
    journal: Journal | None = None
    opened: Run | None = None
    """The run, from the moment at which its target is prepared; a session that sends nothing has none."""
    _open: ExitStack = field(default_factory=ExitStack)
    _folder: Path | None = None
    _by_file: dict[Path, list[Case]] | None = None

    @property
    def run(self) -> Run:
        """The run, for whoever asks about its target."""
        if self.opened is None:
            raise RuntimeError("nothing can be asked before the target is prepared")
        return self.opened

    @property
    def rulebook(self) -> Rulebook:
        """By what was found out where there was time to, else by the profile."""
        return (self.opened or self.plan).rulebook

    def open(
        self,
        cases: Sequence[Case] = (),
        shared: WorkerSetup | None = None,
        *,
        ahead: bool = True,
        several: bool = False,
    ) -> Run:
        """Prepare the target, for as long as the session lasts; raises OptionError or DataError."""
        run = open_run(self.plan, cases, shared, ahead=ahead, several=several)
        self.opened = self._open.enter_context(run)
        return self.opened

    def close(self) -> None:
        """Send nothing more; what was seen stays."""
        self._open.close()

    def folder(self) -> Path:
        """The folder of this run's reports, made once; raises ReportError."""
        if self._folder is None:
            self._folder = new_folder(self.plan.settings.report_dir, self.plan.started)
        return self._folder

    @property
    def pointed(self) -> bool:
        """Whether `latest` is a link that shows this run already, or a later one that began in the meantime."""
        return self.beginning is not None and self.beginning.pointed

    @property
    def made_folder(self) -> str:
        """The folder of this run's reports where there is one that holds something."""
        return str(self._folder) if self._folder is not None and self.beginning is not None else ""

    def cases_of(self, path: Path) -> list[Case]:
        """The cases of this run that stand in that file, by whatever way it is reached."""
        if self._by_file is None:
            self._by_file = {}
            for case in self.plan.selected_by_profile():
                self._by_file.setdefault(Path(case.path).resolve(), []).append(case)
        return self._by_file.get(path.resolve(), [])

    def questions_of(self, path: Path) -> list[str]:
        """The names in that file that the command line may use: `CASE[variant]::step[topic]` and `…[check]`."""
        return [
            f"{case.name}::{step.id}[{about}]"
            for case in self.cases_of(path)
            for step in case.steps
            for about in (*self.plan.topics(case, step), *(one.id for one in self.plan.possible(case, step)))
        ]

    def singles(self, path: Path, case: Case, step: Step) -> list[str]:
        """The single checks of a step that the command line, or the last failures with `--lf`, name."""
        begin = f"{case.name}::{step.id}["
        anywhere = f"{without_endpoint(case.name)}::{step.id}["
        named = [name for file, name in self.selection.named if file == path.resolve()]
        wanted = {
            name.removeprefix(start)[:-1]
            for start in (begin, anywhere)
            for name in (*named, *self.selection.failed.get(begin, ()))
            if name.startswith(start)
        }
        return [check.id for check in self.plan.possible(case, step) if check.id in wanted] if wanted else []

    def take(self, payload: Payload) -> None:
        """Take in what an item reported, in this process or in a worker."""
        self.judgements.add_step(payload.outcome, self.rulebook)
        self.exchanges.update(payload.exchanges)
        if self.journal is not None:
            self.journal.add(payload.outcome, payload.exchanges)


def state_of(config: pytest.Config) -> SessionState | None:
    """The session's state, or None in a session that does not concern us."""
    return config.stash.get(KEY, None)
