"""What mutated answers once broke stays mended."""

from __future__ import annotations

import base64

import pytest

from conformance.redaction.redactor import Redactor


@pytest.mark.parametrize("length", range(41))
def test_a_key_of_any_length_is_learnt_and_withheld(length: int) -> None:
    key = bytes(range(7, 7 + length))
    redactor = Redactor(b"salt")
    redactor.learn(key)
    for text in (key.hex(), base64.b64encode(key).decode()):
        # Ten bytes and fewer are too likely to be a word to be taken out of every text.
        assert (text in redactor.text(f"got {text} here")) == (length < 11)
