"""The result document of a run as types: what is written, what is read and the published schema all follow from them.

Every report is made of a document and nothing else. Members that are empty and have a default are not written.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from conformance.judge import Grade, Judgement
from conformance.model import Outcome, SetGroup, Verdict
from conformance.recording.records import Exchanges, Record
from conformance.results.run_record import ClaimsRecord, EndpointOutcomes, ProfileRecord, RunRecord

FORMAT = 2
"""Version of the document's shape. Format 1 held bodies and each pass as a result of its own."""

Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Counts = dict[Verdict, Annotated[int, Meta(ge=1)]]


class Tool(Record):
    """The suite that wrote the document."""

    name: str
    version: str


class CatalogueRecord(Record):
    """The rules by which it judged."""

    version: str
    digest: Sha256


class SetResult(Record):
    """A requirement set and its outcome."""

    id: str
    title: str
    version: str = ""
    required: bool = True
    decides: bool = True
    claim: str = ""
    claimed: bool = True
    outcome: Outcome = Outcome.NOT_CLAIMED
    counts: Counts = field(default_factory=dict)
    why: str = ""
    group: SetGroup = SetGroup.ENCRYPTOR
    """Whose word the set is, and with that where a report lists it."""


class RequirementRecord(Record, omit_defaults=True):
    """A requirement of the catalogue."""

    rule: str
    set: str
    levels: dict[str, str]
    """SPEKE version -> keyword."""
    page: str
    page_title: str
    page_address: str
    """Where anybody can read that page."""
    confidence: str
    effect: str
    sentence: str = ""
    """The stated sentence from which the rule follows."""
    fix: str = ""
    untestable: str = ""


class CheckRecord(Record, omit_defaults=True):
    """A check: what is true when it passes."""

    question: str
    explanation: str
    requirements: list[str]
    fix: str = ""
    """Its own words on what to change, where its rule speaks for other checks, too."""
    effect: str = ""


class ExpectedAnswer(Record, omit_defaults=True):
    """What a right server does with a request."""

    kind: Annotated[str, Meta(pattern="^(accepted|refused|free|accepted-or-refused|whole-run)$")]
    messages: list[str] = field(default_factory=list)
    any_refusal: bool = False


class StepRecord(Record, omit_defaults=True):
    """One step of a case."""

    id: str
    expect: ExpectedAnswer
    defect: str = ""
    exchange: str = ""
    """Name of its exchange, which may be that of another case; empty where none was made."""
    passed: list[int] = field(default_factory=list)
    """The checks that passed here, as places (from 0) in `passes`."""


class CaseRecord(Record):
    """One case."""

    name: str
    id: str
    variant: str
    title: str
    why: str
    area: str
    version: str
    tags: list[str]
    steps: list[StepRecord]
    node: str = ""
    """File and name, as pytest takes them: with `::STEP[CHECK]` behind it, what repeats one check."""


class Passed(Record, omit_defaults=True):
    """A check that passed, at whichever steps name it: the same for all of them, and so written once."""

    check: str
    version: str
    requirements: tuple[str, ...]
    requirement: str = ""
    grades: tuple[Grade, ...] = ()
    reason: str = ""
    """What there was to see where there was nothing to judge."""
    as_recorded: bool = False
    """Carried over into a replay."""


class StaleEntry(Record):
    """A known deviation that no longer fits."""

    finding: str
    reason: str
    reference: str
    date: str
    expires: str
    why: str


class RunWarning(Record):
    """A reason why the results may say less than they seem to."""

    id: str
    text: str


class Latency(Record):
    """Times in milliseconds."""

    count: int = 0
    p50: float = 0.0
    p95: float = 0.0
    max: float = 0.0


class TrafficBudget(Record):
    """What the run cost the server."""

    exchanges: int
    requests: int
    contents: int
    content_keys: int
    bytes_sent: int
    bytes_received: int
    without_answer: int
    connections: int | None
    """Null where nothing is known of them."""
    latency: Latency
    areas: dict[str, Latency]


class Uncovered(Record):
    """A rule of a required and claimed set that nothing was found out about."""

    requirement: str
    set: str
    why: str
    kind: Literal["untestable", "not asked"]


class MatrixCell(Record):
    """One cell of the matrix: `asked` and `delivered` count exchanges, `failed` counts results."""

    version: str
    system: str
    title: str
    scheme: str
    state: Literal["yes", "no", "not covered", "not claimed"]
    asked: int
    delivered: int
    failed: int


class CombinationsRecord(Record):
    """What a covering array of requests covered."""

    name: str
    """The id of its cases."""
    strength: int
    """How many dimensions are combined: 2 for pairs."""
    sent: int
    answered: int
    """Requests that were sent as planned and answered with 200."""
    possible: int
    """Combinations that stand in some request of the run."""
    covered: int
    """Those of them that stand in an answered one."""
    missing: list[str]
    """Some of the others, in words."""
    ruled_out: list[str]
    """Values and pairs that no request has: the claims, or the specification, rule them out."""


