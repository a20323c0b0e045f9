"""HLS key tags: grammar, attributes, and the agreement of the lines for media and master playlist."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.checks.drm.hls import couples
from tests.checks.drm.signalling import BOTH_LINES, KID, MEDIA, PSSH, SECOND_KID, asking, line, of
from tests.checks.exchange import Change, all_of, answered, as_it_is, attribute, drop, finds, payload, says, twice
from tests.refserver.asking import CLEARKEY, FAIRPLAY, IRDETO, PLAYREADY, WIDEVINE, Ask

CBCS, CENC = asking(WIDEVINE, BOTH_LINES), asking(WIDEVINE, BOTH_LINES, "cenc")
LINE = of(WIDEVINE, "HLSSignalingData")
FORMAT = f',KEYFORMAT="urn:uuid:{WIDEVINE}"'
IV_HEX = bytes(range(16)).hex()
Edit = Callable[[str], str]


def swap(old: str, new: str) -> Edit:
    def edit(text: str) -> str:
        assert old in text, f"the line has no {old}"
        return text.replace(old, new)

    return edit


def with_attribute(text: str) -> Edit:
    """The tag has one more attribute at its end."""
    return lambda line: f"{line},{text}"


WRONG = [
    ("hls.is-text-with-key-tag", lambda text: "https://licence.example/", "a line with EXT-X-KEY"),
    ("hls.is-text-with-key-tag", lambda text: "\ufeff" + text, "a line with EXT-X-KEY"),
    (
        "hls.tag-of-its-playlist",
        swap("#EXT-X-KEY", "#EXT-X-SESSION-KEY"),
        "#EXT-X-KEY for the media playlist; seen: #EXT-X-SESSION-KEY",
    ),
    ("hls.attributes-by-grammar", swap(",URI=", ", URI="), "an attribute list as RFC 8216"),
    ("hls.attributes-by-grammar", swap('"1"', "“1”"), "an attribute list as RFC 8216"),
    (
        "hls.attributes-by-grammar",
        swap(f'"urn:uuid:{WIDEVINE}"', f"urn:uuid:{WIDEVINE}"),
        "an attribute list as RFC 8216",
    ),
    ("hls.attributes-by-grammar", with_attribute('KEYFORMATVERSIONS="1"'), "an attribute list as RFC 8216"),
    ("hls.attributes-by-grammar", with_attribute(f'IV="{IV_HEX}"'), "an attribute list as RFC 8216"),
    ("hls.attributes-by-grammar", with_attribute("IV=0x"), "an attribute list as RFC 8216"),
    ("hls.attributes-by-grammar", with_attribute(""), "an attribute list as RFC 8216"),
    ("hls.one-line", lambda text: f"{text}\n{text}", "one key tag; seen: 2"),
    ("hls.one-line", lambda text: f"{text}\n#EXT-X-OWN:1\n", "the key tag alone; seen: 1 more lines"),
    ("hls.no-lines-of-a-playlist", lambda text: f"#EXTM3U\n{text}", "adds to them; seen: #EXTM3U"),
    ("hls.no-lines-of-a-playlist", lambda text: f"{text}\n#EXTINF:4,\nseg1.ts", "seen: #EXTINF"),
    ("hls.no-lines-of-a-playlist", lambda text: f"{text}\nvideo/main.m3u8", "the URI of a segment"),
    ("hls.method-defined", swap("METHOD=SAMPLE-AES", "METHOD=NONE"), "seen: METHOD NONE"),
    ("hls.method-defined", swap("METHOD=SAMPLE-AES", "METHOD=SAMPLE-AES-CENC"), "seen: METHOD SAMPLE-AES-CENC"),
    ("hls.method-defined", swap("METHOD=SAMPLE-AES,", ""), "seen: no METHOD"),
    ("hls.uri-given", lambda text: f"#EXT-X-KEY:METHOD=SAMPLE-AES{FORMAT}", "a URI; seen: no URI"),
    ("hls.uri-given", lambda text: f'#EXT-X-KEY:METHOD=SAMPLE-AES,URI=""{FORMAT}', "a URI; seen: an empty URI"),
    ("hls.key-format-right", swap("urn:uuid:", "URN:UUID:"), 'KEYFORMAT="urn:uuid:'),
    ("hls.key-format-right", swap(FORMAT, ""), "seen: none"),
    ("hls.key-format-right", swap(FORMAT, ',KEYFORMAT="identity"'), 'seen: KEYFORMAT="identity"'),
    ("hls.key-format-right", swap(FORMAT, ',KEYFORMAT="com.widevine"'), 'seen: KEYFORMAT="com.widevine"'),
    ("hls.key-format-versions-right", swap('"1"', '"1/2"'), 'KEYFORMATVERSIONS="1"; seen: "1/2"'),
    ("hls.key-format-versions-right", swap('"1"', '"one"'), 'seen: "one"'),
    (
        "hls.method-fits-scheme",
        swap("SAMPLE-AES", "SAMPLE-AES-CTR"),
        "METHOD=SAMPLE-AES for cbcs; seen: METHOD=SAMPLE-AES-CTR",
    ),
    ("hls.method-fits-scheme", swap("SAMPLE-AES", "AES-128"), "seen: METHOD=AES-128"),
    (
        "hls.iv-is-explicit-iv",
        with_attribute(f"IV=0x{'0' * 31}1"),
        "the explicitIV of the key as IV; seen: another value",
    ),
    ("hls.iv-is-explicit-iv", with_attribute(f"IV=0x{'0' * 33}"), "an IV of at most 32 digits; seen: 33 digits"),
    ("hls.iv-has-all-digits", with_attribute(f"IV=0x{IV_HEX[1:]}"), "with the leading zeros; seen: 31 digits"),
    (
        "hls.key-id-is-its-kid",
        with_attribute(f"KEYID=0x{SECOND_KID.hex}"),
        f"KEYID=0x{KID.hex}; seen: KEYID with {SECOND_KID}",
    ),
    ("hls.key-id-is-its-kid", with_attribute(f"KEYID=0x{KID.bytes_le.hex()}"), "in the wrong order"),
    ("hls.key-id-is-its-kid", with_attribute(f"KEYID=0x{KID.hex[:30]}"), "another number of digits"),
    ("hls.no-unknown-attributes", with_attribute('SCHEME="x"'), "attributes that HLS defines; seen: SCHEME"),
]

HARMLESS = [
    ("hls.is-text-with-key-tag", lambda text: f"#EXT-X-OWN:1\r\n{text}\r\n"),
    ("hls.attributes-by-grammar", with_attribute(f"IV=0x{IV_HEX}")),
    ("hls.one-line", lambda text: f"{text}\n"),
    ("hls.no-lines-of-a-playlist", lambda text: f"# note\n\n{text}\n#EXT-X-OWN:1\n#EXT-X-KEY-OWN"),
    ("hls.no-lines-of-a-playlist", lambda text: f"{text}\n{text}"),
    ("hls.key-format-versions-right", swap(',KEYFORMATVERSIONS="1"', "")),
    ("hls.iv-is-explicit-iv", with_attribute(f"IV=0x{IV_HEX}")),
    ("hls.iv-is-explicit-iv", with_attribute(f"IV=0X{IV_HEX.upper().lstrip('0')}")),
    ("hls.iv-has-all-digits", with_attribute(f"IV=0X{IV_HEX.upper()}")),
    ("hls.key-id-is-its-kid", with_attribute(f"KEYID=0x{KID.hex.upper()}")),
    ("hls.no-unknown-attributes", with_attribute(f"KEYID=0x{KID.hex}")),
    ("hls.method-fits-scheme", swap(FORMAT, "")),
]


@pytest.mark.parametrize(("check", "edit", "words"), WRONG)
def test_a_wrong_tag_is_found(check: str, edit: Edit, words: str) -> None:
    assert words in finds(check, line(edit, playlist="media"), CBCS)


@pytest.mark.parametrize(("check", "edit"), HARMLESS)
def test_a_harmless_tag_is_left_alone(check: str, edit: Edit) -> None:
    assert finds(check, line(edit, playlist="media"), CBCS) == ""


def test_bytes_that_are_no_text_are_no_tag() -> None:
    assert "a line with EXT-X-KEY" in finds(
        "hls.is-text-with-key-tag", payload(LINE, lambda text: text + b"\xff"), CBCS
    )


@pytest.mark.parametrize(
    ("check", "edit", "words"),
    [
        (
            "hls.method-fits-scheme",
            swap("SAMPLE-AES-CTR", "AES-128"),
            "METHOD=SAMPLE-AES-CTR for cenc; seen: METHOD=AES-128",
        ),
        ("hls.method-fits-scheme", swap("SAMPLE-AES-CTR", "SAMPLE-AES"), ""),
        (
            "hls.cenc-method-is-ctr",
            swap("SAMPLE-AES-CTR", "SAMPLE-AES"),
            "METHOD=SAMPLE-AES-CTR for cenc; seen: METHOD=SAMPLE-AES",
        ),
        ("hls.cenc-method-is-ctr", lambda text: text, ""),
        ("hls.iv-is-explicit-iv", with_attribute(f"IV=0x{IV_HEX}"), "no IV with METHOD=SAMPLE-AES-CTR; seen: an IV"),
    ],
)
def test_counter_mode_has_a_method_of_its_own_and_no_iv(check: str, edit: Edit, words: str) -> None:
    said = finds(check, line(edit), CENC)
    assert (words in said) if words else said == ""


def test_a_method_of_newer_drafts_is_for_2_1() -> None:
    gcm = line(swap("SAMPLE-AES", "AES-256-GCM"))
    assert finds("hls.method-defined", gcm, asking(WIDEVINE, BOTH_LINES, version="2.1")) == ""
    assert "METHOD AES-256-GCM" in finds("hls.method-defined", gcm, CBCS)


def test_what_is_answered_for_cens_is_recorded() -> None:
    asked = asking(WIDEVINE, BOTH_LINES, "cens")
    said = says("hls.method-of-cens", answered(asking(WIDEVINE, BOTH_LINES), asked=asked))
    assert "(silent); seen: METHOD=SAMPLE-AES" in said
    assert says("hls.method-fits-scheme", answered(asking(WIDEVINE, BOTH_LINES), asked=asked)).startswith(
        "not applicable"
    )


def test_an_iv_without_an_explicit_iv_is_open() -> None:
    ask = asking(WIDEVINE, MEDIA)
    for key, words in (({"explicitIV": None}, "has no explicitIV"), ({"explicitIV": "?"}, "is not base64")):
        gone = attribute("//cpix:ContentKey", "explicitIV", key["explicitIV"])
        said = finds("hls.iv-is-explicit-iv", all_of(line(with_attribute(f"IV=0x{IV_HEX}")), gone), ask)
        assert said.startswith("untestable") and words in said


# --- the two lines


@pytest.mark.parametrize(
    ("check", "change", "words"),
    [
        (
            "hls.playlists-as-asked",
            attribute(f"{LINE}[2]", "playlist", "multiVariant"),
            "SPEKE 2.1 keeps the word master",
        ),
        ("hls.playlists-as-asked", attribute(f"{LINE}[2]", "playlist", "media"), "seen: playlist 'media'"),
        ("hls.playlists-as-asked", attribute(f"{LINE}[1]", "playlist", None), "seen: playlist '(none)'"),
        ("hls.playlists-as-asked", twice(f"{LINE}[1]"), "seen: playlist 'media'"),
        ("hls.playlists-as-asked", drop(f"{LINE}[2]"), ""),
        (
            "hls.lines-of-one-uri-agree",
            line(swap("SAMPLE-AES", "AES-128"), playlist="master"),
            "METHOD SAMPLE-AES and AES-128",
        ),
        ("hls.lines-of-one-uri-agree", line(swap(',KEYFORMATVERSIONS="1"', ""), playlist="master"), ""),
        ("hls.lines-of-one-uri-agree", line(swap(FORMAT, ""), playlist="master"), "KEYFORMAT urn:uuid"),
        ("hls.lines-of-one-uri-agree", line(swap('"1"', '"2"')), ""),
        (
            "hls.lines-of-two-uris-agree",
            line(lambda text: swap("SAMPLE-AES", "AES-128")(swap("base64,A", "base64,B")(text)), playlist="master"),
            "METHOD SAMPLE-AES and AES-128",
        ),
        ("hls.lines-of-two-uris-agree", line(swap("base64,A", "base64,B"), playlist="master"), ""),
        ("hls.lines-alike-but-for-the-tag", line(swap("base64,A", "base64,B"), playlist="master"), "different: URI"),
        ("hls.lines-alike-but-for-the-tag", line(with_attribute('X="1"'), playlist="media"), "different: X"),
        ("hls.lines-alike-but-for-the-tag", as_it_is, ""),
    ],
)
def test_the_lines_for_both_playlists_agree(check: str, change: Change, words: str) -> None:
    said = finds(check, change, CBCS)
    assert (words in said) if words else said == ""


def test_master_stays_master_in_2_1() -> None:
    ask = asking(WIDEVINE, BOTH_LINES, version="2.1")
    assert says("hls.playlists-as-asked", answered(ask)) == ""
    assert "playlist 'master'" in finds(
        "hls.playlists-as-asked", attribute(f"{LINE}[2]", "playlist", "multiVariant"), ask
    )


def test_a_tag_of_the_master_playlist_goes_with_the_one_that_has_its_uri() -> None:
    two = line(lambda text: text.replace("base64,A", "base64,B") + "\n" + text)
    pairs = list(couples(answered(CBCS, two)))
    assert len(pairs) == 3 and all(one.value.text("URI") == other.value.text("URI") for one, other in pairs)
    assert says("hls.lines-of-one-uri-agree", answered(asking(WIDEVINE, MEDIA))).startswith("not applicable")


def test_the_second_tag_of_a_line_is_looked_at() -> None:
    said = finds("hls.method-fits-scheme", line(lambda text: f"{text}\n{text.replace('SAMPLE-AES', 'AES-128')}"), CBCS)
    assert said and all("tag in line 2" in one for one in said.splitlines())
    broken = line(lambda text: f"{text}\n#EXT-X-KEY:METHOD=SAMPLE-AES,URI=x")
    assert "tag in line 2" in finds("hls.attributes-by-grammar", broken, CBCS)
    assert not finds("hls.method-fits-scheme", broken, CBCS).startswith("/CPIX")


@pytest.mark.parametrize(
    "ask",
    [
        asking(FAIRPLAY, BOTH_LINES),
        asking(PLAYREADY, BOTH_LINES),
        asking(PLAYREADY, BOTH_LINES, "cenc"),
        asking(CLEARKEY, BOTH_LINES, "cbc1"),
        asking(IRDETO, PSSH, "cenc"),
    ],
)
def test_the_lines_of_every_system_are_right(ask: Ask) -> None:
    for check in sorted({check for check, *_ in WRONG}):
        said = says(check, answered(ask))
        assert said == "" or said.startswith(("not applicable", "is not asked")), (check, said)


def test_an_absent_key_format_is_identity_and_clear_key_needs_none() -> None:
    sample_aes = "be58615b-19c4-4684-88b3-c8c57e99e957"
    tag = line(lambda text: text.split(":")[0] + ':METHOD=SAMPLE-AES,URI="https://keys.example/1"', FAIRPLAY)
    context = answered(
        asking(FAIRPLAY, BOTH_LINES),
        tag,
        attribute(f"//cpix:DRMSystem[@systemId='{FAIRPLAY}']", "systemId", sample_aes),
        asked=asking(FAIRPLAY, BOTH_LINES).edited((FAIRPLAY, sample_aes)),
    )
    assert not says("hls.key-format-right", context).startswith("/CPIX/DRMSystemList/DRMSystem[1]")
