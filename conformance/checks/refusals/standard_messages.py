"""The standard error messages as they are looked for in a body: which are due, which are there, which id they name."""

from __future__ import annotations

import re

from conformance.catalogue import load_catalogue
from conformance.catalogue.lists import Message
from conformance.checks.context import Context

_ID = re.compile(r"(?:<[^<>]*>|[^\w<]|<(?![^<>]*>))*([0-9A-Za-z][0-9A-Za-z_.:-]*)")
"""What follows a message's text: quotes, brackets or tags around it are free."""

_UNIVERSAL = frozenset({"fairplay"})
"""DRM systems whose scheme is no matter of profiles: only for them an impossible scheme is known from outside."""


def expected_messages(ctx: Context) -> tuple[Message, ...]:
    """The standard messages that are right for the step; none where any words will do."""
    names = [name for name in (ctx.expect.message, *ctx.expect.alternatives) if name]
    return tuple(load_catalogue().messages[name] for name in names)


def found_messages(ctx: Context) -> tuple[Message, ...]:
    """The standard messages that the body contains."""
    return tuple(message for message in load_catalogue().messages.values() if message.stem.strip() in ctx.text)


def due_words(ctx: Context) -> str:
    """The messages that are due for a sentence, each with the id that it must name; empty where any words will do."""
    return " or ".join(repr(_filled(ctx, message)) for message in expected_messages(ctx))


def _filled(ctx: Context, message: Message) -> str:
    ids = expected_ids(ctx, message.slot) if message.slot else ()
    return message.filled(**{message.slot: ids[0]}) if len(ids) == 1 else message.shown


def named_ids(text: str, message: Message) -> tuple[str, ...]:
    """The ids that follow a message's words in a body, in order."""
    if not message.slot:
        return ()
    pieces = text.split(message.stem.strip())[1:]
    found = (_ID.match(piece) for piece in pieces)
    return tuple(one.group(1).rstrip(".:-") for one in found if one)


def expected_ids(ctx: Context, slot: str) -> tuple[str, ...]:
    """The ids that a message may name: KIDs of keys without a scheme, or systems that cannot use theirs."""
    if slot == "kid":
        return tuple(key.kid for key in ctx.request.content_keys if key.kid and not key.scheme)
    if slot == "system":
        return ctx.memo("systems-due", lambda: _impossible_systems(ctx))
    return ()


def _impossible_systems(ctx: Context) -> tuple[str, ...]:
    """Asked systems that cannot use the document's scheme: the universal ones where there are any, else all such."""
    catalogue = load_catalogue()
    schemes = {key.scheme for key in ctx.request.content_keys if key.scheme}
    found: dict[str, bool] = {}
    for drm in ctx.request.drm_systems:
        system = catalogue.system_by_id(drm.system_id or "")
        if drm.system_id and system and schemes.isdisjoint(system.schemes + system.hls_schemes):
            found[drm.system_id] = system.name in _UNIVERSAL
    return tuple(text for text, universal in found.items() if universal or not any(found.values()))
