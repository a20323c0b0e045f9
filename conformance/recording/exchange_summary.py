"""The story of an exchange: what was asked and what came back, aligned by content key, as plain and redacted data.

Made once, while the exchange is at hand; reports only lay it out. It must never cost a run anything: whatever a server
answered, there is a story, if only that it could not be told.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from conformance.catalogue import load_catalogue
from conformance.checks.context import Context
from conformance.checks.refusals.standard_messages import expected_messages, found_messages
from conformance.checks.registry import Untestable
from conformance.cpix.align import Alignment
from conformance.cpix.reader import ContentKey, Cpix, DrmSystem, Filter, Rule, uuid_of
from conformance.recording.payload_summary import Parts, described
from conformance.redaction.redactor import Redactor

LONGEST = 300
"""Characters of one text that are kept: an answer decides how long a line of it is."""

MOST_KEYS = 64
"""Content keys that are told one by one: the largest contract that is ever asked for."""

MOST_FILTERS, MOST_PARTS = 64, 64
"""Filters of a rule and payloads of a DRM system that are told."""

Story = dict[str, Any]


def summary_of_exchange(context: Context, redactor: Redactor) -> Story:
    """The story of a step's exchange; never raises.

    Always there: `state` (answered, refused, other, failed), `version`, `content`. For a document also `keys` and
    `periods`, for a refusal `refusal`, for an exchange without an answer `failure`.
    """
    try:
        return _clean(_told(context, redactor), redactor)
    except Exception as error:  # a bug of ours must cost a story, never an exchange
        return {"state": "untold", "note": f"the story could not be told ({type(error).__name__})"}


def _told(context: Context, redactor: Redactor) -> Story:
    answer = context.exchange.answer
    story: Story = {"state": _state(context), "version": context.version}
    asked = _request(context)
    if asked is not None:
        story["content"] = asked.content_id or ""
    if answer is None:
        story["failure"] = context.failure_sentence
        return story | ({} if asked is None else _aligned(context, asked, None, redactor))
    if context.refused:
        story["refusal"] = _refusal(context)
    elif context.document_error is not None:
        story["note"] = f"the answer holds no CPIX document: {context.document_error}"
    if asked is None:
        story["note"] = story.get("note") or "the request is, on purpose, no CPIX document"
        return story
    has_document = context.accepted and context.document_error is None
    return story | _aligned(context, asked, context.pairs if has_document else None, redactor)


def _state(context: Context) -> str:
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


def _refusal(context: Context) -> Story:
    came = found_messages(context)
    expected = expected_messages(context)
    return {
        "status": context.answer.status,
        "text": str(context.excerpt),
        "messages": [message.stem.strip() for message in came],
        "due": [message.stem.strip() for message in expected],
    }


def _aligned(context: Context, asked: Cpix, pairs: Alignment | None, redactor: Redactor) -> Story:
    rules = _by_kid(asked.rules)
    answered_rules = {id(pair.asked): pair.answered for pair in pairs.rules} if pairs else {}
    answers = {id(pair.asked): pair.answered for pair in pairs.keys} if pairs else {}
    parts = described(context) if pairs else {}
    drm_answers = {id(pair.asked): pair.answered for pair in pairs.drm} if pairs else {}
    systems = defaultdict(list)
    for drm in asked.drm_systems:
        systems[_kid(drm)].append(drm)
    rows = []
    for key in asked.content_keys[:MOST_KEYS]:
        answered = answers.get(id(key))
        row: Story = {
            "asked": key.kid or "",
            "answered": answered.kid if answered is not None else None,
            "scheme": key.scheme or "",
            "iv": _iv(key, answered),
            "rules": [_rule(rule, answered_rules.get(id(rule)), pairs is not None) for rule in rules[_kid(key)]],
            "systems": [_system(drm, drm_answers.get(id(drm)), parts) for drm in systems[_kid(key)]],
        }
        if answered is not None:
            row |= _answered_key(key, answered, context, redactor)
        rows.append(row)
    story: Story = {"keys": rows}
    if len(asked.content_keys) > MOST_KEYS:
        story["more_keys"] = len(asked.content_keys) - MOST_KEYS
    if asked.periods:
        back = {id(pair.asked): pair.answered for pair in pairs.periods} if pairs else {}
        story["periods"] = [
            {
                "id": period.id or "",
                "answered": back.get(id(period)) is not None,
                **{
                    name: value
                    for name, value in (
                        ("index", period.index),
                        ("start", period.start or period.start_offset),
                        ("end", period.end or period.end_offset),
                    )
                    if value
                },
            }
            for period in asked.periods
        ]
    if pairs:
        extra = [
            *(f"ContentKey {one.kid}" for one in pairs.extra_keys),
            *(f"DRMSystem {_title(one)} for {one.kid}" for one in pairs.extra_drm),
            *(f"rule {one.intended_track_type} for {one.kid}" for one in pairs.extra_rules),
            *(f"period {one.id}" for one in pairs.extra_periods),
        ]
        if extra:
            story["extra"] = extra[:MOST_KEYS]
        if pairs.conflicts:
            story["conflicts"] = list(pairs.conflicts[:MOST_KEYS])
    return story


def _answered_key(key: ContentKey, answered: ContentKey, context: Context, redactor: Redactor) -> Story:
    kid = uuid_of(answered.kid)
    value = _keys(context).get(kid) if kid is not None else None
    more: Story = {"key": redactor.fingerprint(value) if value else None, "encrypted": bool(answered.encrypted)}
    if (answered.scheme or "") != (key.scheme or ""):
        more["scheme_answered"] = answered.scheme or ""
    return more


def _keys(context: Context) -> Mapping[Any, bytes]:
    try:
        return context.keys
    except Untestable:
        return {}


def _iv(key: ContentKey, answered: ContentKey | None) -> str:
    if key.explicit_iv is None:
        return "given" if answered is not None and answered.explicit_iv else "none"
    if answered is None:
        return "asked"
    if answered.explicit_iv is None:
        return "dropped"
    return "as asked" if answered.explicit_iv == key.explicit_iv else "changed"


def _rule(rule: Rule, answered: Rule | None, has_document: bool) -> Story:
    told = _kind(rule)
    if has_document and answered is None:
        told["echo"] = None
    elif has_document and answered is not None and (echo := _kind(answered)) != told:
        told["echo"] = echo
    return told


def _kind(rule: Rule) -> Story:
    return {"type": rule.intended_track_type or "", "filters": [_filter(one) for one in rule.filters[:MOST_FILTERS]]}


def _filter(one: Filter) -> list[Any]:
    return [one.kind, dict(one.attributes)]


def _system(drm: DrmSystem, answered: DrmSystem | None, parts: Mapping[int, Parts]) -> Story:
    asked = [name for name, there in (("PSSH", drm.pssh), ("HLS", drm.hls), ("Smooth", drm.smooth)) if there]
    if drm.content_protection:
        asked.insert(1 if drm.pssh else 0, "MPD")
    told: Story = {"system": _title(drm), "asked": asked, "delivered": answered is not None}
    if answered is not None:
        told["parts"] = [list(part) for part in parts.get(id(answered), [])[:MOST_PARTS]]
        filled = {
            "PSSH": any(one.text for one in answered.pssh),
            "MPD": any(one.text for one in answered.content_protection),
            "HLS": bool(answered.hls) and all(one.text for one in answered.hls),
            "Smooth": any(one.text for one in answered.smooth),
        }
        empty = [name for name in asked if not filled[name]]
        if empty:
            told["empty"] = empty
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


def _clean(story: Story, redactor: Redactor) -> Story:
    """The story without secrets and with a bound on each text; a look at the whole first, because few hold any."""
    whole = json.dumps(story, ensure_ascii=False)
    suspicious = redactor.text(whole) != whole
    return {name: _cleaned(value, redactor if suspicious else None) for name, value in story.items()}


def _cleaned(value: Any, redactor: Redactor | None) -> Any:
    if isinstance(value, str):
        text = redactor.text(value) if redactor is not None else value
        return text if len(text) <= LONGEST else f"{text[:LONGEST]}… [{len(text) - LONGEST} more characters]"
    if isinstance(value, list):
        return [_cleaned(item, redactor) for item in value]
    if isinstance(value, dict):
        return {_cleaned(name, redactor): _cleaned(item, redactor) for name, item in value.items()}
    return value
