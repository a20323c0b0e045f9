"""Keys at the borders of what looks made up: found on one side, left alone on the other."""

from __future__ import annotations

import base64
from uuid import UUID

import pytest

from conformance.drm.playready_checksum import test_seed_key as seed_key
from tests.checks.exchange import answered, finds, says, text
from tests.refserver.asking import KIDS

SECOND = "(//pskc:PlainValue)[2]"


def said(check: str, key: bytes) -> str:
    """What a check says of an answer whose second key is this one."""
    return finds(check, text(SECOND, key))


@pytest.mark.parametrize(
    ("key", "sequential"),
    [
        (bytes(range(16)), True),
        (bytes(range(15, -1, -1)), True),
        (bytes((248 + n) % 256 for n in range(16)), True),
        (bytes((7 * n) % 256 for n in range(16)), True),
        (bytes((200 * n) % 256 for n in range(16)), True),
        (bytes([*range(15), 99]), False),
        (b"\x05" * 16, False),
        (b"\x05", False),
    ],
)
def test_equal_distances(key: bytes, sequential: bool) -> None:
    words = f"a random key for KID {KIDS[1]}; seen: bytes that follow each other at equal distances"
    assert (words in said("keys.not-sequential", key)) is sequential


@pytest.mark.parametrize(
    ("key", "printable"),
    [
        (b"thisisnotrandom!", True),
        (b" ~" * 8, True),
        (b"thisisnotrandom\x7f", False),
        (b"thisisnotrandom\x1f", False),
        (b"\x80hisisnotrandom!", False),
        (b"AAAAAAAAAAAAAAAA", False),
        (b"thisisnotrandom", False),
        (b"thisisnotrandom!!", False),
    ],
)
def test_printable_characters(key: bytes, printable: bool) -> None:
    words = f"a random key for KID {KIDS[1]}; seen: 16 printable characters"
    assert (words in said("keys.not-text", key)) is printable


def test_the_public_seed_gives_a_key_for_its_own_kid_only() -> None:
    kid, other = UUID(KIDS[1]), UUID(KIDS[0])
    assert "the key of the public PlayReady test seed" in said("keys.not-of-test-seed", seed_key(kid))
    assert said("keys.not-of-test-seed", seed_key(other)) == ""
    # What Microsoft prints for its sample header.
    sample = UUID("09e091ab-f838-41d2-9e35-58531fd19ec7")
    assert seed_key(sample) == bytes.fromhex("9cb061164b7013eaefcc7d6d18424c2c")


def test_published_keys() -> None:
    published = base64.b64decode("5dGAgwGuUYu4dHeHtNlxJw==")
    assert "a key that anybody can read in a manual" in said("keys.not-published", published)
    assert said("keys.not-published", bytes([*published[:15], 0])) == ""


def test_no_finding_spells_a_key_out() -> None:
    for check in ("keys.not-sequential", "keys.not-text", "keys.not-published", "keys.not-of-test-seed"):
        for key in (bytes(range(16)), b"thisisnotrandom!", base64.b64decode("5dGAgwGuUYu4dHeHtNlxJw==")):
            told = says(check, answered(None, text(SECOND, key)))
            assert key.hex() not in told and base64.b64encode(key).decode() not in told
