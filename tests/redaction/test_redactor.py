"""The redactor: no key and no credential in any notation, and everything else still readable."""

import base64
import json
import random
import uuid
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conformance.cpix.reader import read
from conformance.drm.leaks import representations
from conformance.redaction.bodies import LONGEST_BODY
from conformance.redaction.redactor import Redactor, withheld

KEY = bytes.fromhex("8fa3b1c2d4e5f60718293a4b5c6d7e8f")
OTHER = bytes.fromhex("00112233445566778899aabbccddeeff")
SLASHES = b"\xff\xef\xfb\xff" * 4
KID = "6d2b0d1e-83c8-4b1f-9c55-0a5a5a8e7d0e"
PASSWORD = "canary pässword & <token>"
NAMESPACES = 'xmlns:cpix="urn:dashif:org:cpix" xmlns:pskc="urn:ietf:params:xml:ns:keyprov:pskc"'


@pytest.fixture
def redactor() -> Redactor:
    return Redactor(b"salt", [PASSWORD.encode(), b"short-token"], headers=["X-My-Key"])


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def document(value: str, *, extra: str = "", key_extra: str = "") -> bytes:
    return (
        f'<cpix:CPIX {NAMESPACES} contentId="live" version="2.3"><cpix:ContentKeyList>'
        f'<cpix:ContentKey kid="{KID}" explicitIV="{b64(b"i" * 16)}" commonEncryptionScheme="cbcs"><cpix:Data>'
        f"<pskc:Secret><pskc:PlainValue>{value}</pskc:PlainValue></pskc:Secret></cpix:Data>{key_extra}"
        f"</cpix:ContentKey></cpix:ContentKeyList>{extra}</cpix:CPIX>"
    ).encode()


def spoils(key: bytes) -> list[str]:
    return [pattern.decode("latin-1") for pattern in representations(key).values()]


def test_a_fingerprint_says_the_same_and_nothing_else() -> None:
    one, two = Redactor(b"salt"), Redactor(b"another salt")
    assert one.fingerprint(KEY) == Redactor(b"salt").fingerprint(KEY)
    assert one.fingerprint(KEY) != one.fingerprint(OTHER)
    assert one.fingerprint(KEY) != two.fingerprint(KEY)
    assert one.fingerprint(KEY).startswith("key:")
    assert len(one.fingerprint(KEY)) == 12


def test_shows_nothing_of_itself(redactor: Redactor) -> None:
    redactor.learn(KEY)
    assert repr(redactor) == "<redactor>"


@pytest.mark.parametrize("form", sorted(representations(KEY)))
def test_a_known_key_in_a_text(redactor: Redactor, form: str) -> None:
    written = representations(KEY)[form].decode("latin-1")
    text = f"before {written} after"
    assert redactor.text(text) == text
    redactor.learn(KEY)
    assert redactor.fingerprint(KEY) in redactor.text(text)
    assert written not in redactor.text(text)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda key: "x" + KEY.hex() + "y",
        lambda key: KEY.hex().title(),
        lambda key: b64(b"a" + KEY + b"bc"),
        lambda key: b64(b"ab" + KEY),
        lambda key: b64(b"<x>" + KEY.hex().encode() + b"</x>"),
        lambda key: b64(b64(b64(KEY).encode()).encode()),
        lambda key: b64(f"<x>{b64(KEY)}</x>".encode("utf-16-le")),
        lambda key: f'URI="data:text/plain;base64,{b64(b"0123456789" + KEY)}"',
        lambda key: f"https://h/p/{base64.urlsafe_b64encode(KEY).decode()}/x",
        lambda key: f"https://h/?k={quote(b64(SLASHES), safe='')}",
        lambda key: json.dumps({"k": b64(SLASHES)}).replace("/", "\\/"),
    ],
)
def test_a_known_key_that_is_wrapped(redactor: Redactor, wrap: Callable[[bytes], str]) -> None:
    redactor.learn(KEY)
    redactor.learn(SLASHES)
    shown = redactor.text(f"see {wrap(KEY)} here")
    assert redactor.fingerprint(KEY) in shown or redactor.fingerprint(SLASHES) in shown
    assert wrap(KEY) not in shown


def test_keys_that_share_a_half_are_told_apart(redactor: Redactor) -> None:
    keys = [KEY[:8] + OTHER[8:], OTHER[:8] + KEY[8:], KEY, OTHER]
    for key in keys:
        redactor.learn(key)
    assert redactor.text(" ".join(key.hex() for key in keys)) == " ".join(map(redactor.fingerprint, keys))


def test_other_texts_are_left_alone(redactor: Redactor) -> None:
    redactor.learn(KEY)
    text = f"Key of {KID} at /CPIX/ContentKeyList/ContentKey[2]: expected 16 bytes, seen {b64(OTHER)} … \x01"
    assert redactor.text(text) == text
    assert redactor.text("") == ""


