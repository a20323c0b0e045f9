"""The requests of a load test, made of a case's template, and the judging of their answers."""

from __future__ import annotations

from dataclasses import replace

from conformance.cases import NotClaimed, Seed, build_request, load_cases, resolve_case, resolve_plan
from conformance.cases.certificates import KeyRing
from conformance.catalogue.yamlfile import nearest
from conformance.checks import load_checks
from conformance.checks.context import Context
from conformance.checks.registry import Check, Need
from conformance.checks.run.gather import keys_only
from conformance.checks.shape import of_plan
from conformance.ledger.running import ONE_KEY, OWN_KEYS, Entry, entries_of
from conformance.load.config import LoadConfig
from conformance.load.load_checks import load_checks_of
from conformance.model import Case, Exchange, HttpRequest, PlannedPeriod, ResultState, Step
from conformance.redaction.redactor import Redactor
from conformance.run.asking import asked_of, requirements_of
from conformance.run.profile import Profile
from conformance.run.rulebooks import rulebook_of
from conformance.run.runner import receivers
from conformance.wire.errors import OptionError


class Traffic:
    """What the channels of a load test ask, turn by turn.

    Raises OptionError where the case does not exist, or cannot be asked with what is claimed.
    """

    def __init__(self, brief: LoadConfig, profile: Profile, url: str, seed: Seed) -> None:
        known = load_checks()
        self._brief, self._url, self._seed = brief, url, seed
        self.case = self._case(load_cases(known))
        try:
            resolve_case(self.case, brief.claims)
            plan = resolve_plan(self.case.steps[0].plan, brief.claims)
        except NotClaimed as reason:
            raise OptionError(f"--case {brief.case} cannot be sent: {reason}.") from None
        self._step = replace(self.case.steps[0], plan=plan)
        self._ring = KeyRing()
        self._certificates = self._ring.certificate_texts(one.name for one in plan.recipients)
        self._receivers = receivers(self._ring, (one.name for one in plan.recipients))
        self._rotates = bool(brief.rotation) and brief.claims.has("rotation")
        self.checks: tuple[Check, ...] = self._asked(profile) if brief.checks else ()
        self._needs = {check.need for check in self.checks}
        # What compares needs a name for each key that all processes give it: their common seed makes the digests.
        self._digests = Redactor(seed.text.encode())

    def _case(self, library: list[Case]) -> Case:
        named = {name: case for case in reversed(library) for name in (case.id, case.name)}
        if self._brief.case not in named:
            raise OptionError(f"--case {self._brief.case} is not a case{nearest(self._brief.case, named)}.")
        case = named[self._brief.case]
        if case.steps[0].use or case.steps[0].expect.kind != "accepted":
            raise OptionError(f"--case {case.name} does not begin with a request that must be accepted.")
        return case

    def _asked(self, profile: Profile) -> tuple[Check, ...]:
        """The chosen checks whose findings cost a required set something."""
        known = load_checks()
        rules = rulebook_of(profile, self._brief.claims)
        shape = of_plan(self._step.plan)
        asked = []
        for check in load_checks_of(self._brief.checks, known):
            relevant = rules.relevant(requirements_of(check, self._step), self.case.version)
            if check.applies(shape) and any(one.deciding and level.weight >= 2 for one, _, level in relevant):
                asked.append(check)
        return tuple(asked)

    def request(self, channel: int, turn: int) -> tuple[Step, HttpRequest]:
        """What a channel asks in a turn; with rotation each turn is a key period of its own."""
        step = self._step
        if self._rotates:
            period = PlannedPeriod(f"turn{turn}", (("index", str(turn + 1)),))
            step = replace(step, plan=replace(step.plan, periods=(period,)))
        name = f"LOAD-{channel}"
        return step, build_request(step, step.plan, name, self._seed, self._url, self._certificates).http

    def judged(self, step: Step, exchange: Exchange, place: str) -> tuple[tuple[str, ...], tuple[Entry, ...]]:
        """The checks that have a finding against an answer, and its keys for the comparison with other answers."""
        context = Context(self.case, step, exchange, claims=self._brief.claims, receivers=self._receivers)
        lacking = {need for need in self._needs if context.missing_for(need) is not None}
        wrong = tuple(check.id for check in self.checks if check.need not in lacking and _finds(check, context))
        return wrong, () if Need.KEYS in lacking else tuple(entries_of(keys_only(context, self._digests, place)))

    @property
    def questions(self) -> dict[str, str]:
        """The id of each check that may have a finding, with what is true where it has none."""
        known = load_checks()
        return {one.id: one.question for one in (*self.checks, known[ONE_KEY], known[OWN_KEYS])}


def _finds(check: Check, context: Context) -> bool:
    """Whether a check has a finding; what it cannot be asked about accuses nobody.

    Locust prints the text of an exception, so the text of a check that breaks, which may hold a key, does not reach it.
    """
    state, reason, found = asked_of(context, check)
    if state is ResultState.ERROR:
        raise RuntimeError(reason)
    return bool(found)
