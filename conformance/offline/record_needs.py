"""What each check needs of an exchange to be judged again, and so what a record can hold of it: a fixed list.

A record holds exchanges without content keys: each key that came in the clear stands there as a fingerprint, which
says whether two keys are the same, with what is harmless to say: its length, that it is a public value such as a KID,
that its base64 has unused bits. A check that is not named here needs the recorded exchange alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class RecordNeed(StrEnum):
    """What a check must see to be judged again."""

    EXCHANGE = "the exchange"
    FINGERPRINTS = "which keys are the same, how long they are, and which of them are public values"
    KEY_BYTES = "the bytes of content keys"


_FINGERPRINTS = (
    "drm.signalling-repeats",
    "iv.differs-from-key",
    "keys.differ-from-kid",
    "keys.value-is-16-bytes",
    "keys.values-distinct",
    "periods.keys-differ",
    "periods.keys-differ-after-rotation",
    "safety.key-independent-of-history",
    "safety.key-independent-of-style",
    "safety.key-independent-of-systems",
    "safety.keys-distinct-across-contents",
    "safety.same-key-on-repetition",
    "safety.same-kid-in-two-contents",
    "state.control-keys-unchanged",
    "state.cpix-id-ignored",
)
_KEY_BYTES = (
    "keys.not-constant",
    "keys.not-of-test-seed",
    "keys.not-published",
    "keys.not-sequential",
    "keys.not-text",
    "keys.not-zero",
    "leaks.no-key-in-signalling",
    "leaks.no-key-outside-its-element",
    "playready.checksum-fits",
    "refusal.no-keys",
)

NEEDS: Mapping[str, RecordNeed] = {
    **dict.fromkeys(_FINGERPRINTS, RecordNeed.FINGERPRINTS),
    **dict.fromkeys(_KEY_BYTES, RecordNeed.KEY_BYTES),
}
"""Check -> what it needs beyond the recorded exchange."""

BLANK_KEYS = frozenset({"keys.not-zero", "keys.not-constant"})
"""Where one of these found something, keys that are alike mean nothing, and fingerprints do not tell which they are."""


def need_of(check: str) -> RecordNeed:
    """What a check needs to be judged again."""
    return NEEDS.get(check, RecordNeed.EXCHANGE)


STATUS_ALONE = frozenset(
    {
        "http.exchange-completes",
        "http.no-redirect",
        "http.request-answered",
        "http.right-on-reused-connection",
        "refusal.request-refused",
        "refusal.status-4xx",
        "refusal.status-is-error",
    }
)
"""Checks that look at no body: a part of it that was withheld keeps none of them from being judged again."""

LISTED = {
    **{need.value: sorted(check for check in NEEDS if NEEDS[check] is need) for need in list(RecordNeed)[1:]},
    "the private key of the run's own recipients": ["checks of the keys of an encrypted answer"],
    "a part of an error body that was withheld": ["checks of that body"],
    "an exchange that was never made": ["results that are UNTESTABLE"],
}
"""What can only be recorded, as it is published: what it would take -> the checks."""
