"""What a refused probe means: the capability is not offered, or the server broke on it and has to be judged.

A crash looks like a refusal. So a refusal counts only where it says what it is about (a standard message that fits, a
4xx in words that name the capability) or where something that cannot exist gets the same answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conformance.catalogue import load_catalogue
from conformance.catalogue.lists import Message
from conformance.checks.context import GATEWAY, SAYS_NOTHING, Context
from conformance.checks.refusals.internals import internals
from conformance.checks.refusals.standard_messages import named_ids


@dataclass(frozen=True, slots=True)
class ProbeTarget:
    """What a probe is about: a capability, or the control that stands in its place."""

    title: str
    """As a sentence names it."""
    names: tuple[str, ...]
    """By which an answer may mean it."""
    messages: tuple[str, ...] = ()
    """Names of the standard messages that say it is not supported."""
    system_id: str = ""
    """The systemId that such a message must name, where it names one."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A subject and the exchange that asked about it."""

    subject: ProbeTarget
    context: Context


@dataclass(frozen=True, slots=True)
class Ground:
    """Why an answer means that a capability is not offered."""

    why: str
    doubtful: bool = False
    """A crash would look the same."""


def ground(asked: Probe, controls: Sequence[Probe], *, admitted: bool) -> Ground | None:
    """Why the answer means that what was asked for is not offered; None where it stays claimed and is judged.

    `admitted` says whether the server has answered any probe with keys: where it has not, a 401, 403 or 502 speaks
    of the way there.
    """
    context = asked.context
    if not context.refused:
        return None
    if (said := _fitting_message(asked)) is not None:
        return Ground(f"it says {said.text.partition('{')[0].strip()!r}")
    status = context.answer.status
    if status in SAYS_NOTHING or (status in GATEWAY and not admitted):
        return None
    spoken = _names(own_words(context), asked.subject.names) and not internals(context.text.raw)
    if spoken and status < 500:
        return Ground(f"its words name {asked.subject.title}")
    for control in controls:
        if alike(asked, control):
            return Ground(f"{control.subject.title} gets the same answer", status >= 500 and not spoken)
    return None


def alike(asked: Probe, control: Probe) -> bool:
    """Whether both are refused with the same status and the same text, but for the names of what was asked for."""
    if not (asked.context.refused and control.context.refused):
        return False
    return asked.context.answer.status == control.context.answer.status and _neutral(asked) == _neutral(control)


def own_words(context: Context) -> str:
    """The text of an answer without the request and its contentId, where a server sends them back."""
    sent = context.exchange.request.body.decode("utf-8", errors="replace").strip()
    text = context.text.raw.replace(sent, " ") if sent else context.text.raw
    return text.replace(context.request.content_id, " ") if context.request.content_id else text


def _fitting_message(asked: Probe) -> Message | None:
    for name in asked.subject.messages:
        message = load_catalogue().messages[name]
        if message.stem.strip() not in asked.context.text:
            continue
        ids = [text.lower() for text in named_ids(asked.context.text.raw, message) if _UUID.fullmatch(text)]
        if not ids or asked.subject.system_id in ids:
            return message
    return None


_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_OF_THE_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"  # a timestamp
    r"|\d\d:\d\d:\d\d(?:\.\d+)?"
    rf"|{_UUID.pattern}"  # a request or an incident, and the KIDs of the request
    r"|\b(?=[0-9a-f]*\d)[0-9a-f]{12,}\b"
    r"|\b\d{6,}\b",
    re.IGNORECASE,
)
"""What differs between two answers that say the same."""


def _neutral(probe: Probe) -> str:
    text = probe.context.text.raw
    request = probe.context.request
    for name in sorted((*probe.subject.names, request.content_id or ""), key=len, reverse=True):
        text = re.sub(_whole(name), "§", text, flags=re.IGNORECASE) if name else text
    return " ".join(_OF_THE_MOMENT.sub("§", text).split())


def _names(text: str, names: Iterable[str]) -> bool:
    return any(re.search(_whole(name), text, re.IGNORECASE) for name in names)


def _whole(name: str) -> str:
    """A pattern for the name as a word: 2.1 is not in 12.1, not in 2.1.4 and not in the name of a product/2.1."""
    before = r"[\w./]" if name.replace(".", "").isdigit() else r"[\w.]"
    return rf"(?<!{before}){re.escape(name)}(?![\w-]|\.\d)"
