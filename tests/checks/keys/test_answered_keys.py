"""The answered keys as checks see them: paired with what was asked, with their value where it can be read."""

from __future__ import annotations

from uuid import UUID

import pytest

from conformance.checks.keys.answered_keys import (
    answered_keys,
    asked_kids,
    base64_bytes,
    counted,
    dangling_kids,
    is_distinctive,
    readable_keys,
    values,
)
from conformance.checks.registry import Untestable
from tests.checks.exchange import KEY, all_of, answered, attribute, refusal, text, twice
from tests.refserver.asking import KIDS, Ask

FIRST, SECOND = "(//cpix:ContentKey)[1]", "(//cpix:ContentKey)[2]"
NEW = "11111111-2222-4333-8444-555555555555"


def test_keys_come_in_the_order_of_the_request_and_extra_ones_at_the_end() -> None:
    context = answered(None, all_of(twice(FIRST), attribute(SECOND, "kid", NEW)))
    assert [key.kid for key in answered_keys(context)] == [UUID(KIDS[0]), UUID(KIDS[1]), UUID(NEW)]
    assert [key.asked is not None for key in answered_keys(context)] == [True, True, False]


def test_a_key_is_called_by_its_kid_or_by_the_lack_of_one() -> None:
    first, second = answered_keys(answered(None, attribute(FIRST, "kid", "x")))
    assert {first.name, second.name} == {"the ContentKey without a usable KID", f"KID {KIDS[1]}"}


def test_values_are_the_clear_or_the_decrypted_ones() -> None:
    clear = [value for _, value in values(answered())]
    sealed = [value for _, value in values(answered(recipients=("rsa-2048",)))]
    assert clear == sealed and len(clear) == 2
    assert len(list(values(answered(None, text(f"{FIRST}//pskc:PlainValue", ""))))) == 1


def test_keys_that_cannot_be_read_are_told_with_the_step() -> None:
    with pytest.raises(Untestable, match="step ask: the server answered 422"):
        readable_keys(answered(None, refusal()))


def test_kids_that_no_content_key_has_are_dangling() -> None:
    assert dangling_kids(answered().document) == set()
    context = answered(None, attribute(FIRST, "kid", NEW))
    assert dangling_kids(context.document) == {UUID(KIDS[0])}
    assert None in dangling_kids(answered(None, attribute("(//cpix:DRMSystem)[1]", "kid", "x")).document)


def test_kids_of_the_request_are_those_that_are_uuids() -> None:
    assert list(asked_kids(answered(asked=Ask().edited((KIDS[0], "x"))))) == [UUID(KIDS[1])]


@pytest.mark.parametrize(("value", "distinctive"), [(KEY, True), (b"\x07" * 16, False), (b"", False), (b"\x01", False)])
def test_one_repeated_byte_means_nothing_in_two_places(value: bytes, distinctive: bool) -> None:
    assert is_distinctive(value) is distinctive


@pytest.mark.parametrize(
    ("written", "data"), [("AAE=", b"\0\1"), (" A A E = ", b"\0\1"), ("", None), (None, None), ("?", None)]
)
def test_base64_is_read_or_is_nothing(written: str | None, data: bytes | None) -> None:
    assert base64_bytes(written) == data


def test_numbers_take_their_plural() -> None:
    assert [counted(number, "byte") for number in (0, 1, 2)] == ["0 bytes", "1 byte", "2 bytes"]
