"""ContentProtectionData: the fragment that ends up in the DASH manifest."""

from __future__ import annotations

import base64
from uuid import UUID

import pytest

from tests.checks.drm.signalling import (
    CENC,
    KID,
    MSPR,
    PROTECTION,
    PSSH,
    SECOND_KID,
    asking,
    cenc_pssh,
    fragment,
    mspr_pro,
    of,
)
from tests.checks.exchange import Change, add, answered, finds, says, text
from tests.drm.builders import box, header_40, pro
from tests.refserver.asking import CLEARKEY, FAIRPLAY, PLAYREADY, WIDEVINE, Ask

BOTH = asking(WIDEVINE, PSSH + PROTECTION)
FOR_PLAYREADY = asking(PLAYREADY, PSSH + PROTECTION, "cenc")


def pssh_of(ask: Ask, key: int = 1) -> bytes:
    """The PSSH that the right server answers for a key."""
    return base64.b64decode(answered(ask).document.drm_systems[key - 1].pssh[0].text)


BOX, OTHER_BOX = pssh_of(BOTH), pssh_of(BOTH, 2)
PR_BOX = pssh_of(FOR_PLAYREADY)
OBJECT, OTHER_OBJECT = PR_BOX[32:], pssh_of(FOR_PLAYREADY, 2)[32:]
RIGHT = cenc_pssh(BOX)
WRAPPED = f'<ContentProtection xmlns="urn:mpeg:dash:schema:mpd:2011">{RIGHT}</ContentProtection>'
DEFAULT_KID = '<x xmlns="urn:x" {} cenc:default_KID="{}"/>'

