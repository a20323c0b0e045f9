"""An exchange summed up: what was asked and what came back, aligned by content key, redacted.

Made once, while the exchange is at hand; reports only lay it out. It must never cost a run anything: whatever a server
answered, there is a summary, if only that there could be none.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from conformance.catalogue import load_catalogue
from conformance.checks.context import Context
from conformance.checks.refusals.standard_messages import expected_messages, found_messages
from conformance.checks.registry import Untestable
from conformance.cpix.align import Alignment
from conformance.cpix.reader import ContentKey, Cpix, DrmSystem, Rule, uuid_of
from conformance.recording.payload_summary import Parts, described
from conformance.recording.records import (
    Element,
    ExchangeSummary,
    IvState,
    KeySummary,
    PeriodSummary,
    RefusalSummary,
    RuleSummary,
    SystemSummary,
)
from conformance.redaction.redactor import Redactor

LONGEST = 300
"""Characters of one text that are kept: an answer decides how long a line of it is."""

MOST_FILTERS = 64
"""Filters of a rule that are told."""

MOST_KEYS = 64
"""Content keys that are told one by one: the largest contract that is ever asked for."""


def summary_of_exchange(context: Context, redactor: Redactor) -> ExchangeSummary:
    """What was asked and what came of a step's exchange; never raises."""
    try:
        return _clean(_told(context, redactor), redactor)
    except Exception as error:  # a bug of ours must cost a summary, never an exchange
        return ExchangeSummary(note=f"the exchange could not be summed up ({type(error).__name__})")


def _told(context: Context, redactor: Redactor) -> ExchangeSummary:
    answer = context.exchange.answer
    told = ExchangeSummary(_state(context), context.version)
    asked = _request(context)
    if asked is not None:
        told.content = asked.content_id or ""
    if answer is None:
        told.failure = context.failure_sentence
    elif context.refused:
        told.refusal = _refusal(context)
    elif context.document_error is not None:
        told.note = f"the answer holds no CPIX document: {context.document_error}"
    if asked is None:
        told.note = told.note or ("" if answer is None else "the request is deliberately not a CPIX document")
        return told
    has_document = answer is not None and context.accepted and context.document_error is None
    _align(told, context, asked, context.pairs if has_document else None, redactor)
    return told


def _state(context: Context) -> Literal["answered", "refused", "other", "failed"]:
    if context.exchange.answer is None:
        return "failed"
    if context.accepted:
        return "answered"
    return "refused" if context.refused else "other"


def _request(context: Context) -> Cpix | None:
    try:
        return context.request
    except Untestable:
        return None


def _refusal(context: Context) -> RefusalSummary:
    came = found_messages(context)
    expected = expected_messages(context)
    return RefusalSummary(
        context.answer.status,
        str(context.excerpt),
        [message.stem.strip() for message in came],
        [message.stem.strip() for message in expected],
    )


def _align(told: ExchangeSummary, context: Context, asked: Cpix, pairs: Alignment | None, redactor: Redactor) -> None:
    rules = _by_kid(asked.rules)
    answered_rules = {id(pair.asked): pair.answered for pair in pairs.rules} if pairs else {}
    answers = {id(pair.asked): pair.answered for pair in pairs.keys} if pairs else {}
    parts = described(context) if pairs else {}
    drm_answers = {id(pair.asked): pair.answered for pair in pairs.drm} if pairs else {}
    systems = defaultdict(list)
    for drm in asked.drm_systems:
        systems[_kid(drm)].append(drm)
    for key in asked.content_keys[:MOST_KEYS]:
        answered = answers.get(id(key))
        row = KeySummary(
            key.kid or "",
            answered.kid if answered is not None else None,
            key.scheme or "",
            _iv(key, answered),
            [_rule(rule, answered_rules.get(id(rule)), pairs is not None) for rule in rules[_kid(key)]],
            [_system(drm, drm_answers.get(id(drm)), parts) for drm in systems[_kid(key)]],
        )
        if answered is not None:
            _add_answer(row, key, answered, context, redactor)
        told.keys.append(row)
    told.more_keys = max(0, len(asked.content_keys) - MOST_KEYS)
    back = {id(pair.asked): pair.answered for pair in pairs.periods} if pairs else {}
    told.periods = [
        PeriodSummary(
            period.id or "",
            back.get(id(period)) is not None,
            period.index or "",
            period.start or period.start_offset or "",
            period.end or period.end_offset or "",
        )
        for period in asked.periods
    ]
    if pairs:
        extra = [
            *(f"ContentKey {one.kid}" for one in pairs.extra_keys),
            *(f"DRMSystem {_title(one)} for {one.kid}" for one in pairs.extra_drm),
            *(f"rule {one.intended_track_type} for {one.kid}" for one in pairs.extra_rules),
            *(f"period {one.id}" for one in pairs.extra_periods),
        ]
        told.extra = extra[:MOST_KEYS]
        told.conflicts = list(pairs.conflicts[:MOST_KEYS])


