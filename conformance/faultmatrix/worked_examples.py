"""What a check looks at, shown: the place where a right answer and one that fails it differ."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from conformance.checks.context import Context
from conformance.cpix import b64
from conformance.cpix.errors import DecodeError
from conformance.cpix.xml import CPIX, DS
from conformance.faultmatrix.baseline import DOOR, Baseline
from conformance.faultmatrix.faulty_answers import FaultyAnswers
from conformance.faultmatrix.mutants import View
from conformance.model import Result
from conformance.recording.exchange_record import learn
from conformance.redaction.recorded import RecordedResult
from conformance.redaction.redactor import Redactor
from conformance.refserver import Fault
from conformance.refserver.faults.triggers import needs_company
from conformance.run.asking import ask_at

WIDTH = 110
"""Characters of a line; longer ones are cut around the place where right and wrong differ."""
MOST_LINES = 4
"""Lines of one difference; the rest is counted."""
LOOKS = 25
"""Exchanges of a fault that are looked at for one that its check finds something in."""

_CERTIFICATE = f"{{{DS}}}X509Certificate"
_READABLE = tuple(
    f"{{{CPIX}}}{name}" for name in ("HLSSignalingData", "ContentProtectionData", "HDCPOutputProtectionData")
)
_SALT = b"a fragment for people"


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """One check seen at work: the fault, the step, what changed, and what the check says of it."""

    check: str
    fault: Fault
    step: str
    """`CASE[variant]::step`."""
    lines: tuple[str, ...]
    """A difference: `- ` before lines of the right answer, `+ ` before those of the wrong one, free of keys."""
    result: RecordedResult
    """With the findings; their texts are free of keys."""


def worked_examples(stage: Baseline, checks: Iterable[str], faults: Mapping[str, Fault]) -> dict[str, WorkedExample]:
    """Check -> an example, for every check that some fault of these shows at a single exchange."""
    found = ((check, _first(stage, check, faults)) for check in checks)
    return {check: example for check, example in found if example is not None}


def proving(check: str, faults: Mapping[str, Fault]) -> list[Fault]:
    """The faults that name the check, those first that name hardly any other; each story once."""
    named = [fault for fault in faults.values() if check in fault.kills or check in fault.records]
    named = [fault for fault in named if not fault.base]
    return sorted(named, key=lambda fault: len(fault.kills) + len(fault.may_kill))


def _first(stage: Baseline, check: str, faults: Mapping[str, Fault]) -> WorkedExample | None:
    for fault in proving(check, faults):
        if not needs_company(fault):
            example = next(_shown(stage, check, fault), None)
            if example is not None:
                return example
    return None


def _shown(stage: Baseline, check: str, fault: Fault) -> Iterator[WorkedExample]:
    looks = 0
    for at, place in stage.order:
        scene = stage.groups[at][place]
        for asked in scene.steps:
            usual = asked.usual.get(check)
            if usual is None:
                continue
            context = View(stage, FaultyAnswers(fault, stage.groups[at])).played(place)
            if context is scene.context:
                break
            found = ask_at(context, asked.case, asked.step, stage.checks[check])
            result = DOOR.result(found)
            if result.findings and result.findings != usual.findings:
                yield _example(check, fault, scene.context, context, found)
            looks += 1
            if looks == LOOKS:
                return


def _example(check: str, fault: Fault, right: Context, wrong: Context, result: Result) -> WorkedExample:
    redactor = Redactor(_SALT)
    for context in (right, wrong):
        learn(context, redactor)
    good, bad = written(right, redactor), written(wrong, redactor)
    return WorkedExample(
        check, fault, f"{result.case}::{result.step}", tuple(difference(good, bad)), redactor.result(result)
    )


def written(context: Context, redactor: Redactor) -> list[str]:
    """An answer as lines: status, headers, and the body with one element on a line."""
    answer = context.exchange.answer
    if answer is None:
        return [f"({context.failure_sentence})"]
    headers = [f"{name}: {value}" for name, value in redactor.headers(answer.headers) if name != "Content-Length"]
    body = redactor.body(answer.body, answer.header("content-type") or "")
    return [f"HTTP {answer.status} {answer.reason}".rstrip(), *headers, "", *_pretty(body)]


def _pretty(body: str) -> list[str]:
    try:
        root = etree.fromstring(body.encode())
    except (etree.XMLSyntaxError, ValueError):
        return body.splitlines()
    for element in root.iter(_CERTIFICATE):
        # Another one in every run; the page that shows the example shall stay the same.
        element.text = "[certificate]"
    for element in root.iter(*_READABLE):
        element.text = _decoded(element.text)
    etree.indent(root)
    return etree.tostring(root, encoding="unicode").splitlines()


def _decoded(text: str | None) -> str | None:
    """What base64 stands for, where that is text that a person can read."""
    try:
        read = b64.decode(text or "").data.decode()
    except (DecodeError, UnicodeDecodeError):
        return text
    line = " ⏎ ".join(read.splitlines())
    return f"[base64 of] {line}" if line.isprintable() else text


def difference(good: Sequence[str], bad: Sequence[str]) -> list[str]:
    """The lines that differ, as a diff writes them, each cut around the place where the difference is."""
    found: list[str] = []
    matcher = difflib.SequenceMatcher(None, good, bad, autojunk=False)
    for kind, first, last, start, end in matcher.get_opcodes():
        if kind == "equal":
            continue
        for one, other in itertools.zip_longest(good[first:last], bad[start:end]):
            at = _parting(one or "", other or "")
            found += [f"- {_cut(one, at)}"] if one is not None else []
            found += [f"+ {_cut(other, at)}"] if other is not None else []
    if len(found) > MOST_LINES:
        found[MOST_LINES:] = [f"  … and {len(found) - MOST_LINES} more lines"]
    return found


def _parting(one: str, other: str) -> int:
    for at, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return at
    return min(len(one), len(other))


def _cut(line: str, at: int) -> str:
    line = line.rstrip()
    if len(line) <= WIDTH:
        return line
    if at < WIDTH - 20:
        return f"{line[: WIDTH - 1]}…"
    head, start = line[:40], at - 12
    tail = line[start : start + WIDTH - 42]
    return f"{head}…{tail}{'…' if start + len(tail) < len(line) else ''}"
