"""What we use of pytest and pytest-xdist without their promise to keep it; a test says when any of it has changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TextIO

import pytest
from _pytest.runner import check_interactive_exception


def wants_interaction(call: pytest.CallInfo[None], report: pytest.TestReport) -> bool:
    """Whether a debugger would open here. pytest decides it inside the way through an item that ours replaces."""
    return check_interactive_exception(call, report)


def tear_down(item: pytest.Item, following: pytest.Item | None) -> None:
    """Tear down what the tests before had in common and the following has not, as pytest does after each item."""
    item.session._setupstate.teardown_exact(following)


def rewire_terminal(config: pytest.Config, wrap: Callable[[TextIO], TextIO]) -> None:
    """Put something between pytest's terminal and its file; there is no option for the file."""
    writer = config.get_terminal_writer()
    writer._file = wrap(writer._file)


def leave_out_places_without_a_line(excinfo: pytest.ExceptionInfo[BaseException]) -> None:
    """Take those places out of a traceback: a signal may come between two lines, and pytest breaks on such a place."""
    entries = excinfo.traceback
    excinfo.traceback = type(entries)(one for one in entries if one._rawentry.tb_lineno is not None)


def leave_out_percentages(reporter: Any) -> None:
    """Keep pytest from writing its share of the items behind lines that are not its own."""
    reporter._show_progress_info = False


def scheduler_by_group(config: Any, log: Any, group_of: Callable[[str], str | None]) -> Any:
    """A scheduler that keeps node ids of the same group on one worker; others are kept by file and class."""
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class ByGroup(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid) or str(super()._split_scope(nodeid))

    return ByGroup(config, log)
