"""What a PlayReady header says about its key: KID, algorithm, checksum, URLs."""

from __future__ import annotations

from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.checks.drm.signalling import KID, PSSH, SECOND_KID, asking, b64, data, of
from tests.checks.exchange import KEY, SECOND_KEY, all_of, answered, drop, finds, says, text
from tests.drm.builders import header, header_40, pro, swapped
from tests.refserver.asking import PLAYREADY

CENC, CBCS = asking(PLAYREADY, PSSH, "cenc"), asking(PLAYREADY, PSSH, "cbcs")
INFO = "<PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO>"


def checksum(key: bytes, order: bytes) -> str:
    """AES-ECB of the KID, the first eight bytes."""
    return b64(Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(order)[:8])


def kid(value: str | None = None, *, algid: str | None = "AESCTR", more: str = "") -> str:
    """A KID of a header from 4.1 on."""
    named = f' ALGID="{algid}"' if algid else ""
    return f'<KID{named}{more} VALUE="{swapped(KID) if value is None else value}"></KID>'


def header_43(*kids: str, more: str = "", version: str = "4.3.0.0") -> bytes:
    """A header with these KIDs."""
    return header(f"<PROTECTINFO><KIDS>{''.join(kids or [kid()])}</KIDS></PROTECTINFO>{more}", version)


LATE, SEED = f' CHECKSUM="{checksum(KEY, KID.bytes_le)}"', checksum(KEY, KID.bytes_le)
CBC = kid(algid="AESCBC")

WRONG = [
    ("playready.names-its-kid", header_40(SECOND_KID), f"{KID} (in GUID byte order); seen: {SECOND_KID}"),
    ("playready.names-its-kid", header_40(UUID(bytes=KID.bytes_le)), "the bytes of the KID are in the wrong order"),
    ("playready.names-its-kid", header_43(kid(b64(KID.bytes_le[:15]))), "a KID of 16 bytes in base64; seen: 15 bytes"),
    ("playready.names-its-kid", header_43(kid("?")), "a KID of 16 bytes in base64; seen: no base64"),
    ("playready.kid-visible", header("<PROTECTINFO></PROTECTINFO>", "4.1.0.0"), "a KID; seen: none"),
    ("playready.algorithm-of-its-version", header_43(CBC, version="4.2.0.0"), "cbcs, needs header version 4.3"),
    (
        "playready.algorithm-of-its-version",
        header_43(kid(algid="COCKTAIL")),
        "AESCTR or AESCBC in version 4.3.0.0; seen: COCKTAIL",
    ),
    ("playready.algorithm-agrees", header_43(CBC), "AESCTR for cenc; seen: AESCBC"),
    ("playready.algorithms-alike", header_43(kid(), kid(swapped(SECOND_KID), algid=None)), "one ALGID for all KIDs"),
    (
        "playready.key-length-16",
        header_40(KID).replace("16<".encode("utf-16-le"), "32<".encode("utf-16-le")),
        "KEYLEN 16; seen: KEYLEN 32",
    ),
    ("playready.checksum-given", header_43(), "a CHECKSUM; seen: none"),
    ("playready.licence-url-sound", header_40(KID, "<LA_URL></LA_URL>"), "seen: an empty LA_URL"),
    (
        "playready.licence-url-sound",
        header_40(KID, "<LA_URL>licence.example/x</LA_URL>"),
        "an absolute http or https URL",
    ),
    ("playready.licence-url-sound", header_40(KID, "<LA_URL>https://x/?a=1&amp;amp;b=2</LA_URL>"), "escaped once"),
    ("playready.licence-url-sound", header_40(KID, "<LA_URL>https://x/</LA_URL>" * 2), "one LA_URL; seen: 2"),
    ("playready.other-elements-sound", header_40(KID, "<LUI_URL>x</LUI_URL>"), "an absolute LUI_URL"),
    ("playready.other-elements-sound", header_40(KID, "<DS_ID>AAAA</DS_ID>"), "a DS_ID of 16 bytes in base64"),
    ("playready.no-test-server-url", header_40(KID, "<LA_URL>https://x/?cfg=(ck:W31b)</LA_URL>"), "no key parameters"),
    ("playready.no-test-server-url", header_40(KID, "<LA_URL>https://x/?contentkey=a</LA_URL>"), "no key parameters"),
    ("playready.oldest-version-used", header_43(), "version 4.0.0.0; seen: version 4.3.0.0"),
]

HARMLESS = [
    ("playready.names-its-kid", header_43(kid(swapped(SECOND_KID)), kid())),
    ("playready.algorithm-of-its-version", header_43()),
    ("playready.algorithm-agrees", header_43(kid(algid=None))),
    ("playready.algorithms-alike", header_43(kid(), kid(swapped(SECOND_KID)))),
    ("playready.algorithms-alike", header_43(kid(algid=None), kid(swapped(SECOND_KID), algid=None))),
    ("playready.licence-url-sound", header_40(KID, "<LA_URL>http://x/?a=1&amp;b=2</LA_URL>")),
    ("playready.other-elements-sound", header_40(KID, f"<LUI_URL>https://x/</LUI_URL><DS_ID>{b64(KEY)}</DS_ID>")),
    ("playready.no-test-server-url", header_40(KID, "<LA_URL>https://x/?cfg=1&amp;track=2</LA_URL>")),
    ("playready.oldest-version-used", header_43(kid(), kid(swapped(SECOND_KID)), version="4.2.0.0")),
    ("playready.oldest-version-used", header("<DECRYPTORSETUP>ONDEMAND</DECRYPTORSETUP>", "4.1.0.0")),
]


