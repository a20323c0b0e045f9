"""Holds the decoders against a collection of signalling from the field, where one is at hand.

`SPEKE_FIELD_SAMPLES` names a JSON file: a list of objects with `id`, `kind` (pssh, pro, cpd, hls), the payload as
`b64` or `text`, the `kids` that it names, whether it is `valid`, and where known `system`, `checksums` and `keys`.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from conformance.drm import content_protection as protection
from conformance.drm import hls, leaks, playready, pssh, widevine, wiseplay
from conformance.drm import visible_kids as visible
from tests.drm.builders import COMMON, PLAYREADY, WIDEVINE, WISEPLAY

Sample = dict[str, Any]
VARIABLE = "SPEKE_FIELD_SAMPLES"
KINDS: dict[str, visible.Kind] = {"pssh": "pssh", "pro": "pro", "cpd": "protection", "hls": "hls"}
METHODS = {"AES-128", "SAMPLE-AES", "SAMPLE-AES-CTR", "AES-256-GCM"}
# Key formats with the methods and the start of the URI that belong to them.
FORMATS = {
    "com.apple.streamingkeydelivery": ({"SAMPLE-AES"}, "skd://"),
    "com.microsoft.playready": ({"SAMPLE-AES", "SAMPLE-AES-CTR"}, "data:"),
    f"urn:uuid:{WIDEVINE}": ({"SAMPLE-AES", "SAMPLE-AES-CTR"}, "data:"),
}


def samples() -> list[Sample]:
    named = os.environ.get(VARIABLE)
    return json.loads(Path(named).read_text(encoding="utf-8")) if named else []


def of(valid: bool) -> list[Any]:
    chosen = [pytest.param(sample, id=sample["id"]) for sample in samples() if sample["valid"] is valid]
    return chosen or [pytest.param({}, marks=pytest.mark.skip(reason=f"{VARIABLE} names no collection of samples"))]


def payload(sample: Sample) -> bytes:
    return b64decode(sample["b64"]) if "b64" in sample else sample["text"].encode()


@pytest.mark.parametrize("sample", of(valid=True))
def test_valid_samples_decode_and_show_their_kids(sample: Sample) -> None:
    found = visible.kids(KINDS[sample["kind"]], payload(sample))
    assert found.unreadable == ()
    if sample["system"] != "chinadrm/wiseplay":  # whose KIDs the collection does not state
        assert found.uuids == {UUID(kid) for kid in sample["kids"]}
    assert list(issues(sample["kind"], payload(sample))) == []


@pytest.mark.parametrize("sample", of(valid=False))
def test_invalid_samples_are_refused_or_show_an_issue(sample: Sample) -> None:
    assert list(issues(sample["kind"], payload(sample)))


@pytest.mark.parametrize("sample", of(valid=True))
def test_schemes_checksums_and_leaks(sample: Sample) -> None:
    data = payload(sample)
    for header in headers(sample["kind"], data):
        for kid in header.kids:
            printed = (sample.get("checksums") or {}).get(str(kid.uuid))
            if printed:
                assert kid.checksum_text == printed
            if printed and sample["checksum_ok"] and kid.uuid is not None:
                assert kid.checksum == playready.checksum(key_of(sample, kid.uuid), kid.uuid)
        assert "scheme" not in sample or header.algids <= (
            {"AESCTR"} if sample["scheme"] == "cenc" else {"AESCBC", None}
        )
    for boxed in pssh.read(data).boxes if sample["kind"] == "pssh" else ():
        if boxed.system_id == WIDEVINE and "scheme" in sample:
            assert widevine.read(boxed.data).scheme == sample["scheme"]
        if boxed.system_id == WISEPLAY:
            read = wiseplay.read(boxed.data)
            assert read.version == "V1.0" and len(read.uuids) == len(read.kids) == 1
            assert read.scheme == sample.get("scheme", "cenc") and not read.unknown
    # Where the notes say that keys stand in the licence URL, they have to be found.
    if "security finding" in sample["notes"]:
        known = [key_of(sample, UUID(kid)) for kid in sample["kids"]]
        assert len(leaks.Searcher(known).search(data)) == len(known)


def key_of(sample: Sample, kid: UUID) -> bytes:
    """The content key, which is that of the public test server where the sample does not say otherwise."""
    written = sample.get("keys", {}).get(str(kid)) or sample.get("key_hex")
    return bytes.fromhex(written) if written else playready.test_seed_key(kid)


def headers(kind: str, data: bytes) -> Iterator[playready.WrmHeader]:
    if kind == "pro":
        yield playready.read_object(data).header
    elif kind == "pssh":
        yield from (
            playready.read_object(found.data).header for found in pssh.read(data).boxes if found.system_id == PLAYREADY
        )


def issues(kind: str, data: bytes) -> Iterator[str]:
    """What a check can see; only what is wrong by the format itself, never what is merely unusual."""
    readers = {"pssh": of_pssh, "hls": of_hls, "cpd": of_protection}
    unreadable = visible.kids(KINDS[kind], data).unreadable
    if unreadable:
        yield from (error.code for error in unreadable)
    elif kind in readers:
        yield from readers[kind](data)


def of_pssh(data: bytes) -> Iterator[str]:
    element = pssh.read(data)
    if len(element.boxes) != 1 or element.trailing:
        yield "not exactly one box"
    for found in element.boxes:
        if found.flags or (found.system_id == COMMON and found.version == 0):
            yield "flags or version"
        if UUID(int=0) in found.kids:
            yield "nil KID"
        if found.system_id == WIDEVINE and any(len(raw) != 16 for raw in widevine.read(found.data).key_ids):
            yield "length of a key id"


def of_protection(data: bytes) -> Iterator[str]:
    if protection.read(data).wrapped:
        yield "wrapped"


def of_hls(data: bytes) -> Iterator[str]:
    found = hls.read(data)
    method, uri, key_format = found.text("METHOD"), found.text("URI") or "", found.text("KEYFORMAT") or "identity"
    methods, start = FORMATS.get(key_format, (METHODS, ""))
    if method not in methods or not uri.startswith(start):
        yield "METHOD or URI of that key format"
    if method in {"SAMPLE-AES-CTR", "AES-256-GCM"} and "IV" in found.attributes:
        yield "IV"
    if uri.startswith("data:") and method == "SAMPLE-AES":
        yield from of_carried(hls.data_uri(uri).data)


def of_carried(data: bytes) -> Iterator[str]:
    if data[4:8] != b"pssh":
        if "AESCTR" in playready.read_object(data).header.algids:
            yield "SAMPLE-AES with AESCTR"
        return
    for found in pssh.read(data).boxes:
        if widevine.read(found.data).scheme == "cenc":
            yield "SAMPLE-AES with cenc"
