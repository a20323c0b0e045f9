"""Values inside HLS tags, at the places where a slip in their reading would go unnoticed."""

from __future__ import annotations

from base64 import b64encode

import pytest

from conformance.cpix.bounds import MAX_BYTES
from conformance.cpix.errors import DecodeError
from conformance.drm.hls_values import DEFAULT_MEDIA_TYPE, DataUri, data_uri, ivs_in, uuids_in
from tests.drm.builders import KID


def test_a_data_uri_that_is_not_base64() -> None:
    assert data_uri("data:,a%20b") == DataUri(DEFAULT_MEDIA_TYPE, (), False, False, b"a b")
    assert data_uri("data:text/html;charset=x,a") == DataUri("text/html", ("charset=x",), False, False, b"a")


@pytest.mark.parametrize(("sent", "escaped"), [("aGk/", False), ("aGk%2F", True), ("%61Gk/", True)])
def test_characters_that_are_written_in_percent(sent: str, escaped: bool) -> None:
    assert data_uri(f"data:;base64,{sent}") == DataUri(DEFAULT_MEDIA_TYPE, (), True, escaped, b"hi?")


def test_white_space_is_told_with_its_place() -> None:
    with pytest.raises(DecodeError) as caught:
        data_uri("data:text/plain;base64,aGk hIQ==")
    assert caught.value.offset == 26
    assert "at character 26" in caught.value.message


def test_the_place_of_a_wrong_character() -> None:
    with pytest.raises(DecodeError) as caught:
        data_uri("data:;base64,aG*h")
    assert caught.value.offset == 15


def test_the_limit_is_what_the_sentence_says() -> None:
    data_uri("data:," + "x" * (2 * MAX_BYTES - 6))
    with pytest.raises(DecodeError) as caught:
        data_uri("data:," + "x" * (2 * MAX_BYTES - 5))
    assert f"more than {2 * MAX_BYTES} are not read" in caught.value.message
    assert caught.value.expected == f"at most {2 * MAX_BYTES} characters"


@pytest.mark.parametrize("filling", range(5))
@pytest.mark.parametrize("padded", [True, False])
def test_a_key_id_in_base64_json_of_any_length(filling: int, padded: bool) -> None:
    text = b64encode(f'{{"a":"{"x" * filling}","KeyId":"{KID}"}}'.encode()).decode()
    assert uuids_in(f"skd://{text if padded else text.rstrip('=')}") == (KID,)


def test_a_uuid_far_behind_is_seen_and_one_beyond_the_limit_is_not() -> None:
    assert uuids_in("x" * (2 * MAX_BYTES - 100) + f"/{KID}") == (KID,)
    assert uuids_in("x" * (2 * MAX_BYTES) + f"/{KID}") == ()


def test_a_key_id_in_json_is_read_wherever_the_object_stands() -> None:
    key_id = b64encode(KID.bytes).decode()
    assert uuids_in(f'skd://asset/{{"KeyId":"{key_id}"}}') == (KID,)


@pytest.mark.parametrize("key_id", ["", "AAAA", "é" * 22, "A" * 21 + "!", b64encode(bytes(17)).decode(), "{}"])
def test_a_key_id_that_is_none(key_id: str) -> None:
    assert uuids_in(f'skd://{{"KeyId":"{key_id}"}}') == ()


@pytest.mark.parametrize("uri", ["blob:,x", "skd://x", ""])
def test_another_scheme(uri: str) -> None:
    with pytest.raises(DecodeError) as caught:
        data_uri(uri)
    assert caught.value.code == "hls.data-uri-scheme"


def test_a_parameter_before_base64_in_the_alphabet() -> None:
    assert data_uri("data:text/plain;a=b,aGk=").data == b"aGk="


@pytest.mark.parametrize(
    ("text", "ivs"),
    [
        ('skd://{"IV":"AAECAwQFBgcICQoLDA0ODw=="}', (bytes(range(16)),)),
        ('skd://{"iv":"0x000102030405060708090A0b0c0d0e0f","a":{}}', (bytes(range(16)),)),
        ("skd://" + b64encode(b'{"KeyId":"x","IV":"AAECAwQFBgcICQoLDA0ODw"}').decode(), (bytes(range(16)),)),
        ('skd://{"IV":"AAEC"}', ()),
        ('skd://{"IV":17}', ()),
        ("skd://iv=000102030405060708090a0b0c0d0e0f", (bytes(range(16)),)),
        (f"skd://{KID}:000102030405060708090a0b0c0d0e0f", (bytes(range(16)),)),
        (f"skd://{KID.hex}:000102030405060708090A0B0C0D0E0F", (bytes(range(16)),)),
        (f"skd://{KID}:0001", ()),
        ("skd://000102030405060708090a0b0c0d0e0f", ()),
    ],
)
def test_the_iv_in_a_uri_is_seen(text: str, ivs: tuple[bytes, ...]) -> None:
    assert ivs_in(text) == ivs
