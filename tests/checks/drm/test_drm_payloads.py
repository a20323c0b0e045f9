"""How one question about each payload becomes a check: findings, nothing to look at, and what cannot be asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast
from uuid import UUID

import pytest
from lxml import etree

from conformance.checks.context import Context
from conformance.checks.drm.drm_payloads import (
    MOST_PAYLOADS,
    PROTECTION,
    PSSH,
    SMOOTH,
    DecodedValue,
    DecodedValues,
    SystemSignalling,
    asks,
    beside,
    byte_order_hint,
    kid_listing,
    listing,
    of_each,
    payloads,
    signals,
    undecodable,
)
from conformance.checks.registry import NotApplicable, Untestable
from conformance.cpix.errors import DecodeError
from conformance.cpix.reader import DrmSystem, Value
from conformance.model import Finding
from tests.checks.exchange import add, answered, attribute, drop, text
from tests.refserver.asking import KIDS, WIDEVINE, Ask

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


# --- of an answer


def test_the_signalling_of_an_answer_speaks_of_the_answered_kid_and_the_asked_scheme() -> None:
    new = "11111111-2222-4333-8444-555555555555"
    context = answered(None, attribute(f"//*[@kid='{KIDS[0]}']", "kid", new), drop("(//cpix:DRMSystem)[2]"))
    first, *others = signals(context)
    assert (first.system, first.title, str(first.kid), first.scheme) == ("widevine", "Widevine", new, "cbcs")
    assert first.name == f"Widevine, KID {new}" and len(others) == 4
    method = Ask(version="2.1", scheme="SAMPLE-AES-CTR", systems=(WIDEVINE,))
    assert signals(answered(Ask(version="2.1", systems=(WIDEVINE,)), asked=method))[0].scheme == "cenc"


def test_a_system_that_nobody_knows_is_called_by_its_id() -> None:
    unknown = "6f2d6b1c-93d5-4c8e-a1f7-5d0b8e3c2a49"
    ask = Ask(systems=(WIDEVINE,))
    asked = ask.edited((WIDEVINE, unknown.upper()))
    (first, _) = signals(answered(ask, attribute("//cpix:DRMSystem", "systemId", unknown), asked=asked))
    assert (first.system, first.title) == (unknown, f"system {unknown}")


def test_payloads_are_the_filled_ones_and_not_without_end() -> None:
    many = add("(//cpix:DRMSystem)[1]", "<cpix:PSSH>AAAA</cpix:PSSH>", 0)
    context = answered(Ask(systems=(WIDEVINE,), signals="<cpix:PSSH/>"), *[many] * 20)
    assert len([item for item in payloads(PSSH)(context).items if item.signal.kid == UUID(KIDS[0])]) == MOST_PAYLOADS
    assert payloads(PSSH)(answered(None, drop("//cpix:PSSH"))).items == ()


def test_what_stands_beside_is_of_the_same_drm_system() -> None:
    context = answered(Ask(systems=(WIDEVINE,)), text("(//cpix:PSSH)[2]", "?"))
    first, second = payloads(PROTECTION)(context).items
    assert beside(context, first, payloads(PSSH)).signal is first.signal
    with pytest.raises(Untestable, match="cannot be read"):
        beside(context, second, payloads(PSSH))
    with pytest.raises(NotApplicable, match="holds no filled Smooth protection header to compare with"):
        beside(context, first, payloads(SMOOTH))


def test_kids_are_told_with_whose_they_are_and_a_key_is_not_told() -> None:
    context = answered()
    key = next(iter(context.keys.values()))
    told = kid_listing(context, [UUID(KIDS[1]), KID, UUID(bytes=key), UUID(bytes_le=key)])
    assert told == f"{KIDS[1]} (of ContentKey 2), {KID} (of no key of this answer), a content key, a content key"


@pytest.mark.parametrize(
    ("system", "signalling", "applies"),
    [
        ("widevine", ("pssh",), True),
        ("", ("smooth",), False),
        ("irdeto", (), False),
        ("", (), True),
        ("fairplay", ("pssh", "x"), True),
    ],
)
def test_a_question_arises_where_system_and_placeholder_are_asked_for(
    system: str, signalling: tuple[str, ...], applies: bool
) -> None:
    assert asks(system, *signalling)(answered().shape) is applies
