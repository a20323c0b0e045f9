"""Keys that look as if a person or a test system had made them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from itertools import pairwise

from conformance.checks.context import Context
from conformance.checks.keys.answered_keys import is_distinctive, values
from conformance.checks.registry import Need, check
from conformance.drm.playready_checksum import test_seed_key
from conformance.model import Finding

PUBLISHED = frozenset(
    {
        base64.b64decode("5dGAgwGuUYu4dHeHtNlxJw=="),
        bytes.fromhex("a4631a153a443df9eed0593043db7519"),
        bytes.fromhex("69eaa802a6763af979e8d1940fb88392"),
        bytes.fromhex("cb541084c99731aef4fff74500c12ead"),
    }
)
"""Content keys that are printed in public documentation: the SPEKE pages, the Shaka Packager tutorial."""


@check("keys.not-sequential", "ADV-KEY-001", need=Need.KEYS)
def not_sequential(ctx: Context) -> Iterator[Finding]:
    """No content key counts up or down byte by byte."""
    for key, value in values(ctx):
        steps = {(second - first) % 256 for first, second in pairwise(value)}
        if len(steps) == 1 and steps != {0}:
            yield Finding(key.where, f"a random key for {key.name}", "bytes that follow each other at equal distances")


@check("keys.not-text", "ADV-KEY-001", need=Need.KEYS)
def not_text(ctx: Context) -> Iterator[Finding]:
    """No content key consists of printable characters only."""
    for key, value in values(ctx):
        # Longer values that are text were encoded twice, which keys.value-is-16-bytes says.
        if len(value) == 16 and is_distinctive(value) and all(0x20 <= byte < 0x7F for byte in value):
            yield Finding(key.where, f"a random key for {key.name}", "16 printable characters")


@check("keys.not-published", "ADV-KEY-001", need=Need.KEYS)
def not_published(ctx: Context) -> Iterator[Finding]:
    """No content key is one that is printed in public documentation."""
    for key, value in values(ctx):
        if value in PUBLISHED:
            yield Finding(key.where, f"a secret key for {key.name}", "a key that anybody can read in a manual")


@check("keys.not-of-test-seed", "ADV-KEY-001", need=Need.KEYS)
def not_of_test_seed(ctx: Context) -> Iterator[Finding]:
    """No content key is the one that the public PlayReady test seed gives for its KID."""
    for key, value in values(ctx):
        if key.kid is not None and value == test_seed_key(key.kid):
            yield Finding(
                key.where,
                f"a secret key for {key.name}",
                "the key of the public PlayReady test seed",
                "This is how Microsoft's test server derives keys; anybody can do the same.",
            )