@pytest.mark.parametrize(("check", "content", "words"), WRONG)
def test_a_wrong_header_is_found(check: str, content: bytes, words: str) -> None:
    assert words in finds(check, data(pro(content), PLAYREADY), CENC)


@pytest.mark.parametrize(("check", "content"), HARMLESS)
def test_a_harmless_header_is_left_alone(check: str, content: bytes) -> None:
    assert finds(check, data(pro(content), PLAYREADY), CENC) == ""


@pytest.mark.parametrize(
    ("check", "content", "words"),
    [
        ("playready.algorithm-agrees", header_40(KID), "AESCBC for cbcs; seen: AESCTR"),
        (
            "playready.algorithm-agrees",
            header_43(kid(algid=None), version="4.2.0.0"),
            "version 4.3 for cbcs; seen: version 4.2.0.0",
        ),
        ("playready.algorithm-agrees", header_43(CBC), ""),
        ("playready.algorithm-agrees", header_43(kid(algid=None)), ""),
        ("playready.algorithm-given", header_43(kid(algid=None)), "ALGID AESCBC; seen: no ALGID"),
        ("playready.algorithm-given", header_43(CBC), ""),
        ("playready.no-checksum-with-aescbc", header_43(CBC), ""),
        (
            "playready.no-checksum-with-aescbc",
            header_43(kid(algid="AESCBC", more=LATE)),
            "no CHECKSUM; seen: a CHECKSUM",
        ),
        ("playready.no-checksum-with-aescbc", header_43(kid(algid=None, more=LATE)), "no CHECKSUM; seen: a CHECKSUM"),
        ("playready.no-checksum-with-aescbc", header_43(kid(algid=None)), ""),
        ("playready.oldest-version-used", header_43(CBC), ""),
    ],
)
def test_cbcs_needs_4_3_and_has_no_checksum(check: str, content: bytes, words: str) -> None:
    said = finds(check, data(pro(content), PLAYREADY), CBCS)
    assert (words in said) if words else said == ""


KNOWN = all_of(text("(//pskc:PlainValue)[1]", KEY), text("(//pskc:PlainValue)[2]", SECOND_KEY))

OTHER_GONE = drop(of(PLAYREADY, "PSSH", 2))


@pytest.mark.parametrize(
    ("sum_", "words"),
    [
        (checksum(KEY, KID.bytes_le), ""),
        (checksum(KEY, KID.bytes), "another value"),
        (checksum(SECOND_KEY, KID.bytes_le), f"it was made with the content key of KID {SECOND_KID}"),
        (b64(bytes(8)), f"the checksum of KID {KID} and its content key; seen: another value"),
        (b64(bytes(7)), f"a checksum of 8 bytes in base64; seen: 7 bytes for KID {KID}"),
        ("?", "a checksum of 8 bytes in base64; seen: 0 bytes"),
    ],
)
def test_a_checksum_proves_the_key(sum_: str, words: str) -> None:
    for content in (header_40(KID, f"<CHECKSUM>{sum_}</CHECKSUM>"), header_43(kid(more=f' CHECKSUM="{sum_}"'))):
        said = says("playready.checksum-fits", answered(CENC, KNOWN, OTHER_GONE, data(pro(content), PLAYREADY)))
        assert (words in said) if words else said == "", said


def test_the_checksum_that_microsoft_printed_is_right() -> None:
    sample = UUID("09e091ab-f838-41d2-9e35-58531fd19ec7")
    assert checksum(bytes.fromhex("9cb061164b7013eaefcc7d6d18424c2c"), sample.bytes_le) == "w+OZVr8vzrQ="


def test_a_checksum_of_a_key_that_nobody_knows_is_not_judged() -> None:
    short = text("(//pskc:PlainValue)[1]", KEY[:15])
    said = says(
        "playready.checksum-fits",
        answered(CENC, short, data(pro(header_40(KID, f"<CHECKSUM>{SEED}</CHECKSUM>")), PLAYREADY)),
    )
    assert said == ""  # the other key's header is right
    none = data(pro(header_43()), PLAYREADY)
    assert says("playready.checksum-fits", answered(CENC, none)) == ""


def test_a_checksum_proves_a_decrypted_key_as_well() -> None:
    assert says("playready.checksum-fits-decrypted-key", answered(CENC, recipients=("rsa-2048",))) == ""
    wrong = data(pro(header_40(KID, f"<CHECKSUM>{b64(bytes(8))}</CHECKSUM>")), PLAYREADY)
    assert "another value" in says(
        "playready.checksum-fits-decrypted-key", answered(CENC, wrong, recipients=("rsa-2048",))
    )
    assert says("playready.checksum-fits-decrypted-key", answered(CENC)) == "is not asked of such a request"


def test_no_finding_spells_a_key_out() -> None:
    as_kid = data(pro(header_40(UUID(bytes=KEY))), PLAYREADY)
    said = says("playready.names-its-kid", answered(CENC, KNOWN, as_kid))
    assert "a content key" in said and KEY.hex() not in said.replace("-", "")
