"""Attacks at the HTTP seam: each makes of a good answer the bytes that a hostile server sends, and has its verdict."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from lxml import etree

from tests.wire.servers import Peer, answer

SCRIPT = "<script>alert(1)</script>"
HANDLER = "\" onmouseover='alert(1)' x=\""
ESCAPES = "\x1b]0;owned\x07\x1b[2J\x1b[31m\x9b31m\u202ered\u2066"
MARKDOWN = "](javascript:alert(1)) ![x](http://127.0.0.1/y.png)"
TOO_LARGE, INCOMPLETE, TIMEOUT, BAD_HTTP = "too-large", "incomplete", "timeout", "bad-http"
LEAKED = "the-file-that-nobody-may-read"
"""What stands in the file that the external entities name."""


@dataclass(frozen=True)
class ServerSetup:
    """What an attack has to work with."""

    body: bytes
    """The good document."""
    spy: str
    """URL of a server that nobody may call."""
    file: Path
    """A file that nobody may read."""


Sending = Callable[[Peer, ServerSetup], None]


@dataclass(frozen=True)
class Attack:
    """One attack and what must come of it: verdicts of some checks, or the kind of failure of the exchange."""

    name: str
    send: Sending
    verdicts: Mapping[str, str] = field(default_factory=dict)
    """Empty: nothing but passed questions."""
    failure: str = ""


def ok(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """A complete answer with the headers that a key server gives."""
    given = ("Content-Type: application/xml", "X-Speke-Version: 2.0", "X-Speke-User-Agent: hostile/1")
    return answer(body, status, *given, *headers)


def _document(make: Callable[[ServerSetup], bytes]) -> Sending:
    return lambda peer, scene: peer.send(ok(make(scene)))


def _with_doctype(declarations: Callable[[ServerSetup], str], into: str = "") -> Sending:
    def make(scene: ServerSetup) -> bytes:
        body = scene.body[scene.body.index(b"<cpix:CPIX") :].replace(b'contentId="', f'contentId="{into}'.encode())
        return f"<!DOCTYPE x {declarations(scene)}>".encode() + body

    return _document(make)


def _edited(edit: Callable[[etree._Element, ServerSetup], None]) -> Sending:
    def make(scene: ServerSetup) -> bytes:
        root = etree.fromstring(scene.body)
        edit(root, scene)
        return etree.tostring(root)

    return _document(make)


def _laughs(scene: ServerSetup) -> str:
    lines = ['<!ENTITY a0 "ha">', *(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))]
    return f"[{''.join(lines)}]"


def _every_attribute(root: etree._Element, scene: ServerSetup) -> None:
    for element in root.iter("*"):
        for name in element.keys():  # noqa: SIM118 - an element is no mapping
            element.set(name, SCRIPT + HANDLER + MARKDOWN)


def _every_text(root: etree._Element, scene: ServerSetup) -> None:
    for element in root.iter("*"):
        element.text = (element.text or "") + SCRIPT + HANDLER + MARKDOWN


def _every_payload(root: etree._Element, scene: ServerSetup) -> None:
    for element in root.iter("{*}HLSSignalingData", "{*}ContentProtectionData", "{*}PSSH"):
        text = base64.b64decode(element.text or "") + f"{SCRIPT}{HANDLER}{ESCAPES}{MARKDOWN}".encode()
        element.text = base64.b64encode(text).decode()


def _controls(root: etree._Element, scene: ServerSetup) -> None:
    for element in root.iter("*"):
        for name in element.keys():  # noqa: SIM118 - an element is no mapping
            element.set(name, f"{element.get(name)}\x85\x9b31m\u202e\u2066\ufeff")


def _addresses(root: etree._Element, scene: ServerSetup) -> None:
    line = f'#EXT-X-KEY:METHOD=AES-128,URI="{scene.spy}key",KEYFORMAT="identity"'
    for element in root.iter("{*}HLSSignalingData"):
        element.text = base64.b64encode(line.encode()).decode()
    include = etree.SubElement(root, "{http://www.w3.org/2001/XInclude}include")
    include.set("href", scene.file.as_uri())
    root.addprevious(etree.ProcessingInstruction("xml-stylesheet", f'href="{scene.spy}style"'))


def _schema_location(root: etree._Element, scene: ServerSetup) -> None:
    xsi = "{http://www.w3.org/2001/XMLSchema-instance}"
    root.set(f"{xsi}schemaLocation", f"urn:dashif:org:cpix {scene.spy}a.xsd urn:x {scene.file.as_uri()}")
    root.set(f"{xsi}noNamespaceSchemaLocation", f"{scene.spy}b.xsd")
    for number, element in enumerate(root.iter("*")):
        element.set(f"{xsi}type", ("nobody:knows", "", "::", "xs:string")[number % 4])


def _prefixed(declaration: str, coding: str) -> Sending:
    return _document(lambda scene: (declaration + scene.body.decode()).encode(coding))


@cache
def bomb() -> bytes:
    """100 MB of blanks, packed; made before the clock runs."""
    return gzip.compress(b" " * 100_000_000, 1)


def _endless(peer: Peer, scene: ServerSetup) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        peer.send(b"4000\r\n" + b"<a/>" * 4096 + b"\r\n")


def _drip(peer: Peer, scene: ServerSetup) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 100000\r\n\r\n")
    peer.drip(scene.body, 0.05)


def _header_flood(peer: Peer, scene: ServerSetup) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        peer.send(b"X-Flood: " + b"y" * 4000 + b"\r\n")


def _longer_than_it_is(peer: Peer, scene: ServerSetup) -> None:
    peer.send(ok(scene.body).replace(b"Content-Length: ", b"Content-Length: 9"))


def _shorter_than_it_is(peer: Peer, scene: ServerSetup) -> None:
    smuggled = ok(b"smuggled", status="200 Smuggled")
    head, _, body = ok(scene.body).partition(b"\r\n\r\n")
    short = head.replace(f"Content-Length: {len(body)}".encode(), f"Content-Length: {len(body) - 30}".encode())
    peer.send(short + b"\r\n\r\n" + body + smuggled)
    peer.request()


def _redirect(status: str) -> Sending:
    return lambda peer, scene: peer.send(answer(b"", status, f"Location: {scene.spy}elsewhere"))


def _refused(peer: Peer, scene: ServerSetup) -> None:
    text = f"{SCRIPT} {HANDLER} {ESCAPES} {MARKDOWN}".encode()
    peer.send(answer(text, f"422 {SCRIPT}", "Content-Type: text/html", "X-Speke-Version: 2.0"))


def _head_of_tricks(peer: Peer, scene: ServerSetup) -> None:
    text = f"{SCRIPT}{HANDLER}{MARKDOWN}\x1b[31m\x9b31m\x07"
    head = ok(scene.body, f"X-Trick: {text}", f"Refresh: 0; url={scene.spy}", "Set-Cookie: a=b")
    head = head.replace(b"hostile/1", text.encode("latin-1")).replace(b"200 OK", f"200 {text}".encode("latin-1"))
    peer.send(head)


MALFORMED = {"document.well-formed": "FAIL"}
UNSAFE = {"document.safe-xml": "ADVISORY", "document.well-formed": "UNTESTABLE"}
"""No specification forbids it, so it is advice; but nothing of such a document is read."""

ATTACKS: tuple[Attack, ...] = (
    Attack(
        "EXTERNAL-FILE",
        _with_doctype(lambda scene: f'[<!ENTITY e SYSTEM "{scene.file.as_uri()}">]', "&e;"),
        UNSAFE,
    ),
    Attack("EXTERNAL-HTTP", _with_doctype(lambda scene: f'[<!ENTITY % e SYSTEM "{scene.spy}e"> %e;]'), UNSAFE),
    Attack("EXTERNAL-DTD", _with_doctype(lambda scene: f'SYSTEM "{scene.spy}x.dtd"'), UNSAFE),
    Attack("LAUGHS", _with_doctype(_laughs, "&a9;"), UNSAFE),
    Attack("DEFAULT-ATTRIBUTE", _with_doctype(lambda scene: '[<!ATTLIST x y CDATA "z">]'), UNSAFE),
    Attack("DEEP", _document(lambda scene: b"<a>" * 100_000), MALFORMED),
    Attack("ELEMENTS", _document(lambda scene: b"<a>" + b"<b/>" * 250_000 + b"</a>"), MALFORMED),
    Attack("MILLION-ELEMENTS", _document(lambda scene: b"<a>" + b"<b/>" * 1_000_000 + b"</a>"), failure=TOO_LARGE),
    Attack(
        "ATTRIBUTES",
        _document(lambda scene: b"<a " + b" ".join(b'a%d="%d"' % (n, n) for n in range(50_000)) + b"/>"),
        MALFORMED,
    ),
    Attack("TEXT", _document(lambda scene: b"<a>" + b"x" * (12 << 20) + b"</a>"), failure=TOO_LARGE),
    Attack(
        "GZIP-BOMB",
        lambda peer, scene: peer.send(ok(bomb(), "Content-Encoding: gzip")),
        failure=TOO_LARGE,
    ),
    Attack("ENDLESS", _endless, failure=TOO_LARGE),
    Attack("DRIP", _drip, failure=TIMEOUT),
    Attack("HEADER-FLOOD", _header_flood, failure=TOO_LARGE),
    Attack("LENGTH-TOO-LARGE", _longer_than_it_is, failure=INCOMPLETE),
    Attack("LENGTH-TOO-SMALL", _shorter_than_it_is, MALFORMED),
    Attack("REDIRECT-302", _redirect("302 Found"), {"http.no-redirect": "FAIL"}),
    Attack("REDIRECT-307", _redirect("307 Temporary Redirect"), {"http.no-redirect": "FAIL"}),
    Attack("UTF-7", _prefixed("<?xml version='1.0' encoding='UTF-7'?>", "utf-7"), UNSAFE),
    Attack("UTF-16", _prefixed("<?xml version='1.0' encoding='UTF-16'?>", "utf-16"), UNSAFE),
    Attack("UTF-32", _prefixed("<?xml version='1.0' encoding='UTF-32'?>", "utf-32"), UNSAFE),
    Attack("BODY-IS-A-URL", _document(lambda scene: scene.spy.encode()), MALFORMED),
    Attack("BODY-IS-A-PATH", _document(lambda scene: str(scene.file).encode()), MALFORMED),
    Attack("CONTROLS", _edited(_controls), {"echo.content-id": "FAIL"}),
    Attack("ADDRESSES", _edited(_addresses), {"hls.key-format-right": "FAIL"}),
    Attack("SCHEMA-LOCATION", _edited(_schema_location)),
    Attack("SCRIPT-ATTRIBUTES", _edited(_every_attribute), {"echo.content-id": "FAIL", "keys.scheme-echoed": "FAIL"}),
    Attack("SCRIPT-TEXTS", _edited(_every_text), {"keys.value-is-base64": "FAIL", "drm.payloads-base64": "FAIL"}),
    Attack(
        "SCRIPT-PAYLOADS", _edited(_every_payload), {"pssh.no-stray-bytes": "FAIL", "protection.well-formed": "FAIL"}
    ),
    Attack("SCRIPT-REFUSAL", _refused, {"http.request-accepted": "FAIL"}),
    Attack("SCRIPT-HEAD", _head_of_tricks),
)
