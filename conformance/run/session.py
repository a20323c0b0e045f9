"""One run: the target, the claims, the runner and the judge put together. Knows neither pytest nor reports' forms."""

from __future__ import annotations

import datetime
import hashlib
import os
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from conformance.cases import contents_of, load_cases, only_offers
from conformance.cases.certificates import KeyRing
from conformance.cases.defects import NOBODY
from conformance.cases.features import LOOPBACK, everything
from conformance.catalogue import load_catalogue
from conformance.catalogue.yamlfile import DataError, nearest
from conformance.checks import load_checks
from conformance.checks.context import Context
from conformance.checks.registry import Check, Subject
from conformance.checks.relations import can_arise
from conformance.checks.selector import foreseen, possible, unexpected
from conformance.judge import Alike, Rulebook, SetInForce, StepOutcome
from conformance.ledger.book import Ledger
from conformance.model import VERSIONS, Case, Claims, Step, Unclaimed
from conformance.recording.exchange_record import Recorder
from conformance.redaction.recorded import Clean
from conformance.redaction.redactor import Redactor
from conformance.refserver import Config, RefusedContract, Server, ServerState, load_faults
from conformance.refserver.http import start_server
from conformance.refserver.systems import name_of
from conformance.run.asking import requirements_of
from conformance.run.client import client_for
from conformance.run.consistency import refuse_idle_claims
from conformance.run.discovery import Discovered, discover, preflight
from conformance.run.profile import Profile, load_profile
from conformance.run.runner import RunContext, Runner
from conformance.run.second_look import SecondLook
from conformance.run.settings import Settings
from conformance.run.whole_run import enter, laws_at
from conformance.wire.auth import AuthScheme, Bearer
from conformance.wire.client import Client
from conformance.wire.errors import OptionError
from conformance.wire.gate import Gate
from conformance.wire.listener import Listener, Watching
from conformance.wire.pacing import NO_LIMITS, TIME_IS_UP, Limits
from conformance.wire.target import Target


@dataclass
class WorkerSetup:
    """What all processes of one run have in common; private keys travel through memory and pipes only."""

    url: str
    seed: str
    salt: bytes
    ring: dict[str, tuple[bytes, bytes]]
    claims: Claims
    unclaimed: tuple[Unclaimed, ...] = ()
    failure: str = ""
    started: str = ""
    limits: Limits = NO_LIMITS
    listener: str = ""
    """Where the run listens; empty where no server could reach it."""

    def for_worker(self, number: int, count: int, spent: int) -> WorkerSetup:
        """The same for one worker of several, with its part of what the run may still send."""
        return replace(self, limits=self.limits.share(number, count, spent))

    def packed(self) -> bytes:
        """As bytes that a worker's pipe can carry."""
        return msgspec.msgpack.encode(self)

    @classmethod
    def unpacked(cls, data: bytes) -> WorkerSetup:
        """The inverse of `packed`."""
        return msgspec.msgpack.decode(data, type=cls)


