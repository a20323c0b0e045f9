"""The key tag of HLS signalling: its grammar with columns, and the values that have a form of their own."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.cpix.errors import DecodeError
from conformance.drm import hls
from tests.drm.builders import KID, OTHER_KID, box

FAIRPLAY = (
    '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://asset",KEYFORMAT="com.apple.streamingkeydelivery",KEYFORMATVERSIONS="1"'
)


def refusal(line: str) -> DecodeError:
    with pytest.raises(DecodeError) as caught:
        hls.read(line.encode())
    return caught.value


def test_attributes_keep_text_quotes_and_column() -> None:
    found = hls.read(FAIRPLAY.encode())
    assert found.tag == "EXT-X-KEY"
    assert list(found.attributes) == ["METHOD", "URI", "KEYFORMAT", "KEYFORMATVERSIONS"]
    assert found.attributes["METHOD"] == hls.HlsValue("SAMPLE-AES", quoted=False, column=19)
    assert found.attributes["URI"] == hls.HlsValue("skd://asset", quoted=True, column=34)
    assert (found.text("KEYFORMAT"), found.text("IV")) == ("com.apple.streamingkeydelivery", None)
    assert (found.lines, found.other_lines, found.extra_tags) == ((FAIRPLAY,), (), ())


def test_session_key() -> None:
    assert hls.read(b"#EXT-X-SESSION-KEY:METHOD=NONE").tag == "EXT-X-SESSION-KEY"


def test_other_lines_and_line_ends_are_left_to_the_checks() -> None:
    found = hls.read(f"#X-OURS:1\r\n\n{FAIRPLAY}\r\n#EXT-X-KEY:METHOD=NONE\n".encode())
    assert found.lines == ("#X-OURS:1", "", FAIRPLAY, "#EXT-X-KEY:METHOD=NONE")
    assert (found.other_lines, found.extra_tags) == (("#X-OURS:1",), ("#EXT-X-KEY:METHOD=NONE",))
    assert found.text("URI") == "skd://asset"


def test_quoted_strings_may_hold_commas_and_equals_signs() -> None:
    assert hls.read(b'#EXT-X-KEY:METHOD=X,URI="a,b=c",IV=0xA').text("URI") == "a,b=c"


def test_lower_case_hexadecimal_is_read_and_named() -> None:
    found = hls.read(b"#EXT-X-KEY:METHOD=AES-128,IV=0Xabcd,KEYID=0xABCD")
    assert found.lower_case_hex == ("IV",)
    assert found.attributes["IV"].hexadecimal == "abcd"
    assert found.attributes["METHOD"].hexadecimal is None


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "hls.empty"),
        (b"#" * 70_000, "hls.too-large"),
        (b"\xef\xbb\xbf" + FAIRPLAY.encode(), "hls.bom"),
        (FAIRPLAY.encode("utf-16-le"), "hls.control-character"),
        (b"#EXT-X-KEY:METHOD=\xff", "hls.not-utf8"),
        (b'#EXT-X-KEY:METHOD=NONE\rURI="x"', "hls.control-character"),
        (b'#EXT-X-KEY:METHOD=AES-128,URI="a\tb"', "hls.control-character"),
        ('#EXT-X-KEY:METHOD=AES-128,URI="a\u0085b"'.encode(), "hls.control-character"),
        (b"#EXT-X-KEY:METHOD=NONE\x7f", "hls.control-character"),
        (b"#EXTM3U\n", "hls.no-tag"),
        (b"\n", "hls.no-tag"),
        (b"EXT-X-KEY:METHOD=NONE", "hls.broken-tag"),
        (b" #EXT-X-KEY:METHOD=NONE", "hls.broken-tag"),
        (b"#ext-x-key:METHOD=NONE", "hls.broken-tag"),
        (b"#EXT-X-KEY METHOD=NONE", "hls.broken-tag"),
    ],
)
def test_payload_refusals(payload: bytes, code: str) -> None:
    with pytest.raises(DecodeError) as caught:
        hls.read(payload)
    assert caught.value.code == code
    assert caught.value.expected


@pytest.mark.parametrize(
    ("attributes", "code", "column"),
    [
        ("", "hls.no-attributes", 1),
        (" METHOD=NONE", "hls.space", 1),
        ("METHOD =NONE", "hls.space", 7),
        ("METHOD= NONE", "hls.space", 8),
        ("METHOD=NONE ,IV=0x1", "hls.space", 12),
        ("METHOD=NONE, IV=0x1", "hls.space", 13),
        ("METHOD=NONE ", "hls.space", 12),
        ("METHOD=NONE,", "hls.empty-attribute", 13),
        ("METHOD=NONE,,IV=0x1", "hls.empty-attribute", 13),
        ("method=NONE", "hls.attribute-name", 1),
        ("A_B=1", "hls.attribute-name", 1),
        ("=1", "hls.attribute-name", 1),
        ("METHOD", "hls.no-equals-sign", 7),
        ("METHOD,IV=0x1", "hls.no-equals-sign", 7),
        ("METHOD=,IV=0x1", "hls.empty-value", 8),
        ("METHOD=", "hls.empty-value", 8),
        ('URI="skd://x', "hls.open-quote", 5),
        ("URI=\u201dskd://x\u201d", "hls.typographic-quote", 5),
        ('URI="a"b', "hls.stray-text", 8),
        ('METHOD=A"B"', "hls.stray-text", 9),
        ("METHOD=A,METHOD=A", "hls.duplicate-attribute", 10),
        ("URI=skd://x", "hls.unquoted", 5),
        ("KEYFORMAT=identity", "hls.unquoted", 11),
        ("KEYFORMATVERSIONS=1", "hls.unquoted", 19),
        ('METHOD="AES-128"', "hls.quoted", 8),
        ('IV="0x1"', "hls.quoted", 4),
        ("IV=123", "hls.hexadecimal", 4),
        ("IV=0x", "hls.hexadecimal", 4),
        ("KEYID=0xXY", "hls.hexadecimal", 7),
    ],
)
def test_attribute_refusals_name_the_column(attributes: str, code: str, column: int) -> None:
    error = refusal(f"#OTHER\n#EXT-X-KEY:{attributes}")
    assert error.code == code
    assert f"line 2, column {column + 11})" in error.message
    assert error.offset == 7 + 10 + column
    assert error.expected
    assert error.found


def test_allowed_cpc_splits_at_the_last_colon() -> None:
    apple, widevine = hls.read_allowed_cpc(
        "com.apple.streamingkeydelivery:AppleMain/Main,urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed:HW-ALL"
    )
    assert (apple.key_format, apple.labels, apple.strict) == (
        "com.apple.streamingkeydelivery",
        ("AppleMain", "Main"),
        False,
    )
    assert (widevine.key_format, widevine.labels, widevine.strict) == (
        "urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed",
        ("HW-ALL",),
        True,
    )


@pytest.mark.parametrize(
    ("text", "code", "offset"),
    [
        ("", "hls.cpc-empty-entry", 0),
        ("a:B,", "hls.cpc-empty-entry", 4),
        ("a:B,c", "hls.cpc-no-colon", 4),
        (":B", "hls.cpc-no-key-format", 0),
        ("a:", "hls.cpc-empty-label", 0),
        ("a:B//C", "hls.cpc-empty-label", 0),
        ("a:B, c:D", "hls.cpc-stray-character", 4),
    ],
)
def test_allowed_cpc_refusals(text: str, code: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        hls.read_allowed_cpc(text)
    assert (caught.value.code, caught.value.offset) == (code, offset)


def test_data_uris() -> None:
    payload = box(b"\xfb\xff")
    encoded = b64encode(payload).decode()
    plain = hls.data_uri(f"data:text/plain;base64,{encoded}")
    assert (plain.media_type, plain.parameters, plain.data, plain.head) == ("text/plain", (), payload, "text/plain")
    utf16 = hls.data_uri(f"DATA:text/plain;charset=UTF-16;base64,{encoded}")
    assert (utf16.head, utf16.data, utf16.percent_encoded) == ("text/plain;charset=UTF-16", payload, False)
    escaped = hls.data_uri("data:;base64," + encoded.replace("+", "%2B").replace("/", "%2F"))
    assert (escaped.data, escaped.percent_encoded, escaped.media_type) == (payload, True, "text/plain")
    assert hls.data_uri("data:,a%20b").data == b"a b"


@pytest.mark.parametrize(
    ("uri", "code", "offset"),
    [
        ("skd://x", "hls.data-uri-scheme", 0),
        ("data:text/plain;base64", "hls.data-uri-no-comma", 22),
        ("data:;base64,A*==", "hls.data-uri-base64", 14),
        ("data:;base64,AA", "hls.data-uri-base64", 15),
        ("data:;base64,AA A=", "hls.data-uri-base64", 15),
        ("data:," + "a" * 140_000, "hls.data-uri-too-large", 131_072),
    ],
)
def test_data_uri_refusals(uri: str, code: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        hls.data_uri(uri)
    assert (caught.value.code, caught.value.offset) == (code, offset)


JSON_BODY = json.dumps({"ContentId": str(OTHER_KID), "KeyId": str(KID), "IV": OTHER_KID.hex})


@pytest.mark.parametrize(
    ("uri", "uuids"),
    [
        (f"skd://{KID}", (KID,)),
        (f"skd://{str(KID).upper()}", (KID,)),
        (f"skd://{KID.hex}?other={OTHER_KID}", (KID, OTHER_KID)),
        (f"skd://{KID}:{OTHER_KID.hex}", (KID,)),
        (f"skd://x?kid={KID.hex}&iv={OTHER_KID.hex}", (KID,)),
        (f"skd://{KID}/{KID}", (KID,)),
        (f"skd://{KID.hex}{OTHER_KID.hex}", ()),
        ("skd://" + b64encode(JSON_BODY.encode()).decode(), (KID,)),
        ("skd://" + urlsafe_b64encode(JSON_BODY.encode()).decode().rstrip("="), (KID,)),
        ("skd://" + b64encode(json.dumps({"kid": b64encode(KID.bytes).decode()}).encode()).decode(), (KID,)),
        ("skd://host/eye/" + b64encode(JSON_BODY.encode()).decode() + "?x=1", (KID,)),
        ("skd://" + b64encode(b'{"KeyId":' + b"[" * 9_000).decode(), ()),
        ("skd://asset", ()),
    ],
)
def test_visible_uuids(uri: str, uuids: tuple[UUID, ...]) -> None:
    assert hls.uuids_in(uri) == uuids


@given(st.one_of(st.binary(max_size=80), st.text(max_size=60).map(lambda text: f"#EXT-X-KEY:URI={text}".encode())))
@settings(deadline=None, max_examples=150)
def test_arbitrary_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        hls.read(data)
    except DecodeError as error:
        assert error.code.startswith("hls.")


@given(st.text(max_size=60))
@settings(deadline=None, max_examples=150)
def test_arbitrary_values_are_read_or_refused(text: str) -> None:
    hls.uuids_in(text)
    for value in (text, f"data:;base64,{text}", f"data:{text}"):
        for reader in (hls.data_uri, hls.read_allowed_cpc):
            try:
                reader(value)
            except DecodeError as error:
                assert error.code.startswith("hls.")


def test_every_tag_is_read() -> None:
    found = hls.read(f"{FAIRPLAY}\n#OURS\n#EXT-X-KEY:METHOD=NONE,IV=0xab\n".encode())
    assert [(tag.line, tag.text("METHOD")) for tag in found.tags] == [(1, "SAMPLE-AES"), (3, "NONE")]
    assert found.tags[1].lower_case_hex == ("IV",)
    assert found.broken == ()


def test_a_further_tag_that_is_broken_leaves_the_first_readable() -> None:
    found = hls.read(f"{FAIRPLAY}\n#EXT-X-KEY:METHOD=NONE,URI=x".encode())
    assert found.text("METHOD") == "SAMPLE-AES"
    ((line, error),) = found.broken
    assert (line, error.code) == (2, "hls.unquoted")
