"""What is wrong with the encryption of a document, in words that hold no key material."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One departure from the encryption that CPIX lays down, whatever requirement it may break.

    ``code`` is a stable id such as ``encryption.oaep-digest``; ``where`` an XPath; ``expected`` and ``seen`` are
    short phrases that name algorithms, lengths and places, never bytes of a key or of a ciphertext.
    """

    code: str
    where: str
    expected: str
    seen: str