@dataclass
class Run:
    """One run of the suite. `prepare` before the first question, `close` after the last."""

    settings: Settings
    library: list[Case] = field(default_factory=list)
    shared: WorkerSetup | None = None
    server: Server | None = None
    runner: Runner | None = None
    client: Client | None = None
    gate: Gate | None = None
    """One for all that this process sends, discovery included."""
    listener: Listener | None = None
    ledger: Ledger = field(default_factory=Ledger)
    """Facts of every exchange, those of discovery included."""
    second_look: SecondLook = field(default_factory=SecondLook)
    """One for all that this process sends: what discovery has seen accepted is a control for the cases."""

    def __post_init__(self) -> None:
        self.checks: Mapping[str, Check] = load_checks()
        if not self.library:
            self.library = load_cases(self.checks, self.settings.case_dirs, self.settings.arrays)
        self._refuse_unknown_cases()
        refuse_idle_claims(self.settings.profile, self.library)
        self.settings.seed.assign(contents_of(self.selected_by_profile(), self.settings.profile.claims))
        self.started = utc_now()
        self._limits = Limits.from_now(self.settings.max_rps, self.settings.max_requests, self.settings.max_minutes)
        self._pace = self._limits.pace()
        self._server_state: ServerState | None = None
        self.redactor = Redactor(b"", ())
        self.recorder = Recorder(self.redactor)
        self.rulebook = make_rulebook(self.settings, self.settings.profile.claims or everything())

    # --- what will be asked

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

    def topics(self, case: Case, step: Step) -> list[str]:
        """The topics of which something may be asked at a step, in order."""
        return list(dict.fromkeys(topic_of(check, step) for check in self.possible(case, step)))

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

    def check_target(self) -> None:
        """Refuse what only shows when the client is made, such as a CA file that holds none; raises OptionError."""
        if self.settings.target is not None:
            self.client = self._client(self.settings.target)

    def check_faults(self) -> None:
        """Refuse the name of a fault that the built-in server does not know; raises OptionError."""
        known = load_faults() if self.settings.faults else {}
        for name in self.settings.faults:
            if name not in known:
                raise OptionError(f"--speke-fault {name} is not a fault of the built-in server{nearest(name, known)}.")

    @property
    def unreached_faults(self) -> list[str]:
        """The faults that were switched on and changed no answer of this process's own built-in server."""
        reached = self._server_state.reached if self._server_state is not None else self.settings.faults
        return [name for name in self.settings.faults if name not in reached]

    def apply_claims(self, claims: Claims) -> None:
        """Judge by these claims from now on (they may have been discovered in another process)."""
        self.rulebook = make_rulebook(self.settings, claims)

    @property
    def spent(self) -> int:
        """How many requests this process has sent."""
        return self._pace.taken

    @property
    def gave_up(self) -> Clean:
        """Why no further requests were sent before the end; empty where all were."""
        return self.redactor.line(self.runner.gave_up if self.runner else "")

    @property
    def stopped(self) -> Clean:
        """Why no further requests are sent."""
        return self.redactor.line(self.runner.stopped if self.runner else "")

    # --- before, during, after

    def prepare(self, cases: Sequence[Case], shared: WorkerSetup | None = None, *, ahead: bool = True) -> None:
        """Start the built-in server where there is no target, settle the claims, begin to execute the cases."""
        settings = self.settings
        if shared is not None:
            self._pace = shared.limits.pace()
            if self.client is not None:
                self.client.close()
                self.client = self.gate = None
            self.redactor = self.recorder.redactor = self._redactor(shared.salt)
        self.shared = shared or self.share()
        settings.seed.text = self.shared.seed
        ring = KeyRing.imported(self.shared.ring)
        self.apply_claims(self.shared.claims)
        setting = self._setting(ring, self.shared.claims, settings.concurrency if ahead else 1)
        sending = [case for case in cases if not case.sends_nothing]
        self.runner = Runner(setting, sending, {case.name: case for case in self.library})
        if self.shared.failure:
            self.runner.stop(self.shared.failure)
        if ahead:
            self.runner.start()

    def share(self, *, several: bool = False) -> WorkerSetup:
        """Make what all processes of this run have in common: server, seed, salt, key pairs, claims.

        Where there are `several`, all key pairs are made at once; else each when it is first needed.
        """
        settings = self.settings
        salt = secrets.token_bytes(16)
        self.redactor = self.recorder.redactor = self._redactor(salt)
        url = settings.target.url if settings.target else self._start_server(salt)
        ring = KeyRing()
        for name in self._recipients() if several else ("rsa-2048",):
            ring.certificate_text(name)
        claims = self._with_endpoint(settings.profile.claims or everything())
        self.shared = WorkerSetup(url, settings.seed.text, salt, {}, claims, started=self.started, limits=self._limits)
        if LOOPBACK in claims.features:
            self.listener = Listener(settings.seed.text)
            self.shared.listener = self.listener.url
        if settings.target is not None and not settings.profile.discovers:
            setting = replace(self._setting(ring, claims, 1), observe=lambda context: None)
            self.shared.failure = self.redactor.line(preflight(setting, sorted(claims.versions)))
        if settings.profile.discovers:
            found: Discovered = discover(self._setting(ring, everything(), 1))
            self.shared.claims = self._with_endpoint(found.claims)
            self.shared.unclaimed = tuple(
                replace(one, answer=self.redactor.line(one.answer), why=self.redactor.line(one.why))
                for one in found.unclaimed
            )
            self.shared.failure = self.redactor.line(found.failure)
        self.shared.ring = ring.exported()
        self.apply_claims(self.shared.claims)
        return self.shared

    def ask(self, case: Case, step: Step, about: str = "") -> StepOutcome:
        """Ask everything that arises at a step, or what belongs to one topic or is one check, and judge it.

        The texts of the outcome are free of secrets.
        """

        def wanted(check: Check, at: Step, version: str) -> bool:
            if about and about not in (check.id, topic_of(check, at)):
                return False
            return self.in_force(check, at, version)

        assert self.runner is not None
        if self.runner is not None and self._is_time_up():
            self.runner.stop(TIME_IS_UP)
        if case.sends_nothing:
            answers = laws_at(self.ledger, case, step, self.rulebook.claims, wanted)
        else:
            assert self.runner is not None
            answers = self.runner.outcome(case, step, wanted, late=TIME_IS_UP if self._is_time_up() else "")
        alike = tuple(
            Alike(one.version, one.state, self.redactor.line(one.reason), one.checks) for one in answers.alike
        )
        results = (self.redactor.result(one) for one in answers.results)
        return self.rulebook.judge_step(case.name, step.id, alike, results)

    def _is_time_up(self) -> bool:
        """Whether the run's minutes are over: they bound our own work as well as the waiting."""
        limits = self.shared.limits if self.shared is not None else self._limits
        return limits.ends is not None and time.time() >= limits.ends

    def close(self) -> None:
        """Stop sending, and stop the built-in server."""
        if self.runner is not None:
            self.runner.close()
        if self.client is not None:
            self.client.close()
        if self.server is not None:
            self.server.stop()
            self.server = None
        if self.listener is not None:
            self.listener.close()
            self.listener = None
        if self.shared is not None:
            # The keys that the run has seen are not kept longer than there are texts to be cleaned of them.
            self.redactor = self.recorder.redactor = self._redactor(self.shared.salt)

    # --- parts

    def _observe(self, context: Context) -> None:
        self.recorder.observe(context)
        enter(self.ledger, context, self.redactor)

    def _start_server(self, salt: bytes) -> str:
        known = load_faults()
        faults = [known[name] for name in self.settings.faults]
        config = replace(built_in_config(self.settings.profile), token=_built_in_token(salt))
        self.server = start_server(config, faults, delay_ms=self.settings.delay_ms)
        self._server_state = self.server.state
        return self.server.url

    def _recipients(self) -> list[str]:
        steps = (step for case in self.selected_by_profile() for step in case.steps)
        return sorted({"rsa-2048", *(one.name for step in steps for one in step.plan.recipients)})

    def _auth(self, salt: bytes) -> AuthScheme:
        """The user's credentials; the built-in server takes a token that is made for this run."""
        return Bearer(_built_in_token(salt)) if self.settings.built_in else self.settings.auth

    def _with_endpoint(self, claims: Claims) -> Claims:
        return replace(claims, features=claims.features | self.settings.endpoint_features)

    def _redactor(self, salt: bytes) -> Redactor:
        auth = self._auth(salt)
        return Redactor(salt, auth.secrets(), headers=auth.headers)

    def _refuse_unknown_cases(self) -> None:
        known = {name for case in self.library for name in (case.id, case.name)}
        for name in self.settings.profile.only_cases:
            if name not in known:
                raise DataError(
                    self.settings.profile.path,
                    f"there is no case {name!r} that the profile could run{nearest(name, known)}",
                )

    def _client(self, target: Target) -> Client:
        auth = self._auth(self.shared.salt if self.shared else b"")
        return client_for(self.settings, target, auth=auth, pace=self._pace)

    def _setting(self, ring: KeyRing, claims: Claims, concurrency: int) -> RunContext:
        settings = self.settings
        assert self.shared is not None
        url = self.shared.url
        if self.client is None:
            self.client = self._client(Target.parse(url))
        listener = self.shared.listener
        if self.gate is None:
            sender = Watching(self.client, listener) if listener else self.client
            self.gate = Gate(sender, settings.concurrency)
        return RunContext(
            url,
            self.gate,
            settings.seed,
            claims,
            ring,
            concurrency,
            self._observe,
            listener=listener or NOBODY,
            second_look=self.second_look,
            contracts_open=settings.profile.discovers,
        )


