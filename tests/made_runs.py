"""Real runs of a few shipped cases against the built-in server, with everything secret about them at hand."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from conformance.cases import load_cases
from conformance.checks import load_checks
from conformance.checks.context import Context
from conformance.checks.registry import Untestable
from conformance.judge import Ending, exit_status, summarize
from conformance.model import Case
from conformance.refserver import Server, load_faults
from conformance.results.build import results_document
from conformance.results.document import Document
from conformance.results.judgements import Judgements
from conformance.results.run_facts import facts_from
from conformance.run.built_in import built_in_config
from conformance.run.options import Options
from conformance.run.run_plan import RunPlan
from conformance.run.session import Run, open_run
from conformance.run.settings import read_settings

TOKEN = "CanaryToken-4711-do-not-show"
PATH = "secret-tenant-path-canary"
SETS = ("speke-2.0@1", "cpix-2.3@1", "widevine@1", "playready@1", "hls@1", "safety@1")
CASES = (
    "KEYS-MULTI[2.0]",
    "KEYS-SYSTEMS[2.0-widevine]",
    "KEYS-SYSTEMS[2.0-playready]",
    "ERR-MISSING-CONTENT-ID[2.0]",
    "ROTATION[2.0]",
    "ENCRYPTION[2.0]",
)


@dataclass(frozen=True)
class Made:
    """A result document, and what must not stand in it."""

    document: Document
    keys: frozenset[bytes]
    private_key: tuple[bytes, ...]
    """Prime numbers and exponent of the recipient's RSA key; its modulus is public."""


@cache
def library() -> tuple[Case, ...]:
    """All shipped cases."""
    return tuple(load_cases(load_checks()))


def chosen(*names: str) -> list[Case]:
    """Cases by name, and those whose exchanges they use."""
    used = {step.use.rpartition("::")[0] for case in library() if case.name in names for step in case.steps}
    return [case for case in library() if case.name in {*names, *used}]


def made(folder: Path, *faults: str, known: str = "") -> Made:
    """Run the cases against a server that wants a token, at a path that nobody may learn."""
    profile = folder / "vendor.yaml"
    profile.write_text(f"profile: vendor\ntitle: A vendor\nextends: reference\nrequires: [{', '.join(SETS)}]\n{known}")
    plain = read_settings(Options(profile=str(profile)), {}).profile
    config = replace(built_in_config(plain), token=TOKEN)
    with Server(config, [load_faults()[name] for name in faults]) as server:
        url = f"{server.url.rstrip('/')}/{PATH}"
        options = Options(url=url, profile=str(profile), auth="bearer", seed="test", labels=("build=1.0", "who=Jo"))
        plan = RunPlan(read_settings(options, {"SPEKE_TOKEN": TOKEN}), library())
        with open_run(plan, chosen(*CASES), ahead=False) as run:
            return _made(run)


def _made(run: Run) -> Made:
    keys: set[bytes] = set()
    recorder = run.observed.recorder
    observe = recorder.observe

    def spy(context: Context) -> None:
        with contextlib.suppress(Untestable):
            keys.update(context.keys.values())
        observe(context)

    recorder.observe = spy  # type: ignore[method-assign]
    cases = chosen(*CASES)
    judgements = Judgements()
    for case in cases:
        for step in case.steps:
            judgements.add_step(run.ask(case, step), run.rulebook)
    summary = summarize(judgements, run.rulebook, Ending())
    document = results_document(
        facts_from(run.plan, cases, run),
        judgements,
        recorder.exchanges,
        summary,
        exit_status(summary, judgements, gate="regression"),
    )
    private = serialization.load_der_private_key(run.shared.ring["rsa-2048"][0], password=None)
    assert isinstance(private, rsa.RSAPrivateKey)
    numbers = private.private_numbers()
    secret = tuple(number.to_bytes(256, "big").lstrip(b"\0") for number in (numbers.p, numbers.q, numbers.d))
    return Made(document, frozenset(keys), secret)
