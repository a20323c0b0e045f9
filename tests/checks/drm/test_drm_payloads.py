"""How one question about each payload becomes a check: findings, nothing to look at, and what cannot be asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast
from uuid import UUID

import pytest
from lxml import etree

from conformance.checks.context import Context
from conformance.checks.drm.drm_payloads import (
    DecodedValue,
    DecodedValues,
    SystemSignalling,
    byte_order_hint,
    listing,
    of_each,
    undecodable,
)
from conformance.checks.registry import NotApplicable, Untestable
from conformance.cpix.errors import DecodeError
from conformance.cpix.reader import DrmSystem, Value
from conformance.model import Finding

KID = UUID("01234567-89ab-cdef-0123-456789abcdef")
NOBODY = cast(Context, None)


def seen(value: object) -> DecodedValue[object]:
    element = etree.Element("PSSH")
    drm = DrmSystem(element, str(KID), None, None, None, None, (), (), (), ())
    return DecodedValue(SystemSignalling("widevine", "Widevine", drm, drm, KID, "cenc"), Value(element, ""), value)


def broken(code: str) -> DecodedValue[DecodeError]:
    return cast("DecodedValue[DecodeError]", seen(DecodeError(code, "it is broken")))


def asked(*values: str, failures: tuple[str, ...] = ()) -> tuple[Finding, ...]:
    gathered = DecodedValues(tuple(seen(value) for value in values), tuple(map(broken, failures)), "box")

    @of_each(lambda context: gathered)
    def question(context: Context, item: DecodedValue[object]) -> Iterator[Finding]:
        """Each is right."""
        if item.value == "absent":
            raise NotApplicable("there is no field")
        if item.value == "unknown":
            raise Untestable("the key is not known")
        if item.value == "wrong":
            yield item.finding("right", "wrong")

    assert question.__doc__ == "Each is right."
    return tuple(question(NOBODY))


def test_a_finding_counts_even_where_other_payloads_cannot_be_read() -> None:
    (finding,) = asked("right", "wrong", "unknown", failures=("pssh.truncated",))
    assert finding.where == f"/no-namespace:PSSH (Widevine, KID {KID})"
    assert finding.seen == "wrong"


def test_right_payloads_pass() -> None:
    assert asked("right", "right") == ()
    assert asked("right", "absent") == ()


def test_nothing_to_look_at_is_not_applicable() -> None:
    with pytest.raises(NotApplicable, match="the answer holds no box"):
        asked()
    with pytest.raises(NotApplicable, match="there is no field"):
        asked("absent")


def test_a_payload_that_cannot_be_read_leaves_the_question_open() -> None:
    with pytest.raises(Untestable, match="cannot be read: it is broken"):
        asked("right", failures=("pssh.truncated",))
    with pytest.raises(Untestable, match="the key is not known"):
        asked("right", "unknown")


def test_only_the_check_that_owns_a_code_finds_it() -> None:
    gathered: DecodedValues[object] = DecodedValues((), (broken("pssh.version"),), "box")
    assert len(tuple(undecodable(gathered, "a box", lambda code: code == "pssh.version"))) == 1
    with pytest.raises(Untestable):
        tuple(undecodable(gathered, "a box", lambda code: code == "pssh.truncated"))
    with pytest.raises(NotApplicable):
        tuple(undecodable(DecodedValues((), (), "box"), "a box", lambda code: True))


def test_a_swapped_kid_is_recognised() -> None:
    assert "wrong order" in byte_order_hint(KID, [UUID(bytes=KID.bytes_le)])
    assert byte_order_hint(KID, [KID]) == ""


def test_long_lists_are_shortened() -> None:
    assert listing([]) == "none"
    assert listing(range(6)) == "0, 1, 2, 3 and 2 more"
