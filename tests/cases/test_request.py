"""The request document that follows from a plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.cases import Seed
from tests.cases.writing import built, one, texts, tree

RICH = """
request:
  contract: [PRESET-VIDEO-2, PRESET-AUDIO-1]
  systems: {exactly: [widevine, playready, fairplay]}
  scheme: cbcs
  signalling: [pssh, content-protection, hls, smooth]
  periods: [{label: now, index: "1"}, {label: next, index: "2"}]
  encrypt-to: [rsa-2048, rsa-2048-b]
"""


def test_the_headers_and_the_method(tmp_path: Path) -> None:
    request = built(one(tmp_path, "expect: accepted", version="2.1"))
    assert (request.method, request.url) == ("POST", "http://127.0.0.1/speke")
    assert dict(request.headers) == {
        "Content-Type": "application/xml",
        "X-Speke-Version": "2.1",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
    }


@pytest.mark.parametrize(("version", "cpix"), [("2.0", "2.3"), ("2.1", "2.4")])
def test_the_root_names_content_and_version(version: str, cpix: str, tmp_path: Path) -> None:
    root = tree(built(one(tmp_path, "expect: accepted", version=version)))
    assert root.items() == [("contentId", "spk2c-tests-A-CASE-2-0"), ("version", cpix)]


def test_versions_may_be_crossed(tmp_path: Path) -> None:
    request = built(one(tmp_path, 'request: {cpix-version: "2.4", speke-version: "9.9", content-id: "a/{id}&b"}'))
    root = tree(request)
    assert dict(request.headers)["X-Speke-Version"] == "9.9"
    assert root.items() == [("contentId", "a/spk2c-tests-A-CASE-2-0&b"), ("version", "2.4")]


def test_lists_and_children_stand_in_the_order_of_the_schema(tmp_path: Path) -> None:
    root = tree(built(one(tmp_path, RICH)))
    assert texts(root, "/cpix:CPIX/*") == [
        "DeliveryDataList",
        "ContentKeyList",
        "DRMSystemList",
        "ContentKeyPeriodList",
        "ContentKeyUsageRuleList",
    ]
    assert texts(root, "//cpix:ContentKeyUsageRule[1]/*") == ["KeyPeriodFilter", "VideoFilter"]


@pytest.mark.parametrize(
    ("system", "children"),
    [
        ("widevine", ["PSSH", "ContentProtectionData", "HLSSignalingData", "HLSSignalingData"]),
        (
            "playready",
            [
                "PSSH",
                "ContentProtectionData",
                "HLSSignalingData",
                "HLSSignalingData",
                "SmoothStreamingProtectionHeaderData",
            ],
        ),
        ("fairplay", ["HLSSignalingData", "HLSSignalingData"]),
    ],
)
def test_each_system_gets_the_placeholders_that_it_takes(system: str, children: list[str], tmp_path: Path) -> None:
    step = one(
        tmp_path,
        f"request: {{systems: {{exactly: [{system}]}}, scheme: cbcs, "
        "signalling: [smooth, hls, content-protection, pssh]}",
    )
    root = tree(built(step))
    found = texts(root, "//cpix:DRMSystem[1]/*")
    assert found == children or (system == "fairplay" and found[-2:] == children)
    assert texts(root, "//cpix:DRMSystem[1]/cpix:HLSSignalingData/@playlist") == ["media", "master"]
    assert all(element.text is None for element in root.iter("{*}DRMSystem", "{*}PSSH", "{*}HLSSignalingData"))


def test_what_is_not_asked_for_is_not_sent(tmp_path: Path) -> None:
    root = tree(built(one(tmp_path, "request: {systems: {exactly: [playready]}, signalling: [pssh], scheme: cenc}")))
    assert set(texts(root, "//cpix:DRMSystem/*")) == {"PSSH"}


def test_one_key_for_each_rule_and_period_with_the_kids_to_match(tmp_path: Path) -> None:
    root = tree(built(one(tmp_path, RICH)))
    kids = texts(root, "//cpix:ContentKey/@kid")
    assert len(kids) == len(set(kids)) == 3 * 2
    assert texts(root, "//cpix:ContentKeyUsageRule/@kid") == kids
    assert texts(root, "//cpix:DRMSystem/@kid") == [kid for kid in kids for _ in range(3)]
    periods = texts(root, "//cpix:ContentKeyPeriod/@id")
    assert len(set(periods)) == 2
    assert texts(root, "//cpix:KeyPeriodFilter/@periodId") == [period for period in periods for _ in range(3)]
    assert texts(root, "//cpix:ContentKeyPeriod/@index") == ["1", "2"]


def test_the_identity_is_that_of_the_content_and_not_of_the_step(tmp_path: Path) -> None:
    one_step = one(tmp_path, "request: {scheme: cenc}")
    other = one(tmp_path, "request: {scheme: cbcs, systems: {exactly: [widevine]}}")
    different = one(tmp_path, "request: {content: B}")
    kids = [texts(tree(built(step)), "//cpix:ContentKey/@kid") for step in (one_step, other, different)]
    assert kids[0] == kids[1] != kids[2]


@pytest.mark.parametrize(("choice", "count"), [("all", 2), ("first", 1), ("none", 0)])
def test_explicit_ivs(choice: str, count: int, tmp_path: Path) -> None:
    root = tree(built(one(tmp_path, f"request: {{explicit-iv: {choice}}}")))
    assert len(texts(root, "//cpix:ContentKey/@explicitIV")) == count
    assert texts(root, "//cpix:ContentKey/@commonEncryptionScheme") == ["cbcs", "cbcs"]


def test_a_system_may_be_given_as_a_uuid(tmp_path: Path) -> None:
    uuid = "6dd8b3c3-45f4-4a68-bf3a-64168d01a4a6"
    root = tree(built(one(tmp_path, f"request: {{systems: {{asked: [{uuid}]}}, scheme: cenc}}")))
    assert set(texts(root, "//cpix:DRMSystem/@systemId")) == {uuid}
    assert texts(root, "//cpix:DRMSystem[1]/*") == ["PSSH", "ContentProtectionData"] + ["HLSSignalingData"] * 2


def test_an_empty_drm_system_is_asked_for_in_words(tmp_path: Path) -> None:
    root = tree(built(one(tmp_path, "request: {systems: {asked: [nagra]}, scheme: cenc, signalling: none}")))
    assert set(texts(root, "//cpix:DRMSystem/@systemId")) == {"adb41c24-2dbf-4a6d-958b-4457c0d27b95"}
    assert texts(root, "//cpix:DRMSystem/*") == []


def test_each_recipient_gets_a_certificate(tmp_path: Path) -> None:
    root = tree(built(one(tmp_path, RICH)))
    assert len(set(texts(root, "//ds:X509Certificate/text()"))) == 2
    assert texts(root, "//cpix:DeliveryData/@id") == ["recipient1", "recipient2"]
    path = "/cpix:CPIX/cpix:DeliveryDataList/cpix:DeliveryData/cpix:DeliveryKey/ds:X509Data/ds:X509Certificate"
    assert len(texts(root, path)) == 2


def test_filters_are_written_in_the_order_of_the_schema(tmp_path: Path) -> None:
    step = one(
        tmp_path,
        "request: {rules: [{type: X, filters: "
        "[{bitrate: {minBitrate: 1}}, {audio: {maxChannels: 2}}, {video: {hdr: true}}, {label: {label: l}}]}]}",
    )
    root = tree(built(step))
    assert texts(root, "//cpix:ContentKeyUsageRule/*") == ["LabelFilter", "VideoFilter", "AudioFilter", "BitrateFilter"]
    assert texts(root, "//cpix:VideoFilter/@hdr") == ["true"]


def test_the_same_seed_sends_the_same_bytes(tmp_path: Path) -> None:
    step = one(tmp_path, RICH)
    assert built(step, seed=Seed("s")) == built(step, seed=Seed("s"))
    assert built(step, seed=Seed("s")).body != built(step, seed=Seed("t")).body
