"""The typed view: everything SPEKE uses is found, whatever is odd is kept as it is, and nothing raises."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from conformance.cpix.errors import DecodeError
from conformance.cpix.reader import read, same_uuid, uuid_of, view
from conformance.cpix.xml import CPIX, DS, ENC, PSKC

A = "98ee5596-cd3e-a20d-163a-e382420c6eff"
B = "53abdba2-f210-43cb-bc90-f18f9a890a02"

DOCUMENT = f"""<?xml version="1.0"?>
<c:CPIX xmlns:c="{CPIX}" xmlns:k="{PSKC}" xmlns:e="{ENC}" xmlns:d="{DS}" contentId="film" version="2.4" name="">
  <c:DeliveryDataList><c:DeliveryData id="me">
    <c:DeliveryKey><d:X509Data><d:X509Certificate> AA
      BB </d:X509Certificate></d:X509Data></c:DeliveryKey>
    <c:DocumentKey encryptsKey="{A}"><c:Data><k:Secret>
      <k:EncryptedValue><e:EncryptionMethod Algorithm="u:rsa"><d:DigestMethod Algorithm="u:sha"/></e:EncryptionMethod>
        <e:CipherData><e:CipherValue>Q0s=</e:CipherValue></e:CipherData></k:EncryptedValue>
      <k:ValueMAC>TUFD</k:ValueMAC></k:Secret></c:Data></c:DocumentKey>
    <c:MACMethod Algorithm="u:hmac">
      <k:MACKey><e:CipherData><e:CipherValue>MQ==</e:CipherValue></e:CipherData></k:MACKey>
      <c:Key><k:EncryptedValue><e:CipherData><e:CipherValue>Mg==</e:CipherValue></e:CipherData></k:EncryptedValue>
      </c:Key>
      <c:Key><e:EncryptionMethod Algorithm="u:x"/><e:CipherData><e:CipherReference URI="http://a/"/></e:CipherData>
      </c:Key>
    </c:MACMethod>
  </c:DeliveryData></c:DeliveryDataList>
  <c:ContentKeyList>
    <c:ContentKey kid="{A}" commonEncryptionScheme="cbcs" explicitIV="" id="k" Algorithm="u:a" dependsOnKey="x">
      <c:HDCPData HLSHDCPLevel="TYPE-1"><c:HDCPOutputProtectionData>PGEvPg==</c:HDCPOutputProtectionData></c:HDCPData>
      <c:Data><k:Secret><k:PlainValue> A<!-- x -->A== </k:PlainValue><k:ValueMAC>Vg==</k:ValueMAC></k:Secret>
      <k:Secret><k:PlainValue/></k:Secret></c:Data></c:ContentKey>
    <c:ContentKey/>
  </c:ContentKeyList>
  <c:ContentKeyList><c:ContentKey kid="{B.upper()}"/></c:ContentKeyList>
  <c:DRMSystemList><c:DRMSystem kid="{A}" systemId="{B}" name="wv" HLSAllowedCPC="a:B">
    <c:HLSSignalingData playlist="media">SA==</c:HLSSignalingData>
    <c:HLSSignalingData>SQ==</c:HLSSignalingData>
    <c:ContentProtectionData robustness="HW">Qw==</c:ContentProtectionData><c:PSSH/>
    <c:SmoothStreamingProtectionHeaderData>Uw==</c:SmoothStreamingProtectionHeaderData>
  </c:DRMSystem></c:DRMSystemList>
  <c:ContentKeyPeriodList><c:ContentKeyPeriod id="p" index="1" start="s" end="e" startOffset="so" endOffset="eo"
    label="l" duration="d"/></c:ContentKeyPeriodList>
  <c:ContentKeyUsageRuleList><c:ContentKeyUsageRule kid="{A}" intendedTrackType="SD+HD">
    <c:KeyPeriodFilter periodId="p"/><c:KeyPeriodFilter/><c:VideoFilter maxPixels="1"/><c:AudioFilter/><c:VideoFilter/>
    <AudioFilter minChannels="3"/>
  </c:ContentKeyUsageRule></c:ContentKeyUsageRuleList>