@pytest.mark.parametrize("key", [b"", b"\0" * 16, b"short", b"a" * 32])
def test_keys_that_are_everywhere_are_not_looked_for(redactor: Redactor, key: bytes) -> None:
    redactor.learn(key)
    assert redactor.text("AAAAAAAAAAAAAAAAAAAAAA== aaaaaaaaaaaaaaaa short") == (
        "AAAAAAAAAAAAAAAAAAAAAA== aaaaaaaaaaaaaaaa short"
    )


@pytest.mark.parametrize(
    "written",
    [
        PASSWORD,
        json.dumps(PASSWORD)[1:-1],
        "canary pässword &amp; &lt;token&gt;",
        "canary%20p%C3%A4ssword%20%26%20%3Ctoken%3E",
        "canary+p%C3%A4ssword+%26+%3Ctoken%3E",
        PASSWORD.encode().hex(),
        PASSWORD.encode().hex().upper(),
        b64(PASSWORD.encode()),
        b64(b"encryptor:" + PASSWORD.encode()),
        b64(b"user:" + PASSWORD.encode()),
        b64(b"me:" + PASSWORD.encode() + b"!"),
        PASSWORD.encode().decode("latin-1"),
        "short-token",
        "s\0h\0o\0r\0t\0-\0t\0o\0k\0e\0n",
        b64("short-token".encode("utf-16-le")),
    ],
)
def test_credentials_in_a_text(redactor: Redactor, written: str) -> None:
    shown = redactor.text(f"before {written} after")
    assert shown == "before [withheld credential] after"


@pytest.mark.parametrize(
    "line",
    [
        "Authorization: Bearer eyJ.abc.def",
        "authorization=Digest response=abc",
        '{"Authorization": "Basic YTpi"}',
        "HTTP_AUTHORIZATION: Basic YTpi",
        "Proxy-Authorization: Basic YTpi",
        "Cookie: session=abc",
        "X-Amz-Security-Token: abc",
    ],
)
def test_headers_echoed_in_a_text(redactor: Redactor, line: str) -> None:
    shown = redactor.text(f"seen:\n{line}\nend")
    assert not any(word in shown for word in ("eyJ", "YTpi", "abc"))
    assert shown.startswith("seen:\n")
    assert shown.endswith("\nend")


def test_headers(redactor: Redactor) -> None:
    redactor.learn(KEY)
    pairs = (
        ("Content-Type", "application/xml"),
        ("authorization", "Basic YTpi"),
        ("X-AMZ-Security-Token", "abc"),
        ("Set-Cookie", "session=abc"),
        ("x-my-key", "abc"),
        ("X-Debug", f"key {KEY.hex()} for short-token"),
        ("WWW-Authenticate", 'Digest realm="x", nonce="abc"'),
    )
    assert redactor.headers(pairs) == (
        ("Content-Type", "application/xml"),
        ("authorization", "Basic [withheld]"),
        ("X-AMZ-Security-Token", "[withheld]"),
        ("Set-Cookie", "[withheld]"),
        ("x-my-key", "[withheld]"),
        ("X-Debug", f"key {redactor.fingerprint(KEY)} for [withheld credential]"),
        ("WWW-Authenticate", 'Digest realm="x", nonce="abc"'),
    )
    assert withheld("token") == "[withheld]"


def test_a_document_keeps_everything_but_the_key(redactor: Redactor) -> None:
    body = document(b64(KEY), extra="<cpix:DRMSystemList><cpix:DRMSystem/></cpix:DRMSystemList>")
    assert redactor.body(body) == body.decode().replace(b64(KEY), redactor.fingerprint(KEY))
    assert redactor.text(KEY.hex()) == redactor.fingerprint(KEY)


@pytest.mark.parametrize(
    ("value", "key", "shown"),
    [
        (b64(KEY[:15]), KEY[:15], "{} (15 bytes)"),
        (b64(KEY.hex().encode()), KEY.hex().encode(), "{} (32 bytes)"),
        (KEY.hex()[:-1] + "-" + KEY.hex()[-1], KEY, "{} (not base64)"),
        ("not*base64", b"", "[withheld 10 characters]"),
        ("", b"", ""),
    ],
)
def test_values_that_are_no_key(redactor: Redactor, value: str, key: bytes, shown: str) -> None:
    text = redactor.body(document(value))
    assert shown.format(redactor.fingerprint(key)) in text
    assert not value or value not in text


def test_hexadecimal_inside_base64_is_recognised_later(redactor: Redactor) -> None:
    redactor.body(document(b64(KEY.hex().encode())))
    shown = redactor.text(f"{b64(KEY)} {KEY.hex()}")
    assert shown.startswith(redactor.fingerprint(KEY))
    assert KEY.hex() not in shown