WRONG = [
    ("protection.utf8", fragment(RIGHT.encode("utf-16")), BOTH, "UTF-8"),
    ("protection.utf8", fragment(b"\xef\xbb\xbf" + RIGHT.encode()), BOTH, "no byte order mark"),
    ("protection.utf8", fragment(b"<a>\xff</a>"), BOTH, "UTF-8"),
    ("protection.well-formed", fragment(RIGHT.replace(CENC, "")), BOTH, "with every prefix declared inside"),
    ("protection.well-formed", fragment(RIGHT[:-1]), BOTH, "one or several XML elements"),
    ("protection.well-formed", fragment("urn:uuid:x"), BOTH, "one or several XML elements"),
    ("protection.well-formed", fragment(f"<!DOCTYPE x>{RIGHT}"), BOTH, "one or several XML elements"),
    (
        "protection.bare-children",
        fragment(WRAPPED),
        BOTH,
        "bare children such as pssh; seen: them inside ContentProtection",
    ),
    ("protection.elements-namespaced", fragment(f"{RIGHT}<a/>"), BOTH, "elements of a namespace; seen: without one: a"),
    ("protection.elements-namespaced", fragment(f"{RIGHT}<!-- x -->"), BOTH, "no comments; seen: comments"),
    ("protection.elements-namespaced", fragment(f'<?xml version="1.0"?>{RIGHT}'), BOTH, "seen: an XML declaration"),
    ("protection.elements-namespaced", fragment(f"{RIGHT} text"), BOTH, "elements only; seen: text between them"),
    (
        "protection.elements-namespaced",
        fragment(RIGHT.replace("urn:mpeg:cenc:2013", "urn:mpeg:CENC:2013")),
        BOTH,
        "pssh in the namespace urn:mpeg:cenc:2013; seen: it in 'urn:mpeg:CENC:2013'",
    ),
    (
        "protection.elements-namespaced",
        fragment('<pro xmlns="http://microsoft.example/playready">AA</pro>', PLAYREADY),
        FOR_PLAYREADY,
        "pro in the namespace urn:microsoft:playready",
    ),
    (
        "protection.widevine-has-pssh",
        fragment('<x xmlns="urn:x"/>'),
        BOTH,
        "one pssh in the namespace urn:mpeg:cenc:2013",
    ),
    ("protection.widevine-has-pssh", fragment(RIGHT.replace("cenc:2013", "cenc:2014")), BOTH, "seen: none"),
    ("protection.widevine-has-pssh", fragment(RIGHT * 2), BOTH, "urn:mpeg:cenc:2013; seen: 2"),
    (
        "protection.pssh-equals-pssh",
        fragment(cenc_pssh(OTHER_BOX)),
        BOTH,
        f"that of another DRMSystem (Widevine, KID {SECOND_KID})",
    ),
    (
        "protection.pssh-equals-pssh",
        fragment(cenc_pssh(BOX[:-1] + b"x")),
        BOTH,
        f"different from byte {len(BOX) - 1} on",
    ),
    (
        "protection.pssh-equals-pssh",
        fragment(RIGHT.replace("AAAA", "?", 1)),
        BOTH,
        "the bytes of the PSSH beside it, in base64",
    ),
    (
        "protection.pssh-text-equals-pssh-text",
        fragment(RIGHT.replace("AAAA", "AA AA", 1)),
        BOTH,
        "the text of the PSSH",
    ),
    (
        "protection.default-kid-is-its-kid",
        fragment(RIGHT + DEFAULT_KID.format(CENC, SECOND_KID)),
        BOTH,
        f"default_KID {KID}",
    ),
    ("protection.bare-pssh-for-packagers", fragment(WRAPPED), BOTH, "cenc:pssh among the outermost elements"),
    (
        "protection.pro-names-its-kid",
        fragment(cenc_pssh(PR_BOX) + mspr_pro(OTHER_OBJECT), PLAYREADY),
        FOR_PLAYREADY,
        f"the KIDs of the pssh box: {KID} (of ContentKey 1); seen: {SECOND_KID}",
    ),
    (
        "protection.pro-names-its-kid",
        fragment(cenc_pssh(PR_BOX) + mspr_pro(OBJECT.replace(b"C\0T\0R\0", b"C\0B\0C\0")), PLAYREADY),
        FOR_PLAYREADY,
        "the algorithm of the pssh box; seen: AESCBC",
    ),
    (
        "protection.pro-names-its-kid",
        fragment(mspr_pro(PR_BOX), PLAYREADY),
        FOR_PLAYREADY,
        "a PlayReady object in mspr:pro",
    ),
    (
        "protection.pro-equals-pssh-data",
        fragment(mspr_pro(pro(header_40(KID))), PLAYREADY),
        FOR_PLAYREADY,
        "the bytes of the object in the pssh box",
    ),
    (
        "protection.pro-equals-pssh-data",
        fragment(mspr_pro(OTHER_OBJECT), PLAYREADY),
        FOR_PLAYREADY,
        f"that of another DRMSystem (PlayReady, KID {SECOND_KID})",
    ),
    (
        "protection.playready-has-pssh-and-pro",
        fragment(mspr_pro(OBJECT), PLAYREADY),
        FOR_PLAYREADY,
        "a cenc:pssh; seen: none",
    ),
    (
        "protection.playready-has-pssh-and-pro",
        fragment(cenc_pssh(PR_BOX), PLAYREADY),
        FOR_PLAYREADY,
        "a mspr:pro; seen: none",
    ),
    (
        "protection.playready-has-pssh-or-pro",
        fragment(f"<mspr:kid {MSPR}/>", PLAYREADY),
        FOR_PLAYREADY,
        "neither, but kid",
    ),
    (
        "protection.no-deprecated-elements",
        fragment(mspr_pro(OBJECT) + f"<mspr:IV_size {MSPR}>8</mspr:IV_size>", PLAYREADY),
        FOR_PLAYREADY,
        "mspr:pro and cenc:pssh only; seen: IV_size",
    ),
]

HARMLESS = [
    ("protection.utf8", fragment('<x xmlns="urn:x">é</x>'), BOTH),
    ("protection.well-formed", fragment(RIGHT + '<x xmlns="urn:x"/>'), BOTH),
    ("protection.bare-children", fragment(RIGHT + '<Laurl xmlns="https://dashif.org/CPS">https://x/</Laurl>'), BOTH),
    ("protection.elements-namespaced", fragment(f"\n {RIGHT}\n"), BOTH),
    ("protection.elements-namespaced", fragment(f'{RIGHT}<pro xmlns="urn:x">AA</pro>'), BOTH),
    ("protection.widevine-has-pssh", fragment(RIGHT.replace("xmlns:cenc", "xmlns").replace("cenc:pssh", "pssh")), BOTH),
    ("protection.widevine-has-pssh", fragment(WRAPPED), BOTH),
    ("protection.pssh-equals-pssh", fragment(RIGHT.replace("AAAA", "AA\n AA", 1)), BOTH),
    ("protection.pssh-equals-pssh", fragment(WRAPPED), BOTH),
    ("protection.default-kid-is-its-kid", fragment(RIGHT + DEFAULT_KID.format(CENC, str(KID).upper())), BOTH),
    ("protection.playready-has-pssh-or-pro", fragment(mspr_pro(OBJECT), PLAYREADY), FOR_PLAYREADY),
    ("protection.playready-has-pssh-or-pro", fragment(cenc_pssh(PR_BOX), PLAYREADY), FOR_PLAYREADY),
    ("protection.pro-equals-pssh-data", fragment(mspr_pro(OBJECT), PLAYREADY), FOR_PLAYREADY),
    ("protection.bare-pssh-for-packagers", fragment(cenc_pssh(PR_BOX), PLAYREADY), FOR_PLAYREADY),
]


