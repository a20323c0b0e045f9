"""Operations on the keys: other values, other IVs, and DRM data built from the wrong ones."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias
from uuid import UUID

from conformance.refserver.chance import chance
from conformance.refserver.faults.changes import other_uuid
from conformance.refserver.faults.model import Op
from conformance.refserver.keys import NIL, Material, Signal, content_key, derive
from conformance.refserver.reading import Asked

PLAYREADY_TEST_SEED = base64.b64decode("XVBovsmzhP9gRIZxWfFta3VVRPzVEWmJsazEJ46I")


@dataclass(frozen=True, slots=True)
class Bench:
    """What a key operation can see: the request, all keys, the seed, and what else is going on."""

    asked: Asked
    keys: Sequence[Material]
    seed: str
    speke: str
    others: tuple[str, ...]
    twin: bool
    refusals: int
    before: bytes = b""
    """The first key of the request that was answered before this one."""
    evicted: int = 0
    """How often the content was pushed out of a small cache."""


Word: TypeAlias = Callable[[Material, int, Bench], bytes]
TextWord: TypeAlias = Callable[[Material], str]


def apply(keys: list[Material], op: Op, bench: Bench) -> list[Material]:
    """Carry out one operation on the keys that it is about."""
    handler = {"key": _key, "iv": _iv, "signal": _signal}[op.name]
    chosen = set(_chosen(op.get("which", "all"), bench))
    return [handler(one, index, op, bench) if index in chosen else one for index, one in enumerate(keys)]


def _chosen(which: str | int, bench: Bench) -> range | list[int]:
    count = len(bench.keys)
    if isinstance(which, int):
        return [which - 1]
    ranges = {
        "all": range(count),
        "first": range(min(count, 1)),
        "last": range(max(count - 1, 0), count),
        "not-first": range(1, count),
        "second": range(1, min(count, 2)),
        "even": range(1, count, 2),
    }
    return ranges[which]


def _key(one: Material, index: int, op: Op, bench: Bench) -> Material:
    word = str(op["value"])
    if word in TEXT_WORDS:
        return replace(one, plain=TEXT_WORDS[word](one))
    key = KEY_WORDS[word](one, index, bench)
    if op.get("signalled", True) and len(key) == 16:
        return replace(one, key=key, signal=replace(one.signal, key=key))
    return replace(one, key=key)


def _iv(one: Material, index: int, op: Op, bench: Bench) -> Material:
    word = str(op["value"])
    if word == "dropped":
        return replace(one, iv=None, iv_text=None)
    if word == "empty":
        return replace(one, iv_text="")
    if word == "uuid-text":
        return replace(one, iv_text=one.kid)
    if word == "hex-text":
        return replace(one, iv_text=(one.iv or b"").hex())
    iv = one.key if word == "key" else KEY_WORDS[word](one, index, bench)
    signal = replace(one.signal, iv=iv) if op.get("signalled", True) else one.signal
    return replace(one, iv=iv, iv_text=base64.b64encode(iv).decode(), signal=signal)


def _signal(one: Material, index: int, op: Op, bench: Bench) -> Material:
    signal = one.signal
    if "kid" in op.arguments:
        signal = replace(signal, kid=SIGNAL_KIDS[op["kid"]](one, index, bench))
    if "key" in op.arguments:
        signal = replace(signal, key=KEY_WORDS[op["key"]](one, index, bench))
    if "scheme" in op.arguments:
        wanted = op["scheme"]
        signal = replace(signal, scheme=wanted if isinstance(wanted, str) else wanted.get(signal.scheme, signal.scheme))
    systems = op.get("systems")
    if systems is None:
        return replace(one, signal=signal)
    signals: dict[str, Signal] = dict(one.signals) | dict.fromkeys(systems, signal)
    return replace(one, signals=signals)


def _neighbour(index: int, bench: Bench) -> Material:
    other = index ^ 1
    return bench.keys[other if other < len(bench.keys) else index - 1]


def _systems(bench: Bench) -> str:
    return ",".join(sorted({(one.system_id or "").lower() for one in bench.asked.systems}))


def _track(one: Material, bench: Bench) -> str:
    kid = (one.asked.kid or "").lower()
    return next((rule.track_type or "" for rule in bench.asked.rules if (rule.kid or "").lower() == kid), "")


def _content(bench: Bench) -> str:
    return bench.asked.content_id or ""


def _asked_uuid(one: Material) -> UUID:
    return one.asked.uuid or NIL


def _own(one: Material, bench: Bench, *what: str) -> bytes:
    return derive(bench.seed, "fault", _content(bench), str(_asked_uuid(one)), *what)


def playready_test_key(kid: UUID) -> bytes:
    """Derive the key that PlayReady's public test seed gives to a KID."""
    seed, name = PLAYREADY_TEST_SEED[:30], kid.bytes_le
    digests = [hashlib.sha256(data).digest() for data in (seed + name, seed + name + seed, seed + name + seed + name)]
    key = bytes(16)
    for one in digests:
        key = bytes(a ^ b ^ c for a, b, c in zip(key, one[:16], one[16:], strict=True))
    return key


