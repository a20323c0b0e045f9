"""Under pytest-xdist: one server, one key pair and one salt for the run, and a case's questions on one worker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from conformance.pytest_plugin.private import scheduler_by_group
from conformance.pytest_plugin.state import Payload, state_of
from conformance.run.settings import Settings
from conformance.run.worker_setup import WorkerSetup
from conformance.wire.errors import OptionError


class XdistHooks:
    """Hooks of pytest-xdist; registered only where that plugin is."""

    def pytest_configure_node(self, node: Any) -> None:
        """Hand a worker what all processes of the run have in common."""
        state = state_of(node.config)
        if state is not None:
            run = state.opened or state.open(ahead=False, several=True)
            number, count = int(node.workerinput["workerid"].removeprefix("gw")), node.workerinput["workercount"]
            node.workerinput["speke"] = run.shared.for_worker(number, count, run.spent).packed()

    @pytest.hookimpl(wrapper=True)
    def pytest_report_to_serializable(self, report: Any) -> Any:
        """Pack what a report of ours carries."""
        data = yield
        payload = Payload.of(report)
        if data is not None and payload is not None:
            data["speke"] = payload.packed()
        return data

    @pytest.hookimpl(wrapper=True)
    def pytest_report_from_serializable(self, data: dict[str, Any]) -> Any:
        """Unpack it in the process that writes the report."""
        packed = data.pop("speke", None)
        report = yield
        if packed is not None:
            report.speke = Payload.unpacked(packed)
        return report

    def pytest_xdist_make_scheduler(self, config: Any, log: Any) -> Any:
        """Keep the questions of one group of cases together, so that each exchange happens once."""
        state = state_of(config)
        if state is None:
            return None
        groups = {case.name: case.group for case in state.plan.library}

        def group_of(node: str) -> str | None:
            parts = node.split("::")
            return groups.get(parts[1], node) if len(parts) > 2 else None

        return scheduler_by_group(config, log, group_of)


def worker_input(config: Any) -> WorkerSetup | None:
    """What the controller handed to this worker; None in a process that is no worker."""
    given = getattr(config, "workerinput", {})
    return WorkerSetup.unpacked(given["speke"]) if "speke" in given else None


def is_worker(config: Any) -> bool:
    """Whether this process is a worker of pytest-xdist."""
    return hasattr(config, "workerinput")


def refuse_too_many_workers(config: Any, settings: Settings) -> None:
    """Refuse more processes, each of which sends one request at a time, than somebody allows requests at a time."""
    if not distributes(config) or settings.at_once is None:
        return
    workers, (most, who) = _workers(getattr(config.option, "tx", [])), settings.at_once
    if workers > most:
        raise OptionError(
            f"-n {workers} sends {workers} requests at a time, and {who} allows {most}; use -n {most} at most."
        )


def _workers(specs: Sequence[str]) -> int:
    """How many processes the specifications of pytest-xdist stand for: `popen`, or `4*popen` for four."""
    counts = (spec.partition("*") for spec in specs)
    return sum(int(number) if star and number.isdigit() else 1 for number, star, _ in counts)


def distributes(config: Any) -> bool:
    """Whether this process only hands out the work."""
    return not is_worker(config) and bool(getattr(config.option, "dist", "no") != "no")
