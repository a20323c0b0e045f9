"""Strict base64: what xs:base64Binary allows passes, everything else is named."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.cpix import b64
from conformance.cpix.errors import DecodeError


@given(st.binary(max_size=80))
@settings(deadline=None, max_examples=150)
def test_what_the_standard_library_writes_is_read_back(data: bytes) -> None:
    assert b64.decode(base64.b64encode(data).decode()) == b64.Decoded(data=data, canonical=True, whitespace=False)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=40) | st.text(alphabet="AZaz09+/=- \t\n", max_size=12))
@settings(deadline=None, max_examples=300)
def test_arbitrary_text_gives_bytes_or_a_decode_error(text: str) -> None:
    try:
        decoded = b64.decode(text)
    except DecodeError as error:
        assert error.code.startswith("base64.")
    else:
        dense = "".join(c for c in text if c not in " \t\r\n")
        assert decoded.canonical == (base64.b64encode(decoded.data).decode() == dense)


def test_empty_text_is_no_bytes() -> None:
    assert b64.decode("").data == b""


def test_folding_is_free_and_noted() -> None:
    assert b64.decode("\r\n\tAAEC\r\n AwQ=\n") == b64.Decoded(bytes(range(5)), canonical=True, whitespace=True)


def test_set_bits_under_the_padding_are_noted() -> None:
    assert b64.decode("AB==") == b64.Decoded(b"\x00", canonical=False, whitespace=False)


@pytest.mark.parametrize(
    ("text", "code", "offset"),
    [
        ("AAEC[...]", "base64.stray-character", 4),
        ("AAEC\u2003AwQF", "base64.stray-character", 4),
        ("AAEC\u00a0", "base64.stray-character", 4),
        ("AAEC\x0b", "base64.stray-character", 4),
        ("AA\u0661C", "base64.stray-character", 2),
        ("AAE-", "base64.url-safe-alphabet", 3),
        ("AA_C", "base64.url-safe-alphabet", 2),
        ("98ee5596-cd3e-a20d-163a-e382420c6eff", "base64.url-safe-alphabet", 8),
        ("AA==AAEC", "base64.data-after-padding", 4),
        ("AA=A", "base64.data-after-padding", 3),
        ("AAECAwQ", "base64.missing-padding", 7),
        ("AA=", "base64.missing-padding", 3),
        ("AAEC=", "base64.surplus-padding", 5),
        ("AA===", "base64.surplus-padding", 5),
        ("=", "base64.surplus-padding", 1),
        ("AAECA", "base64.impossible-length", 5),
        ("A===", "base64.impossible-length", 4),
    ],
)
def test_each_deviation_has_its_code_and_place(text: str, code: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        b64.decode(text)
    assert (caught.value.code, caught.value.offset) == (code, offset)
    assert caught.value.message and caught.value.expected and caught.value.found
