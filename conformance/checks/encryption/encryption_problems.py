"""The problems that came up while an answer with encrypted keys was opened, for all of its recipients."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.context import Context
from conformance.checks.registry import NotApplicable, Untestable
from conformance.checks.shape import Shape
from conformance.cpix.encryption import Opened, Problem
from conformance.model import Finding

NOT_FOR_US = frozenset({"encryption.delivery-data-missing", "encryption.recipient-missing"})
"""Without a DeliveryData of its own a recipient has nothing to unwrap; whatever else is said of it follows."""


INSIDE = frozenset(
    {
        "document-key-length",
        "mac-key-length",
        "oaep-digest",
        "pkcs1-padding",
        "unwrap",
        "xmlenc-padding",
        "zero-padding",
        "no-padding",
        "padding",
        "value-mac-input",
        "value-mac-hash",
        "value-mac-key",
        "value-mac-wrong",
        "wrapped-key-mac",
    }
)
"""Problems that show only to whoever holds the recipient's private key."""


def encrypted(shape: Shape) -> bool:
    """Whether the request asks for key encryption."""
    return shape.encrypted


def in_the_clear(ctx: Context) -> bool:
    """Whether the answer ignores the request for key encryption: keys, and none of them encrypted."""
    keys = ctx.document.content_keys
    return any(key.plain_values for key in keys) and not any(key.encrypted for key in keys)


def openings(ctx: Context) -> dict[str, Opened]:
    """What each recipient of the request gets out of the answer; Untestable where nothing is encrypted."""
    if not ctx.step.plan.recipients:
        raise NotApplicable("the request names no recipient")
    if in_the_clear(ctx):
        raise Untestable("the answer holds no encrypted key, which encryption.not-in-the-clear reports")
    return {recipient.name: ctx.opened_by(recipient.name) for recipient in ctx.step.plan.recipients}


def forgotten(opened: Opened) -> tuple[Problem, ...]:
    """What says that a recipient has no DeliveryData; empty where it has one."""
    return tuple(one for one in opened.problems if one.code in NOT_FOR_US)


def problems(ctx: Context) -> tuple[Problem, ...]:
    """All problems, each once; a recipient that was forgotten has no other."""
    return ctx.memo("encryption-problems", lambda: tuple(_problems(ctx)))


def _problems(ctx: Context) -> Iterator[Problem]:
    told: set[Problem] = set()
    for opened in openings(ctx).values():
        for one in forgotten(opened) or opened.problems:
            if one not in told:
                told.add(one)
                yield one


def found(ctx: Context, *codes: str, hint: str = "") -> Iterator[Finding]:
    """The problems with one of these codes (without their common prefix) as findings."""
    wanted = {f"encryption.{code}" for code in codes}
    told = False
    for one in problems(ctx):
        if one.code in wanted:
            told = True
            yield Finding(one.where, one.expected, one.seen, hint)
    if not told and INSIDE.intersection(codes) and all(one.closed for one in openings(ctx).values()):
        raise Untestable(ctx.closed or "the private key of the recipient is not there")
