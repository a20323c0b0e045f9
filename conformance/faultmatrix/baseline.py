"""The stage of the proof: every question asked once at the right server; what faulty servers are compared with."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from conformance import refserver
from conformance.cases import NotClaimed, Seed, load_cases
from conformance.cases.certificates import KeyRing
from conformance.cases.combinations import ArrayOptions
from conformance.cases.features import ENDPOINT, FEATURES, KEY_URIS
from conformance.catalogue import load_catalogue
from conformance.checks import load_checks
from conformance.checks.context import Context
from conformance.checks.registry import Check
from conformance.faultmatrix.in_process import TOKEN, InProcess, as_asked
from conformance.judge import Judgement, Rulebook
from conformance.ledger.book import Ledger
from conformance.ledger.facts import ExchangeFacts
from conformance.model import Case, Claims, HttpRequest, Step
from conformance.redaction.recorded import RecordedResult
from conformance.redaction.redactor import Redactor
from conformance.refserver.facts import Facts
from conformance.refserver.faults.triggers import trigger_facts
from conformance.run.asking import answers_at, crash_sentence, requirements_of
from conformance.run.built_in import built_in_config
from conformance.run.profile import Profile, load_profile
from conformance.run.rulebooks import rulebook_of
from conformance.run.runner import RunContext, Runner
from conformance.run.whole_run import facts_at, laws_at, results_of

URL = "https://reference.example/speke/v2/copyProtection"
SEED = "proof"
LEFT_OUT = frozenset({"repetition", "stretch", "optional"})
"""Tags of cases that ask the same questions once more; they would only cost time."""

MODEST_AREAS = frozenset({"claims", "versions"})
"""Topics that are about what a server does not claim; they are asked once more of one that claims little."""

RING = KeyRing()
"""One key ring for all stages of a process: making RSA keys takes longer than everything else."""


@dataclass(frozen=True, slots=True)
class AskedStep:
    """A step that an exchange answers, and what came of its questions at the right server, by check."""

    case: Case
    step: Step
    usual: Mapping[str, RecordedResult]


DOOR = Redactor(b"the fault matrix")
"""The built-in server's keys are worthless, so nothing is learned; it makes results that can be judged and told."""


@dataclass(frozen=True, slots=True)
class BaselineExchange:
    """One server with what it claims, and the cases it is asked."""

    config: refserver.Config
    claims: Claims
    rulebook: Rulebook
    cases: tuple[Case, ...]

    def in_force(self, check: Check, step: Step, version: str) -> bool:
        """Whether a run with all requirement sets asks the check, as `Run.in_force` says it."""
        return bool(self.rulebook.relevant(requirements_of(check, step), version))


@dataclass(frozen=True, slots=True, repr=False)
class ServerSetup:
    """One exchange with the right server, the questions asked at it, and what came of them."""

    act: BaselineExchange
    context: Context
    facts: Facts
    """What decides whether a fault can touch the exchange."""
    steps: tuple[AskedStep, ...]
    """The steps that this exchange answers, with what came of their questions; most often one."""
    results: tuple[RecordedResult, ...]
    aspects: frozenset[Hashable]
    """What its questions show here: the check with the scheme, the rules and the message it is asked about."""
    nth: int
    """How often the group has asked this very request, this time included."""
    needs: frozenset[int]
    """The earlier exchanges of the group that the step is compared with, by their places."""


Within = Callable[[ServerSetup], bool]
"""In which scenes a fault is active."""

Place = tuple[int, int]
"""Group and place in the group of a scene."""


@dataclass(frozen=True, repr=False)
class Baseline:
    """The scenes of all cases, by group: what one server is asked in a row, sharing nothing with other groups.

    Like its parts without a repr, which would write out every exchange.
    """

    groups: tuple[tuple[ServerSetup, ...], ...]
    checks: Mapping[str, Check]
    order: tuple[Place, ...]
    """The scenes in the order in which they are worth looking at: those first that show most for least."""
    broken: tuple[str, ...] = ()
    """Steps that the suite itself could not carry out, in words."""
    laws: tuple[AskedStep, ...] = ()
    """Where the laws over all exchanges are asked, and what came of them at the right server."""
    facts: Mapping[int, ExchangeFacts] = field(default_factory=dict)
    """What the ledger keeps of the right server's exchanges, by the identity of their contexts."""

    @property
    def scenes(self) -> list[ServerSetup]:
        """All scenes."""
        return [scene for group in self.groups for scene in group]

    @property
    def results(self) -> list[RecordedResult]:
        """Everything that the right server is found to be."""
        of_laws = (result for one in self.laws for result in one.usual.values())
        return [*(result for scene in self.scenes for result in scene.results), *of_laws]

    @property
    def judgements(self) -> list[Judgement]:
        """What the judge makes of the right server."""
        rulebook = self.groups[0][0].act.rulebook if self.groups else None
        of_laws = (result for one in self.laws for result in one.usual.values())
        return [
            *(scene.act.rulebook.judge(result) for scene in self.scenes for result in scene.results),
            *(rulebook.judge(result) for result in of_laws if rulebook is not None),
        ]


@dataclass
class _Noted:
    contexts: list[Context] = field(default_factory=list)

    def observe(self, context: Context) -> None:
        self.contexts.append(context)


