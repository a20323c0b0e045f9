"""The cases that are about one thing by name: a standard message, a contract, a DRM system, a part of SPEKE 2.1."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from conformance.catalogue import load_catalogue
from conformance.model import Case, Plan


@dataclass(frozen=True, slots=True)
class NamedCases:
    """One thing that has cases of its own, and their ids in the order of the files."""

    kind: str
    name: str
    cases: tuple[str, ...]


def _period_with(attribute: str) -> Callable[[Plan], bool]:
    return lambda plan: any(name == attribute for period in plan.periods for name, _ in period.attributes)


def _hls_method(plan: Plan) -> bool:
    return any(scheme.isupper() for scheme in plan.schemes)


ASKED_ABOUT: Mapping[str, str] = {
    "HDCPData": "extras.hdcp-offered",
    "robustness": "extras.robustness-offered",
    "HLSAllowedCPC": "extras.allowed-cpc-offered",
}
"""What a 2.1 server may add -> the check that sees whether it does."""

SENT: Mapping[str, Callable[[Plan], bool]] = {
    "start and end of a period": _period_with("start"),
    "startOffset and endOffset of a period": _period_with("startOffset"),
    "an HLS method as the scheme": _hls_method,
}
"""What a 2.1 encryptor may send -> whether a plan sends it."""


def by_name(cases: Sequence[Case]) -> Iterator[NamedCases]:
    """Each standard message, contract, DRM system and part of 2.1 with the cases that are about it."""
    catalogue = load_catalogue()
    for name, message in catalogue.messages.items():
        yield NamedCases("message", message.text, _ids(case for case in cases if _expects(case, name)))
    for name in catalogue.contracts:
        yield NamedCases("contract", name, _ids(case for case in cases if _is_about_contract(case, name)))
    served = {system for case in cases for step in case.steps for system in step.plan.systems}
    for name, system in catalogue.systems.items():
        if name in served:
            yield NamedCases("DRM system", system.title, _ids(case for case in cases if _alone(case, name)))
    of_2_1 = [case for case in cases if not any(one.id == case.id and one.version == "2.0" for one in cases)]
    for part, check in ASKED_ABOUT.items():
        yield NamedCases("2.1", part, _ids(case for case in of_2_1 if any(check in step.checks for step in case.steps)))
    for part, sends in SENT.items():
        yield NamedCases("2.1", part, _ids(case for case in of_2_1 if any(sends(step.plan) for step in case.steps)))


def _expects(case: Case, message: str) -> bool:
    refused = [step.expect for step in case.steps if step.requirements]
    return any(expect.message == message and not expect.alternatives for expect in refused)


def _is_about_contract(case: Case, name: str) -> bool:
    if case.area not in ("combinations", "contract", "errors"):
        return False
    return any(rule.preset == name for step in case.steps for rule in step.plan.rules)


def _alone(case: Case, system: str) -> bool:
    return case.area == "drm" and any(step.plan.systems == (system,) for step in case.steps)


def _ids(cases: Iterable[Case]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(case.id for case in cases))
