"""The key server of Acme DRM: Widevine by SPEKE 2.0, with Flask. Keys live in memory; a real one has a database."""

import base64
import os
import struct
import uuid

from flask import Flask, Response, request
from lxml import etree

CPIX, PSKC = "urn:dashif:org:cpix", "urn:ietf:params:xml:ns:keyprov:pskc"
NS = {"cpix": CPIX}
WIDEVINE = uuid.UUID("edef8ba9-79d6-4ace-a3c8-27dcd51d21ed")
METHODS = {"cenc": "SAMPLE-AES-CTR", "cbcs": "SAMPLE-AES"}
FILTERS = {
    "VideoFilter": {"minPixels", "maxPixels", "minFps", "maxFps", "hdr", "wcg"},
    "AudioFilter": {"minChannels", "maxChannels"},
    "KeyPeriodFilter": {"periodId"},
    "BitrateFilter": {"minBitrate", "maxBitrate"},
}

app = Flask(__name__)
keys: dict[tuple[str, str], tuple[bytes, bytes]] = {}
"""Key and IV, by what they were made for."""


class Refused(Exception):
    """The request cannot be served; the text goes to the encryptor."""


@app.post("/speke/v2.0/copyProtection")
def copy_protection() -> Response:
    """Answer one request with its own document, filled in."""
    headers = {"X-Speke-Version": "2.0", "X-Speke-User-Agent": "acme-drm/1.4"}
    try:
        if request.headers.get("X-Speke-Version") != "2.0":
            raise Refused("This server speaks SPEKE 2.0")
        document = parse(request.get_data())
        check(document)
        fill(document)
    except Refused as reason:
        return Response(str(reason), 422, headers, content_type="text/plain; charset=utf-8")
    return Response(etree.tostring(document, xml_declaration=True, encoding="UTF-8"), 200, headers, "application/xml")


def parse(body: bytes) -> etree._Element:
    """The document, if it is plain CPIX."""
    try:
        root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True))
    except etree.XMLSyntaxError:
        raise Refused("The body is not XML") from None
    if root.getroottree().docinfo.doctype or root.tag != f"{{{CPIX}}}CPIX":
        raise Refused("The body is not a CPIX document")
    return root


def find(element: etree._Element, path: str) -> list[etree._Element]:
    """The CPIX elements at a path."""
    return list(element.xpath(path, namespaces=NS))


def kid_of(element: etree._Element) -> uuid.UUID:
    """The KID of a ContentKey, DRMSystem or rule."""
    return uuid_from(element.get("kid", ""))


def uuid_from(text: str) -> uuid.UUID:
    """A UUID, if it is one."""
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Refused(f"{text!r} is no UUID") from None


def check(document: etree._Element) -> None:
    """Refuse what cannot be served."""
    if not document.get("contentId"):
        raise Refused("contentId is required")
    if not document.get("version"):
        raise Refused("version is required")
    if document.get("version") != "2.3":
        raise Refused("version must be 2.3")
    if find(document, "cpix:DeliveryDataList"):
        raise Refused("Encrypted keys are not supported")
    content_keys, systems = find(document, "cpix:ContentKeyList/*"), find(document, "cpix:DRMSystemList/*")
    kids = [kid_of(key) for key in content_keys]
    doubled = len(set(kids)) < len(kids) or len({kid_of(one) for one in systems}) < len(systems)
    if not kids or not systems or doubled:
        raise Refused("There must be content keys, each with a kid of its own, and DRM systems")
    for key in content_keys:
        if not key.get("commonEncryptionScheme"):
            raise Refused("commonEncryptionScheme is required")
    schemes = {key.get("commonEncryptionScheme") for key in content_keys}
    if len(schemes) > 1:
        raise Refused("All keys must have the same commonEncryptionScheme")
    for system in systems:
        if uuid_from(system.get("systemId", "")) != WIDEVINE or kid_of(system) not in kids:
            raise Refused("Only Widevine, for keys of the document")
        if not schemes <= set(METHODS):
            raise Refused("commonEncryptionScheme must be cenc or cbcs")
    check_contract(find(document, "cpix:ContentKeyUsageRuleList/*"), kids)
    check_periods(document)