</c:CPIX>"""


def test_root() -> None:
    cpix = read(b"\xef\xbb\xbf" + DOCUMENT.encode())
    assert (cpix.content_id, cpix.version, cpix.name, cpix.id, cpix.bom) == ("film", "2.4", "", None, True)
    assert dict(cpix.list_counts) == {
        "DeliveryDataList": 1,
        "ContentKeyList": 2,
        "DRMSystemList": 1,
        "ContentKeyPeriodList": 1,
        "ContentKeyUsageRuleList": 1,
    }


def test_content_keys() -> None:
    first, empty, other = read(DOCUMENT.encode()).content_keys
    assert (first.kid, first.scheme, first.explicit_iv, first.id) == (A, "cbcs", "", "k")
    assert (first.algorithm, first.depends_on_key, first.data_count, first.secret_count) == ("u:a", "x", 1, 2)
    assert first.plain_values == ("AA==", "") and first.plain_value == "AA==" and first.value_mac == "Vg=="
    assert [(h.level, h.output_protection[0].text) for h in first.hdcp] == [("TYPE-1", "PGEvPg==")]
    assert (empty.kid, empty.plain_value, empty.data_count, empty.encrypted) == (None, None, 0, ())
    assert other.where == "/CPIX/ContentKeyList[2]/ContentKey"


def test_drm_systems() -> None:
    (system,) = read(DOCUMENT.encode()).drm_systems
    assert (system.kid, system.system_id, system.name, system.id, system.hls_allowed_cpc) == (A, B, "wv", None, "a:B")
    assert [(v.text, v.playlist) for v in system.hls] == [("SA==", "media"), ("SQ==", None)]
    assert [(v.text, v.robustness) for v in system.content_protection] == [("Qw==", "HW")]
    assert [v.text for v in system.pssh] == [""] and system.smooth[0].text == "Uw=="
    assert system.pssh[0].where == "/CPIX/DRMSystemList/DRMSystem/PSSH"


def test_periods_and_rules() -> None:
    cpix = read(DOCUMENT.encode())
    (period,) = cpix.periods
    assert (period.id, period.index, period.start, period.end) == ("p", "1", "s", "e")
    assert (period.start_offset, period.end_offset, period.label, period.duration) == ("so", "eo", "l", "d")
    (rule,) = cpix.rules
    assert [f.kind for f in rule.filters] == [
        *("KeyPeriodFilter", "KeyPeriodFilter", "VideoFilter", "AudioFilter", "VideoFilter", "no-namespace:AudioFilter")
    ]
    assert rule.period_ids == ("p",) and len(rule.video) == 2 and len(rule.audio) == 1
    assert dict(rule.video[0].attributes) == {"maxPixels": "1"}


def test_delivery_data() -> None:
    (delivery,) = read(DOCUMENT.encode()).delivery
    assert (delivery.id, delivery.mac_method_algorithm, delivery.mac_method_count) == ("me", "u:hmac", 1)
    assert [c.split() for c in delivery.certificates] == [["AA", "BB"]]
    (document_key,) = delivery.document_keys
    assert (document_key.encrypts_key, document_key.value_mac, document_key.layout) == (A, "TUFD", "cpix:DocumentKey")
    encrypted = document_key.encrypted
    assert encrypted is not None
    assert (encrypted.algorithm, encrypted.digest_method, encrypted.cipher_value) == ("u:rsa", "u:sha", "Q0s=")
    assert [key.layout for key in delivery.mac_keys] == ["pskc:MACKey", "cpix:Key/pskc:EncryptedValue", "cpix:Key/enc"]
    assert [key.encrypted and key.encrypted.cipher_value for key in delivery.mac_keys] == ["MQ==", "Mg==", None]
    assert [key.encrypted and key.encrypted.has_reference for key in delivery.mac_keys] == [False, False, True]


def test_values_do_not_show_in_representations() -> None:
    assert "AA==" not in repr(read(DOCUMENT.encode()))


@pytest.mark.parametrize("root", ["<CPIX/>", f'<Cpix xmlns="{CPIX}"/>', f'<KeyContainer xmlns="{PSKC}"/>'])
def test_another_root_is_refused(root: str) -> None:
    with pytest.raises(DecodeError) as caught:
        read(root.encode())
    assert caught.value.code == "cpix.wrong-root"


def test_an_empty_document_is_viewed() -> None:
    cpix = read(f'<CPIX xmlns="{CPIX}"/>'.encode())
    assert (cpix.content_id, cpix.version, cpix.content_keys, cpix.delivery) == (None, None, (), ())


@given(st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=150)
def test_any_arrangement_of_the_elements_is_viewed(rng: random.Random) -> None:
    """Elements and attributes in the wrong places, repeated or missing."""
    root = etree.fromstring(DOCUMENT.encode())
    elements = [element for element in root.iter("*") if element is not root]
    for element in rng.sample(elements, 8):
        target = rng.choice(elements)
        if target not in element.iter("*"):
            target.append(element)
        for name in list(element.keys()):
            if rng.random() < 0.5:
                del element.attrib[name]
    cpix = view(root)
    assert all(node.where.startswith("/CPIX/") for node in (*cpix.content_keys, *cpix.drm_systems, *cpix.rules))


@given(st.binary(max_size=200).map(lambda tail: f'<CPIX xmlns="{CPIX}">'.encode() + tail))
@settings(deadline=None, max_examples=150)
def test_arbitrary_bytes_raise_decode_errors_only(body: bytes) -> None:
    try:
        read(body)
    except DecodeError as error:
        assert error.code.startswith(("xml.", "cpix."))


def test_uuids_are_strict_but_of_either_case() -> None:
    assert uuid_of(A.upper()) == uuid_of(A) is not None
    assert same_uuid(A, A.upper()) and not same_uuid(A, B) and not same_uuid(None, None) and not same_uuid("", "")
    for text in (None, "", A + "\n", " " + A, "{" + A + "}", A.replace("-", ""), "urn:uuid:" + A, A[:-1] + "g"):
        assert uuid_of(text) is None
