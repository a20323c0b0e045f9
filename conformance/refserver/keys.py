"""Content keys: made from seed, content and KID alone, so that the same question has the same answer for ever."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from conformance.refserver.chance import chance
from conformance.refserver.reading import Asked, AskedKey, bytes_of

if TYPE_CHECKING:
    from conformance.refserver.config import Config

NIL = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Signal:
    """What the DRM data of one key is built from."""

    kid: UUID
    scheme: str
    key: bytes
    iv: bytes | None


@dataclass(frozen=True, slots=True)
class Material:
    """One content key as it will be answered.

    `signal` is what DRM data is built from, `signals` holds exceptions by the name of a DRM system;
    `plain` is the text to be written where it is not the base64 of the key; `iv_text` likewise.
    """

    asked: AskedKey
    kid: str
    uuid: UUID
    key: bytes
    iv: bytes | None
    iv_text: str | None
    signal: Signal
    signals: Mapping[str, Signal] = field(default_factory=dict)
    plain: str | None = None


def derive(seed: str, purpose: str, *parts: str) -> bytes:
    """Derive 16 bytes from the seed; parts are kept apart, so that no two lists of parts collide."""
    message = b"".join(len(data).to_bytes(4, "big") + data for data in (one.encode() for one in (purpose, *parts)))
    return hmac.new(seed.encode(), message, hashlib.sha256).digest()[:16]


def derived_uuid(seed: str, *parts: str) -> UUID:
    """Derive a UUID of version 4 form."""
    return UUID(bytes=derive(seed, "kid", *parts), version=4)


def content_key(seed: str, content_id: str, kid: UUID) -> bytes:
    """Make the content key of one KID; it depends on nothing but these three."""
    return derive(seed, "content key", content_id, str(kid))


def make_keys(asked: Asked, config: Config) -> list[Material]:
    """Make the material of every key that is asked for, in the order of the request."""
    return [_material(one, asked.content_id or "", config) for one in asked.keys]


def _material(one: AskedKey, content_id: str, config: Config) -> Material:
    asked_uuid = one.uuid or NIL
    uuid, kid = asked_uuid, one.kid or ""
    if config.kid_override:
        uuid = derived_uuid(config.seed, content_id, str(asked_uuid))
        kid = str(uuid)
    key = content_key(config.seed, content_id, uuid)
    iv, iv_text = _explicit_iv(one, content_id, config)
    return Material(one, kid, uuid, key, iv, iv_text, Signal(uuid, one.scheme or "cenc", key, iv))


def _explicit_iv(one: AskedKey, content_id: str, config: Config) -> tuple[bytes | None, str | None]:
    given = bytes_of(one.explicit_iv)
    if given is not None and not config.explicit_iv_of_provider:
        return given, one.explicit_iv
    usual = config.explicit_iv_when_missing
    wanted = one.explicit_iv is not None or usual == "always"
    if not wanted and (usual == "never" or one.scheme in ("cenc", "cens", "SAMPLE-AES-CTR")):
        return None, None
    fresh = config.explicit_iv_fresh and one.explicit_iv is None
    made = chance().draw(16) if fresh else derive(config.seed, "explicit iv", content_id, str(one.uuid or NIL))
    return made, base64.b64encode(made).decode()
