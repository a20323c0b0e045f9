"""Certificates that a key provider may or should refuse: weak, of another kind than RSA, broken, or large."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.context import Context
from conformance.checks.encryption.encryption_problems import encrypted, in_the_clear
from conformance.checks.registry import Need, Subject, check
from conformance.cpix import b64
from conformance.cpix.errors import DecodeError
from conformance.model import Finding


@check(
    "encryption.unusable-certificate-refused",
    "CPX-E21",
    need=Need.ANSWER,
    applies=encrypted,
    subject=Subject.EXPECTATION,
)
def unusable_certificate_refused(ctx: Context) -> Iterator[Finding]:
    """A certificate that is weak, of another kind than RSA, or broken is refused."""
    if ctx.accepted and not _clear_keys(ctx):
        names = ", ".join(recipient.name for recipient in ctx.step.plan.recipients)
        yield Finding("status line", f"a refusal of the certificate ({names})", "200")


@check(
    "safety.unusable-certificate-never-clear",
    "SAFE-CKE-001",
    need=Need.ANSWER,
    applies=encrypted,
    subject=Subject.EXPECTATION,
)
def unusable_certificate_never_clear(ctx: Context) -> Iterator[Finding]:
    """A certificate that cannot be used is never answered with content keys in the clear."""
    if ctx.accepted and _clear_keys(ctx):
        yield Finding("/CPIX/ContentKeyList", "a refusal, or no key", "content keys in the clear")


def _clear_keys(ctx: Context) -> bool:
    if ctx.document_error is not None:
        return False
    for key in ctx.document.content_keys:
        try:
            if any(b64.decode(text).data for text in key.plain_values):
                return True
        except DecodeError:
            return True
    return False


@check("encryption.key-size", "SPK20-CKE-P01", need=Need.ANSWER, applies=encrypted, subject=Subject.EXPECTATION)
def key_size(ctx: Context) -> Iterator[Finding]:
    """What happens with a certificate of another size than 2048 bit is recorded."""
    names = ", ".join(recipient.name for recipient in ctx.step.plan.recipients)
    if not ctx.accepted:
        seen = f"{names}: refused with {ctx.answer.status}"
    else:
        seen = f"{names}: answered in the clear" if in_the_clear(ctx) else f"{names}: accepted"
    yield Finding("status line", "(silent)", seen)
