"""Content ids, KIDs, IVs and period ids: all derived from the run's seed, so that a run can be repeated."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from conformance.catalogue.yamlfile import DataError
from conformance.model import Place

_LEGAL = re.compile(r"[^0-9A-Za-z_-]+")


@dataclass(frozen=True, slots=True)
class ContentIds:
    """How content ids are made: a prefix, a pattern with `{id}`, or a list of provisioned contents."""

    prefix: str = ""
    pattern: str = ""
    listed: tuple[str, ...] = ()
    place: Place | None = None
    """Where the profile says so."""


class Seed:
    """The run's seed: the same seed gives the same contents, KIDs and IVs."""

    def __init__(self, text: str = "", content_ids: ContentIds | None = None) -> None:
        self.text = text or secrets.token_hex(4)
        self.content_ids = content_ids or ContentIds()
        self._taken: dict[str, str] = {}

    def identity(self, name: str, content: str = "A") -> Identity:
        """The identity of one content of a case."""
        return Identity(self.text, name, content, self._content_id(name, content))

    def assign(self, names: Sequence[str]) -> None:
        """Give each named content (`identity#label`) one of the listed content ids, in order.

        DataError where the list is too short: two cases with one content would disturb each other.
        """
        listed = self.content_ids.listed
        if listed and len(listed) < len(names):
            raise DataError(
                self.content_ids.place or "content-ids",
                f"the list holds {len(listed)} contents, but the cases of this run need {len(names)}; "
                "list more, use a prefix or a pattern, or let the profile name fewer cases",
            )
        self._taken = dict(zip(names, listed, strict=False))

    def _content_id(self, name: str, content: str) -> str:
        own = _LEGAL.sub("-", name).strip("-")
        derived = f"spk2c-{self.text}-{own}" + ("" if content == "A" else f"-{content}")
        ids = self.content_ids
        if ids.listed:
            return self._taken.get(f"{name}#{content}", ids.listed[0])
        if ids.pattern:
            return ids.pattern.replace("{id}", derived)
        return f"{ids.prefix}{derived}"


@dataclass(frozen=True, slots=True)
class Identity:
    """One content of one case."""

    seed: str
    name: str
    content: str
    content_id: str

    def kid(self, rule: int, period: str = "", form: str = "") -> UUID:
        """The KID of a rule (by number) in a key period: 16 distinct bytes, so that a byte-order mistake shows.

        A form has digits of its own; its `x` is a derived hexadecimal digit, its `n` a derived decimal one.
        """
        name = f"{self.seed}|{self.name}|{self.content}|{period}|{rule}"
        return _formed(form, name) if form else _kid(name)

    def iv(self, rule: int, period: str = "") -> str:
        """A 16-byte IV in canonical base64."""
        return base64.b64encode(_stream(f"iv|{self.seed}|{self.name}|{self.content}|{period}|{rule}", 16)).decode()

    def period_id(self, label: str) -> str:
        """The id of a key period: an XML name made of a UUID, as encryptors write it."""
        return f"keyPeriod_{_kid(f'period|{self.seed}|{self.name}|{self.content}|{label}')}"


def _formed(form: str, name: str) -> UUID:
    drawn = zip(form, _stream(f"kid {form}|{name}", len(form)), strict=True)
    return UUID(
        "".join(f"{byte % 16:x}" if sign == "x" else f"{byte % 10}" if sign == "n" else sign for sign, byte in drawn)
    )


def _stream(text: str, length: int) -> bytes:
    return hashlib.shake_256(text.encode()).digest(length)


@lru_cache(maxsize=65536)
def _kid(text: str) -> UUID:
    stream = _stream(f"kid|{text}", 256)
    for start in range(240):
        picked = bytearray()
        for byte in stream[start:]:
            at = len(picked)
            value = 0x40 | (byte & 0x0F) if at == 6 else 0x80 | (byte & 0x3F) if at == 8 else byte
            # No printable ASCII in the first byte and no repetition: such KIDs hide mistakes or look like text.
            if value in picked or (at == 0 and 0x20 <= value < 0x7F):
                continue
            picked.append(value)
            if len(picked) == 16:
                return UUID(bytes=bytes(picked))
    raise AssertionError("256 bytes of a hash hold no 16 distinct values")  # pragma: no cover
