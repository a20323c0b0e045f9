"""One exchange for a check to look at: a request, the reference server's answer, and what was changed in it.

A test reads: given this request and its right answer with this one change, that check says so, or says nothing.

    says("keys.not-zero", answered(Ask(), text("//pskc:PlainValue", ZERO)))
"""

from __future__ import annotations

import base64
import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from lxml import etree

from conformance import refserver
from conformance.cases.certificates import KeyRing
from conformance.checks import load_checks
from conformance.checks.context import Context, Receiver
from conformance.checks.registry import Check
from conformance.model import (
    ACCEPTED,
    Case,
    Claims,
    Exchange,
    Expectation,
    HttpAnswer,
    HttpRequest,
    Plan,
    Recipient,
    ResultState,
    Step,
    TransportFailure,
    plain,
)
from conformance.run.asking import asked_of
from tests.refserver.asking import NS, Ask, nodes

Change = Callable[[HttpAnswer], HttpAnswer]
"""What becomes of an answer."""

URL = "https://keys.example/speke"
KEY, SECOND_KEY = bytes(range(100, 116)), bytes(range(99, 83, -1))

SYSTEMS = {
    "widevine": ("cenc", "cbcs"),
    "playready": ("cenc", "cbcs"),
    "fairplay": ("cbcs",),
    "clearkey-aes-128": ("cbc1",),
    "common-pssh": ("cenc", "cbcs", "cbc1", "cens"),
    "irdeto": ("cenc",),
    "chinadrm": ("cenc", "cbcs"),
}
FEATURES = frozenset({"multi-key", "rotation", "periods", "key-encryption", "hdcp", "loopback"})

RING = KeyRing()
"""One key ring for all tests: making RSA keys takes longer than everything else."""


def claims(**changes: object) -> Claims:
    """Everything that the reference server can do, or that with changes."""
    given = {
        "versions": frozenset({"2.0", "2.1"}),
        "schemes": frozenset((system, scheme) for system, schemes in SYSTEMS.items() for scheme in schemes),
        "features": FEATURES,
    }
    return Claims(**{**given, **changes})  # type: ignore[arg-type]


# --- what happened


def answered(
    ask: Ask | None = None,
    *changes: Change,
    asked: Ask | None = None,
    config: refserver.Config | None = None,
    fault: str = "",
    state: refserver.ServerState | None = None,
    step: Step | None = None,
    earlier: Sequence[Context] = (),
    recipients: Sequence[str] = (),
    claimed: Claims | None = None,
    failure: TransportFailure | None = None,
    notes: tuple[str, ...] = (),
) -> Context:
    """The request, answered by the reference server (of that configuration, with that fault) and then changed.

    `asked` is what was sent, where the server answers as if it had been something else. `state` is what the server
    remembers of requests before. `recipients` are names of the ring's certificates, to which the keys are encrypted.
    """
    wanted = ask or Ask()
    if recipients:
        wanted = replace(wanted, certificates=tuple(RING.certificate_text(name) for name in recipients))
    request = wanted.request()
    right = config is None and not fault and state is None
    answer = _right(request) if right else _made(request, config, fault, state)
    for change in changes:
        answer = change(answer)
    said = (asked or wanted).request()
    sent = HttpRequest(said.method, URL, said.headers, said.body)
    exchange = Exchange(sent, None if failure else answer, failure, notes=notes)
    return looked_at(exchange, step or a_step(asked or wanted, recipients=recipients), earlier, claimed)


def looked_at(
    exchange: Exchange, step: Step, earlier: Sequence[Context] = (), claimed: Claims | None = None
) -> Context:
    """An exchange as checks see it, after others of the same case."""
    receivers = {
        one.name: Receiver(one.name, pair.private_key, pair.certificate)
        for one in step.plan.recipients
        for pair in [RING.pair(RING.base(one.name))]
    }
    case = Case("CASE", "a case", "for a test", step.plan.version, (step,))
    return Context(
        case,
        step,
        exchange,
        claims=claimed or claims(),
        earlier={one.step.id: one for one in earlier},
        receivers=receivers,
    )


def a_step(
    ask: Ask | None = None,
    *,
    id: str = "ask",
    expect: str = ACCEPTED,
    message: str = "",
    recipients: Sequence[str] = (),
    last: bool = False,
) -> Step:
    """A step of a case that sends such a request."""
    version = (ask or Ask()).version
    plan = Plan(version, (), (), (), recipients=tuple(map(Recipient, recipients)))
    return Step(id, plan, Expectation(expect, message), (), last=last)


@cache
def _right(request: refserver.HttpRequest) -> HttpAnswer:
    return _made(request, None, "", None)


def _made(
    request: refserver.HttpRequest, config: refserver.Config | None, fault: str, state: refserver.ServerState | None
) -> HttpAnswer:
    faults = [_faults()[fault]] if fault else []
    made = refserver.answer(request, config or refserver.Config(), faults, state or refserver.ServerState())
    return HttpAnswer(made.status, made.headers, made.body)


