"""What is asked for comes back: echo, order, determinism, limits."""

from __future__ import annotations

import base64

import pytest
from lxml import etree

from conformance.refserver import Config
from tests.refserver.asking import (
    CLEARKEY,
    COMMON,
    FAIRPLAY,
    IRDETO,
    IV,
    KIDS,
    NS,
    PLAYREADY,
    WIDEVINE,
    Ask,
    attributes,
    nodes,
    texts,
    values,
)

FILTERED = (
    ("SD", '<cpix:VideoFilter maxPixels="589824" hdr="false"/>'),
    ("HD+HFR", '<cpix:VideoFilter minPixels="589825" minFps="25" maxFps="30"/><cpix:VideoFilter minFps="30"/>'),
    ("AUDIO", '<cpix:AudioFilter minChannels="1" maxChannels="2"/>'),
)


@pytest.mark.parametrize(("version", "cpix"), [("2.0", "2.3"), ("2.1", "2.4")])
def test_accepted_answer_has_the_headers_and_root_of_its_version(version: str, cpix: str) -> None:
    got = Ask(version=version).send()
    root = etree.fromstring(got.body)
    assert got.status == 200
    assert got.header("Content-Type") == "application/xml"
    assert got.header("X-Speke-Version") == version
    assert got.header("X-Speke-User-Agent")
    assert root.tag == f"{{{NS['cpix']}}}CPIX"
    assert root.get("version") == cpix


@pytest.mark.parametrize("content_id", ["film-1", "a/b&amp;c&quot;d", "zażółć 😀", "x" * 256])
def test_content_id_comes_back_unchanged(content_id: str) -> None:
    ask = Ask(content_id=content_id)
    asked = etree.fromstring(ask.body()).get("contentId")
    assert ask.tree().get("contentId") == asked


def test_contract_comes_back_unchanged() -> None:
    ask = Ask(contract=FILTERED)
    path = "//cpix:ContentKeyUsageRule"

    def contract(tree: etree._Element) -> list[object]:
        return [(attributes(rule), [(child.tag, attributes(child)) for child in rule]) for rule in nodes(tree, path)]

    assert contract(ask.tree()) == contract(etree.fromstring(ask.body()))


@pytest.mark.parametrize(
    "period",
    [
        'id="keyPeriod_1" index="7"',
        'id="keyPeriod_1" index="7" start="2026-01-01T00:00:00Z" end="2026-01-01T01:00:00+01:00"',
        'id="keyPeriod_1" start="2026-01-01T00:00:00" end="2026-01-01T00:05:00"',
        'id="keyPeriod_1" index="1" startOffset="PT0S" endOffset="PT6S"',
    ],
)
def test_periods_come_back_as_written(period: str) -> None:
    ask = Ask(version="2.1", periods=(period,))
    asked = attributes(nodes(etree.fromstring(ask.body()), "//cpix:ContentKeyPeriod")[0])
    assert attributes(nodes(ask.tree(), "//cpix:ContentKeyPeriod")[0]) == asked


def test_without_periods_none_are_invented() -> None:
    assert not nodes(Ask(periods=()).tree(), "//cpix:ContentKeyPeriodList | //cpix:KeyPeriodFilter")


def test_names_and_ids_come_back_and_the_root_id_does_not() -> None:
    tree = (
        Ask()
        .edited(
            ('version="2.3"', 'version="2.3" id="v1" name="Film"'),
            ("<cpix:ContentKeyList>", '<cpix:ContentKeyList id="keys">'),
            ("<cpix:DRMSystem ", '<cpix:DRMSystem name="N" '),
        )
        .tree()
    )
    assert (tree.get("name"), tree.get("id")) == ("Film", None)
    assert texts(tree, "//cpix:ContentKeyList/@id") == ["keys"]
    assert set(texts(tree, "//cpix:DRMSystem/@name")) == {"N"}


def test_lists_and_children_are_in_schema_order() -> None:
    ask = Ask(version="2.1", signals="<cpix:SmoothStreamingProtectionHeaderData/>" + Ask.signals)
    tree = ask.tree()
    local = [etree.QName(one).localname for one in tree]
    assert local == ["ContentKeyList", "DRMSystemList", "ContentKeyPeriodList", "ContentKeyUsageRuleList"]
    playready = nodes(tree, f"//cpix:DRMSystem[@systemId='{PLAYREADY}']")[0]
    assert [etree.QName(one).localname for one in playready] == [
        "PSSH",
        "ContentProtectionData",
        "HLSSignalingData",
        "HLSSignalingData",
        "SmoothStreamingProtectionHeaderData",
    ]
    assert [etree.QName(one).localname for one in nodes(tree, "//cpix:ContentKey")[0]] == ["HDCPData", "Data"]


def test_every_placeholder_is_filled() -> None:
    for scheme, systems in (("cbcs", (WIDEVINE, PLAYREADY, COMMON)), ("cenc", (WIDEVINE, IRDETO)), ("cbc1", (COMMON,))):
        tree = Ask(scheme=scheme, systems=systems).tree()
        assert len(nodes(tree, "//cpix:DRMSystem/*")) == 2 * len(systems) * 4
        assert all(texts(tree, "//cpix:DRMSystem/*"))