def check_contract(rules: list[etree._Element], kids: list[uuid.UUID]) -> None:
    """Refuse an encryption contract that is missing or malformed."""
    if not any(find(rule, "cpix:VideoFilter|cpix:AudioFilter") for rule in rules):
        raise Refused("There must be usage rules with filters")
    seen = set()
    for rule in rules:
        track = rule.get("intendedTrackType", "")
        periods = frozenset(one.get("periodId") for one in find(rule, "cpix:KeyPeriodFilter"))
        video, audio = find(rule, "cpix:VideoFilter"), find(rule, "cpix:AudioFilter")
        wanted = 2 if track == "ALL" else track.count("+") + 1
        shared = track == "ALL" and (len(video) != 1 or any(one.attrib for one in video + audio) or len(rules) > 1)
        single = track == "SD+HD1" and len(video) == 1 and not audio
        unknown = any(set(one.attrib) - FILTERS.get(etree.QName(one).localname, set()) for one in rule)
        unknown = unknown or any(etree.QName(one).localname not in FILTERS for one in rule)
        counts = len(video) + len(audio) == wanted or single
        if not all(track.split("+")) or (track, periods) in seen or not counts or shared or unknown:
            raise Refused("A usage rule is wrong")
        seen.add((track, periods))
    if sorted(kid_of(rule) for rule in rules) != sorted(kids):
        raise Refused("A usage rule is wrong")


def check_periods(document: etree._Element) -> None:
    """Refuse periods that cannot be told apart, and rules for periods that are not there."""
    periods = find(document, "cpix:ContentKeyPeriodList/cpix:ContentKeyPeriod")
    ids = {one.get("id") for one in periods}
    named = {one.get("periodId") for one in find(document, "//cpix:KeyPeriodFilter")}
    if not named <= ids or len(ids) < len(periods) or not all(one.get("index") for one in periods):
        raise Refused("A period has no id or index of its own, or a rule names none that is there")


def fill(document: etree._Element) -> None:
    """Give every placeholder its value."""
    scheme = find(document, "//cpix:ContentKey")[0].get("commonEncryptionScheme", "")
    tracks = {kid_of(rule): rule.get("intendedTrackType", "") for rule in find(document, "//cpix:ContentKeyUsageRule")}
    for key in find(document, "//cpix:ContentKey"):
        place = (document.get("contentId", ""), tracks[kid_of(key)])
        value, iv = keys.setdefault(place, (os.urandom(16), os.urandom(16)))
        if key.get("explicitIV") == "":
            key.set("explicitIV", base64.b64encode(iv).decode())
        secret = etree.SubElement(etree.SubElement(key, f"{{{CPIX}}}Data"), f"{{{PSKC}}}Secret", nsmap={"pskc": PSKC})
        etree.SubElement(secret, f"{{{PSKC}}}PlainValue").text = base64.b64encode(value).decode()
    box = base64.b64encode(pssh_box(kid_of(find(document, "//cpix:ContentKey")[0]), scheme)).decode()
    for system in find(document, "//cpix:DRMSystem"):
        signal(system, box, METHODS[scheme])


def signal(system: etree._Element, pssh: str, method: str) -> None:
    """Fill the placeholders of one DRMSystem."""
    fragment = f'<cenc:pssh xmlns:cenc="urn:mpeg:cenc:2013">{pssh}</cenc:pssh>'
    line = f'METHOD={method},URI="data:text/plain;base64,{pssh}",KEYFORMAT="urn:uuid:{WIDEVINE}",KEYFORMATVERSIONS="1"'
    tags = {"media": f"#EXT-X-KEY:{line}", "master": f"#EXT-X-SESSION-KEY:{line}"}
    for one in system:
        name = etree.QName(one).localname
        if name == "PSSH":
            one.text = pssh
        elif name == "ContentProtectionData":
            one.text = base64.b64encode(fragment.encode()).decode()
        elif name == "HLSSignalingData" and one.get("playlist") in tags:
            one.text = base64.b64encode(tags[one.get("playlist", "")].encode()).decode()
        else:
            raise Refused(f"{name} is not supported")


def pssh_box(kid: uuid.UUID, scheme: str) -> bytes:
    """A Widevine pssh box, version 0: key id, provider and protection scheme."""
    data = b"\x12\x10" + kid.bytes + b"\x1a\x04acme" + b"\x48" + varint(int.from_bytes(scheme.encode(), "big"))
    return struct.pack(">I4sI16sI", 32 + len(data), b"pssh", 0, WIDEVINE.bytes, len(data)) + data


def varint(number: int) -> bytes:
    """A protobuf number."""
    found = b""
    while number > 0x7F:
        found, number = found + bytes([number & 0x7F | 0x80]), number >> 7
    return found + bytes([number])


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "8080")))