HTTP = "http"


def topic_of(check: Check, step: Step) -> str:
    """The topic under which a check is shown at a step: the first word of its id.

    What is asked only where the server does the opposite of what is expected is shown with `http`, which says so.
    """
    return HTTP if unexpected(check, step) else check.topic


def _built_in_token(salt: bytes) -> str:
    return hashlib.sha256(b"built-in" + salt).hexdigest()


def built_in_config(profile: Profile) -> Config:
    """The built-in server as a profile claims it: it serves that and nothing else."""
    claims = profile.claims
    if claims is None:
        return Config()
    catalogue = load_catalogue()
    served: dict[str, tuple[str, ...]] = {}
    # The built-in server shares nothing with the catalogue, not even names: the system id says who is meant.
    for name, scheme in sorted(claims.schemes):
        here = name_of(catalogue.system(name).system_id)
        if not here:
            continue  # It does not have that system, and refuses it.
        served[here] = (
            *served.get(here, ()),
            scheme,
            *(catalogue.system(name).hls_schemes if here not in served else ()),
        )
    refused = tuple(
        RefusedContract(name, frozenset(rule.track_type for rule in catalogue.contract(name)))
        for name in claims.refuses
    )
    return Config(
        versions=tuple(sorted(claims.versions)),
        systems=tuple(served),
        schemes=served,
        key_encryption="key-encryption" in claims.features,
        extras_2_1="hdcp" in claims.features,
        refuses=refused,
    )


