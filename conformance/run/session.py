"""A run whose target is prepared: what is asked is answered and judged. Knows neither pytest nor reports' forms."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

from conformance.cases.certificates import KeyRing
from conformance.checks.registry import Untestable
from conformance.judge import Alike, Rulebook, StepOutcome
from conformance.model import Case, Claims, Step
from conformance.redaction.recorded import Clean
from conformance.run.asking import Performed, answered, questions_at
from conformance.run.client import client_for
from conformance.run.observations import Observations
from conformance.run.rulebooks import rulebook_of
from conformance.run.run_plan import RunPlan
from conformance.run.runner import RunContext, Runner
from conformance.run.settings import Settings
from conformance.run.step_questions import StepQuestions
from conformance.run.target_setup import Reached, Transport, auth_of, context_of, hosted, redactor_of, settled
from conformance.run.whole_run import whole_run
from conformance.run.worker_setup import WorkerSetup
from conformance.wire.gate import Gate
from conformance.wire.listener import Watching
from conformance.wire.pacing import TIME_IS_UP, Pace
from conformance.wire.target import Target


@contextmanager
def open_run(
    plan: RunPlan,
    cases: Sequence[Case] = (),
    shared: WorkerSetup | None = None,
    *,
    ahead: bool = True,
    several: bool = False,
) -> Iterator[Run]:
    """A run for as long as it may send; what it has seen can be read, and its laws asked, afterwards as well.

    Without a set-up that another process has made: start the built-in server where there is no target, and settle the
    claims, for `several` processes or this one alone. `ahead`: begin to execute the cases before they are asked about.
    """
    settings = plan.settings
    reached: Reached = partial(tuple, settings.faults)
    with ExitStack() as stack:
        begun = shared
        if begun is None:
            begun, here = stack.enter_context(hosted(plan))
            reached = here if settings.built_in else reached
        settings.seed.text, salt = begun.seed, begun.salt
        observed = Observations(lambda: redactor_of(settings, salt))
        transport = stack.enter_context(_transport(settings, begun))
        if shared is None:
            shared = settled(plan, begun, transport, observed, several=several)
        ring, concurrency = KeyRing.imported(shared.ring), settings.concurrency if ahead else 1
        library = {case.name: case for case in plan.library}
        runners = {}
        for one in shared.endpoints:
            context = context_of(settings, shared, one, transport, observed, ring, concurrency)
            sending = [case for case in cases if not case.sends_nothing and case.endpoint == one.number]
            runners[one.number] = Runner(context, sending, library)
        run = Run(plan, shared, observed, runners, transport.pace, reached)
        try:
            if ahead:
                for runner in runners.values():
                    runner.start()
            yield run
        finally:
            for runner in runners.values():
                runner.close()
            observed.forget_keys()


@contextmanager
def _transport(settings: Settings, shared: WorkerSetup) -> Iterator[Transport]:
    pace = shared.limits.pace()
    ways: dict[int, Gate] = {}
    with ExitStack() as stack:
        for one in shared.endpoints:
            target = Target.parse(one.url)
            auth = auth_of(settings, shared.salt, target)
            client = stack.enter_context(client_for(settings, target, auth=auth, pace=pace))
            listener = shared.listener_at(one)
            sender = Watching(client, listener) if listener else client
            first = next(iter(ways.values()), None)
            ways[one.number] = first.to(sender) if first is not None else Gate(sender, settings.concurrency)
        yield Transport(ways, pace)


class Run:
    """One run of the suite; made by `open_run` alone."""

    def __init__(
        self,
        plan: RunPlan,
        shared: WorkerSetup,
        observed: Observations,
        runners: Mapping[int, Runner],
        pace: Pace,
        reached: Reached,
    ) -> None:
        self.plan, self.shared, self.observed = plan, shared, observed
        self._runners = runners
        """By the number of the endpoint."""
        settings = plan.settings
        self.rulebook: Rulebook = rulebook_of(settings.profile, shared.claims, strict=settings.strict)
        self._pace, self._reached = pace, reached
        self._last: tuple[str, str, Performed, StepQuestions] | None = None
        """The step that was asked about last."""
        for one in shared.endpoints:
            if one.failure:
                runners[one.number].stop(one.failure)

    @property
    def unreached_faults(self) -> list[str]:
        """The faults that were switched on and changed no answer of this process's own built-in server."""
        reached = self._reached()
        return [name for name in self.plan.settings.faults if name not in reached]

    @property
    def spent(self) -> int:
        """How many requests this process has sent."""
        return self._pace.taken

    @property
    def gave_up(self) -> Clean:
        """Why no further requests were sent before the end; empty where all were."""
        return self._of_runners(lambda runner: runner.gave_up)

    @property
    def stopped(self) -> Clean:
        """Why no further requests are sent."""
        return self._of_runners(lambda runner: runner.stopped)

    def _of_runners(self, text: Callable[[Runner], str]) -> Clean:
        """What the runners say, each with the name of its endpoint where there are several."""
        said = {one: text(self._runners[one.number]) for one in self.shared.endpoints}
        told = (f"{one.shown}: {what}" if one.number else what for one, what in said.items() if what)
        return self.observed.redactor.line(" ".join(told))

    @property
    def context(self) -> RunContext:
        """What all steps at the first endpoint share."""
        return self._runners[self.shared.endpoints[0].number].setting

    def release(self, case: Case) -> None:
        """Forget the exchanges of the case's group, whose questions have all been asked."""
        self._last = None
        if not case.sends_nothing:
            self._runners[case.endpoint].release(case.group)

    def ask(self, case: Case, step: Step, about: str = "") -> StepOutcome:
        """Ask everything that arises at a step, or what belongs to one topic or is one check, and judge it.

        The texts of the outcome are free of secrets.
        """
        performed, questions = self._arising(case, step)
        answers = answered(performed, case, step, questions.about(about))
        redactor = self.observed.redactor
        alike = tuple(Alike(one.version, one.state, redactor.line(one.reason), one.checks) for one in answers.alike)
        return self.rulebook.judge_step(case.name, step.id, alike, (redactor.result(one) for one in answers.results))

    def _arising(self, case: Case, step: Step) -> tuple[Performed, StepQuestions]:
        """What became of a step and what is asked there; kept for as long as the same step is asked about."""
        if self._is_time_up():
            for runner in self._runners.values():
                runner.stop(TIME_IS_UP)
            return self._questions_at(Untestable(TIME_IS_UP), case, step)
        if case.sends_nothing:
            ledger, claims = self.observed.ledger, self.rulebook.claims
            return self._questions_at(whole_run(ledger, case, step, claims, self._found()), case, step)
        performed = self._runners[case.endpoint].performed(case, step)
        if self._last is None or self._last[:3] != (case.name, step.id, performed):
            self._last = case.name, step.id, *self._questions_at(performed, case, step)
        return self._last[2:]

    def _questions_at(self, performed: Performed, case: Case, step: Step) -> tuple[Performed, StepQuestions]:
        return performed, StepQuestions(step, questions_at(performed, case, step), self.plan.in_force)

    def _found(self) -> Mapping[str, Claims]:
        """What each endpoint offers, where it was asked and said so."""
        if not self.plan.settings.profile.discovers:
            return {}
        return {one.shown: one.claims for one in self.shared.endpoints if one.number and not one.failure}

    def _is_time_up(self) -> bool:
        """Whether the run's minutes are over: they bound our own work as well as the waiting."""
        ends = self.shared.limits.ends
        return ends is not None and time.time() >= ends
