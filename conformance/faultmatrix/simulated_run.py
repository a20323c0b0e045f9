"""A whole run in process: every case under a profile, against the built-in server configured for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from conformance.cases import Seed, only_offers
from conformance.cases.certificates import KeyRing
from conformance.cases.defects import NOBODY
from conformance.cases.features import ENDPOINT, KEY_URIS, everything
from conformance.checks.context import Context
from conformance.checks.registry import Check
from conformance.faultmatrix.baseline import DOOR
from conformance.faultmatrix.in_process import TOKEN, InProcess
from conformance.judge import Ending, Judgement, Rulebook, Summary, summarize
from conformance.ledger.book import Ledger
from conformance.model import Case, Step
from conformance.redaction.redactor import Redactor
from conformance.refserver import Config
from conformance.run.asking import requirements_of
from conformance.run.built_in import built_in_config
from conformance.run.profile import Profile
from conformance.run.rulebooks import rulebook_of
from conformance.run.runner import RunContext, Runner
from conformance.run.whole_run import enter, laws_at
from conformance.wire.gate import Sender

URL = "https://reference.example/speke/v2/copyProtection"
SEED = "rehearsal"

_RING = KeyRing()
"""One for all rehearsals of a process: making RSA keys takes longer than everything else."""


@dataclass(frozen=True)
class SimulatedRun:
    """What a run under a profile came to."""

    profile: Profile
    rulebook: Rulebook
    judgements: tuple[Judgement, ...]
    exchanges: int
    summary: Summary


@dataclass
class _Counting:
    by_case: Counter[str] = field(default_factory=Counter)

    def observe(self, context: Context) -> None:
        self.by_case[context.case.name] += 1


def simulate_run(
    profile: Profile,
    library: Sequence[Case],
    areas: Sequence[str] = (),
    alter: Callable[[Config], Config] = lambda config: config,
    server: Callable[[Config], Sender] = InProcess,
    listener: str = NOBODY,
) -> SimulatedRun:
    """Run the profile's cases (or those of some areas) once; `alter` lets the server make other legal choices.

    A profile that discovers its claims claims all there is to probe. `server` makes another server than the
    built-in one, and `listener` is the URL at which its fetches are noticed.
    """
    config = replace(alter(built_in_config(profile)), token=TOKEN)
    held = profile.claims or everything()
    claims = replace(held, features=held.features | {*ENDPOINT, KEY_URIS})
    rulebook = rulebook_of(profile, claims)
    groups: dict[str, list[Case]] = {}
    for case in (one for one in library if not one.sends_nothing):
        if profile.lists(case) and (not areas or case.area in areas) and not only_offers(case, profile.claims):
            groups.setdefault(case.group, []).append(case)
    everyone = {case.name: case for case in library}
    counting = _Counting()
    sender = server(config)
    ledger, redactor = Ledger(), Redactor(SEED.encode())

    def observe(context: Context) -> None:
        counting.observe(context)
        enter(ledger, context, redactor)

    judgements: list[Judgement] = []

    def in_force(check: Check, step: Step, version: str) -> bool:
        return bool(rulebook.relevant(requirements_of(check, step), version))

    for cases in groups.values():
        setting = RunContext(URL, sender, Seed(SEED), claims, _RING, observe=observe, listener=listener)
        runner = Runner(setting, cases, everyone)
        for case in cases:
            for step in case.steps:
                found = runner.outcome(case, step, in_force)
                judgements += (rulebook.judge(DOOR.result(one)) for one in found.spread())
    for case in (one for one in library if one.sends_nothing and not areas):
        for step in case.steps:
            laws = laws_at(ledger, case, step, claims, in_force)
            judgements += (rulebook.judge(DOOR.result(one)) for one in laws.spread())
    ending = Ending(partial=bool(profile.only_cases or areas))
    return SimulatedRun(
        profile, rulebook, tuple(judgements), counting.by_case.total(), summarize(judgements, rulebook, ending)
    )
