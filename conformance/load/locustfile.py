"""The Locust file: each user is an encryptor that asks for one channel after the other and judges what it gets."""

from __future__ import annotations

import itertools
import os
from dataclasses import astuple
from typing import Any

import gevent

# Locust exchanges the blocking parts of the standard library when it is imported, so it comes before all of ours.
from locust import User, constant, constant_throughput, events, task
from locust.exception import StopUser
from locust.runners import LocalRunner, WorkerRunner

from conformance.cases import Seed
from conformance.ledger.running import Entry, RunningLedger
from conformance.load.config import FindingCounts, LoadConfig
from conformance.load.load_report import exit_status, write_outcome
from conformance.load.traffic import Traffic
from conformance.model import Exchange
from conformance.run.client import client_for
from conformance.run.settings import read_settings
from conformance.run.target_setup import redactor_of

BRIEF = LoadConfig.unpacked(os.environ)
SETTINGS = read_settings(BRIEF.options, os.environ)
assert SETTINGS.target is not None, "a load test needs a server URL"
TARGET = SETTINGS.target
TRAFFIC = Traffic(BRIEF, SETTINGS.profile, TARGET.url, Seed(SETTINGS.seed.text))
CLIENT = client_for(SETTINGS, TARGET, pool=BRIEF.users)
TALLY = FindingCounts()
LEDGER = RunningLedger()
REDACTOR = redactor_of(SETTINGS, b"")
"""What a failure quotes of an answer goes through the door as well; it knows the credentials."""
RUNNER: list[Any] = []


class WrongAnswer(Exception):
    """An answer with findings; names the checks."""


class Encryptor(User):  # type: ignore[misc]
    """One request at a time, for the channels of this process in turn."""

    wait_time = constant_throughput(BRIEF.rate / BRIEF.users) if BRIEF.rate else constant(0)
    turns = itertools.count()

    @task  # type: ignore[untyped-decorator]
    def ask(self) -> None:
        """Ask for the next channel's keys and tell Locust what came of it."""
        number = next(Encryptor.turns) * BRIEF.workers + getattr(self.environment.runner, "worker_index", 0)
        if BRIEF.requests and number >= BRIEF.requests:
            raise StopUser
        turn, channel = divmod(number, BRIEF.channels)
        step, request = TRAFFIC.request(channel, turn)
        exchange = CLIENT.send(request)
        problem = _problem(exchange)
        if TRAFFIC.checks and exchange.answer is not None:
            place = f"channel {channel}, turn {turn}"
            wrong, entries = TRAFFIC.judged(step, exchange, place)
            # Compared with every other answer: here with those of this process, in the master with those of all.
            broken = list(LEDGER.take(entries))
            wrong = tuple(dict.fromkeys((*wrong, *(check for check, _ in broken))))
            TALLY.add(wrong, place)
            TALLY.examples.update((check, places) for check, places in broken if TALLY.findings[check] == 1)
            if wrong:
                problem = WrongAnswer(", ".join(wrong))
        self.environment.events.request.fire(
            request_type="POST",
            name=TRAFFIC.case.name,
            response_time=exchange.seconds * 1000,
            response_length=len(exchange.answer.body) if exchange.answer else 0,
            exception=problem,
            context={},
        )
        if type(self.environment.runner) is LocalRunner:
            _quit_after_the_last(self.environment.runner)


def _quit_after_the_last(runner: Any) -> None:
    """End the test when enough answers are in; a user who finds nothing left to send must not cut off the others."""
    if BRIEF.requests and runner.stats.total.num_requests >= BRIEF.requests:
        gevent.spawn(runner.quit)


def _problem(exchange: Exchange) -> Exception | None:
    if exchange.answer is None:
        return ConnectionError(REDACTOR.prose(exchange.failure.message) if exchange.failure else "no answer")
    return None if exchange.answer.status == 200 else WrongAnswer(f"status {exchange.answer.status}")


@events.report_to_master.add_listener  # type: ignore[untyped-decorator]
def hand_over(client_id: str, data: dict[str, Any]) -> None:
    """Send what this worker has counted along with Locust's own numbers."""
    data["speke"] = TALLY.drained()
    data["speke-keys"] = [astuple(one) for one in LEDGER.drained()]


@events.worker_report.add_listener  # type: ignore[untyped-decorator]
def take_over(client_id: str, data: dict[str, Any]) -> None:
    """Add what a worker has counted, and end the test when all of them have sent enough."""
    TALLY.merge(data.get("speke", {}))
    for check, places in LEDGER.take(Entry(*one) for one in data.get("speke-keys", ())):
        TALLY.found(check, f"{places} (of two workers)")
    LEDGER.drained()
    _quit_after_the_last(RUNNER[0])


@events.init.add_listener  # type: ignore[untyped-decorator]
def remember(environment: Any, **_: object) -> None:
    """Keep the runner, which the event of a worker's report does not bring along."""
    RUNNER.append(environment.runner)


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def finish(environment: Any, **_: object) -> None:
    """Write the outcome, in the one process that knows all of it."""
    if not isinstance(environment.runner, WorkerRunner):
        outcome = write_outcome(BRIEF, TRAFFIC, TALLY, environment.stats)
        environment.process_exit_code = exit_status(outcome)
