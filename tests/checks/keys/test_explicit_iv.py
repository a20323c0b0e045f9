"""explicitIV: there where it was asked for, 16 bytes, never the key; an IV of the request is the encryptor's own."""

from __future__ import annotations

import base64

import pytest

from conformance.refserver import Config
from tests.checks.exchange import KEY, Change, a_step, all_of, answered, as_it_is, attribute, finds, says, text
from tests.refserver.asking import FAIRPLAY, IV, KIDS, WIDEVINE, Ask

FIRST = "(//cpix:ContentKey)[1]"
NONE_ASKED = Ask(explicit_iv=None)


def iv(value: str | bytes | None, path: str = FIRST) -> Change:
    """Give a content key this explicitIV."""
    return attribute(path, "explicitIV", base64.b64encode(value).decode() if isinstance(value, bytes) else value)


WRONG = [
    ("iv.answered-where-asked", iv(None), Ask(), f"an explicitIV for KID {KIDS[0]}; seen: no such attribute"),
    ("iv.answered-where-asked", iv(""), Ask(), "seen: an empty one"),
    ("iv.is-base64", iv("0x" + KEY.hex()), Ask(), "hexadecimal digits"),
    ("iv.is-base64", iv("a-_a" * 5 + "aQ=="), Ask(), "base64 of 16 bytes"),
    ("iv.canonical", iv("L6jzdXrXAFbCJGBuMrrKrG=="), Ask(), "base64 with unused bits of zero"),
    ("iv.is-16-bytes", iv(KEY[:8]), Ask(), "16 bytes; seen: 8 bytes"),
    ("iv.is-16-bytes", iv(KEY.hex()), Ask(), "seen: 24 bytes The IV is written in hexadecimal digits"),
    ("iv.is-16-bytes", iv(KEY[:15]), NONE_ASKED, "seen: 15 bytes"),
    ("iv.given-unasked", iv(None, "//cpix:ContentKey"), NONE_ASKED, "which may be added; seen: none"),
    ("iv.present-for-fairplay", iv(None), NONE_ASKED, f"an explicitIV for KID {KIDS[0]}; seen: none"),
    (
        "iv.differs-from-key",
        all_of(text(f"{FIRST}//pskc:PlainValue", KEY), iv(KEY)),
        Ask(),
        f"an IV other than the key of KID {KIDS[0]}; seen: the key itself",
    ),
    ("iv.not-zero", iv(bytes(16)), Ask(), "an IV that is not all zeros"),
    ("iv.differs-from-kid", iv(bytes.fromhex(KIDS[0].replace("-", ""))), NONE_ASKED, "the bytes of the KID"),
    ("iv.distinct", iv(KEY, "//cpix:ContentKey"), NONE_ASKED, f"an IV of its own for KID {KIDS[1]}"),
]

HARMLESS = [
    ("iv.answered-where-asked", iv(KEY), Ask()),
    ("iv.is-base64", iv("ZGVm Z2hpamtsbW5vcHFycw=="), Ask()),
    ("iv.canonical", iv(KEY), Ask()),
    ("iv.is-16-bytes", iv(KEY), NONE_ASKED),
    ("iv.differs-from-kid", iv(bytes.fromhex(KIDS[1].replace("-", ""))), NONE_ASKED),
    ("iv.not-zero", iv(bytes(15) + b"\x01"), Ask()),
    ("iv.distinct", iv(bytes(16), "//cpix:ContentKey"), NONE_ASKED),
    ("iv.differs-from-key", iv(KEY), Ask()),
]


@pytest.mark.parametrize(("check", "change", "ask", "words"), WRONG)
def test_a_wrong_iv_is_found(check: str, change: Change, ask: Ask, words: str) -> None:
    assert words in finds(check, change, ask)


@pytest.mark.parametrize(("check", "change", "ask"), HARMLESS)
def test_a_harmless_iv_is_left_alone(check: str, change: Change, ask: Ask) -> None:
    assert finds(check, change, ask) == ""


@pytest.mark.parametrize(
    "own", ["AAAA", "L6jzdXrXAFbCJGBuMrrKrG==", "not base64", base64.b64encode(bytes(16)).decode(), IV]
)
@pytest.mark.parametrize("check", ["iv.is-base64", "iv.canonical", "iv.is-16-bytes", "iv.not-zero", "iv.distinct"])
def test_an_iv_of_the_request_that_comes_back_is_not_the_servers(check: str, own: str) -> None:
    context = answered(Ask(), iv(own, "//cpix:ContentKey"), asked=Ask(explicit_iv=own))
    assert says(check, context) == ""


@pytest.mark.parametrize(
    ("change", "seen"),
    [(as_it_is, "every explicitIV unchanged"), (iv(KEY), f"another explicitIV for KID {KIDS[0]}")],
)
def test_what_becomes_of_an_iv_is_recorded(change: Change, seen: str) -> None:
    assert says("iv.unchanged", answered(Ask(), change)).endswith(f"(silent); seen: {seen}")


def test_an_iv_is_compared_as_bytes() -> None:
    folded = IV[:8] + " " + IV[8:]
    assert "every explicitIV unchanged" in says("iv.unchanged", answered(Ask(), iv(folded, "//cpix:ContentKey")))


def test_an_iv_of_the_servers_own_is_the_same_on_repetition() -> None:
    first, never = answered(NONE_ASKED, step=a_step(id="first")), Config(explicit_iv_when_missing="never")
    again = a_step(id="again")

    def said(*changes: Change, config: Config | None = None) -> str:
        return says("iv.same-on-repetition", answered(NONE_ASKED, *changes, step=again, earlier=[first], config=config))

    assert said() == ""
    assert "another IV, made again" in said(iv(KEY))
    assert "one in only one of the two answers" in said(config=never)
    assert said(text(f"{FIRST}//pskc:PlainValue", KEY), iv(KEY)).startswith("untestable: the key itself")
    without = answered(NONE_ASKED, config=never, step=a_step(id="first"))
    context = answered(NONE_ASKED, config=never, step=again, earlier=[without])
    assert says("iv.same-on-repetition", context).startswith("not applicable")


def test_fairplay_alone_with_cbcs_needs_an_iv() -> None:
    assert says("iv.present-for-fairplay", answered(Ask(systems=(WIDEVINE,)))) == "is not asked of such a request"
    asked_for = Ask(systems=(FAIRPLAY,))
    # One that was asked for and is gone is iv.answered-where-asked.
    assert says("iv.present-for-fairplay", answered(asked_for, iv(None))) == ""