def _add_answer(row: KeySummary, key: ContentKey, answered: ContentKey, context: Context, redactor: Redactor) -> None:
    kid = uuid_of(answered.kid)
    value = _keys(context).get(kid) if kid is not None else None
    row.key = redactor.fingerprint(value) if value else None
    row.encrypted = bool(answered.encrypted)
    if (answered.scheme or "") != (key.scheme or ""):
        row.scheme_answered = answered.scheme or ""


def _keys(context: Context) -> Mapping[Any, bytes]:
    try:
        return context.keys
    except Untestable:
        return {}


def _iv(key: ContentKey, answered: ContentKey | None) -> IvState:
    if key.explicit_iv is None:
        return "given" if answered is not None and answered.explicit_iv else "none"
    if answered is None:
        return "asked"
    if answered.explicit_iv is None:
        return "dropped"
    return "as asked" if answered.explicit_iv == key.explicit_iv else "changed"


def _rule(rule: Rule, answered: Rule | None, has_document: bool) -> RuleSummary:
    told = _plain(rule)
    if has_document:
        echo = _plain(answered) if answered is not None else None
        if echo != told:
            told.echo = echo
    return told


def _plain(rule: Rule) -> RuleSummary:
    return RuleSummary(
        rule.intended_track_type or "", [(one.kind, dict(one.attributes)) for one in rule.filters[:MOST_FILTERS]]
    )


def _system(drm: DrmSystem, answered: DrmSystem | None, parts: Mapping[int, Parts]) -> SystemSummary:
    asked: list[Element] = ["PSSH"] if drm.pssh else []
    asked += ["MPD"] if drm.content_protection else []
    asked += ["HLS"] if drm.hls else []
    asked += ["Smooth"] if drm.smooth else []
    told = SystemSummary(_title(drm), asked, answered is not None)
    if answered is not None:
        told.parts = list(parts.get(id(answered), ()))
        filled = {
            "PSSH": any(one.text for one in answered.pssh),
            "MPD": any(one.text for one in answered.content_protection),
            "HLS": bool(answered.hls) and all(one.text for one in answered.hls),
            "Smooth": any(one.text for one in answered.smooth),
        }
        told.empty = [name for name in asked if not filled[name]]
    return told


def _title(drm: DrmSystem) -> str:
    system = load_catalogue().system_by_id(drm.system_id or "")
    return system.title if system else (drm.system_id or "no systemId")


def _by_kid(rules: Iterable[Rule]) -> defaultdict[object, list[Rule]]:
    found: defaultdict[object, list[Rule]] = defaultdict(list)
    for rule in rules:
        found[_kid(rule)].append(rule)
    return found


def _kid(one: ContentKey | DrmSystem | Rule) -> object:
    return uuid_of(one.kid) or one.kid


# --- free of secrets ------------------------------------------------------------------------------------------------


# Once here, in one thread: msgspec works out what a type looks like at its first use, and breaks the interpreter where
# two threads do that at the same moment.
msgspec.convert({}, ExchangeSummary)


def _clean(summary: ExchangeSummary, redactor: Redactor) -> ExchangeSummary:
    """The summary without secrets and with a bound on each text; a look at the whole first, because few hold any."""
    told = msgspec.to_builtins(summary)
    whole = json.dumps(told, ensure_ascii=False)
    suspicious = redactor.text(whole) != whole
    return msgspec.convert(_cleaned(told, redactor if suspicious else None), ExchangeSummary)


def _cleaned(value: Any, redactor: Redactor | None) -> Any:
    if isinstance(value, str):
        text = redactor.text(value) if redactor is not None else value
        return text if len(text) <= LONGEST else f"{text[:LONGEST]}… [{len(text) - LONGEST} more characters]"
    if isinstance(value, list | tuple):
        return [_cleaned(item, redactor) for item in value]
    if isinstance(value, dict):
        return {_cleaned(name, redactor): _cleaned(item, redactor) for name, item in value.items()}
    return value
