"""What the plugin keeps during one pytest session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from conformance.judge import Judgement
from conformance.model import Case
from conformance.reporting.record import result_from_record
from conformance.run import Run

KEY = pytest.StashKey["SessionState"]()


@dataclass
class SessionState:
    """The run and what came of it so far; there is one only where our cases are asked for."""

    run: Run
    judgements: list[Judgement] = field(default_factory=list)
    nodes: dict[tuple[str, str, str], str] = field(default_factory=dict)
    exchanges: dict[str, dict[str, Any]] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    """Names of exchanges that a worker has already handed over."""
    prepared: bool = False
    partial: bool = False
    interrupted: bool = False
    others_failed: bool = False
    """A test that is none of ours failed in the same session."""
    document: Mapping[str, Any] | None = None
    report: str = ""
    trouble: str = ""
    """Why the report could not be written, in a sentence."""
    _folder: Path | None = None
    _by_file: dict[str, list[Case]] | None = None

    def folder(self) -> Path:
        """The folder of this run's reports, chosen once."""
        if self._folder is None:
            self._folder = self.run.settings.report_dir / self.run.started.replace(":", "")
        return self._folder

    def cases_of(self, path: Path) -> list[Case]:
        """The cases of this run that stand in that file."""
        if self._by_file is None:
            self._by_file = {}
            for case in self.run.selected_by_profile():
                self._by_file.setdefault(case.path, []).append(case)
        return self._by_file.get(str(path), [])

    def take(self, payload: Mapping[str, Any]) -> Judgement:
        """Take in what an item reported (from this process or a worker) and judge it."""
        record = payload["record"]
        judgement = self.run.rulebook.judge(result_from_record(record))
        self.judgements.append(judgement)
        self.nodes[record["case"], record["step"], record["check"]] = record["node"]
        self.exchanges.update(payload["exchanges"])
        return judgement


def state_of(config: pytest.Config) -> SessionState | None:
    """The session's state, or None in a session that does not concern us."""
    return config.stash.get(KEY, None)
