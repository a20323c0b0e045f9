"""The answer document: everything that was asked for comes back, in the order of the CPIX schema, filled."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from lxml import etree

from conformance.refserver.config import Config
from conformance.refserver.encryption import AES_256_CBC, HMAC_SHA512, RSA_OAEP, Recipient, Sealed, open_vault
from conformance.refserver.extras import Hdcp, hdcp_levels
from conformance.refserver.hls import signalling
from conformance.refserver.keys import NIL, Material
from conformance.refserver.names import CPIX, DSIG, PSKC, XENC, cpix, dsig, pskc, xenc
from conformance.refserver.reading import Asked, AskedRule, AskedSystem, uuid_of
from conformance.refserver.signalling import Signals
from conformance.refserver.systems import SERVED, name_of

KEPT_OF_KEY = ("id", "kid", "commonEncryptionScheme", "explicitIV", "Algorithm")
KEPT_OF_SYSTEM = ("id", "name", "systemId", "kid")
KEPT_OF_RULE = ("id", "kid", "intendedTrackType")
FILTER_ORDER = ("KeyPeriodFilter", "LabelFilter", "VideoFilter", "AudioFilter", "BitrateFilter")

_Element = etree._Element


class Writer:
    """Writes one answer; `keys` are in the order of the request."""

    def __init__(self, asked: Asked, speke: str, keys: Sequence[Material], config: Config) -> None:
        self.asked, self.keys, self.config = asked, keys, config
        self.vault = open_vault(asked, config)
        self.extras = config.extras_2_1 and speke == "2.1"
        self.by_uuid = {one.asked.uuid: one for one in keys}
        self.root = self._root()

    def write(self) -> _Element:
        """Give the finished tree."""
        if self.vault is not None:
            holder = self._list("DeliveryDataList")
            for recipient in self.vault.recipients:
                self._recipient(holder, recipient)
        holder = self._list("ContentKeyList")
        levels = hdcp_levels(self.asked.rules) if self.extras else {}
        for material in self.keys:
            self._key(holder, material, levels.get(material.asked.uuid or NIL))
        holder = self._list("DRMSystemList")
        for system in self.asked.systems:
            self._system(holder, system)
        if self.asked.lists.get("ContentKeyPeriodList"):
            holder = self._list("ContentKeyPeriodList")
            for period in self.asked.periods:
                _add(holder, "ContentKeyPeriod", period)
        holder = self._list("ContentKeyUsageRuleList")
        for rule in self.asked.rules:
            self._rule(holder, rule)
        return self.root

    def _root(self) -> _Element:
        style = self.config.style
        uris = {"cpix": CPIX, "pskc": PSKC}
        if self.vault is not None:
            uris |= {"ds": DSIG, "enc": XENC}
        prefixes: dict[Any, str] = {style.prefixes.get(name, name): uri for name, uri in uris.items()}
        prefixes |= dict(style.unused_namespaces)
        root: _Element = etree.Element(cpix("CPIX"), nsmap=prefixes)
        for name in ("contentId", "version", "name"):
            if name in self.asked.attributes:
                root.set(name, self.asked.attributes[name])
        return root

    def _list(self, name: str) -> _Element:
        list_id = self.asked.list_ids.get(name)
        return _add(self.root, name, {} if list_id is None else {"id": list_id})

    def _kid_of(self, text: str | None) -> str:
        """Give the answered KID for one that was asked for, keeping the letter case it was asked in."""
        material = self.by_uuid.get(uuid_of(text))
        return material.kid if material is not None and self.config.kid_override else text or ""

    def _key(self, holder: _Element, material: Material, hdcp: Hdcp | None) -> None:
        kept = _kept(material.asked.attributes, KEPT_OF_KEY)
        kept["kid"] = material.kid
        kept.pop("explicitIV", None)
        if material.iv_text is not None:
            kept["explicitIV"] = material.iv_text
        if not material.kid:
            del kept["kid"]
        element = _add(holder, "ContentKey", kept)
        if hdcp is not None:
            data = _add(element, "HDCPData", {"HLSHDCPLevel": hdcp.level})
            _add(data, "HDCPOutputProtectionData").text = hdcp.fragment
        secret = etree.SubElement(_add(element, "Data"), pskc("Secret"))
        clear = self.config.encryption.clear if self.vault is not None else "instead"
        if clear != "never":
            plain = material.plain if material.plain is not None else base64.b64encode(material.key).decode()
            etree.SubElement(secret, pskc("PlainValue")).text = plain
        if self.vault is not None and clear != "instead":
            _encrypted(secret, AES_256_CBC, self.vault.seal(material.key))

    def _system(self, holder: _Element, asked: AskedSystem) -> None:
        element = _add(holder, "DRMSystem", _kept(asked.attributes, KEPT_OF_SYSTEM))
        if asked.kid is not None:
            element.set("kid", self._kid_of(asked.kid))
        signals = self._signals(asked)
        if self.extras and signals.allowed_cpc is not None and asked.playlists:
            element.set("HLSAllowedCPC", signals.allowed_cpc)
        if asked.pssh and signals.box is not None:
            _add(element, "PSSH").text = base64.b64encode(signals.box).decode()
        elif asked.pssh and self.config.empty_fairplay_pssh:
            _add(element, "PSSH")
        if asked.content_protection and signals.fragment is not None:
            data = _add(element, "ContentProtectionData")
            data.text = base64.b64encode(signals.fragment.encode()).decode()
            if self.extras and signals.robustness is not None:
                data.set("robustness", signals.robustness)
        for playlist in asked.playlists:
            self._hls(element, signals, playlist)
        if asked.smooth and signals.smooth is not None:
            _add(element, "SmoothStreamingProtectionHeaderData").text = base64.b64encode(signals.smooth).decode()

    def _hls(self, element: _Element, signals: Signals, playlist: str | None) -> None:
        line = _add(element, "HLSSignalingData", {} if playlist is None else {"playlist": playlist})
        if signals.line is not None:
            line.text = signalling(signals.line, playlist, self.config)

    def _signals(self, asked: AskedSystem) -> Signals:
        name = name_of(asked.system_id)
        material, served = self.by_uuid.get(uuid_of(asked.kid)), SERVED.get(name)
        if material is None or served is None:
            return Signals()
        everyone = [one.signals.get(name, one.signal) for one in self.keys] if self.config.all_kids_in_pssh else ()
        signal = material.signals.get(name, material.signal)
        return served.make(served.system_id, signal, everyone, self.asked.content_id or "", self.config)

    def _rule(self, holder: _Element, asked: AskedRule) -> None:
        element = _add(holder, "ContentKeyUsageRule", _kept(asked.attributes, KEPT_OF_RULE))
        if asked.kid is not None:
            element.set("kid", self._kid_of(asked.kid))
        keep_ignored = self.config.unsupported_filters == "echo"
        for kind in FILTER_ORDER:
            if kind == "BitrateFilter" and not keep_ignored:
                continue
            for one in asked.named(kind):
                ignored = {"wcg"} if kind == "VideoFilter" and not keep_ignored else set()
                _add(element, kind, {name: text for name, text in one.attributes.items() if name not in ignored})

    def _recipient(self, holder: _Element, recipient: Recipient) -> None:
        element = _add(holder, "DeliveryData", _kept(recipient.asked.attributes, ("id", "name")))
        data = etree.SubElement(_add(element, "DeliveryKey"), dsig("X509Data"))
        etree.SubElement(data, dsig("X509Certificate")).text = recipient.certificate
        document_key = _add(element, "DocumentKey")
        if self.asked.version == "2.3":
            document_key.set("Algorithm", AES_256_CBC)
        secret = etree.SubElement(_add(document_key, "Data"), pskc("Secret"))
        _encrypted(secret, RSA_OAEP, recipient.document_key)
        if self.config.encryption.mac:
            method = _add(element, "MACMethod", {"Algorithm": HMAC_SHA512})
            _mac_key(method, recipient.mac_key, self.config.encryption.mac_layout)


def _mac_key(method: _Element, sealed: Sealed, layout: str) -> None:
    if layout == "pskc:MACKey":
        _cipher(etree.SubElement(method, pskc("MACKey")), RSA_OAEP, sealed)
    elif layout == "cpix:Key/enc":
        _cipher(_add(method, "Key"), RSA_OAEP, sealed)
    else:
        _encrypted(_add(method, "Key"), RSA_OAEP, sealed)


def _encrypted(parent: _Element, algorithm: str, sealed: Sealed) -> None:
    _cipher(etree.SubElement(parent, pskc("EncryptedValue")), algorithm, sealed)
    if sealed.mac is not None:
        etree.SubElement(parent, pskc("ValueMAC")).text = sealed.mac


def _cipher(parent: _Element, algorithm: str, sealed: Sealed) -> None:
    etree.SubElement(parent, xenc("EncryptionMethod")).set("Algorithm", algorithm)
    data = etree.SubElement(parent, xenc("CipherData"))
    etree.SubElement(data, xenc("CipherValue")).text = sealed.value


def _add(parent: _Element, name: str, attributes: Mapping[str, str] | None = None) -> _Element:
    element: _Element = etree.SubElement(parent, cpix(name))
    for key, value in (attributes or {}).items():
        element.set(key, value)
    return element


def _kept(attributes: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: attributes[name] for name in names if name in attributes}


def write_document(asked: Asked, speke: str, keys: Sequence[Material], config: Config) -> _Element:
    """Write the answer to a request that keeps all rules; raise Refusal where keys cannot be encrypted."""
    return Writer(asked, speke, keys, config).write()
