"""What is known of a run before anything is sent: its settings, its cases, and what is asked at each of their steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from conformance.cases import contents_of, load_cases, only_offers
from conformance.cases.features import everything
from conformance.catalogue.yamlfile import DataError, nearest
from conformance.checks import load_checks
from conformance.checks.registry import Check, Subject
from conformance.checks.relations import can_arise
from conformance.checks.selector import foreseen, possible, unexpected
from conformance.judge import Rulebook
from conformance.model import Case, Step
from conformance.refserver import load_faults
from conformance.run.asking import requirements_of
from conformance.run.client import client_for
from conformance.run.clock import utc_now
from conformance.run.consistency import refuse_idle_claims
from conformance.run.rulebooks import rulebook_of
from conformance.run.settings import Settings
from conformance.wire.errors import OptionError
from conformance.wire.pacing import Limits


class RunPlan:
    """The settings of a run, all of them sound, with the cases that they select; raises DataError or OptionError."""

    def __init__(self, settings: Settings, library: Sequence[Case] = ()) -> None:
        self.settings = settings
        self.checks: Mapping[str, Check] = load_checks()
        self.library = list(library) or load_cases(self.checks, settings.case_dirs, settings.arrays)
        self._refuse_unknown_cases()
        refuse_idle_claims(settings.profile, self.library)
        self.library = at_endpoints(self.library, settings.endpoints)
        settings.seed.assign(contents_of(self.selected_by_profile(), settings.profile.claims))
        self._refuse_unknown_faults()
        self.started = utc_now()
        self.limits = Limits.from_now(settings.max_rps, settings.max_requests, settings.max_minutes)
        self.rulebook: Rulebook = rulebook_of(
            settings.profile, settings.profile.claims or everything(), strict=settings.strict
        )
        """By the claims that the profile makes; what is discovered comes later, and with it another rulebook."""
        self._topics: dict[tuple[str, str], tuple[str, ...]] = {}

    def possible(self, case: Case, step: Step) -> list[Check]:
        """The questions that may be asked at a step, by its plan, and whose requirements are in force."""
        if only_offers(case, self.settings.profile.claims):
            return []
        version, first = step.plan.speke_version or case.version, step is case.steps[0]
        return [
            check
            for check in possible(step)
            if (check.subject is not Subject.RELATION or can_arise(check.partners, step, first=first))
            and (self.in_force(check, step, case.version) or self.in_force(check, step, version))
        ]

    def foreseen(self, case: Case, step: Step) -> list[Check]:
        """Of the questions that may be asked those that are, where the server does what is expected."""
        wanted = set(foreseen(step))
        return [check for check in self.possible(case, step) if check in wanted]

    def in_force(self, check: Check, step: Step, version: str) -> bool:
        """Whether a set of this run holds one of the rules that the check speaks for at the step."""
        return bool(self.rulebook.relevant(requirements_of(check, step), version))

    def topics(self, case: Case, step: Step) -> tuple[str, ...]:
        """The topics of which something may be asked at a step, in order."""
        key = case.name, step.id
        if key not in self._topics:
            self._topics[key] = tuple(dict.fromkeys(topic_of(check, step) for check in self.possible(case, step)))
        return self._topics[key]

    def selected_by_profile(self) -> list[Case]:
        """The cases that the profile runs: all that it can, or the ones it lists."""
        profile = self.settings.profile
        return [
            case
            for case in self.library
            if (profile.lists(case) or case.sends_nothing) and not only_offers(case, profile.claims)
        ]

    def is_selection(self, chosen: set[tuple[str, str, str]]) -> bool:
        """Whether the chosen (case, step, topic) are fewer than all that this profile asks."""
        return any(
            (case.name, step.id, topic) not in chosen
            for case in self.library
            for step in case.steps
            for topic in self.topics(case, step)
        )

    def recipients(self) -> list[str]:
        """The names of the certificates with which the cases ask for encrypted keys."""
        steps = (step for case in self.selected_by_profile() for step in case.steps)
        return sorted({"rsa-2048", *(one.name for step in steps for one in step.plan.recipients)})

    def check_target(self) -> None:
        """Refuse what only shows when a client is made, such as a CA file that holds none; raises OptionError."""
        for target in self.settings.targets:
            client_for(self.settings, target).close()

    def _refuse_unknown_faults(self) -> None:
        known = load_faults() if self.settings.faults else {}
        for name in self.settings.faults:
            if name not in known:
                raise OptionError(
                    f"--speke-fault {name!r} is not a fault of the built-in server{nearest(name, known)}."
                )

    def _refuse_unknown_cases(self) -> None:
        known = {name for case in self.library for name in (case.id, case.name)}
        for name in self.settings.profile.only_cases:
            if name not in known:
                raise DataError(
                    self.settings.profile.path,
                    f"there is no case {name!r} that the profile could run{nearest(name, known)}",
                )


def at_endpoints(library: Iterable[Case], endpoints: Sequence[int]) -> list[Case]:
    """Each group of cases at every endpoint; what is asked of all exchanges together stays once.

    A group stays in one piece: when its last question has been asked, its exchanges are forgotten.
    """
    found: list[Case] = []
    for _, group in groupby(library, lambda case: (case.sends_nothing, case.group or case.name)):
        cases = list(group)
        for number in endpoints[:1] if cases[0].sends_nothing else endpoints:
            found += (case.at(number) for case in cases)
    return found


HTTP = "http"


def topic_of(check: Check, step: Step) -> str:
    """The topic under which a check is shown at a step: the first word of its id.

    What is asked only where the server does the opposite of what is expected is shown with `http`, which says so.
    """
    return HTTP if unexpected(check, step) else check.topic