class Observation(Record):
    """What was seen, and in which cases."""

    seen: str
    cases: list[str]


class SilenceEntry(Record):
    """What was observed where the specifications are silent: recorded, never judged."""

    check: str
    requirement: str
    observed: list[Observation]


class Proof(Record, omit_defaults=True):
    """How many planted faults the suite detects.

    `checks`/`proven`: checks, and those that some fault turns red. `variations`/`harmless`: harmless variations, and
    those that stayed green. `version` and `catalogue` say of what; `fresh` is false where the sources have changed.
    """

    available: bool
    text: str
    faults: int = 0
    caught: int = 0
    checks: int = 0
    proven: int = 0
    variations: int = 0
    harmless: int = 0
    version: str = ""
    catalogue: str = ""
    fresh: bool = False
    situations: int = 0
    """Faults that show in one situation alone, and those of them that are found."""
    situations_caught: int = 0
    situations_fresh: bool = False


class AuditRecord(Record):
    """Only in reports of exchanges that somebody else began (serve --audit, proxy)."""

    exchanges: int
    kept: int
    encryptor: str = field(name="as")
    """The encryptor whose quirks were compared; empty for none."""


class ReplayOf(Record):
    """The run whose exchanges were judged again."""

    version: str
    baseline: str


class ReplayRecord(Record):
    """Only where recorded exchanges were judged again and no server was asked."""

    of: ReplayOf
    by: str
    judged: int
    as_recorded: int
    gone: int
    unasked: int


class RunName(Record):
    """One of two runs that are compared."""

    host: str
    started: str
    outcome: str
    labels: dict[str, str]
    baseline: str


class ResultChange(Record):
    """One result that is not what it was."""

    case: str
    step: str
    check: str
    question: str
    requirement: str
    before: str
    now: str
    expected: str
    seen: str
    repeat: str


class CheckChange(Record):
    """A check that one of two runs did not ask."""

    check: str
    question: str
    verdicts: dict[str, int]


class Difference(Record):
    """What changed between two runs, as `speke-conformance diff --json` prints it.

    One entry for each result, one for each check that is new or gone; `new_questions` and `gone_questions` count
    results. `comparable` is true where both runs asked the same; `differs` says what does not.
    """

    format: int
    old: RunName
    new: RunName
    comparable: bool
    differs: list[str]
    newly_failing: list[ResultChange]
    newly_passing: list[ResultChange]
    still_failing: list[ResultChange]
    still_known: list[ResultChange]
    unanswered: list[ResultChange]
    """Had an answer before."""
    otherwise: list[ResultChange]
    new_checks: list[CheckChange]
    gone_checks: list[CheckChange]
    new_questions: int
    gone_questions: int


class Document(Record, omit_defaults=True):
    """The one raw result document of a run, results.json; every report is a view of it."""

    format: Annotated[int, Meta(ge=2, le=2)]
    tool: Tool
    catalogue: CatalogueRecord
    baseline: Sha256
    """SHA-256 over everything that makes two runs comparable."""
    environment: dict[str, str]
    """`hash`, and what it was made of."""
    run: RunRecord
    profile: ProfileRecord
    claims: ClaimsRecord
    outcome: Outcome
    exit_status: int
    counts: Counts
    sets: list[SetResult]
    requirements: dict[str, RequirementRecord]
    """The rules that some result speaks of, and those in force that none does."""
    checks: dict[str, CheckRecord]
    cases: list[CaseRecord]
    not_run: list[str]
    exchanges: Exchanges
    """`case::step` -> its exchange; bodies are in files beside the document, each with its digest here."""
    passes: list[Passed]
    """The checks that passed; each step names its own."""
    results: list[Judgement]
    """One check asked at one step, for all that did not simply pass."""
    stale: list[StaleEntry]
    warnings: list[RunWarning]
    budget: TrafficBudget
    not_covered: list[Uncovered]
    matrix: list[MatrixCell]
    silence: list[SilenceEntry]
    proof: Proof
    combinations: list[CombinationsRecord] = field(default_factory=list)
    audit: AuditRecord | None = None
    replay: ReplayRecord | None = None
    previous: Difference | None = None
    endpoints: list[EndpointOutcomes] = field(default_factory=list)
    """Where there are several: the outcomes at each, and at last of what is asked of all together."""
    digest: str = ""
    """SHA-256 over the compact text of all other members: shows an edit, proves nothing."""
    complete: bool = False
    """The last member; a document without it was cut off."""

    @property
    def count(self) -> int:
        """How many results there are, those that passed among them."""
        return len(self.results) + sum(len(step.passed) for case in self.cases for step in case.steps)
