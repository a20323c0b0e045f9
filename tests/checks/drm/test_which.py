"""Whose value stands in the place of the expected one, or where it departs from it."""

from __future__ import annotations

import pytest

from conformance.checks.drm.carriers import bare_objects, pssh_payloads
from conformance.checks.drm.which import which, which_bytes
from tests.checks.drm.signalling import PSSH, SECOND_KID, asking
from tests.checks.exchange import answered
from tests.drm.builders import box
from tests.refserver.asking import PLAYREADY, WIDEVINE

RIGHT = box(b"0123456789")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (RIGHT[:-1] + b"x", f"{len(RIGHT)} bytes in place of {len(RIGHT)}, different from byte {len(RIGHT) - 1} on"),
        (RIGHT[:-2], f"{len(RIGHT) - 2} bytes in place of {len(RIGHT)}, of which the first {len(RIGHT) - 2} agree"),
        (RIGHT + b"x", f"of which the first {len(RIGHT)} agree"),
        (b"\0" * len(RIGHT), "different from byte 3 on"),
    ],
)
def test_bytes_are_told_by_where_they_depart(value: bytes, words: str) -> None:
    assert words in which_bytes(value, RIGHT)


def test_what_bytes_are_is_said_where_it_can_be_recognised() -> None:
    assert "place of" not in which_bytes(b"https://licence.example/", RIGHT)


def test_a_value_of_another_drm_system_is_told_by_its_name() -> None:
    context = answered(asking(WIDEVINE, PSSH))
    first, second = pssh_payloads(context).items
    assert which(context, first, second.value, first.value, pssh_payloads) == (
        f"that of another DRMSystem (Widevine, KID {SECOND_KID})"
    )


def test_an_object_is_told_by_the_parts_that_differ() -> None:
    context, other = (answered(asking(PLAYREADY, PSSH, scheme)) for scheme in ("cenc", "cbcs"))
    (first, _), (wanted, _) = bare_objects(context).items, bare_objects(other).items
    told = which(context, first, first.value, wanted.value, bare_objects)
    assert told.startswith("one that differs in ") and "version" in told and "offset" not in told
    assert which(context, first, first.value, first.value, bare_objects) == "one that is written differently"
