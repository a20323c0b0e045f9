"""The laws of the proof: what must hold of checks, faults and variants, and what to do where it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set

from conformance.catalogue import load_catalogue
from conformance.catalogue.yamlfile import nearest
from conformance.faultmatrix.heaviest_level import heaviest
from conformance.faultmatrix.matrix import FaultMatrix
from conformance.faultmatrix.mutants import MutantOutcome, Mutation
from conformance.model import ResultState, Verdict
from conformance.refserver import Fault
from conformance.refserver.faults.loader import WITNESSES
from conformance.refserver.faults.triggers import needs_company

LEAST_VARIANTS = 40
"""Harmless variants that must be played at least."""

FAULTS, VARIANTS = "conformance/refserver/faults/", "conformance/refserver/variants/"

Law = Callable[[FaultMatrix], Iterator[str]]


def baseline(matrix: FaultMatrix) -> Iterator[str]:
    """No fault, no finding above a note."""
    stage = matrix.stage
    for sentence in stage.broken:
        yield f"{sentence}: fix the case, or what plays it"
    for judgement in stage.judgements:
        if judgement.verdict in (Verdict.FAIL, Verdict.ADVISORY):
            found = judgement.findings[0]
            yield (
                f"{judgement.name} accuses the right server ({found.where}: expected {found.expected}; seen "
                f"{found.seen}): fix the check, or the reference server"
            )
        elif judgement.state in (ResultState.ERROR, ResultState.UNTESTABLE):
            yield f"{judgement.name} cannot run against the right server: {judgement.reason}"


def detection(matrix: FaultMatrix) -> Iterator[str]:
    """Each fault is reported by the checks that it names; a crash does not count."""
    for fault, outcome in matrix.of_faults():
        for crash in outcome.crashes:
            yield f"{_name(fault)} breaks a check instead of failing it: {crash}"
        if not fault.kills and not fault.records:
            yield f"{_name(fault)} kills nothing: name the check that must report it in kills, or remove the fault"
        for check in fault.kills:
            if check not in matrix.stage.checks:
                yield f"{_name(fault)} kills {check}, which is not a check{nearest(check, matrix.stage.checks)}"
            elif check not in outcome.accusing:
                yield (
                    f"{_name(fault)} must be reported by {check}, which finds nothing: correct kills, fix the "
                    "check, or run it in a case that the fault can reach"
                )
        for check in fault.records:
            if check not in outcome.recorded:
                yield f"{_name(fault)} is to change what {check} records, and does not: correct records"


def isolation(matrix: FaultMatrix) -> Iterator[str]:
    """No fault is reported by checks that it does not name."""
    for fault, outcome in matrix.of_faults():
        named = {*fault.kills, *fault.may_kill}
        for check, told in outcome.accusing.items():
            if check not in named:
                yield (
                    f"{_name(fault)} is also reported by {check} ({told}): where that is a consequence of the fault "
                    "add it to may_kill, otherwise fix the check"
                )
        for check in named - set(matrix.stage.checks) - set(fault.kills):
            yield f"{_name(fault)} may kill {check}, which is not a check{nearest(check, matrix.stage.checks)}"


def thrift(matrix: FaultMatrix) -> Iterator[str]:
    """What a fault may kill is not wider than what it does kill; only a thorough run can tell."""
    if not matrix.thorough:
        return
    for fault, outcome in matrix.of_faults():
        if fault.base:
            continue  # which checks compare a carrier with others is said for all faults of it at once
        # What is mixed up among several requests depends on which of them meet.
        for check in () if needs_company(fault) else sorted(set(fault.may_kill) - set(WITNESSES)):
            if check not in outcome.accusing:
                yield f"{_name(fault)} never kills {check}: remove it from may_kill"


def completeness(matrix: FaultMatrix) -> Iterator[str]:
    """Each check is asked and killed, each tested rule has a killing fault, each RECORD one that changes the record."""
    asked = {result.check for result in matrix.stage.results}
    proven = checks_proven(matrix)
    for check in matrix.stage.checks:
        if check not in asked:
            yield f"the check {check} runs in no case: add a case whose request it applies to, or name it in a step"
        elif check not in proven:
            key = "records" if check in _recorders(matrix) else "kills"
            yield f"the check {check} is killed by no fault: add one to {FAULTS}… with {key}: [{check}]"
    provers = requirements_proven(matrix)
    for requirement in sorted(requirements_tested(matrix) - provers):
        yield (
            f"the requirement {requirement} ({_level(requirement)}) has no killing fault: add one to {FAULTS}… that "
            "breaks this rule, and name the check that reports it"
        )


def messages(matrix: FaultMatrix) -> Iterator[str]:
    """Each standard message has a fault that says another text, one that answers with success, and one that accepts."""
    seen = {
        (name, twist)
        for fault, outcome in matrix.of_faults()
        for name, twist, check in outcome.twists
        if check in fault.kills
    }
    for name in load_catalogue().messages:
        for twist in Mutation:
            if (name, str(twist)) not in seen:
                yield (
                    f"no fault {twist} where the message {name} is required: add one to {FAULTS}errors.yaml, "
                    f"and a case whose refusal is {name} if there is no such case"
                )


def reality(matrix: FaultMatrix) -> Iterator[str]:
    """Each fault and each variant changes at least one byte of one exchange."""
    for kind in (matrix.of_faults(), matrix.of_variants()):
        for fault, outcome in kind:
            if not outcome.touched:
                yield (
                    f"{_name(fault)} changes no byte of any exchange: correct its path or its when, or add a case "
                    "that it can show in"
                )


def specificity(matrix: FaultMatrix) -> Iterator[str]:
    """At least forty harmless variants, none of them accused in a set that decides."""
    if matrix.whole and len(matrix.variants) < LEAST_VARIANTS:
        yield f"there are {len(matrix.variants)} harmless variants: add to {VARIANTS} until there are {LEAST_VARIANTS}"
    for variant, outcome in matrix.of_variants():
        if variant.kills or variant.records:
            yield f"{_name(variant)} names checks that it kills: a variant is harmless; move it to {FAULTS}"
        for verdict, told in outcome.verdicts.items():
            more = f" and {len(told) - 1} more" if len(told) > 1 else ""
            yield f"{_name(variant)} is right and gets {verdict}: {told[0]}{more}: fix the check"
        for crash in outcome.crashes:
            yield f"{_name(variant)} breaks a check: {crash}"


LAWS: Mapping[str, Law] = {
    "baseline": baseline,
    "detection by name": detection,
    "isolation": isolation,
    "completeness": completeness,
    "standard messages": messages,
    "reality": reality,
    "specificity": specificity,
    "thrift": thrift,
}
OF_THE_WHOLE = frozenset({"completeness", "standard messages"})
"""Laws that only a run of all faults can break."""


def violations(matrix: FaultMatrix) -> dict[str, list[str]]:
    """Law -> what breaks it, in sentences; laws that hold are not among them."""
    found = {name: list(law(matrix)) for name, law in LAWS.items() if matrix.whole or name not in OF_THE_WHOLE}
    return {name: sentences for name, sentences in found.items() if sentences}


def is_killed(fault: Fault, outcome: MutantOutcome) -> bool:
    """Whether a fault is detected by name, hits no stranger, is real, and breaks nothing of ours."""
    return (
        bool(outcome.touched)
        and bool(fault.kills or fault.records)
        and not outcome.crashes
        and set(fault.kills) <= set(outcome.accusing) <= {*fault.kills, *fault.may_kill}
        and set(fault.records) <= set(outcome.recorded)
    )


def is_green(variant: Fault, outcome: MutantOutcome) -> bool:
    """Whether a variant is real and accused of nothing that decides."""
    return bool(outcome.touched) and not outcome.verdicts and not outcome.crashes


def checks_proven(matrix: FaultMatrix) -> set[str]:
    """The checks that some fault names and that report it, or whose record some fault changes."""
    return {check for fault, outcome in matrix.of_faults() for check in _hits(fault, outcome)}


def requirements_proven(matrix: FaultMatrix) -> set[str]:
    """The requirements for which a check reports a fault that names it."""
    return {
        requirement
        for fault, outcome in matrix.of_faults()
        for check in _hits(fault, outcome)
        for requirement in outcome.requirements.get(check, ())
    }


def requirements_tested(matrix: FaultMatrix) -> set[str]:
    """The requirements that some question is about and that need a fault: MUST to SHOULD NOT, and RECORD."""
    asked = {name for result in matrix.stage.results for name in result.requirements}
    return {name for name in asked if (level := heaviest(name)) is not None and level.weight != 1}


def _hits(fault: Fault, outcome: MutantOutcome) -> Set[str]:
    return (set(fault.kills) & set(outcome.accusing)) | (set(fault.records) & set(outcome.recorded))


def _recorders(matrix: FaultMatrix) -> Set[str]:
    """Checks that only ever record."""
    grades = {
        (result.check, level.weight)
        for result in matrix.stage.results
        for name in result.requirements
        if (level := heaviest(name, result.version)) is not None
    }
    return {check for check, _ in grades} - {check for check, weight in grades if weight}


def _level(requirement: str) -> str:
    level = heaviest(requirement)
    return str(level) if level else "no level"


def _name(fault: Fault) -> str:
    return f"{fault.id} ({fault.source})"
