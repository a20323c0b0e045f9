"""No content key shows where it must not be: in DRM signalling, URLs, attributes or headers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from uuid import UUID

from lxml import etree

from conformance.checks.context import Context
from conformance.checks.drm.any_payload import every_payload
from conformance.checks.drm.drm_payloads import DecodedValue
from conformance.checks.registry import MOST_FINDINGS, Need, NotApplicable, check
from conformance.cpix.xml import ENC, PSKC, read_over, where
from conformance.drm.leaks import Leak, Searcher
from conformance.model import Finding

_OWN_PLACES = frozenset({f"{{{PSKC}}}PlainValue", f"{{{ENC}}}CipherValue", f"{{{PSKC}}}ValueMAC"})
_PAYLOADS = frozenset(
    {"PSSH", "ContentProtectionData", "HLSSignalingData", "SmoothStreamingProtectionHeaderData", "X509Certificate"}
)
_HINT = "manifests and segments carry this value, and everybody can read them"

_BUNDLE = 64
_Text = tuple[etree._Element, str, str]
"""An element, the step from it to an attribute or a comment (empty for its text), and what stands there."""


def _searcher(ctx: Context) -> tuple[list[UUID], Searcher]:
    return ctx.memo("leak searcher", lambda: (list(ctx.keys), Searcher(list(ctx.keys.values()))))


def _words(kids: Sequence[UUID], leak: Leak) -> str:
    return f"the content key of KID {kids[leak.index]} as {leak.words}"


@check("leaks.no-key-in-signalling", "SAFE-LEAK-001", need=Need.KEYS)
def signalling(ctx: Context) -> Iterator[Finding]:
    """No DRM payload contains a content key, in whatever notation.

    Looked through are the payloads, the PlayReady header and protobuf fields inside, HLS lines and URLs, and what is
    encoded in them. Only Clear Key's own key URI is left out: it is meant to hand out the key.
    """
    items = every_payload(ctx).items
    if not items:
        raise NotApplicable("the answer holds no DRM payload")
    kids, searcher = _searcher(ctx)
    leaks = _leaks_by_payload(searcher, list(dict.fromkeys(map(beside_key_uri, items))))
    for item in items:
        for leak in leaks.get(beside_key_uri(item), ()):
            yield item.finding("no content key", _words(kids, leak), _HINT)


def _leaks_by_payload(searcher: Searcher, payloads: Sequence[bytes]) -> dict[bytes, tuple[Leak, ...]]:
    """Payload -> the keys in it. Looked for in a few payloads at a time, because hardly any holds one."""
    found: dict[bytes, tuple[Leak, ...]] = {}
    for start in range(0, len(payloads), _TOGETHER):
        several = payloads[start : start + _TOGETHER]
        if searcher.search(_APART.join(several)):
            found.update((one, searcher.search(one)) for one in several)
    return found


_TOGETHER = 8
_APART = b"\x01"
"""Between payloads: belongs to no notation, so that nothing is read across it."""


_KEY_URI = re.compile(rb'(?<![0-9A-Z-])URI="[^"\r\n]*"')


def beside_key_uri(item: DecodedValue[bytes]) -> bytes:
    """A payload without the URIs in a key tag of Clear Key, which are meant to hand out the key."""
    is_key_tag = item.signal.system.startswith("clearkey") and item.node in item.signal.answered.hls
    return _KEY_URI.sub(b"", item.value) if is_key_tag else item.value


@check("leaks.no-key-outside-its-element", "SAFE-LEAK-001", need=Need.KEYS)
def elsewhere(ctx: Context) -> Iterator[Finding]:
    """No header, attribute, comment or other text of the answer contains a content key.

    A key has its place in pskc:PlainValue; encryptors and proxies log the rest.
    """
    kids, searcher = _searcher(ctx)
    for name, value in ctx.answer.headers:
        for leak in searcher.search(value.encode("latin-1", "replace")):
            yield Finding(f"header {name}", "no content key", _words(kids, leak))
    texts = list(texts_beside_keys(ctx.document.element, ctx.answer.body))
    leaks = searcher.search("\n".join(text for _, _, text in texts).encode())
    places = _places(searcher, texts, {leak.index for leak in leaks})
    for found in leaks:
        yield Finding(places.get(found.index, "/CPIX"), "no content key", _words(kids, found))


def _places(searcher: Searcher, texts: list[_Text], wanted: set[int]) -> dict[int, str]:
    """Where each of the wanted keys is first; looked for in bundles, because few of very many texts hold any."""
    places: dict[int, str] = {}
    for start in range(0, len(texts), _BUNDLE):
        if len(places) == min(len(wanted), MOST_FINDINGS):
            break
        bundle = texts[start : start + _BUNDLE]
        if not searcher.search("\n".join(text for _, _, text in bundle).encode()):
            continue
        for element, step, text in bundle:
            for leak in searcher.search(text.encode()):
                if leak.index in wanted and leak.index not in places:
                    places[leak.index] = place_of(element, step)
    return places


def place_of(element: etree._Element, step: str) -> str:
    """Where something stands that `texts_beside_keys` tells of."""
    return f"{where(element)}/{step}" if step else where(element)


def texts_beside_keys(root: etree._Element, body: bytes) -> Iterator[_Text]:
    """The attributes, texts and comments of a document with their elements, but for keys and DRM payloads.

    The reader of the document leaves comments out, so they come from the body.
    """
    for element in root.iter(etree.Element):
        for name in map(str, element.keys()):
            yield element, f"@{name}", element.get(name) or ""
        if element.tag not in _OWN_PLACES and etree.QName(element).localname not in _PAYLOADS:
            for text in (element.text, *(child.tail for child in element)):
                if text and not text.isspace():
                    yield element, "", text
    for step, text in read_over(body):
        yield root, step, text
