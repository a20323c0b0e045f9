"""A faulty request and its refusal, for the tests of this room."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.catalogue import load_catalogue
from conformance.checks.context import Context
from conformance.model import REFUSED
from tests.checks.exchange import Change, a_step, answered, refusal
from tests.refserver.asking import FAIRPLAY, KIDS, PLAYREADY, WIDEVINE, Ask

NO_SCHEME = Ask(systems=(WIDEVINE,)).edited((f'kid="{KIDS[1]}" commonEncryptionScheme="cbcs"', f'kid="{KIDS[1]}"'))
"""The second content key lacks its scheme."""
FAIRPLAY_CENC = Ask(scheme="cenc", systems=(WIDEVINE, PLAYREADY, FAIRPLAY))
KID = KIDS[1]
MISSING_SCHEME = f"Missing ContentKey@commonEncryptionScheme for KID {KID}"


def refused(
    body: str = MISSING_SCHEME,
    message: str = "missing-scheme",
    *changes: Change,
    status: int = 422,
    ask: Ask = NO_SCHEME,
    earlier: Sequence[Context] = (),
) -> Context:
    """The request without a scheme (or another one), answered by these words in place of the due ones."""
    step = a_step(ask, expect=REFUSED, message=message)
    return answered(Ask(systems=(WIDEVINE,)), refusal(status, body), *changes, asked=ask, step=step, earlier=earlier)


def words_of(message: str, **slots: str) -> str:
    """A standard message with its id."""
    return load_catalogue().message_text(message, **slots)
