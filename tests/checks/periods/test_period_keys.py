"""Each key belongs to its period, and a new period brings new keys."""

from __future__ import annotations

from conformance.checks.context import Context
from tests.checks.exchange import KEY, Change, a_step, all_of, answered, attribute, drop, finds, says, text
from tests.refserver.asking import KIDS, Ask

FIRST, SECOND = "(//pskc:PlainValue)[1]", "(//pskc:PlainValue)[2]"
ROTATING = Ask(
    contract=(("VIDEO1", "<cpix:VideoFilter/>"), ("VIDEO2", "<cpix:VideoFilter/>")),
    periods=('id="keyPeriod_1" index="1"', 'id="keyPeriod_2" index="2"'),
).edited(
    (
        f'kid="{KIDS[1]}" intendedTrackType="VIDEO2"><cpix:KeyPeriodFilter periodId="keyPeriod_1"/>',
        f'kid="{KIDS[1]}" intendedTrackType="VIDEO2"><cpix:KeyPeriodFilter periodId="keyPeriod_2"/>',
    )
)
SAME = all_of(text(FIRST, KEY), text(SECOND, KEY))
ATTACHED = f"//cpix:ContentKeyUsageRule[@kid='{KIDS[0]}']/cpix:KeyPeriodFilter"


def test_a_key_that_lost_its_period_is_found() -> None:
    assert f"a rule with a KeyPeriodFilter for KID {KIDS[0]}; seen: none" in finds(
        "periods.keys-attached", drop(ATTACHED)
    )


def test_a_key_that_never_had_a_period_is_left_alone() -> None:
    free = Ask().edited(('"VIDEO"><cpix:KeyPeriodFilter periodId="keyPeriod_1"/>', '"VIDEO">'))
    assert says("periods.keys-attached", answered(Ask(), drop(ATTACHED), asked=free)) == ""


def test_two_periods_with_one_key_are_found() -> None:
    assert f"seen: the same value as KID {KIDS[0]}" in finds("periods.keys-differ", SAME, ROTATING)


def test_one_period_with_one_key_is_for_another_check() -> None:
    together = attribute("//cpix:KeyPeriodFilter", "periodId", "keyPeriod_1")
    assert finds("periods.keys-differ", all_of(SAME, together), ROTATING) == ""
    # One repeated byte is keys.not-constant.
    assert finds("periods.keys-differ", all_of(text(FIRST, bytes(16)), text(SECOND, bytes(16))), ROTATING) == ""


def later(*changes: Change, kids: tuple[str, str] = (KIDS[7], KIDS[8]), period: str = "keyPeriod_2") -> str:
    """What is said of a later request of the same content, with these KIDs in that period."""
    ask = Ask().edited((KIDS[0], kids[0]), (KIDS[1], kids[1]), ("keyPeriod_1", period))
    return says("periods.keys-differ-after-rotation", answered(ask, *changes, step=a_step(id="now"), earlier=[first()]))


def first() -> Context:
    return answered(Ask(), text(FIRST, KEY), step=a_step(id="first"))


def test_a_key_of_an_earlier_period_is_found() -> None:
    assert f"a new key for KID {KIDS[8]}; seen: the same value as KID {KIDS[0]} of step first" in later(
        text(SECOND, KEY)
    )
    assert later() == ""


def test_the_same_kid_keeps_its_key_from_period_to_period() -> None:
    assert later(text(FIRST, KEY), kids=(KIDS[0], KIDS[1])) == ""


def test_the_same_period_again_is_no_rotation() -> None:
    assert later(text(SECOND, KEY), period="keyPeriod_1").startswith("untestable: the exchange to compare with")