KEY_WORDS: Mapping[str, Word] = {
    "zero": lambda one, index, bench: bytes(16),
    "repeated-byte": lambda one, index, bench: b"\x2a" * 16,
    "same-for-all": lambda one, index, bench: derive(bench.seed, "fault", _content(bench)),
    "same-for-everything": lambda one, index, bench: derive(bench.seed, "fault"),
    "kid": lambda one, index, bench: one.uuid.bytes,
    "kid-swapped": lambda one, index, bench: one.uuid.bytes_le,
    "iv": lambda one, index, bench: one.iv or one.key,
    "random": lambda one, index, bench: chance().draw(16),
    "short": lambda one, index, bench: one.key[:15],
    "half": lambda one, index, bench: one.key[:8],
    "long": lambda one, index, bench: one.key + one.key[::-1],
    "hex-text": lambda one, index, bench: one.key.hex().encode(),
    "base64-text": lambda one, index, bench: base64.b64encode(one.key),
    "sequential": lambda one, index, bench: bytes(range(index, index + 16)),
    "printable": lambda one, index, bench: one.key.hex()[:16].encode(),
    "test-seed": lambda one, index, bench: playready_test_key(one.uuid),
    "changed": lambda one, index, bench: _own(one, bench, "changed"),
    "of-first": lambda one, index, bench: bench.keys[0].key,
    "of-last": lambda one, index, bench: bench.keys[-1].key,
    "of-next": lambda one, index, bench: bench.keys[(index + 1) % len(bench.keys)].key,
    "of-neighbour": lambda one, index, bench: _neighbour(index, bench).key,
    "of-opposite": lambda one, index, bench: bench.keys[-1 - index].key,
    "by-systems": lambda one, index, bench: _own(one, bench, _systems(bench)),
    "by-encryption": lambda one, index, bench: _own(one, bench, str(bench.asked.encrypted)),
    "by-letter-case": lambda one, index, bench: _own(one, bench, one.asked.kid or ""),
    "by-scheme": lambda one, index, bench: _own(one, bench, one.asked.scheme or ""),
    "by-version": lambda one, index, bench: _own(one, bench, bench.speke),
    "by-explicit-iv": lambda one, index, bench: _own(one, bench, one.asked.explicit_iv or ""),
    "by-position": lambda one, index, bench: derive(bench.seed, "fault", _content(bench), str(index)),
    "by-key-count": lambda one, index, bench: _own(one, bench, str(len(bench.keys))),
    "by-period-id": lambda one, index, bench: _own(
        one, bench, *(period.get("id", "") for period in bench.asked.periods)
    ),
    "by-period-times": lambda one, index, bench: _own(
        one, bench, next((period.get("start", "") for period in bench.asked.periods), "")
    ),
    "by-name": lambda one, index, bench: _own(one, bench, bench.asked.attributes.get("name", "")),
    "by-place": lambda one, index, bench: _own(one, bench, str(index)),
    "by-track-type-alone": lambda one, index, bench: derive(bench.seed, "fault", _track(one, bench), str(index)),
    "by-company": lambda one, index, bench: _own(one, bench, "together") if bench.others else one.key,
    "by-twin": lambda one, index, bench: _own(one, bench, "twin") if bench.twin else one.key,
    "by-eviction": lambda one, index, bench: _own(one, bench, str(bench.evicted)) if bench.evicted else one.key,
    "of-request-before": lambda one, index, bench: bench.before or one.iv or one.key,
    "by-refusals": lambda one, index, bench: _own(one, bench, str(bench.refusals)),
    "by-track-type": lambda one, index, bench: derive(bench.seed, "fault", _content(bench), _track(one, bench)),
    "by-kid-only": lambda one, index, bench: derive(bench.seed, "fault", str(_asked_uuid(one))),
    "of-company": lambda one, index, bench: content_key(
        bench.seed, bench.others[0] if bench.others else _content(bench), _asked_uuid(one)
    ),
}
TEXT_WORDS: Mapping[str, TextWord] = {
    "written-as-hex": lambda one: one.key.hex(),
    "written-empty": lambda one: "",
    "written-twice-base64": lambda one: base64.b64encode(base64.b64encode(one.key)).decode(),
    "written-url-safe": lambda one: "-_" + base64.urlsafe_b64encode(one.key).decode()[2:],
    "written-unpadded": lambda one: base64.b64encode(one.key).decode().rstrip("="),
    "written-with-stray-bits": lambda one: base64.b64encode(one.key).decode()[:-3] + "h==",
    "written-with-stray-characters": lambda one: "*" + base64.b64encode(one.key).decode(),
}
SIGNAL_KIDS: Mapping[str, Callable[[Material, int, Bench], UUID]] = {
    "of-first": lambda one, index, bench: bench.keys[0].signal.kid,
    "of-last": lambda one, index, bench: bench.keys[-1].signal.kid,
    "of-neighbour": lambda one, index, bench: _neighbour(index, bench).signal.kid,
    "asked": lambda one, index, bench: _asked_uuid(one),
    "swapped": lambda one, index, bench: UUID(bytes=one.signal.kid.bytes_le),
    "nil": lambda one, index, bench: NIL,
    "stranger": lambda one, index, bench: other_uuid(one.signal.kid),
    "static": lambda one, index, bench: UUID("00112233-4455-6677-8899-aabbccddeeff"),
    "random": lambda one, index, bench: UUID(bytes=chance().draw(16), version=4),
}
WHICH = ("all", "first", "last", "not-first", "second", "even")
IV_WORDS = ("dropped", "empty", "uuid-text", "hex-text", "key", *KEY_WORDS)
