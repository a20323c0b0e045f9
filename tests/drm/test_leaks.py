"""The search for content keys: every notation, every wrapping, and no cry where there is nothing."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from hashlib import sha256
from urllib.parse import quote
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.drm import layers, leaks
from tests.drm.builders import KEY, KID, OTHER_KID, box, field, header_40, pro

# Its base64 has both characters in which the two alphabets differ, and ends so that padding matters.
AWKWARD = bytes.fromhex("fbefbeffeffb0102030405060708090a")


def keys(count: int) -> list[bytes]:
    return [sha256(bytes([number])).digest()[:16] for number in range(count)]


@pytest.mark.parametrize("key", [KEY, AWKWARD])
@pytest.mark.parametrize("before", [0, 1, 7, 8, 13])
def test_every_representation_is_found_at_every_alignment(key: bytes, before: int) -> None:
    for form, pattern in leaks.representations(key).items():
        assert leaks.find(key, b"." * before + pattern + b"...") is not None, form


def test_representations_of_a_key() -> None:
    found = leaks.representations(AWKWARD)
    assert found["raw bytes"] == AWKWARD
    assert found["raw bytes, byte-swapped like a GUID"] == UUID(bytes=AWKWARD).bytes_le
    assert found["upper-case hexadecimal"] == AWKWARD.hex().upper().encode()
    assert found["base64"] == b64encode(AWKWARD)
    assert found["url-safe base64 without padding"] == urlsafe_b64encode(AWKWARD).rstrip(b"=")
    assert found["base64, in UTF-16"] == b64encode(AWKWARD).decode().encode("utf-16-le")
    assert not any("GUID" in form for form in leaks.representations(KEY + KEY))


NESTED = pro(header_40(more=b64encode(KEY).decode()))
WRAPPINGS = {
    "raw bytes": box(field(4, KEY)),
    "raw bytes inside base64": b"#EXT-X-KEY:URI=" + b64encode(box(field(4, KEY))),
    "lower-case hexadecimal inside base64": b64encode(b'{"key":"' + KEY.hex().encode() + b'"}').rstrip(b"="),
    "lower-case hexadecimal": KEY.hex().title().encode(),
    "base64, in UTF-16": pro(header_40(more=f"<LA_URL>http://x/?ck:{b64encode(KEY).decode()}</LA_URL>")),
    "base64, in UTF-16 inside base64 inside base64": b64encode(b"<pro>" + b64encode(NESTED) + b"</pro>"),
    "base64 inside percent-encoding": b"https://x.example/?k=" + quote(b64encode(AWKWARD), safe="").encode(),
    "raw bytes inside base64 inside UTF-16 text": b64encode(b"some bytes before it" + KEY).decode().encode("utf-16-be"),
}


@pytest.mark.parametrize("words", WRAPPINGS)
def test_wrappings(words: str) -> None:
    found = [leak for key in (KEY, AWKWARD) if (leak := leaks.find(key, WRAPPINGS[words]))]
    assert found == [words]


def test_folded_base64_is_unfolded() -> None:
    text = b64encode(b"some bytes that come before it" + KEY).decode()
    folded = "\n  ".join(text[start : start + 24] for start in range(0, len(text), 24))
    assert leaks.find(KEY, folded.encode()) == "raw bytes inside base64"


def test_base64_behind_a_path_of_another_alignment() -> None:
    encoded = urlsafe_b64encode(b"some bytes that come before it !" + KEY).rstrip(b"=")
    assert leaks.find(KEY, b"https://x.example/a/" + encoded) == "raw bytes inside base64"


@pytest.mark.parametrize("key", [b"", b"short", bytes(16), b"\xff" * 16])
def test_keys_that_say_nothing_are_not_searched(key: bytes) -> None:
    assert leaks.find(key, bytes(64) + b"short" + b"\xff" * 64) is None


def test_short_keys_are_searched_too() -> None:
    assert leaks.find(KEY[:8], b"." + KEY[:8]) == "raw bytes"


def test_clean_payloads_are_silent() -> None:
    searcher = leaks.Searcher(keys(64))
    for payload in (box(field(2, KID.bytes)), pro(header_40()), b"", bytes(4096), b"A" * 4096):
        assert searcher.search(payload) == ()


def test_the_searcher_says_which_key() -> None:
    searcher = leaks.Searcher([*keys(5), KEY])
    found = searcher.search(KEY.hex().encode() + keys(5)[3])
    assert [(leak.index, leak.form) for leak in found] == [(3, "raw bytes"), (5, "lower-case hexadecimal")]
    assert not any(KEY.hex() in leak.words for leak in found)


def test_layers_are_bounded() -> None:
    nested = b"a key server that never stops"
    for _ in range(12):
        nested = b64encode(nested)
    assert max(len(layer.path) for layer in layers.peel(nested)) == layers.MAX_DEPTH
    many = b" ".join(b64encode(sha256(number.to_bytes(2)).digest()) for number in range(900))
    assert len(list(layers.peel(many))) <= layers.MAX_LAYERS


def test_many_keys_are_not_found_in_many_payloads_of_others() -> None:
    payloads = [
        b64encode(box(pro(header_40(OTHER_KID, more=f"<LA_URL>https://x.example/{number}</LA_URL>"))))
        for number in range(256)
    ]
    searcher = leaks.Searcher(keys(64))
    assert not any(searcher.search(payload) for payload in payloads)


@given(st.binary(max_size=200), st.binary(max_size=32))
@settings(deadline=None, max_examples=150)
def test_search_never_raises(data: bytes, key: bytes) -> None:
    found = leaks.find(key, data)
    assert found is None or len(key) >= 8