def test_ciphertext_and_everything_else_in_a_key_is_withheld(redactor: Redactor) -> None:
    secret = b64(b"c" * 48)
    extra = (
        '<pskc:ValueMAC xmlns:pskc="urn:ietf:params:xml:ns:keyprov:pskc">' + b64(b"m" * 64) + "</pskc:ValueMAC>"
        '<e:CipherValue xmlns:e="http://www.w3.org/2001/04/xmlenc#">' + secret + "</e:CipherValue>"
        f"<Vendor>{secret}</Vendor>{secret}"
        "<cpix:HDCPData><cpix:HDCPOutputProtectionData>AAAA</cpix:HDCPOutputProtectionData></cpix:HDCPData>"
    )
    body = document(b64(KEY), key_extra=extra, extra=f"<cpix:DocumentKey><x>{secret}</x></cpix:DocumentKey>")
    shown = redactor.body(body)
    assert secret not in shown
    assert b64(b"m" * 64) not in shown
    assert "[withheld 48 bytes]" in shown
    assert "[withheld 64 bytes]" in shown
    assert "<Vendor>[withheld 64 characters]</Vendor>[withheld 64 characters]" in shown
    assert ">AAAA<" in shown


def nested() -> list[str]:
    """Each notation as it is, where it can stand in XML, and in one and two layers of base64."""
    texts = [data.decode() for data in representations(KEY).values() if data.isascii() and b"\0" not in data]
    layer = list(representations(KEY).values())
    for _ in range(2):
        layer = [base64.b64encode(b"head" + data + b"tail") for data in layer]
        texts += [data.decode() for data in layer]
    return texts


@pytest.mark.parametrize("text", nested())
def test_an_element_that_holds_a_key_is_withheld_as_a_whole(redactor: Redactor, text: str) -> None:
    extra = f"<cpix:PSSH>before{text}after</cpix:PSSH><cpix:X a='{text}'/><cpix:Y>AAAA</cpix:Y>"
    shown = redactor.body(document(b64(KEY), extra=extra))
    mark = f"[withheld: holds {redactor.fingerprint(KEY)}]"
    assert text not in shown
    assert f'<cpix:X a="{mark}"/>' in shown
    assert "<cpix:Y>AAAA</cpix:Y>" in shown
    assert KID in shown


def test_leaks_are_found_in_the_last_of_very_many_elements(redactor: Redactor) -> None:
    filler = "".join(f"<cpix:PSSH>{b64(bytes([n % 256]) * 60 + n.to_bytes(4))}</cpix:PSSH>" for n in range(600))
    leak = b64(b"head" + KEY.hex().encode())
    shown = redactor.body(document(b64(KEY), extra=f"{filler}<cpix:PSSH>{leak}</cpix:PSSH>"))
    assert leak not in shown
    assert shown.count("holds key:") == 1


def test_a_key_that_is_its_kid_does_not_blacken_the_document(redactor: Redactor) -> None:
    shown = redactor.body(document(b64(uuid.UUID(KID).bytes)))
    assert f'kid="{KID}"' in shown
    assert b64(uuid.UUID(KID).bytes) not in shown


def test_comments_are_not_kept(redactor: Redactor) -> None:
    assert KEY.hex() not in redactor.body(document(b64(OTHER), extra=f"<!-- {KEY.hex()} --><?pi {KEY.hex()}?>"))


def test_a_credential_in_a_document(redactor: Redactor) -> None:
    assert "short-token" not in redactor.body(document(b64(KEY), extra="<cpix:X>short-token</cpix:X>"))


@pytest.mark.parametrize(
    "body",
    [
        b'{"key": "%s"}' % b64(KEY).encode(),
        b'{"key": "%s"}' % base64.urlsafe_b64encode(KEY).rstrip(b"="),
        b"trace: key=" + KEY.hex().encode(),
        b"trace: key=" + repr(KEY).encode(),
        b"trace: key=" + KEY.hex(":").encode(),
        b"trace: key=" + str(list(KEY)).encode(),
        b"trace: key=" + ", ".join(f"0x{byte:02x}" for byte in KEY).encode(),
        b"trace: key=" + "".join(f"%{byte:02X}" for byte in KEY).encode(),
        b"trace: " + KEY,
        document(b64(KEY)).replace(b"<cpix:CPIX", b"<!DOCTYPE x><cpix:CPIX"),
        document(b64(KEY))[:-20],
        document(b64(KEY)).decode().encode("utf-16"),
        b"<soap><error>" + document(b64(KEY)) + b"</error></soap>",
        document(KEY.hex()).replace(b"urn:dashif:org:cpix", b"urn:other"),
    ],
)
def test_bodies_of_which_nothing_is_known_show_no_key(redactor: Redactor, body: bytes) -> None:
    shown = redactor.body(body, "text/plain")
    assert not any(spoil in shown for spoil in [*spoils(KEY), repr(KEY), KEY.hex(":"), str(list(KEY)), "0x8f, 0xa3"])


