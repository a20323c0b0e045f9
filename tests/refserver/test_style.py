"""Harmless handwriting: other bytes, the same meaning."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

import pytest
from lxml import etree

from conformance.refserver import Config, HttpAnswer, Style
from tests.refserver.asking import KIDS, NS, Ask, nodes, texts

PREFIXES = MappingProxyType({"cpix": None, "pskc": "p", "ds": "dsig", "enc": "xenc"})
VARIANTS: dict[str, tuple[Style, Callable[[bytes], bool]]] = {
    "default namespace": (Style(prefixes=PREFIXES), lambda body: b"<CPIX " in body and b"<p:PlainValue>" in body),
    "upper-case UUIDs": (Style(uppercase_uuids=True), lambda body: KIDS[0].upper().encode() in body),
    "folded base64": (Style(folded_base64=64), lambda body: b"<cpix:PSSH>\nAAAA" in body),
    "attributes reversed": (Style(attribute_order="reversed"), lambda body: b'<cpix:ContentKey explicitIV="' in body),
    "attributes sorted": (Style(attribute_order="sorted"), lambda body: b"<cpix:ContentKey commonEnc" in body),
    "children reversed": (Style(child_order="reversed"), lambda body: body.index(b":HLSSig") < body.index(b":PSSH")),
    "lists reversed": (
        Style(list_order="reversed"),
        lambda body: body.index(KIDS[1].encode()) < body.index(KIDS[0].encode()),
    ),
    "comments": (Style(comments=True), lambda body: b"<!--" in body),
    "processing instructions": (Style(processing_instructions=True), lambda body: b"<?provider" in body),
    "CDATA": (Style(cdata=True), lambda body: b"<![CDATA[" in body),
    "indented": (Style(indent=True), lambda body: b"\n  <cpix:ContentKeyList>" in body),
    "no declaration": (Style(declaration=False), lambda body: body.startswith(b"<cpix:CPIX")),
    "BOM": (Style(bom=True), lambda body: body.startswith(b"\xef\xbb\xbf<?xml")),
    "unused namespace": (Style(unused_namespaces=(("x", "urn:x"),)), lambda body: b'xmlns:x="urn:x"' in body),
    "schema location": (Style(schema_location=True), lambda body: b":schemaLocation=" in body),
}


def meaning(got: HttpAnswer) -> object:
    root = etree.fromstring(got.body, etree.XMLParser(remove_comments=True, remove_pis=True))

    def of(element: etree._Element) -> object:
        attributes = sorted((n, v.lower()) for n, v in element.attrib.items() if not str(n).startswith("{"))
        text = "".join((element.text or "").split())
        return (str(element.tag), str(attributes), text, sorted(map(repr, map(of, element))))

    return of(root)


@pytest.mark.parametrize("name", VARIANTS)
def test_variant_changes_bytes_and_no_meaning(name: str) -> None:
    style, shows = VARIANTS[name]
    ask = Ask(version="2.1")
    plain, dressed = ask.send(), ask.send(Config(style=style))
    assert shows(dressed.body)
    assert not shows(plain.body)
    assert meaning(dressed) == meaning(plain)


def test_encrypted_answer_in_other_prefixes() -> None:
    tree = Ask(version="2.1").tree(Config(style=Style(prefixes=PREFIXES, comments=True)))
    assert tree.nsmap == {None: NS["cpix"], "p": NS["pskc"]}


def test_http_style() -> None:
    style = Style(
        header_case="lower", extra_headers=(("Via", "1.1 gateway"),), content_type="application/xml;charset=utf-8"
    )
    got = Ask().send(Config(style=style))
    assert all(name == name.lower() for name, _ in got.headers)
    assert got.header("Via") == "1.1 gateway"
    assert got.header("Content-Type") == "application/xml;charset=utf-8"
    shouted = Ask().send(Config(style=replace(style, header_case="upper")))
    assert ("X-SPEKE-VERSION", "2.0") in shouted.headers


def test_gzip_only_where_it_is_asked_for() -> None:
    config = Config(style=Style(gzip_when_asked=True))
    headers = (("X-Speke-Version", "2.0"), ("Accept-Encoding", "gzip"))
    packed = Ask(headers=headers).send(config)
    assert packed.header("Content-Encoding") == "gzip"
    assert gzip.decompress(packed.body) == Ask().send().body
    assert Ask().send(config).header("Content-Encoding") is None


@pytest.mark.parametrize(
    "config",
    [
        Config(hls_trailing_newline=True),
        Config(hls_keyid=True),
        Config(protection_namespace_form="default"),
        Config(playready_la_url=None, playready_checksum=False),
        Config(playready_custom_attributes="<A>1</A>"),
        Config(playready_header="4.3", playready_algid_absent=True),
        Config(widevine_provider=""),
        Config(cenc_hls_method="SAMPLE-AES"),
        Config(explicit_iv_when_missing="always", explicit_iv_of_provider=True),
    ],
)
def test_harmless_choices_still_answer_everything(config: Config) -> None:
    ask = Ask(scheme="cenc", systems=Ask.systems[:2])
    tree = ask.tree(config)
    assert all(texts(tree, "//cpix:DRMSystem/*"))
    assert len(nodes(tree, "//cpix:DRMSystem/*")) == 16
    assert ask.send(config).body != ask.send().body
