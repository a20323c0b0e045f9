"""From its first second a run has a folder of reports that say INCOMPLETE, and a journal of what it records."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.pytest_plugin.state import SessionState
from conformance.reporting.latest import point_latest, points_to, put_back
from conformance.reporting.writer import ReportError, views, write_whole
from conformance.results.journal import NAME, UNFINISHED, Journal, unfinished
from conformance.results.judgements import Judgements
from conformance.results.run_facts import RunFacts, endpoint_records, facts_from


@dataclass
class Beginning:
    """What stands on the disk of a run that has begun, and how it is taken away again."""

    folder: Path
    before: str
    """Where `latest` pointed before."""
    journal: Journal | None = None
    files: list[str] = field(default_factory=list)
    pointed: bool = False
    """Whether `latest` is a link, which shows the run from now on."""

    def close(self) -> None:
        """Record no more."""
        if self.journal is not None:
            self.journal.close()

    def undo(self, report_dir: Path) -> None:
        """As if the run had never begun: for one that is refused before anything is sent."""
        self.close()
        put_back(report_dir, self.before)
        for name in (NAME, *self.files):
            with suppress(OSError):
                (self.folder / name).unlink()
        for folder in (*{(self.folder / name).parent for name in self.files} - {self.folder}, self.folder):
            with suppress(OSError):
                folder.rmdir()


def begin(state: SessionState) -> None:
    """Write the first reports, open the journal and move `latest`.

    Where the disk says no, the run goes on without: the end of it says so, if it says so then as well.
    """
    report_dir = state.plan.settings.report_dir
    with suppress(ReportError, OSError):
        made = state.beginning = Beginning(state.folder(), points_to(report_dir))
        point_latest(report_dir, made.folder)
        # A copy is made again at the end.
        made.pointed = bool(points_to(report_dir))
        facts = _facts(state)
        made.journal = state.journal = Journal(made.folder / NAME, facts, partial=state.partial)
        first = unfinished(facts, Judgements(), {}, state.rulebook, partial=state.partial)
        for name, content in views(first):
            write_whole(made.folder / name, content)
            made.files.append(name)


def settle(state: SessionState) -> None:
    """Note the claims that were discovered."""
    if state.journal is not None:
        shared = state.run.shared
        state.journal.settle(shared.claims, shared.unclaimed, endpoint_records(state.plan, state.run))


def _facts(state: SessionState) -> RunFacts:
    plan = state.plan
    facts = facts_from(plan, plan.selected_by_profile(), state.opened, finished=plan.started, stopped=UNFINISHED)
    facts.record.started = facts.record.started or plan.started
    return facts


class XdistBeginning:
    """Begins the journal of a run whose questions other processes collect; registered where pytest-xdist is."""

    def __init__(self, state: SessionState) -> None:
        self._state = state

    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:
        """The first worker knows what will be asked."""
        if ids and self._state.beginning is None:
            begin(self._state)
