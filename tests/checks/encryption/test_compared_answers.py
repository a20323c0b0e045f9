"""Encrypted answers compared: with the clear one, with each other, and from recipient to recipient."""

from __future__ import annotations

import pytest

from conformance.checks.context import Context
from conformance.checks.encryption.compared_answers import filled
from conformance.refserver import Config, Recipe, ServerState
from tests.checks.exchange import KEY, Change, a_step, answered, as_it_is, drop, payload, says, text
from tests.refserver.asking import KIDS, Ask

ONE, BOTH = ("rsa-2048",), ("rsa-2048", "rsa-2048-b")
FIXED = Config(encryption=Recipe(secrets="fixed"))
REPEATED_IV = Config(encryption=Recipe(iv="fixed"))


def sealed(
    *changes: Change,
    id: str = "sealed",
    config: Config | None = None,
    state: ServerState | None = None,
    after: tuple[Context, ...] = (),
) -> Context:
    step = a_step(id=id, recipients=ONE)
    return answered(Ask(), *changes, config=config, state=state, recipients=ONE, step=step, earlier=after)


def clear(*changes: Change, id: str = "clear") -> Context:
    return answered(Ask(), *changes, step=a_step(id=id))


@pytest.mark.parametrize(
    ("check", "config", "words"),
    [
        ("encryption.secrets-fresh", FIXED, "a new document key; seen: the same as before"),
        ("encryption.secrets-fresh", FIXED, "a new MAC key; seen: the same as before"),
        ("encryption.ivs-fresh", REPEATED_IV, "new IVs in every answer; seen:"),
    ],
)
def test_secrets_that_are_used_again_are_found(check: str, config: Config, words: str) -> None:
    state = ServerState()
    first = sealed(id="first", config=config, state=state)
    assert words in says(check, sealed(config=config, state=state, after=(first,)))
    right = sealed(id="first", state=state)
    assert says(check, sealed(state=state, after=(right,))) == ""


def test_all_recipients_get_the_same_keys() -> None:
    check = "encryption.same-keys-for-all-recipients"
    assert says(check, answered(recipients=BOTH)) == ""
    assert says(check, answered(recipients=ONE)).startswith("not applicable")
    broken = payload("(//cpix:DeliveryData)[2]/cpix:DocumentKey//enc:CipherValue", lambda value: value[::-1])
    said = says(check, answered(None, broken, recipients=BOTH))
    assert f"the recipient rsa-2048-b gets the key of KID {KIDS[0]} as rsa-2048 does; seen: no key" in said
    assert says(check, answered(None, drop("(//cpix:DeliveryData)[2]"), recipients=BOTH)).startswith("not applicable")
    nothing = answered(None, drop("//cpix:DocumentKey"), recipients=BOTH)
    assert says(check, nothing) == "untestable: no recipient can decrypt a content key"


def test_a_decrypted_key_is_the_clear_one() -> None:
    check = "encryption.decrypted-equals-clear"
    assert says(check, sealed(after=(clear(),))) == ""
    said = says(check, sealed(after=(clear(text("(//pskc:PlainValue)[1]", KEY)),)))
    assert f"the content key of KID {KIDS[0]} as in the clear answer; seen: another value after decryption" in said
    # Another length is keys.value-is-16-bytes.
    assert says(check, sealed(after=(clear(text("(//pskc:PlainValue)[1]", KEY[:15])),))) == ""


def test_where_the_clear_answer_changes_by_itself_nothing_is_compared() -> None:
    twice = (clear(id="one"), clear(text("(//pskc:PlainValue)[1]", KEY), id="two"))
    assert says("encryption.decrypted-equals-clear", sealed(after=twice)).startswith("untestable: already the clear")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (as_it_is, ""),
        (drop("(//cpix:PSSH)[1]"), "PSSH filled, as in the clear; seen: empty or absent"),
        (text("(//cpix:ContentProtectionData)[1]", ""), "ContentProtectionData filled, as in the clear"),
        (drop("(//cpix:DRMSystem)[1]"), "6 drm systems, as in the clear; seen: 5"),
        (drop("(//cpix:ContentKeyUsageRule)[1]"), "2 rules, as in the clear; seen: 1"),
        (drop("//cpix:ContentKeyPeriodList"), "1 periods, as in the clear; seen: 0"),
    ],
)
def test_the_rest_is_as_in_the_clear(change: Change, words: str) -> None:
    said = says("encryption.rest-as-in-clear", sealed(change, after=(clear(),)))
    assert (words in said) if words else said == ""


def test_filled_means_each_of_a_kind() -> None:
    widevine = answered().document.drm_systems[0]
    assert filled(widevine) == ["PSSH", "ContentProtectionData", "HLSSignalingData"]
    half = answered(None, text("(//cpix:HLSSignalingData)[1]", "")).document.drm_systems[0]
    assert filled(half) == ["PSSH", "ContentProtectionData"]
