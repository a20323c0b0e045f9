"""From an exchange to the facts that the ledger keeps of it."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterator
from functools import partial
from uuid import UUID

from conformance.checks.context import Context
from conformance.checks.drm.any_payload import every_payload_with_kids
from conformance.checks.keys.answered_keys import answered_keys, base64_bytes, is_distinctive
from conformance.checks.needs import Need, Untestable
from conformance.checks.safety.key_leaks import beside_key_uri, place_of, texts_beside_keys
from conformance.cpix.reader import uuid_of
from conformance.ledger.facts import ExchangeFacts, KeyFact, PayloadFact, Sighting
from conformance.redaction.redactor import Redactor

_TOKEN = re.compile(
    rb"(?<![0-9A-Za-z+/_=-])(?:0[xX])?(?:[0-9A-Fa-f]{32}|[A-Za-z0-9+/_-]{22}(?:==)?)(?![0-9A-Za-z+/_=-])"
)
"""A value of key length by itself: 32 hexadecimal digits, or the base64 of 16 bytes."""
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_MOST_TOKENS = 256
"""Tokens of one answer that are kept."""
_HTTP_NOISE = frozenset({"date", "content-length", "content-type", "connection", "server"})


def facts_of(ctx: Context, redactor: Redactor, name: str = "") -> ExchangeFacts:
    """What the ledger keeps of an exchange; the redactor knows the keys of all exchanges before it, and of this one.

    `name` stands for the case where its own would not be unique.
    """
    request = ctx.exchange.request
    place = f"{name or ctx.case.name}::{ctx.step.id}"
    asked = redactor.digest(b"\0".join((ctx.version.encode(), request.method.encode(), request.body)))
    if not ctx.request_readable:
        return ExchangeFacts(place, asked, "", (), sightings=_sightings(ctx, redactor))
    kids = tuple(dict.fromkeys(str(kid) for key in ctx.request.content_keys if (kid := uuid_of(key.kid))))
    content = ctx.request.content_id or ""
    if not ctx.ordinary or ctx.missing_for(Need.DOCUMENT) is not None:
        return ExchangeFacts(place, asked, content, kids, sightings=_sightings(ctx, redactor))
    answered = tuple(dict.fromkeys(str(kid) for key in ctx.document.content_keys if (kid := uuid_of(key.kid))))
    return ExchangeFacts(
        place,
        asked,
        content,
        kids,
        ctx.document.content_id or "",
        answered,
        tuple(_keys(ctx, redactor)),
        tuple(_payloads(ctx, redactor)),
        _sightings(ctx, redactor),
    )


def keys_only(ctx: Context, redactor: Redactor, place: str) -> ExchangeFacts:
    """Of an accepted answer the keys alone, where there is no time for the rest."""
    return ExchangeFacts(place, b"", ctx.request.content_id or "", (), keys=tuple(_keys(ctx, redactor)))


def _keys(ctx: Context, redactor: Redactor) -> Iterator[KeyFact]:
    indexes = _indexes(ctx)
    try:
        found = answered_keys(ctx)
    except Untestable:  # encrypted for somebody whose private key nobody here has
        return
    for key in found:
        if key.kid is None:
            continue
        asked = uuid_of(key.asked.kid) if key.asked is not None else None
        value = key.value or b""
        public = {one for kid in (key.kid, asked) if kid is not None for one in (kid.bytes, kid.bytes_le)}
        iv = base64_bytes(key.element.explicit_iv)
        unasked = key.asked is not None and key.asked.explicit_iv is None
        yield KeyFact(
            str(key.kid),
            str(asked) if asked else "",
            indexes.get(asked, ()),
            (key.asked.scheme if key.asked is not None else key.element.scheme) or "",
            redactor.digest(value) if value else b"",
            is_distinctive(value) and value not in public and len(value) == len(key.kid.bytes),
            redactor.digest(iv) if iv and unasked else b"",
        )


def _indexes(ctx: Context) -> dict[UUID | None, tuple[str, ...]]:
    """Asked KID -> the indices of the key periods to which the request attaches it."""
    of_period = {one.id: (one.index or "").strip() for one in ctx.request.periods}
    found: dict[UUID | None, dict[str, None]] = {}
    for rule in ctx.request.rules:
        named = (of_period[name] for name in rule.period_ids if name in of_period)
        found.setdefault(uuid_of(rule.kid), {}).update(dict.fromkeys(named))
    return {kid: tuple(sorted(names)) for kid, names in found.items()}


def _payloads(ctx: Context, redactor: Redactor) -> Iterator[PayloadFact]:
    for kind, item, kids in every_payload_with_kids(ctx):
        if item.signal.kid is not None:
            yield PayloadFact(
                item.node.where,
                item.signal.system,
                f"{kind} {item.node.playlist or ''}".strip(),
                redactor.digest(item.value),
                str(item.signal.kid),
                tuple(dict.fromkeys(str(kid.uuid) for kid in kids)),
            )


# --- what could be a key where none belongs


def _sightings(ctx: Context, redactor: Redactor) -> tuple[Sighting, ...]:
    """Known keys, and single values of key length, in an answer outside any PlainValue."""
    answer = ctx.exchange.answer
    if answer is None or ctx.step.plan.follow:  # what a Clear Key address hands out is a key
        return ()
    # The same payload stands in several carriers, and the same KID in many places.
    pieces: dict[bytes, Callable[[], str]] = {}
    for place, data in _pieces(ctx):
        pieces.setdefault(data, place)
    whole = b"\n".join(pieces)
    found: dict[bytes, Sighting] = {}
    known = redactor.keys_in(whole)
    if known:
        # What the request brought along, such as an IV, the server only echoes.
        brought = set(redactor.keys_in(ctx.exchange.request.body))
        for digest in known:
            if digest not in brought:
                place = next((name for data, name in pieces.items() if digest in redactor.keys_in(data)), _anywhere)
                found[digest] = Sighting(digest, place())
    echoed = set(_tokens(ctx.exchange.request.body))
    kids = {one for key in _kids(ctx) for one in (key.bytes, key.bytes_le)}
    for data, place in pieces.items():
        for value in _tokens(data):
            if value in echoed or value in kids or not is_distinctive(value):
                continue
            digest = redactor.digest(value)
            if digest not in found and len(found) < _MOST_TOKENS:
                found[digest] = Sighting(digest, place())
    return tuple(found.values())


def _kids(ctx: Context) -> Iterator[UUID]:
    if ctx.request_readable:
        yield from (kid for key in ctx.request.content_keys if (kid := uuid_of(key.kid)))
    if ctx.missing_for(Need.DOCUMENT) is None:
        yield from (kid for key in ctx.document.content_keys if (kid := uuid_of(key.kid)))


def _anywhere() -> str:
    return "the answer"


def _pieces(ctx: Context) -> Iterator[tuple[Callable[[], str], bytes]]:
    """Everything in an answer that is no key's own place: headers, texts, attributes, payloads decoded.

    The names of the places are made when they are asked for: of thousands, hardly one is.
    """
    answer = ctx.answer
    for name, value in answer.headers:
        if name.lower() not in _HTTP_NOISE:
            yield partial("header {}".format, name), value.encode("latin-1", "replace")
    if not answer.body:
        return
    if ctx.missing_for(Need.DOCUMENT) is not None:
        yield "body".format, answer.body
        return
    for element, step, text in texts_beside_keys(ctx.document.element, answer.body):
        yield partial(place_of, element, step), text.encode()
    if ctx.request_readable:
        for _, item, _ in every_payload_with_kids(ctx):
            yield partial(getattr, item.node, "where"), beside_key_uri(item)


def _tokens(data: bytes) -> Iterator[bytes]:
    for match in _TOKEN.finditer(data):
        text = match.group().removeprefix(b"0x").removeprefix(b"0X")
        if len(text) == 32:
            yield binascii.unhexlify(text)
            continue
        try:
            yield binascii.a2b_base64(text.rstrip(b"=").translate(_URL_SAFE) + b"==")
        except binascii.Error:
            continue
