"""Where a server may put a key, as data: name -> a spoilt answer. Bodies that are no documents, headers, documents."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape, quoteattr


@dataclass(frozen=True)
class Answer:
    """What a server of these tests sends."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    reason: str = "OK"

    def refusing(self, text: str, kind: str = "text/plain") -> Answer:
        return replace(self, status=500, headers=(("Content-Type", kind),), body=text.encode("utf-8", "surrogatepass"))

    def with_header(self, name: str, value: str, status: int = 0) -> Answer:
        line = value.replace("\r", " ").replace("\n", " ").encode("latin-1", "replace").decode("latin-1")
        return replace(self, headers=(*self.headers, (name, line)), status=status or self.status)

    def edited(self, old: str, new: str) -> Answer:
        assert old in self.body.decode(), old
        return replace(self, body=self.body.decode().replace(old, new, 1).encode("utf-8", "surrogatepass"))


Spoil = Callable[[Answer, str], Answer]
"""A right answer and a written key -> the answer that gives it away."""

_FILLER = "The request could not be processed because of a problem in the key store of this server; please retry. "


def _body(template: str, kind: str = "text/plain") -> Spoil:
    return lambda answer, text: answer.refusing(template.replace("{}", text), kind)


def _json(key: str) -> Spoil:
    return lambda answer, text: answer.refusing(json.dumps({"error": 500, key: f"cannot wrap {text}"}), "text/json")


def _header(name: str, template: str = "{}", status: int = 0) -> Spoil:
    return lambda answer, text: answer.with_header(name, template.replace("{}", text), status)


