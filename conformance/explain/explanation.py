"""Explains whatever a report names: a check, a rule or a case with its source and with right and wrong side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from conformance.catalogue import load_catalogue
from conformance.catalogue.advice import Advice, load_advice
from conformance.catalogue.yamlfile import nearest
from conformance.checks.registry import Check
from conformance.checks.selector import foreseen
from conformance.diagnosis.rules import load_rules
from conformance.explain.cause import explain_cause
from conformance.explain.examples import example, minimal_pairs
from conformance.explain.fault_and_set import explain_fault, explain_set
from conformance.explain.listing import levels
from conformance.explain.meanings import OUTCOMES, VERDICTS, meaning
from conformance.faultmatrix.worked_examples import WorkedExample, proving
from conformance.model import Case, Expectation, Plan, Requirement, Step
from conformance.redaction.escaping import visible
from conformance.refserver import load_faults
from conformance.run.asking import requirements_of
from conformance.wire.errors import OptionError

MOST = 8
"""Names that are written out where there may be many."""


def explain(name: str, cases: Sequence[Case], checks: Mapping[str, Check]) -> Iterator[str]:
    """Everything about one thing, line by line; raises OptionError with the nearest spelling for an unknown name."""
    catalogue = load_catalogue()
    variants = [case for case in cases if name in (case.id, case.name)]
    if name in checks:
        told = _check(checks[name], cases)
    elif name in catalogue.names:
        told = _requirement(catalogue.requirement(name), cases)
    elif variants:
        told = _case(variants, cases)
    elif name in load_faults():
        told = explain_fault(load_faults()[name], checks)
    elif name in catalogue.sets:
        told = explain_set(name)
    elif name in load_rules().causes:
        told = explain_cause(load_rules().causes[name])
    elif meaning(name):
        told = iter(meaning(name))
    else:
        ids = dict.fromkeys(case.id for case in cases)
        known = [
            *checks,
            *catalogue.names,
            *ids,
            *load_faults(),
            *catalogue.sets,
            *load_rules().causes,
            *map(str, VERDICTS),
            *map(str, OUTCOMES),
        ]
        raise OptionError(f"Nothing here is called {name!r}{nearest(name, known)}; speke-conformance list names all.")
    return (visible(line) for line in told)


def _check(check: Check, cases: Sequence[Case]) -> Iterator[str]:
    asking = _asking(check, cases)
    yield f"check {check.id}: {check.question}"
    if check.explanation:
        yield f"  {check.explanation}"
    rules = _rules((check, step) for case in asking for step in case.steps if check in foreseen(step))
    rules = rules or list(check.requirements)
    for rule in rules[:MOST]:
        yield ""
        yield from _rule(load_catalogue().requirement(rule))
    if len(rules) > MOST:
        yield f"  and {len(rules) - MOST} more rules, as its cases name them: {', '.join(rules[MOST:])}"
    own = load_advice().get(check.id, Advice())
    yield from (f"  {word}: {text}" for word, text in (("its effect", own.effect), ("how to fix it", own.fix)) if text)
    yield ""
    yield _named("run in", _ids(asking), "no case")
    yield from _proof([check], asking, cases)


def _requirement(one: Requirement, cases: Sequence[Case]) -> Iterator[str]:
    yield from _rule(one)
    if one.aliases:
        yield f"  also called: {', '.join(one.aliases)}"
    for name, level in one.also_in.items():
        yield f"  also in {name}, as {level.value}"
    if one.untestable:
        yield f"  It cannot be tested from outside: {one.untestable}."
    found = {
        check.id: check
        for case in cases
        for step in case.steps
        for check in foreseen(step)
        if one.id in requirements_of(check, step) and case.version in one.levels
    }
    if not found:
        return
    yield ""
    # A check of the rule's own tells more than one that is asked about every refusal.
    own = sorted(found.values(), key=lambda check: (check.from_case, len(check.requirements)))
    yield "tested by"
    yield from (f"  {check.id}: {check.question}" for check in own)
    about = [
        case
        for case in cases
        if any(one.id in requirements_of(check, step) for step in case.steps for check in foreseen(step))
    ]
    yield _named("run in", _ids(about), "no case")
    yield from _proof(own, about, cases)


def _case(variants: Sequence[Case], library: Sequence[Case]) -> Iterator[str]:
    case = variants[0]
    yield f"case {case.id}: {case.title}"
    yield f"  why: {case.why}" if case.why else "  (no reason is given)"
    if case.place is not None:
        yield f"  written in {case.place.file}, line {case.place.line}"
    yield _named("  variants:", [one.variant for one in variants if one.variant], "none")
    if case.needs:
        yield f"  needs: {', '.join(case.needs)}"
    for step in case.steps:
        yield ""
        yield f"step {step.id}: {_asked(step.plan)}"
        if step.defect_title:
            yield f"  with one thing wrong: {step.defect_title}"
        if step.use:
            yield f"  (the exchange of {step.use} is used)"
        yield f"  expected: {_expected(step.expect)}"
        for rule in step.requirements:
            yield f"  about {rule}: {load_catalogue().requirement(rule).rule}"
        asked = [check.id for check in foreseen(step)]
        yield _named(f"  {len(asked)} checks:", asked, "none of its own")
    pairs = minimal_pairs(case, library)
    if pairs:
        yield ""
        yield "the request, and what is wrong in it (- without the defect, + with it)"
        yield from (f"  {line}" for line in pairs)
    own = {check.id: check for step in case.steps for check in foreseen(step)}
    faults = load_faults()
    rarest = sorted(own.values(), key=lambda check: (not check.from_case, len(proving(check.id, faults)) or 99))
    yield from _proof(rarest, [case], library)


def _rule(one: Requirement) -> Iterator[str]:
    catalogue = load_catalogue()
    page = catalogue.pages.get(one.source.page)
    yield f"{one.id} ({levels(one)}, {one.set}): {one.rule}"
    yield f"  source: {page.title if page else one.source.page} ({one.source.confidence.value})"
    if page:
        yield f"  read it at: {page.address}"
    if one.source.sentence:
        yield f"  it follows from: {one.source.sentence}"
    yield f"  why it matters: {one.effect}"
    if one.fix:
        yield f"  how to fix it: {one.fix}"


def _proof(checks: Sequence[Check], cases: Sequence[Case], library: Sequence[Case]) -> Iterator[str]:
    """What right and wrong look like, and the faults that prove the first of these checks that has any."""
    faults = load_faults()
    for check in checks:
        proofs = proving(check.id, faults)
        if not proofs:
            continue
        worked = example(check, cases, library, {fault.id: fault for fault in proofs})
        if worked is not None:
            yield ""
            yield from _example(worked)
            proofs.sort(key=lambda fault: fault is not worked.fault)
        yield ""
        faults_of = f"{len(proofs)} faults" if len(proofs) > 1 else "one fault"
        yield f"proven by {faults_of} of the reference key server: {check.id} detects"
        yield from (f"  {fault.id}: {fault.story}" for fault in proofs[:MOST])
        if len(proofs) > MOST:
            yield f"  and {len(proofs) - MOST} more: speke-conformance list --faults"
        return


def _example(worked: WorkedExample) -> Iterator[str]:
    yield f"right (-) and wrong (+), as the reference key server answers {worked.step}"
    yield f"without and with the fault {worked.fault.id}: {worked.fault.story}"
    yield from (f"  {line}" for line in worked.lines or ["(they differ only in what no report shows: key material)"])
    for finding in worked.result.findings[:1]:
        yield f"  {worked.check} reports:"
        yield f"    at {finding.where}: expected {finding.expected}; seen {finding.seen}"
        if finding.hint:
            yield f"    {finding.hint}"


def _asking(check: Check, cases: Sequence[Case]) -> list[Case]:
    return [case for case in cases if any(check in foreseen(step) for step in case.steps)]


def _ids(cases: Sequence[Case]) -> list[str]:
    return list(dict.fromkeys(case.id for case in cases))


def _rules(pairs: Iterable[tuple[Check, Step]]) -> list[str]:
    return list(dict.fromkeys(name for check, step in pairs for name in requirements_of(check, step)))


def _asked(plan: Plan) -> str:
    tracks = ", ".join(dict.fromkeys(rule.track_type or "(none)" for rule in plan.rules)) or "nothing"
    periods = f", {len(plan.periods)} key periods" if plan.periods else ""
    encrypted = f", keys encrypted for {', '.join(one.name for one in plan.recipients)}" if plan.recipients else ""
    return (
        f"SPEKE {plan.version}, {plan.key_count} keys ({tracks}), {' or '.join(plan.schemes)}, "
        f"{', '.join(plan.systems)}{periods}{encrypted}"
    )


def _expected(expect: Expectation) -> str:
    if expect.kind == "accepted":
        return "a 200 with the document"
    if expect.kind == "free":
        return "either; only recorded"
    names = [name for name in (expect.message, *expect.alternatives) if name]
    texts = " or ".join(repr(load_catalogue().messages[name].text) for name in names)
    refusal = f"a refusal that says {texts}" if texts else "a refusal"
    return f"a 200, or {refusal}" if expect.kind == "accepted-or-refused" else refusal


def _named(heading: str, names: Sequence[str], nothing: str) -> str:
    if not names:
        return f"{heading} {nothing}"
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return f"{heading} {', '.join(names[:MOST])}{more}"
