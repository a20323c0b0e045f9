"""Certificates that a server should refuse: a clear answer is what nobody can accept."""

from __future__ import annotations

import pytest

from conformance.refserver import Config, Recipe
from tests.checks.exchange import Change, answered, as_it_is, body, drop, refusal, says, text

WEAK = ("rsa-1024",)
ANY_SIZE = Config(minimum_rsa_bits=512)
CLEAR = Config(minimum_rsa_bits=512, encryption=Recipe(clear="instead"))
REFUSED, NEVER_CLEAR = "encryption.unusable-certificate-refused", "safety.unusable-certificate-never-clear"


@pytest.mark.parametrize(
    ("config", "change", "refused", "clear"),
    [
        (ANY_SIZE, refusal(422), "", ""),
        (ANY_SIZE, as_it_is, "a refusal of the certificate (rsa-1024); seen: 200", ""),
        (CLEAR, as_it_is, "", "a refusal, or no key; seen: content keys in the clear"),
        (CLEAR, text("//pskc:PlainValue", "not base64 and a key nevertheless"), "", "content keys in the clear"),
        (CLEAR, drop("//pskc:PlainValue"), "a refusal of the certificate", ""),
        (ANY_SIZE, body("sorry"), "a refusal of the certificate", ""),
    ],
)
def test_a_weak_certificate_is_refused_and_never_answered_in_the_clear(
    config: Config, change: Change, refused: str, clear: str
) -> None:
    context = answered(None, change, config=config, recipients=WEAK)
    for check, words in ((REFUSED, refused), (NEVER_CLEAR, clear)):
        said = says(check, context)
        assert (words in said) if words else said == "", check


@pytest.mark.parametrize(
    ("config", "change", "seen"),
    [
        (Config(), as_it_is, "rsa-3072: accepted"),
        (Config(), refusal(422), "rsa-3072: refused with 422"),
        (CLEAR, as_it_is, "rsa-3072: answered in the clear"),
    ],
)
def test_another_size_is_recorded(config: Config, change: Change, seen: str) -> None:
    assert says("encryption.key-size", answered(None, change, config=config, recipients=("rsa-3072",))).endswith(seen)