def set_up(cases: Sequence[Case] | None = None, profile: Profile | None = None) -> Baseline:
    """Play all cases against the right server; by default the shipped ones under the profile `reference`."""
    checks = load_checks()
    profile = profile or load_profile("reference")
    chosen = load_cases(checks, options=ArrayOptions(profile.claims)) if cases is None else list(cases)
    ledgers = [case for case in chosen if case.sends_nothing]
    chosen = [case for case in chosen if not LEFT_OUT & set(case.tags) and not case.sends_nothing]
    modest = replace(profile, claims=modest_claims())
    acts = (_act(profile, chosen), _act(modest, [case for case in chosen if case.area in MODEST_AREAS]))
    played = [_group(act, group) for act in acts for group in _by_group(act.cases)]
    broken = tuple(sentence for _, sentences in played for sentence in sentences)
    groups = tuple(scenes for scenes, _ in played if scenes)
    first = of_one_run(groups, acts[0]) if ledgers else []
    facts = _facts(scene.context for group in first for scene in group)
    laws = tuple(_laws(acts[0], case, facts.values()) for case in ledgers)
    return Baseline(groups, checks, _richest_first(groups), broken, laws, facts)


def of_one_run(groups: Sequence[Sequence[ServerSetup]], act: BaselineExchange) -> list[list[ServerSetup]]:
    """The groups whose exchanges one run makes: a ledger holds those of one server with one set of claims."""
    return [list(group) for group in groups if group[0].act is act]


def _facts(contexts: Iterable[Context]) -> dict[int, ExchangeFacts]:
    redactor = Redactor(SEED.encode())
    return {id(context): facts_at(context, redactor) for context in contexts}


def _laws(act: BaselineExchange, case: Case, facts: Iterable[ExchangeFacts]) -> AskedStep:
    redactor, ledger = Redactor(SEED.encode()), Ledger()
    for one in facts:
        ledger.add(one)
    step = case.steps[0]
    return AskedStep(case, step, results_of(laws_at(ledger, case, step, act.claims, act.in_force), redactor))


def modest_claims() -> Claims:
    """The claims of a server that serves little: one version, one DRM system, one scheme, no key encryption."""
    return Claims(frozenset({"2.0"}), frozenset({("playready", "cenc")}), FEATURES)


def _act(profile: Profile, cases: Sequence[Case]) -> BaselineExchange:
    claims = profile.claims or Claims(frozenset(), frozenset())
    claims = replace(claims, features=claims.features | {*ENDPOINT, KEY_URIS})
    config = replace(built_in_config(profile), token=TOKEN)
    others = tuple(name for name in load_catalogue().sets if name not in (*profile.requires, *profile.reports))
    whole = replace(profile, reports=(*profile.reports, *others))
    return BaselineExchange(config, claims, rulebook_of(whole, claims), tuple(cases))


def _by_group(cases: Sequence[Case]) -> list[list[Case]]:
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(case.group, []).append(case)
    return list(groups.values())


def _group(act: BaselineExchange, cases: Sequence[Case]) -> tuple[tuple[ServerSetup, ...], list[str]]:
    noted = _Noted()
    sender = InProcess(act.config)
    runner = Runner(RunContext(URL, sender, Seed(SEED), act.claims, RING, observe=noted.observe), cases)
    asked: dict[int, list[AskedStep]] = {}
    broken: list[str] = []
    for case in cases:
        for step in case.steps:
            performed = runner.performed(case, step)
            if isinstance(performed, Context) and not step.use:
                answers = answers_at(performed, case, step, act.in_force)
                usual = {one.check: DOOR.result(one) for one in answers.spread()}
                asked.setdefault(id(performed), []).append(AskedStep(case, step, usual))
            elif not isinstance(performed, Context | NotClaimed):
                broken.append(f"{case.name}::{step.id}: {crash_sentence(performed)}")
    places = {id(context): place for place, context in enumerate(noted.contexts)}
    times: Counter[HttpRequest] = Counter()
    scenes = []
    for context in noted.contexts:
        times[context.exchange.request] += 1
        scenes.append(_scene(act, context, asked.get(id(context), []), times[context.exchange.request], places))
    return tuple(scenes), broken


def _scene(
    act: BaselineExchange, context: Context, asked: list[AskedStep], nth: int, places: Mapping[int, int]
) -> ServerSetup:
    facts = trigger_facts(as_asked(context.exchange.request), context.accepted)
    results = tuple(result for one in asked for result in one.usual.values())
    aspects = frozenset(aspect_of(context, one.check, one.requirements) for one in results)
    needs = frozenset(places[id(one)] for one in context.earlier.values())
    return ServerSetup(act, context, facts, tuple(asked), results, aspects, nth, needs)


def aspect_of(context: Context, check: str, requirements: tuple[str, ...]) -> Hashable:
    """What a check shows at an exchange: of exchanges that show the same a few are enough."""
    return check, context.step.plan.scheme, requirements, context.expect.message


def _richest_first(groups: Sequence[tuple[ServerSetup, ...]]) -> tuple[Place, ...]:
    scenes = [((at, place), scene) for at, group in enumerate(groups) for place, scene in enumerate(group)]
    cost = [1 + len(scene.context.exchange.request.body) / 4000 for _, scene in scenes]
    seen: set[Hashable] = set()
    ordered: list[Place] = []
    # What a scene adds only ever shrinks: one that is still ahead when it is counted again is the best.
    waiting = [(-len(scene.aspects) / cost[nth], nth) for nth, (_, scene) in enumerate(scenes)]
    heapq.heapify(waiting)
    while waiting:
        nth = waiting[0][1]
        place, scene = scenes[nth]
        worth = (-len(scene.aspects - seen) / cost[nth], nth)
        if worth != waiting[0]:
            heapq.heapreplace(waiting, worth)
            continue
        heapq.heappop(waiting)
        seen |= scene.aspects
        ordered.append(place)
    return tuple(ordered)