def test_a_key_of_a_broken_document_is_recognised_later(redactor: Redactor) -> None:
    redactor.body(document(b64(KEY))[:-5])
    assert redactor.text(KEY.hex()) == redactor.fingerprint(KEY)


@pytest.mark.parametrize(
    "text",
    [
        "Unsupported SPEKE version",
        f"Duplicate key id {KID} in the document",
        f"ContentKey@commonEncryptionScheme non compatible with DRMSystem {KID}",
        "intended_track_type_is_missing in content_key_usage_rule_list",
        "spk2c-8f3a-KEYS-MULTI-001 was refused at 2026-11-22 11:22:33",
        "",
    ],
)
def test_prose_is_left_alone(redactor: Redactor, text: str) -> None:
    redactor.allow(read(document("")))
    assert redactor.body(text.encode()) == text


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("Größe".encode("utf-16"), "text/plain"),
        ("Größe".encode("utf-16-be").join([b"\xfe\xff", b""]), "text/plain"),
        ("Größe".encode("utf-16-le"), 'text/plain; charset="UTF-16"'),
        ("Größe".encode("utf-8-sig"), ""),
    ],
)
def test_text_in_other_encodings(redactor: Redactor, body: bytes, content_type: str) -> None:
    assert redactor.body(body, content_type) == "Größe"


@pytest.mark.parametrize("body", [KEY, "Größe".encode("latin-1"), "plain".encode("utf-16-le"), b"a\0b"])
def test_what_is_not_text_is_withheld(redactor: Redactor, body: bytes) -> None:
    assert redactor.body(body) == f"[withheld {len(body)} bytes that are not text]"


def test_control_characters_are_escaped(redactor: Redactor) -> None:
    assert redactor.body(b"a\x1b[31mb\rc\r\nd\te \xe2\x80\xae") == "a\\u001b[31mb\\u000dc\nd\te \\u202e"


def test_a_long_body_is_cut_and_says_so(redactor: Redactor) -> None:
    shown = redactor.body(b"word " * (LONGEST_BODY // 5 + 20))
    assert shown.endswith(f"\n[{(LONGEST_BODY // 5 + 20) * 5 - LONGEST_BODY} more characters are not kept]")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
@example(b"<CPIX xmlns='urn:dashif:org:cpix'/>")
def test_total_on_bodies(body: bytes) -> None:
    redactor = Redactor(b"salt", [b"secret"])
    redactor.learn(KEY)
    assert KEY.hex() not in redactor.body(body + KEY.hex().encode())


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=100), st.text(max_size=100), st.sampled_from(sorted(representations(KEY))))
def test_total_on_texts(before: str, after: str, form: str) -> None:
    redactor = Redactor(b"salt", [b"secret"])
    redactor.learn(KEY)
    written = representations(KEY)[form].decode("latin-1")
    assert written not in redactor.text(before + written + after)


def test_many_known_keys_leave_a_long_document_as_it_is() -> None:
    redactor = Redactor(b"salt", [b"a-password-of-some-length"])
    for number in range(500):
        redactor.learn(number.to_bytes(2) + KEY[2:])
    systems = "".join(
        f'<cpix:DRMSystem kid="{KID}"><cpix:PSSH>{b64(KEY[::-1] * 15 + n.to_bytes(2))}</cpix:PSSH></cpix:DRMSystem>'
        for n in range(115)
    )
    body = document(b64(OTHER), extra=f"<cpix:DRMSystemList>{systems}</cpix:DRMSystemList>")
    assert 48_000 < len(body) < 56_000
    shown = redactor.body(body)
    assert b64(OTHER) not in shown and shown.count("<cpix:PSSH>") == 115
    text = f"/CPIX/ContentKeyList/ContentKey[2]/@explicitIV of {KID}: expected 16 bytes, seen 15"
    assert redactor.text(text) == text


def test_the_words_of_the_standard_messages_stay_readable() -> None:
    for text in (
        "Missing ContentKey@commonEncryptionScheme for KID edef8ba9-79d6-4ace-a3c8-27dcd51d21ed",
        "Non compliant ContentKey@commonEncryptionScheme combination",
        "ContentKeyUsageRuleList is empty",
    ):
        assert Redactor(b"salt").body(text.encode(), "text/plain") == text


def test_hardly_any_key_in_base64_reads_like_words() -> None:
    redactor, chance = Redactor(b"salt"), random.Random("words")
    keys = [base64.b64encode(chance.randbytes(16)).decode() for _ in range(8000)]
    assert [key for key in keys if key[:12] in redactor.prose(f"the key {key.rstrip('=')} is bad")] == []
