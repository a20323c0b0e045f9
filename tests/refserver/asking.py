"""A small maker of requests for the tests of the reference key server, independent of the suite's own."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from lxml import etree

from conformance.refserver import Config, Fault, HttpAnswer, HttpRequest, ServerState, answer

NS = {
    "cpix": "urn:dashif:org:cpix",
    "pskc": "urn:ietf:params:xml:ns:keyprov:pskc",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "enc": "http://www.w3.org/2001/04/xmlenc#",
}
WIDEVINE = "edef8ba9-79d6-4ace-a3c8-27dcd51d21ed"
PLAYREADY = "9a04f079-9840-4286-ab92-e65be0885f95"
FAIRPLAY = "94ce86fb-07ff-4f43-adb8-93d2fa968ca2"
CLEARKEY = "3ea8778f-7742-4bf9-b18b-e834b2acbd47"
COMMON = "1077efec-c0b2-4d02-ace3-3c1e52e2fb4b"
IRDETO = "80a6be7e-1448-4c37-9e70-d5aebe04c8d2"
WISEPLAY = "3d5e6d35-9b9a-41e8-b843-dd3c6e72c42c"
KIDS = tuple(f"{n:02x}a1b2c3-d4e5-4f60-8{n % 16:x}12-3456789abcd{n % 16:x}" for n in range(1, 65))
IV = base64.b64encode(bytes(range(16))).decode()
VIDEO_AUDIO = (("VIDEO", "<cpix:VideoFilter/>"), ("AUDIO", "<cpix:AudioFilter/>"))
SIGNALS = (
    "<cpix:PSSH/><cpix:ContentProtectionData/>"
    '<cpix:HLSSignalingData playlist="media"/><cpix:HLSSignalingData playlist="master"/>'
)


@dataclass
class Ask:
    """One request in the making; every part can be replaced by a test."""

    version: str = "2.0"
    scheme: str = "cbcs"
    content_id: str = "film-1"
    systems: tuple[str, ...] = (WIDEVINE, PLAYREADY, FAIRPLAY)
    contract: tuple[tuple[str, str], ...] = VIDEO_AUDIO
    explicit_iv: str | None = IV
    periods: tuple[str, ...] = ('id="keyPeriod_1" index="1"',)
    certificates: tuple[str, ...] = ()
    signals: str = SIGNALS
    edits: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = field(default=())
    method: str = "POST"

    def edited(self, *edits: tuple[str, str]) -> Ask:
        """Replace texts of the finished document."""
        return replace(self, edits=self.edits + edits)

    def body(self) -> bytes:
        """Write the request document."""
        kids = KIDS[: len(self.contract)]
        iv = f' explicitIV="{self.explicit_iv}"' if self.explicit_iv is not None else ""
        keys = "".join(
            f'<cpix:ContentKey{iv} kid="{kid}" commonEncryptionScheme="{self.scheme}"></cpix:ContentKey>'
            for kid in kids
        )
        systems = "".join(
            f'<cpix:DRMSystem kid="{kid}" systemId="{system}">{self.signals}</cpix:DRMSystem>'
            for kid in kids
            for system in self.systems
        )
        period = '<cpix:KeyPeriodFilter periodId="keyPeriod_1"/>' if self.periods else ""
        rules = "".join(
            f'<cpix:ContentKeyUsageRule kid="{kid}" intendedTrackType="{track}">{period}{filters}'
            "</cpix:ContentKeyUsageRule>"
            for kid, (track, filters) in zip(kids, self.contract, strict=True)
        )
        timing = "".join(f"<cpix:ContentKeyPeriod {one}/>" for one in self.periods)
        periods = f"<cpix:ContentKeyPeriodList>{timing}</cpix:ContentKeyPeriodList>" if self.periods else ""
        recipients = "".join(
            f'<cpix:DeliveryData id="origin{index}"><cpix:DeliveryKey><ds:X509Data><ds:X509Certificate>{one}'
            "</ds:X509Certificate></ds:X509Data></cpix:DeliveryKey></cpix:DeliveryData>"
            for index, one in enumerate(self.certificates)
        )
        delivery = f"<cpix:DeliveryDataList>{recipients}</cpix:DeliveryDataList>" if recipients else ""
        namespaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NS.items())
        cpix_version = {"2.0": "2.3", "2.1": "2.4"}[self.version]
        text = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<cpix:CPIX {namespaces} contentId="{self.content_id}" '
            f'version="{cpix_version}">{delivery}<cpix:ContentKeyList>{keys}</cpix:ContentKeyList>'
            f"<cpix:DRMSystemList>{systems}</cpix:DRMSystemList>{periods}"
            f"<cpix:ContentKeyUsageRuleList>{rules}</cpix:ContentKeyUsageRuleList></cpix:CPIX>"
        )
        for old, new in self.edits:
            if old not in text:
                raise AssertionError(f"the request has no {old!r}")
            text = text.replace(old, new)
        return text.encode()

    def request(self) -> HttpRequest:
        """Write the whole request."""
        headers = self.headers or (("Content-Type", "application/xml"), ("X-Speke-Version", self.version))
        return HttpRequest(self.method, "/speke", headers, self.body())

    def send(
        self, config: Config | None = None, faults: Sequence[Fault] = (), state: ServerState | None = None
    ) -> HttpAnswer:
        """Let the pure server answer."""
        return answer(self.request(), config, faults, state)

    def tree(
        self, config: Config | None = None, faults: Sequence[Fault] = (), state: ServerState | None = None
    ) -> etree._Element:
        """Let the pure server answer, and read an accepted answer."""
        got = self.send(config, faults, state)
        assert got.status == 200, got.body
        return etree.fromstring(got.body)


def attributes(element: etree._Element) -> dict[str, str]:
    """Give the attributes of an element as plain texts."""
    return {str(name): str(value) for name, value in element.attrib.items()}


def nodes(tree: etree._Element, path: str) -> list[etree._Element]:
    """Give the elements that an XPath finds."""
    found = tree.xpath(path, namespaces=NS)
    assert isinstance(found, list)
    return [one for one in found if isinstance(one, etree._Element)]


def texts(tree: etree._Element, path: str) -> list[str]:
    """Give the texts of elements, or the attribute values, that an XPath finds."""
    found = tree.xpath(path, namespaces=NS)
    assert isinstance(found, list)
    return [(one.text or "") if isinstance(one, etree._Element) else str(one) for one in found]


def values(tree: etree._Element, path: str) -> list[bytes]:
    """Give what the texts decode to."""
    return [base64.b64decode(one, validate=True) for one in texts(tree, path)]