def whole_config() -> Config:
    """The built-in server with all that it can do, and with the policy that the profile `reference` states of it.

    No case of another profile asks for the contract that it refuses, so it qualifies under every shipped profile.
    """
    return replace(Config(), refuses=built_in_config(load_profile("reference")).refuses)


def make_rulebook(settings: Settings, claims: Claims) -> Rulebook:
    """The sets in force in a run: those that its profile requires, and those that it only reports."""
    return rulebook_of(settings.profile, claims, strict=settings.strict)


def rulebook_of(profile: Profile, claims: Claims, *, strict: bool = False) -> Rulebook:
    """The sets in force under a profile."""
    catalogue = load_catalogue()
    sets = []
    for name in dict.fromkeys((*profile.requires, *profile.reports)):
        levels = {version: catalogue.resolve_set(name, version) for version in VERSIONS}
        sets.append(SetInForce(catalogue.sets[name], name in profile.requires, levels))
    return Rulebook(tuple(sets), claims, profile.known, strict, today(), profile.disputed)


def utc_now() -> str:
    """Now, in UTC, ISO 8601 with seconds."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def today() -> str:
    """Today's date; `SOURCE_DATE_EPOCH` makes it reproducible. Raises OptionError where that is no time."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        moment = datetime.datetime.fromtimestamp(int(epoch), datetime.UTC) if epoch else None
    except (ValueError, OverflowError, OSError):
        raise OptionError("SOURCE_DATE_EPOCH is not a number of seconds since 1970; correct or unset it.") from None
    moment = moment or datetime.datetime.now(datetime.UTC)
    return moment.strftime("%Y-%m-%d")
