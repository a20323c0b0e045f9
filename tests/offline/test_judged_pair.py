"""A captured pair: judged by the same checks as in a run, and what it cannot tell is said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from conformance.cases import Seed, build_request
from conformance.catalogue import load_catalogue
from conformance.catalogue.yamlfile import DataError
from conformance.checks import load_checks
from conformance.faultmatrix.baseline import RING
from conformance.faultmatrix.in_process import InProcess
from conformance.model import Expectation, Plan, PlannedPeriod, Recipient, Step, Verdict
from conformance.offline import sources
from conformance.offline.captured import NO_HEADERS, NO_PRIVATE_KEY, read_pair
from conformance.offline.judged_pair import JudgedPair, judge_pair, lines
from conformance.refserver import Config, load_faults
from conformance.run.profile import load_profile


@dataclass(frozen=True)
class Files:
    """A captured pair on the disk."""

    request: Path
    response: Path
    headers: Path
    private_key: Path


def capture(folder: Path, *faults: str, encrypted: bool = False, version: str = "2.0", periods: int = 0) -> Files:
    rules = (*load_catalogue().contract("PRESET-VIDEO-2"), *load_catalogue().contract("PRESET-AUDIO-1"))
    plan = Plan(version, ("cbcs",), ("widevine", "playready", "fairplay"), rules)
    plan = replace(
        plan,
        recipients=(Recipient(),) if encrypted else (),
        periods=tuple(PlannedPeriod(f"p{at}", (("index", str(at)),)) for at in range(1, periods + 1)),
    )
    step = Step("ask", plan, Expectation("accepted"), ())
    built = build_request(step, plan, "X", Seed("s"), "http://x/", RING.certificate_texts(["rsa-2048"]))
    exchange = InProcess(Config(), [load_faults()[name] for name in faults]).send(built.http)
    assert exchange.answer is not None
    files = Files(folder / "A.xml", folder / "B.xml", folder / "B.txt", folder / "key.pem")
    files.request.write_bytes(built.http.body)
    files.response.write_bytes(exchange.answer.body)
    head = [f"HTTP/1.1 {exchange.answer.status} {exchange.answer.reason}"]
    files.headers.write_text("\r\n".join([*head, *(": ".join(pair) for pair in exchange.answer.headers), "", ""]))
    private = RING.pair("rsa-2048").private_key
    assert private is not None
    pem, pkcs8, plain = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    files.private_key.write_bytes(private.private_bytes(pem, pkcs8, plain))
    return files


def judged(files: Files, *, headers: bool = True, private_key: bool = False, version: str = "") -> JudgedPair:
    pair = read_pair(
        files.request,
        files.response,
        files.headers if headers else None,
        files.private_key if private_key else None,
        version,
    )
    return judge_pair(pair, load_profile("default"), load_checks(), b"salt")


def failing(found: JudgedPair) -> set[str]:
    return {one.check for one in found.document.results if one.verdict == "FAIL"}


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize("version", ["2.0", "2.1"])
@pytest.mark.parametrize("periods", [0, 2])
def test_a_right_answer(encrypted: bool, version: str, periods: int, tmp_path: Path) -> None:
    files = capture(tmp_path, encrypted=encrypted, version=version, periods=periods)
    found = judged(files, private_key=encrypted)
    assert set(found.document.counts) <= {"PASS", "RECORDED", "NOTE"}
    assert found.document.counts[Verdict.PASS] > 150
    assert found.open == {}
    assert found.exit_status == 0
    assert {"safety.same-key-on-repetition", "claims.delivered-is-claimed"} <= set(found.live)
    assert {"keys.values-distinct", "refusal.standard-message"}.isdisjoint(found.live)


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        ("KEY-SAME-FOR-ALL", "keys.values-distinct"),
        ("KEY-LAST-MISSING", "keys.one-per-asked"),
        ("HLS-MASTER-MISSING", "hls.filled"),
    ],
)
def test_a_wrong_answer(fault: str, check: str, tmp_path: Path) -> None:
    found = judged(capture(tmp_path, fault))
    assert check in failing(found)
    assert found.exit_status == 1
    text = "\n".join(lines(found, 100))
    assert text.startswith("FAIL  "), "so that it can be searched for"
    assert check in text
    assert "expected" in text
    assert "checks need a live server" in text


@pytest.mark.parametrize(
    ("fault", "check"),
    [("KEY-STRAY-BITS", "keys.value-canonical"), ("STRUCTURE-BOM", "document.no-byte-order-mark")],
)
def test_what_no_record_holds_is_seen_in_a_pair(fault: str, check: str, tmp_path: Path) -> None:
    found = judged(capture(tmp_path, fault))
    assert check in {one.check for one in found.document.results if one.findings}


def test_what_is_wrong_inside_encrypted_keys(tmp_path: Path) -> None:
    files = capture(tmp_path, "ENCRYPTION-MAC-WITHOUT-IV", encrypted=True)
    assert failing(judged(files, private_key=True)) >= {"encryption.value-macs-verify"}
    closed = judged(files)
    assert closed.open["encryption.value-macs-verify"] == NO_PRIVATE_KEY
    assert closed.open["keys.values-distinct"] == NO_PRIVATE_KEY
    assert closed.exit_status == 0
    assert closed.status(complete=True) == 10
    assert f"not judged, because {NO_PRIVATE_KEY}: " in "\n".join(lines(closed, 80))


def test_without_headers_nothing_is_said_of_headers(tmp_path: Path) -> None:
    files = capture(tmp_path, "HTTP-GZIP-AGAINST-IDENTITY")
    found = judged(files, headers=False)
    assert found.open["http.speke-version-echoed"] == NO_HEADERS
    assert failing(found) == set()


def test_headers_without_a_status_line(tmp_path: Path) -> None:
    files = capture(tmp_path)
    files.headers.write_text("Content-Type: application/json\n")
    assert "http.content-type-xml" in failing(judged(files))
    files.headers.write_text("HTTP/2 202\nContent-Type: application/xml\n")
    assert failing(judged(files)) >= {"http.success-status-200"} or judged(files).open


def test_the_version_is_that_of_the_request_unless_it_is_said(tmp_path: Path) -> None:
    files = capture(tmp_path, version="2.1")
    assert judged(files).document.claims.versions == ["2.1"]
    assert judged(files, version="2.0").document.claims.versions == ["2.0", "2.1"]


def test_no_key_is_shown(tmp_path: Path) -> None:
    files = capture(tmp_path, "KEY-EXTRA")
    pair = read_pair(files.request, files.response, files.headers)
    found = judge_pair(pair, load_profile("default"), load_checks(), b"salt")
    shown = repr(found.document) + "\n".join(lines(found, 100))
    values = [value for key in pair.context.document.content_keys for value in key.plain_values]
    assert len(values) == 4
    assert not any(value in shown for value in values)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("request", b"", "the file is empty; give the request"),
        ("request", b"Hello", "holds no CPIX document"),
        ("request", b"<html/>", "the root element is no-namespace:html"),
        ("response", b"\xd4\xc3\xb2\xa1....", "this looks like a packet capture; give the HTTP stream"),
        ("headers", b"HTTP/1.1 OK\r\n", "names no HTTP status"),
        ("headers", b"Content-Type application/xml", "a line is not a header"),
        ("headers", b" folded: x", "a line is not a header"),
        ("headers", b"{'Content-Type': ", "this looks like a JSON object or a dict"),
        ("private_key", b"canary", "not an RSA private key in PEM"),
    ],
)
def test_what_cannot_be_judged(name: str, content: bytes, sentence: str, tmp_path: Path) -> None:
    files = capture(tmp_path)
    getattr(files, name).write_bytes(content)
    with pytest.raises(DataError, match=sentence) as refusal:
        judged(files, private_key=True)
    assert str(refusal.value).startswith(str(getattr(files, name)))
    assert "\n" not in str(refusal.value)
    assert "canary" not in str(refusal.value)


@pytest.mark.parametrize(
    ("content", "check"),
    [
        (b"", "document.well-formed"),
        (b"no", "document.well-formed"),
        (b"<!DOCTYPE html><html><body>down</body></html>", "document.safe-xml"),
        (b"<html/>", ""),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "document.safe-xml"),
        (b"\xff\xfe\x00", ""),
        (b'{"message": "Internal server error"}', "document.well-formed"),
    ],
)
@pytest.mark.parametrize("headers", [False, True])
def test_a_broken_answer_is_a_finding(content: bytes, check: str, headers: bool, tmp_path: Path) -> None:
    files = capture(tmp_path)
    files.response.write_bytes(content)
    found = judged(files, headers=headers)
    assert found.exit_status == 1
    assert "FAIL" in "\n".join(lines(found, 100))
    assert not check or check in {one.check for one in found.document.results if one.findings}


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ((b"\n<?xml", b"<?xml"), ""),
        ((b"<?xml", b"\n<?xml"), "document.well-formed"),
        ((b"contentId=", b"name='Caf\xe9' contentId="), "document.well-formed"),
        ((b"</cpix:CPIX>", b"</cpix:CPIX>\x00"), "document.well-formed"),
        ((b"</cpix:CPIX>", b""), "document.well-formed"),
        ((b"urn:dashif:org:cpix", b"urn:dashif:org:cpix:2"), ""),
    ],
)
def test_a_changed_answer_is_judged_as_it_came(change: tuple[bytes, bytes], check: str, tmp_path: Path) -> None:
    files = capture(tmp_path)
    body = b"<?xml version='1.0' encoding='UTF-8'?>" + files.response.read_bytes().partition(b"?>")[2]
    files.response.write_bytes(body.replace(*change))
    found = judged(files)
    assert not check or check in failing(found)
    assert found.exit_status == int(bool(check) or change[1].endswith(b":2"))


def test_a_private_key_of_somebody_else(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="fits no certificate"):
        judged(capture(tmp_path), private_key=True)
    files = capture(tmp_path, encrypted=True)
    private = RING.pair("rsa-2048").private_key
    assert private is not None
    files.private_key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"canary"),
        )
    )
    with pytest.raises(DataError, match=r"without a password \(it has one\)"):
        judged(files, private_key=True)


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = capture(tmp_path)
    with pytest.raises(DataError, match="cannot be read"):
        read_pair(tmp_path / "nothing.xml", files.response)
    monkeypatch.setattr(sources, "LARGEST", 10)
    with pytest.raises(DataError, match="it is not read"):
        judged(files)
