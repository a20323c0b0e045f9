"""The stage of the proof: every question asked once at the right server; what faulty servers are compared with."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from conformance import refserver
from conformance.cases import NotClaimed, Seed, load_cases
from conformance.cases.certificates import KeyRing
from conformance.checks import load_checks
from conformance.checks.context import Context
from conformance.checks.registry import Check
from conformance.judge import Result, Rulebook
from conformance.model import Case, Claims, Step
from conformance.profile import Profile, load_profile
from conformance.proof.inprocess import InProcess, Wrapped, as_asked
from conformance.refserver.facts import Facts
from conformance.refserver.faults.triggers import facts_of
from conformance.run import built_in_config, rulebook_of
from conformance.runner import Runner, Setting, ask_at, crash_sentence, questions

URL = "http://127.0.0.1/speke/v2/copyProtection"
SEED = "proof"
LEFT_OUT = frozenset({"repetition", "stretch", "optional"})
"""Tags of cases that ask the same questions once more; they would only cost time."""

RING = KeyRing()
"""One key ring for all stages of a process: making RSA keys takes longer than everything else."""

Question = tuple[Case, Step, Check]


@dataclass(frozen=True, slots=True)
class Scene:
    """One exchange with the right server, the questions asked at it, and what came of them."""

    context: Context
    facts: Facts
    """What decides whether a fault can touch the exchange."""
    questions: tuple[Question, ...]
    results: tuple[Result, ...]
    aspects: frozenset[Hashable]
    """What can be seen here: each question with version, scheme, rules and message that it is asked with."""


@dataclass(frozen=True)
class Stage:
    """The scenes of all cases, by group: what one server is asked in a row, sharing nothing with other groups.

    The groups that show most stand first.
    """

    config: refserver.Config
    groups: tuple[tuple[Scene, ...], ...]
    wrapped: Wrapped
    rulebook: Rulebook
    checks: Mapping[str, Check]
    broken: tuple[str, ...] = ()
    """Steps that the suite itself could not carry out, in words."""

    @property
    def scenes(self) -> list[Scene]:
        """All scenes."""
        return [scene for group in self.groups for scene in group]

    @property
    def results(self) -> list[Result]:
        """Everything that the right server is found to be."""
        return [result for scene in self.scenes for result in scene.results]


@dataclass
class _Noted:
    contexts: list[Context] = field(default_factory=list)

    def observe(self, context: Context) -> None:
        self.contexts.append(context)


def set_up(cases: Sequence[Case] | None = None, profile: Profile | None = None) -> Stage:
    """Play all cases against the right server; by default the shipped ones under the profile `reference`."""
    checks = load_checks()
    profile = profile or load_profile("reference")
    chosen = load_cases(checks) if cases is None else list(cases)
    chosen = [case for case in chosen if not LEFT_OUT & set(case.tags)]
    config = built_in_config(profile)
    claims = profile.claims or Claims(frozenset(), frozenset())
    wrapped: Wrapped = {}
    by_group: dict[str, list[Case]] = {}
    for case in chosen:
        by_group.setdefault(case.group, []).append(case)
    played = [_group(group, claims, config, wrapped) for group in by_group.values()]
    broken = tuple(sentence for _, sentences in played for sentence in sentences)
    groups = _richest_first([scenes for scenes, _ in played if scenes])
    return Stage(config, groups, wrapped, rulebook_of(profile, claims), checks, broken)


def _group(
    cases: Sequence[Case], claims: Claims, config: refserver.Config, wrapped: Wrapped
) -> tuple[tuple[Scene, ...], list[str]]:
    noted = _Noted()
    sender = InProcess(config, wrapped=wrapped)
    runner = Runner(Setting(URL, sender, Seed(SEED), claims, RING, observe=noted.observe), cases)
    asked: dict[int, list[Question]] = {}
    broken: list[str] = []
    for case in cases:
        for step in case.steps:
            performed = runner.performed(case, step)
            if isinstance(performed, Context):
                place = asked.setdefault(id(performed), [])
                place.extend((case, step, check) for check in questions(case, step))
            elif not isinstance(performed, NotClaimed):
                broken.append(f"{case.name}::{step.id}: {crash_sentence(performed)}")
    return tuple(_scene(context, tuple(asked.get(id(context), ()))) for context in noted.contexts), broken


def _scene(context: Context, asked: tuple[Question, ...]) -> Scene:
    facts = facts_of(as_asked(context.exchange.request), context.accepted)
    results = tuple(ask_at(context, *question) for question in asked)
    plan, message = context.step.plan, context.expect.message
    aspects = frozenset((one.check, plan.version, plan.scheme, one.requirements, message) for one in results)
    return Scene(context, facts, asked, results, aspects)


def _richest_first(groups: list[tuple[Scene, ...]]) -> tuple[tuple[Scene, ...], ...]:
    """Each group before those that show nothing that it does not show as well, the ones that show most for least first."""
    seen: set[Hashable] = set()
    shows = {id(group): frozenset[Hashable]().union(*(scene.aspects for scene in group)) for group in groups}
    ordered: list[tuple[Scene, ...]] = []
    left = list(groups)
    while left:
        best = max(left, key=lambda group: len(shows[id(group)] - seen) / len(group))
        seen |= shows[id(best)]
        ordered.append(best)
        left.remove(best)
    return tuple(ordered)