@pytest.mark.parametrize(("system", "scheme"), [(FAIRPLAY, "cbcs"), (CLEARKEY, "cbc1")])
def test_systems_without_a_box_format_answer_hls_lines_only(system: str, scheme: str) -> None:
    tree = Ask(scheme=scheme, systems=(system,)).tree()
    assert {etree.QName(one).localname for one in nodes(tree, "//cpix:DRMSystem/*")} == {"HLSSignalingData"}
    assert nodes(Ask(systems=(FAIRPLAY,)).tree(Config(empty_fairplay_pssh=True)), "//cpix:PSSH")


def test_keys_are_stable_distinct_and_of_their_content() -> None:
    keys = values(Ask().tree(), "//pskc:PlainValue")
    assert keys == values(Ask().tree(), "//pskc:PlainValue")
    assert len(set(keys)) == 2
    assert {len(key) for key in keys} == {16}
    assert not set(keys) & set(values(Ask(content_id="film-2").tree(), "//pskc:PlainValue"))
    assert not set(keys) & set(values(Ask().tree(Config(seed="other")), "//pskc:PlainValue"))


def test_keys_depend_on_nothing_else() -> None:
    keys = values(Ask().tree(), "//pskc:PlainValue")
    shouted = Ask().edited((KIDS[0], KIDS[0].upper()), ("cpix:", "x:"), (":cpix=", ":x="))
    for ask in (Ask(systems=(WIDEVINE,)), Ask(version="2.1"), Ask(scheme="cenc", systems=(WIDEVINE,)), shouted):
        assert values(ask.tree(), "//pskc:PlainValue") == keys


def test_explicit_iv_is_echoed_made_or_left_out() -> None:
    path = "//cpix:ContentKey/@explicitIV"
    assert texts(Ask().tree(), path) == [IV, IV]
    made = texts(Ask(explicit_iv="").tree(), path)
    assert made == texts(Ask(explicit_iv=None).tree(), path)
    assert {len(base64.b64decode(one)) for one in made} == {16}
    cenc = Ask(explicit_iv=None, scheme="cenc", systems=(WIDEVINE,))
    assert len(texts(cenc.tree(), path)) == 2
    assert not texts(cenc.tree(Config(explicit_iv_when_missing="cbc-schemes")), path)
    assert texts(cenc.tree(Config(explicit_iv_fresh=True)), path) != texts(cenc.tree(), path)
    assert texts(Ask(explicit_iv="L6jzdXrXAFbCJGBuMrrKrG==").tree(), path)[0] == "L6jzdXrXAFbCJGBuMrrKrG=="


def test_kid_override_is_the_same_everywhere() -> None:
    config = Config(kid_override=True)
    tree = Ask().tree(config)
    kids = texts(tree, "//cpix:ContentKey/@kid")
    assert not set(kids) & set(KIDS)
    assert texts(tree, "//cpix:ContentKeyUsageRule/@kid") == kids
    assert set(texts(tree, "//cpix:DRMSystem/@kid")) == set(kids)
    assert kids == texts(Ask().tree(config), "//cpix:ContentKey/@kid")
    assert values(tree, "//pskc:PlainValue") == values(Ask().tree(config), "//pskc:PlainValue")
    boxes = values(tree, f"//cpix:DRMSystem[@systemId='{WIDEVINE}']/cpix:PSSH")
    assert all(bytes.fromhex(kid.replace("-", "")) in box for kid, box in zip(kids, boxes, strict=True))


def test_unsupported_filters_are_echoed_dropped_or_refused() -> None:
    ask = Ask().edited(
        ("<cpix:VideoFilter/>", '<cpix:VideoFilter wcg="true"/><cpix:BitrateFilter maxBitrate="5"/>'),
    )
    echoed = ask.tree()
    assert texts(echoed, "//cpix:VideoFilter/@wcg") == ["true"]
    assert nodes(echoed, "//cpix:BitrateFilter")
    dropped = ask.tree(Config(unsupported_filters="drop"))
    assert not nodes(dropped, "//cpix:BitrateFilter | //cpix:VideoFilter[@wcg]")
    assert ask.send(Config(unsupported_filters="refuse")).body == b"Malformed encryption contract"


def test_additions_of_2_1_stay_out_of_2_0() -> None:
    path = "//cpix:HDCPData | //cpix:ContentProtectionData[@robustness] | //cpix:DRMSystem[@HLSAllowedCPC]"
    assert len(nodes(Ask(version="2.1").tree(), path)) == 1 + 4 + 6
    assert not nodes(Ask(version="2.0").tree(), path)
    assert not nodes(Ask(version="2.1").tree(Config(extras_2_1=False)), path)
    high = Ask(version="2.1", contract=(("UHD", '<cpix:VideoFilter minPixels="2073601"/>'),)).tree()
    assert texts(high, "//cpix:HDCPData/@HLSHDCPLevel") == ["TYPE-1"]
    fragment = etree.fromstring(values(high, "//cpix:HDCPOutputProtectionData")[0])
    assert fragment.get("value") == "2.2"


def test_request_prefixes_are_free() -> None:
    ask = Ask().edited(("cpix:", "q:"), (":cpix=", ":q="), (":pskc=", ":pksc="))
    assert len(values(ask.tree(), "//pskc:PlainValue")) == 2


def test_an_error_inside_is_a_plain_500() -> None:
    got = Ask().send(Config(encryption=None, seed=None))  # type: ignore[arg-type]
    assert (got.status, got.body) == (500, b"Internal error.")