@cache
def _faults() -> dict[str, refserver.Fault]:
    return dict(refserver.load_faults())


# --- what a check says of it


def says(check: str, context: Context) -> str:
    """All that a check has to say of an exchange, as text; empty where it passes.

    A question that does not arise, or cannot be asked, is text as well: a harmless answer is one that was looked at.
    """
    known = _known()[check]
    if context.request_readable and not known.applies(context.shape):
        return "is not asked of such a request"
    state, reason, findings = asked_of(context, known)
    if state is ResultState.ASKED:
        told = [f"{one.where}: {one.expected}; seen: {one.seen} {one.hint}".strip() for one in findings]
        return plain("\n".join(told) if told else reason and f"not applicable: {reason}")
    return plain(f"{state.name.lower()}: {reason}")


@cache
def _known() -> Mapping[str, Check]:
    """All checks; looking for their modules each time takes longer than to ask one."""
    return load_checks()


def finds(check: str, change: Change, ask: Ask | None = None, **how: Any) -> str:
    """What a check says of a changed answer, when it has nothing to say against the right one."""
    before = says(check, answered(ask, **how))
    assert not before or before.startswith("not applicable"), before
    return says(check, answered(ask, change, **how))


# --- what can be changed in an answer


def on_tree(edit: Callable[[etree._Element], object]) -> Change:
    """Change the document of an answer."""

    def change(answer: HttpAnswer) -> HttpAnswer:
        tree = etree.fromstring(answer.body)
        edit(tree)
        return replace(answer, body=etree.tostring(tree))

    return change


def at(path: str, edit: Callable[[etree._Element], object]) -> Change:
    """Change every element that an XPath finds; that it finds one is part of the test."""

    def edit_all(tree: etree._Element) -> None:
        found = nodes(tree, path)
        assert found, f"the answer has no {path}"
        for one in found:
            edit(one)

    return on_tree(edit_all)


def attribute(path: str, name: str, value: str | None) -> Change:
    """Set an attribute, or take it away."""

    def edit(element: etree._Element) -> None:
        element.attrib.pop(name, "")
        if value is not None:
            element.set(name, value)

    return at(path, edit)


def text(path: str, value: str | bytes) -> Change:
    """Replace the text of elements; bytes are written in base64."""
    written = value if isinstance(value, str) else base64.b64encode(value).decode()
    return at(path, lambda element: setattr(element, "text", written))


def payload(path: str, edit: Callable[[bytes], bytes]) -> Change:
    """Change what the text of elements holds in base64."""

    def changed(element: etree._Element) -> None:
        element.text = base64.b64encode(edit(base64.b64decode(element.text or ""))).decode()

    return at(path, changed)


def drop(path: str) -> Change:
    """Take elements away."""

    def edit(element: etree._Element) -> None:
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)

    return at(path, edit)


def twice(path: str) -> Change:
    """Write elements a second time, behind themselves."""
    return at(path, lambda element: element.addnext(copy.deepcopy(element)))


def add(path: str, xml: str, place: int | None = None) -> Change:
    """Put a piece of XML into elements, at their end or at a place; the prefixes of the request are known in it."""
    declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NS.items())

    def edit(element: etree._Element) -> None:
        (piece,) = etree.fromstring(f"<piece {declared}>{xml}</piece>")
        element.insert(len(element) if place is None else place, piece)

    return at(path, edit)


def header(name: str, *values: str) -> Change:
    """Give a header these values, or take it away."""

    def change(answer: HttpAnswer) -> HttpAnswer:
        others = tuple(one for one in answer.headers if one[0].lower() != name.lower())
        return replace(answer, headers=(*others, *((name, value) for value in values)))

    return change


def status(code: int) -> Change:
    """Give an answer another status."""
    return lambda answer: replace(answer, status=code)


def body(content: bytes | str) -> Change:
    """Give an answer another body."""
    return lambda answer: replace(answer, body=content if isinstance(content, bytes) else content.encode())


def raw(old: str | bytes, new: str | bytes) -> Change:
    """Replace bytes of the body."""
    before, after = (one if isinstance(one, bytes) else one.encode() for one in (old, new))

    def change(answer: HttpAnswer) -> HttpAnswer:
        assert before in answer.body, f"the answer has no {before!r}"
        return replace(answer, body=answer.body.replace(before, after))

    return change


def refusal(code: int = 422, content: str = "no") -> Change:
    """Another answer altogether: a refusal."""
    return lambda answer: HttpAnswer(code, (("Content-Type", "text/plain"),), content.encode())


def all_of(*changes: Change) -> Change:
    """Several changes as one."""

    def change(answer: HttpAnswer) -> HttpAnswer:
        for one in changes:
            answer = one(answer)
        return answer

    return change


def as_it_is(answer: HttpAnswer) -> HttpAnswer:
    """No change."""
    return answer
