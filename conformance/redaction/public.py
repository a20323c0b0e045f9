"""What looks like a key and is none: the values of the run's own requests, and the words of the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from uuid import UUID

from conformance.catalogue import load_catalogue

_MOST = 100_000
"""Values that are kept; a run of all cases sends a few thousand."""
_WORDS = re.compile(r"[A-Za-z0-9+/_-]{11,}")


class PublicValues:
    """KIDs, system ids, IVs and content ids that a run has sent itself, in the forms in which they are read again."""

    def __init__(self) -> None:
        self._data: dict[bytes, None] = {}
        self._texts: dict[str, None] = {}

    def add_uuid(self, value: UUID | None) -> None:
        """A KID or system id, which is written in either byte order."""
        if value is not None:
            self.add_bytes(value.bytes)
            self.add_bytes(value.bytes_le)

    def add_bytes(self, value: bytes) -> None:
        """An IV."""
        if len(self._data) < _MOST:
            self._data[value] = None

    def add_text(self, value: str) -> None:
        """A content id: as a whole, and the runs of letters and digits that it is made of."""
        if len(self._texts) < _MOST:
            self._texts[value] = None
            self._texts.update(dict.fromkeys(_WORDS.findall(value)))

    def has_bytes(self, value: bytes) -> bool:
        """Whether these bytes are a value of a request or a system id of the catalogue."""
        return value in self._data or value in catalogue_ids()

    def has_text(self, text: str) -> bool:
        """Whether this is a text of a request or a word of the catalogue."""
        return text in self._texts or text in catalogue_words()

    def shows(self, texts: Iterable[str]) -> bool:
        """Whether each of the texts is known to be public."""
        return all(map(self.has_text, texts))


@lru_cache(maxsize=1)
def catalogue_ids() -> frozenset[bytes]:
    """The system ids of the catalogue in both byte orders."""
    ids = [UUID(system.system_id) for system in load_catalogue().systems.values()]
    return frozenset(data for one in ids for data in (one.bytes, one.bytes_le))


@lru_cache(maxsize=1)
def catalogue_words() -> frozenset[str]:
    """Words of the standard messages, and names of CPIX that are as long as a key."""
    words = {word for message in load_catalogue().messages.values() for word in _WORDS.findall(message.text)}
    return frozenset(words | {"SmoothStreamingProtectionHeaderData", "HDCPOutputProtectionData"})