PROSE: Mapping[str, Spoil] = {
    "body: bare": _body("{}"),
    "body: sentence": _body("cannot wrap key {} of this content"),
    "body: key=value": _body("wrap failed key={} rc=4"),
    "body: key:value": _body("wrap failed key:{};rc:4"),
    "body: in brackets": _body("Key[{}] is bad"),
    "body: in quotes": _body("the key '{}' is bad"),
    "body: at the cut of an excerpt": _body(_FILLER[:96] + " key {} is bad"),
    "body: across the cut of an excerpt": _body(_FILLER[:108] + " key {} is bad"),
    "body: far behind": _body(_FILLER * 40 + "{}"),
    "body: across the cut of a body": _body("word " * (256 * 1024 // 5 - 3) + "{} and more"),
    "body: behind a message": _body("Missing CPIX@contentId {}"),
    "body: in a message": _body("Unsupported DRM system with systemId: {}"),
    "body: JSON": _json("message"),
    "body: JSON, a field of its own": lambda answer, text: answer.refusing(json.dumps({"key": text}), "text/json"),
    "body: JSON in JSON": lambda answer, text: answer.refusing(
        json.dumps({"error": json.dumps({"key": text})}), "text/json"
    ),
    "body: HTML": _body("<html><body><h1>Error</h1><p>key {}</p></body></html>", "text/html"),
    "body: an attribute of HTML": _body('<html><body data-key="{}">Error</body></html>', "text/html"),
    "body: XML": lambda answer, text: answer.refusing(f"<error><key>{escape(text)}</key></error>", "application/xml"),
    "body: an attribute of XML": lambda answer, text: answer.refusing(
        f"<error key={quoteattr(text)}/>", "application/xml"
    ),
    "body: SOAP": lambda answer, text: answer.refusing(
        f"<s:Envelope xmlns:s='urn:s'><s:Fault>{escape(text)}</s:Fault></s:Envelope>", "application/xml"
    ),
    "body: Python": _body('Traceback (most recent call last):\n  File "/srv/k.py", line 9\nValueError: bad key {}'),
    "body: Java": _body("java.security.InvalidKeyException: bad key {}\n\tat com.example.Keys.wrap(Keys.java:71)"),
    "body: .NET": _body("System.ArgumentException: {}\n   at Keys.Wrap(Byte[] key) in C:\\src\\Keys.cs:line 8"),
    "body: PHP": _body("PHP Fatal error: openssl_encrypt({}) in /var/www/keys.php on line 12"),
    "body: Go": _body("panic: bad key {}\n\ngoroutine 1 [running]:\nmain.wrap(0x1)"),
    "body: a log line": _body("2026-11-28T22:02:30Z ERROR keys.wrap kid=1 key={}"),
    "body: SQL": _body("SQLSTATE[22001]: value too long: INSERT INTO k VALUES ('{}')"),
    "body: a URL": _body("see https://keys.example/wrap?key={}&x=1"),
    "body: a path of a URL": _body("see https://keys.example/wrap/{}/x"),
    "body: CSV": _body("kid;key\n1;{};2\n"),
    "body: a form": _body("error=wrap&key={}&x=1", "application/x-www-form-urlencoded"),
    "body: YAML": _body("error:\n  key: {}\n"),
    "body: a 200 that is no document": lambda answer, text: replace(
        answer, headers=(("Content-Type", "text/plain"),), body=f"key {text}".encode("utf-8", "surrogatepass")
    ),
    "body: broken XML": lambda answer, text: replace(answer, body=f"<CPIX><k {text}=1></CPIX>".encode()),
    "body: another root": lambda answer, text: replace(answer, body=f"<Keys>{escape(text)}</Keys>".encode()),
    "body: a document that is cut off": lambda answer, text: replace(
        answer, body=answer.edited("<cpix:DRMSystemList>", f"<x>{escape(text)}</x><cpix:DRMSystemList>").body[:-30]
    ),
    "body: a document with a DOCTYPE": lambda answer, text: replace(
        answer, body=f"<!DOCTYPE a [<!ENTITY k '{escape(text)}'>]>".encode() + answer.body
    ),
    "body: declared encoding": lambda answer, text: replace(
        answer, body=f"<?xml version='1.0' encoding={quoteattr(text)}?><a/>".encode()
    ),
    "body: mismatched tags": lambda answer, text: replace(answer, body=f"<a><k{_name(text)}></b></a>".encode()),
    "body: unbound prefix": lambda answer, text: replace(answer, body=f"<k{_name(text)}:a/>".encode()),
    "header: X-Debug": _header("X-Debug"),
    "header: X-Debug of an error": _header("X-Debug", "key {} failed", 500),
    "header: Server": _header("Server", "keys/1.0 ({})"),
    "header: Via": _header("Via", "1.1 {}"),
    "header: ETag": _header("ETag", '"{}"'),
    "header: Warning": _header("Warning", '199 - "{}"', 422),
    "header: Location": _header("Location", "https://keys.example/?key={}", 302),
    "header: Location, a path": _header("Location", "https://keys.example/{}/", 302),
    "header: WWW-Authenticate": _header("WWW-Authenticate", 'Basic realm="{}"', 401),
    "header: Link": _header("Link", "<https://keys.example/{}>; rel=key"),
    "header: X-Speke-Version": lambda answer, text: _without(answer, "X-Speke-Version").with_header(
        "X-Speke-Version", text
    ),
    "header: X-Speke-User-Agent": lambda answer, text: _without(answer, "X-Speke-User-Agent").with_header(
        "X-Speke-User-Agent", f"keys {text}"
    ),
    "header: two X-Speke-User-Agent": _header("X-Speke-User-Agent", "keys {}"),
    "header: Content-Type": lambda answer, text: _without(answer, "Content-Type").with_header(
        "Content-Type", f"application/{text}"
    ),
    "header: charset": lambda answer, text: _without(answer, "Content-Type").with_header(
        "Content-Type", f"application/xml; charset={text}"
    ),
    "header: Set-Cookie": _header("Set-Cookie", "k={}"),
    "header: Access-Control-Allow-Origin": _header("Access-Control-Allow-Origin"),
    "header: a name": lambda answer, text: answer.with_header(f"X-{_name(text)}", "1"),
    "header: Retry-After": _header("Retry-After", "{}", 429),
    "header: Date": lambda answer, text: _without(answer, "Date").with_header("Date", text),
    "reason": lambda answer, text: replace(
        answer, status=500, reason=text.replace("\n", " ").encode("latin-1", "replace").decode("latin-1")
    ),
    "reason: sentence": lambda answer, text: replace(
        answer,
        status=500,
        reason=f"cannot wrap {text}".replace("\n", " ").encode("latin-1", "replace").decode("latin-1"),
    ),
}
"""Nobody has ever told the suite of the key, and no place of these shows it."""


def _without(answer: Answer, name: str) -> Answer:
    return replace(answer, headers=tuple(pair for pair in answer.headers if pair[0].lower() != name.lower()))


class Unwritable(Exception):
    """The place cannot hold the notation."""


def _name(text: str) -> str:
    """A text that may stand in a name; Unwritable where it may not."""
    if not all(char.isascii() and (char.isalnum() or char in "._-") for char in text):
        raise Unwritable
    return text


def _xml(text: str) -> str:
    """A text that XML may hold; Unwritable where it may not."""
    if not all(char.isprintable() or char in "\t\n" for char in text):
        raise Unwritable
    return text


def _in(old: str, new: str) -> Spoil:
    return lambda answer, text: answer.edited(old, new.replace("{}", escape(_xml(text), {'"': "&quot;"})))


def _named(old: str, new: str) -> Spoil:
    return lambda answer, text: answer.edited(old, new.replace("{}", "k" + _name(text)))


def _in_payload(name: str, change: Callable[[bytes, bytes], bytes]) -> Spoil:
    """The first filled element of that name, with its bytes changed."""
    element = re.compile(f"(<cpix:{name}(?: [^>]*)?>)([^<]+)")

    def spoil(answer: Answer, text: str) -> Answer:
        def changed(found: re.Match[str]) -> str:
            data = change(base64.b64decode(found[2]), text.encode("utf-8", "surrogatepass"))
            return found[1] + base64.b64encode(data).decode()

        body, count = element.subn(changed, answer.body.decode(), count=1)
        assert count, name
        return replace(answer, body=body.encode())

    return spoil


def _before(data: bytes, name: bytes, key: bytes) -> bytes:
    """The key in front of a value."""
    return data.replace(name, name + key, 1)


_LIST = "<cpix:DRMSystemList>"
_SYSTEM = "</cpix:DRMSystem>"

DOCUMENT: Mapping[str, Spoil] = {
    "element: at the root": _in(_LIST, "<cpix:Note>{}</cpix:Note>" + _LIST),
    "element: in a DRMSystem": _in(_SYSTEM, "<cpix:Note>{}</cpix:Note>" + _SYSTEM),
    "element: of another namespace": _in(_SYSTEM, "<v:K xmlns:v='urn:vendor'>key {}</v:K>" + _SYSTEM),
    "element: PSSH": _in(_SYSTEM, "<cpix:PSSH>{}</cpix:PSSH>" + _SYSTEM),
    "element: ContentProtectionData": _in(
        _SYSTEM, "<cpix:ContentProtectionData>{}</cpix:ContentProtectionData>" + _SYSTEM
    ),
    "element: HLSSignalingData": _in(_SYSTEM, "<cpix:HLSSignalingData>{}</cpix:HLSSignalingData>" + _SYSTEM),
    "element: SmoothStreamingProtectionHeaderData": _in(
        _SYSTEM,
        "<cpix:SmoothStreamingProtectionHeaderData>{}</cpix:SmoothStreamingProtectionHeaderData>" + _SYSTEM,
    ),
    "element: URIExtXKey": _in(_SYSTEM, "<cpix:URIExtXKey>{}</cpix:URIExtXKey>" + _SYSTEM),
    "element: behind a ContentKeyList": _in(_LIST, "{}" + _LIST),
    "attribute: of the root": _in("contentId=", 'note="{}" contentId='),
    "attribute: of a vendor": _in("contentId=", 'xmlns:v="urn:vendor" v:key="{}" contentId='),
    "attribute: id": _in("<cpix:DRMSystem ", '<cpix:DRMSystem id="{}" '),
    "attribute: name": _in("<cpix:DRMSystem ", '<cpix:DRMSystem name="{}" '),
    "attribute: intendedTrackType": _in('intendedTrackType="', 'intendedTrackType="{} '),
    "attribute: kid": _in('kid="', 'kid="{} '),
    "attribute: systemId": _in('systemId="', 'systemId="{} '),
    "attribute: contentId": _in('contentId="', 'contentId="{} '),
    "attribute: version": _in('version="', 'version="{} '),
    "attribute: explicitIV": _in('explicitIV="', 'explicitIV="{} '),
    "attribute: commonEncryptionScheme": _in('commonEncryptionScheme="', 'commonEncryptionScheme="{} '),
    "attribute: of a filter": _in("<cpix:VideoFilter", '<cpix:VideoFilter minPixels="{}"'),
    "name: element": _named(_LIST, "<cpix:{}/>" + _LIST),
    "name: element of a vendor": _named(_SYSTEM, "<v:{} xmlns:v='urn:vendor'/>" + _SYSTEM),
    "name: attribute": _named("contentId=", '{}="1" contentId='),
    "name: prefix": _named(_SYSTEM, "<{}:K xmlns:{}='urn:vendor'/>" + _SYSTEM),
    "name: namespace": _named(_SYSTEM, "<v:K xmlns:v='urn:{}'/>" + _SYSTEM),
    "name: namespace that nobody uses": _named("contentId=", 'xmlns:v="urn:{}" contentId='),
    "comment": _in(_LIST, "<!-- key -->" + _LIST),
    "payload: PSSH": _in_payload("PSSH", lambda data, key: key),
    "payload: behind a PSSH box": _in_payload("PSSH", lambda data, key: data + key),
    "payload: inside a PSSH box": _in_payload("PSSH", lambda data, key: data[:40] + key + data[40:]),
    "payload: ContentProtectionData": _in_payload("ContentProtectionData", lambda data, key: key),
    "payload: behind ContentProtectionData": _in_payload("ContentProtectionData", lambda data, key: data + key),
    "payload: HLS": _in_payload("HLSSignalingData", lambda data, key: key),
    "payload: a line of HLS": _in_payload("HLSSignalingData", lambda data, key: data + b"\n#EXT-X-NOTE:" + key),
    "payload: an attribute of HLS": _in_payload("HLSSignalingData", lambda data, key: data + b",X=" + key),
    "payload: KEYFORMAT": _in_payload("HLSSignalingData", lambda data, key: _before(data, b'FORMAT="', key)),
    "payload: METHOD": _in_payload("HLSSignalingData", lambda data, key: _before(data, b"METHOD=", key + b",X=")),
}
"""In a document a key that the run knows shows nowhere; one that it does not know may."""