@pytest.mark.parametrize(("check", "change", "ask", "words"), WRONG)
def test_a_wrong_fragment_is_found(check: str, change: Change, ask: Ask, words: str) -> None:
    assert words in finds(check, change, ask)


@pytest.mark.parametrize(("check", "change", "ask"), HARMLESS)
def test_a_harmless_fragment_is_left_alone(check: str, change: Change, ask: Ask) -> None:
    assert finds(check, change, ask) == ""


def test_what_is_not_there_is_not_compared() -> None:
    no_box = fragment('<x xmlns="urn:x"/>')
    other = answered(asking(WIDEVINE, PSSH + PROTECTION), no_box, text(of(WIDEVINE, "ContentProtectionData", 2), ""))
    for check in (
        "protection.pssh-equals-pssh",
        "protection.pssh-text-equals-pssh-text",
        "protection.default-kid-is-its-kid",
    ):
        assert says(check, other).startswith("not applicable"), check
    pro_alone = answered(asking(PLAYREADY, PROTECTION, "cenc"))
    assert says("protection.pro-equals-pssh-data", pro_alone).startswith("not applicable: the DRMSystem holds no")


# --- systems that have neither


@pytest.mark.parametrize(
    ("system", "scheme", "check"),
    [(FAIRPLAY, "cbcs", "fairplay.no-content-protection"), (CLEARKEY, "cbc1", "clearkey.no-content-protection")],
)
def test_a_filled_fragment_is_found_where_no_player_reads_one(system: str, scheme: str, check: str) -> None:
    ask = asking(system, '<cpix:HLSSignalingData playlist="media"/>', scheme)
    here = f"(//cpix:DRMSystem[@systemId='{system}'])[1]"
    filled = add(here, "<cpix:ContentProtectionData>AAAA</cpix:ContentProtectionData>", 0)
    assert "no ContentProtectionData; seen: one of 3 bytes" in finds(check, filled, ask)
    empty = add(here, "<cpix:ContentProtectionData/>", 0)
    assert finds(check, empty, ask) == ""


def test_awss_suite_wants_no_element_at_all() -> None:
    check, here = "fairplay.no-content-protection-element", f"(//cpix:DRMSystem[@systemId='{FAIRPLAY}'])[1]"
    ask = asking(FAIRPLAY, '<cpix:HLSSignalingData playlist="media"/>')
    assert "seen: an empty one" in finds(check, add(here, "<cpix:ContentProtectionData/>", 0), ask)
    assert "one of 4 characters" in finds(
        check, add(here, "<cpix:ContentProtectionData>AAAA</cpix:ContentProtectionData>", 0), ask
    )
    asked_for = answered(asking(FAIRPLAY, PROTECTION + '<cpix:HLSSignalingData playlist="media"/>'))
    assert says(check, asked_for).startswith("not applicable")


def test_a_pssh_that_nothing_reads_is_told() -> None:
    check, ask = "drm.no-pssh-without-box-format", asking(FAIRPLAY, '<cpix:HLSSignalingData playlist="media"/>')
    here = f"(//cpix:DRMSystem[@systemId='{FAIRPLAY}'])[1]"
    own = base64.b64encode(box(system=UUID(FAIRPLAY))).decode()
    assert "an empty PSSH, or none; seen: one of 32 bytes" in finds(
        check, add(here, f"<cpix:PSSH>{own}</cpix:PSSH>", 0), ask
    )
    assert finds(check, add(here, "<cpix:PSSH/>", 0), ask) == ""
    assert says(check, answered(BOTH)) == "is not asked of such a request"
