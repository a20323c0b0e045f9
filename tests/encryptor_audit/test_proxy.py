"""The proxy: bodies pass through unchanged, both sides are judged, and no upstream and no client can stop it."""

from __future__ import annotations

import base64
import gzip
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from lxml import etree

from conformance import refserver
from conformance.cases.certificates import KeyRing
from conformance.encryptor_audit.audit_rules import make_rules
from conformance.encryptor_audit.auditor import Auditor
from conformance.encryptor_audit.quirks import encryptor_named
from conformance.encryptor_audit.report import AuditFacts, finish
from conformance.encryptor_audit.servers import Proxy
from conformance.redaction.redactor import Redactor
from conformance.run.profile import load_profile
from conformance.wire.auth import AuthScheme, Bearer
from conformance.wire.client import Client
from conformance.wire.target import Target
from tests.refserver.asking import Ask, texts
from tests.reporting.schemas import complaints
from tests.wire.servers import Peer, Script, Server, always, answer, once

TOKEN = "CanaryToken-0815"


class Run:
    """A proxy at work, with what it said; `end` gives the folder of its report."""

    def __init__(self, upstream: str, folder: Path, auth: AuthScheme | None, timeout: float) -> None:
        target = Target.parse(upstream)
        scheme = auth or AuthScheme()
        self.lines: list[str] = []
        redactor = Redactor(b"salt", scheme.secrets(), headers=scheme.headers)
        self.client = Client(target, scheme, timeout=timeout)
        rules = make_rules(encryptor_named("mediapackage-v2"), load_profile("default"))
        self.auditor = Auditor(rules, redactor, self.lines.append)
        self.door = Proxy(self.auditor, self.client, target, redactor, signs=auth is not None)
        self.folder = folder
        self.status = -1

    def post(self, ask: Ask, **headers: str) -> requests.Response:
        request = ask.request()
        given = {**dict(request.headers), **{name.replace("_", "-"): value for name, value in headers.items()}}
        return requests.request(request.method, self.door.url, data=request.body, headers=given, timeout=10)

    def found(self, verdict: str = "FAIL") -> set[str]:
        return {one.check for one in self.auditor.judgements if one.verdict.value == verdict}

    def end(self) -> Path:
        lines, self.status = finish(
            self.auditor, AuditFacts("speke-conformance proxy", "2026", "keys.example"), self.folder
        )
        self.lines += lines
        return self.folder / "latest"


@contextmanager
def proxy(upstream: str, folder: Path, auth: AuthScheme | None = None, timeout: float = 5.0) -> Iterator[Run]:
    run = Run(upstream, folder, auth, timeout)
    with run.door, run.client:
        yield run
        run.auditor.close()


def test_bodies_pass_through_unchanged_and_nothing_is_amiss(tmp_path: Path) -> None:
    with refserver.Server() as upstream, proxy(upstream.url, tmp_path) as run:
        for ask in (Ask(), Ask(version="2.1"), Ask(content_id="")):
            straight = requests.post(upstream.url, ask.body(), headers=dict(ask.request().headers), timeout=10)
            passed = run.post(ask)
            assert (passed.status_code, passed.content) == (straight.status_code, straight.content)
            assert passed.headers["X-Speke-Version"] == straight.headers["X-Speke-Version"]
        run.auditor.close()
    assert run.found() == {"request.content-id-given"}, run.lines
    assert run.found("ERROR") == set()
    assert [line.split("  ")[-1] for line in run.lines if "#" in line] == ["1 NOTE", "1 NOTE", "1 FAIL, 2 NOTE"]


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        ("KEY-SAME-FOR-ALL", "keys.values-distinct"),
        ("KEY-NEW-EACH-TIME", "passing.same-key-again"),
        ("HLS-MASTER-MISSING", "hls.filled"),
    ],
)
def test_the_key_server_is_judged_too(tmp_path: Path, fault: str, check: str) -> None:
    known = refserver.load_faults()
    with refserver.Server(faults=[known[fault]]) as upstream, proxy(upstream.url, tmp_path) as run:
        run.post(Ask())
        run.post(Ask())
    assert check in run.found()
    assert any(f"FAIL     key server: {check}:" in line for line in run.lines)


def test_the_report_is_the_usual_one_and_holds_no_secret(tmp_path: Path) -> None:
    with refserver.Server() as upstream, proxy(upstream.url, tmp_path) as run:
        answered = run.post(
            Ask(),
            Authorization=f"Basic {base64.b64encode(b'user:CanaryPassword-1').decode()}",
            X_Partner_Secret="CanaryPartner-1",
            User_Agent="some-encryptor/1.0",
        )
        run.end()
    keys = [base64.b64decode(text) for text in texts(etree.fromstring(answered.content), "//pskc:PlainValue")]
    document = json.loads((tmp_path / "latest" / "results.json").read_text())
    assert complaints(document) == []
    assert document["outcome"] == "PARTIAL" and document["audit"] == {"as": "", "exchanges": 1, "kept": 1}
    assert run.status == 0
    spoils = [b"CanaryPassword", b"CanaryPartner", base64.b64encode(b"user:CanaryPassword-1")]
    for key in keys:
        spoils += [key, key.hex().encode(), base64.b64encode(key)]
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()] + ["\n".join(run.lines).encode()]
    assert len(keys) == 2 and len(written) > 8
    assert [spoil for spoil in spoils for text in written if spoil in text] == []
    assert any(b"some-encryptor/1.0" in text for text in written)


def test_it_signs_anew_where_it_has_credentials(tmp_path: Path) -> None:
    with Server(always(answer(b"Who are you?", "401 Unauthorized"))) as upstream:
        with proxy(upstream.url, tmp_path, Bearer(TOKEN)) as run:
            run.post(Ask(), Authorization="AWS4-HMAC-SHA256 Credential=x", X_Amz_Date="20260101T000000Z")
        (seen,) = upstream.requests
        assert seen.header("authorization") == f"Bearer {TOKEN}" and seen.header("x-amz-date") is None
        assert seen.header("x-speke-version") == "2.0" and seen.body == Ask().body()
        with proxy(upstream.url, tmp_path) as run:
            run.post(Ask(), Authorization="Bearer theirs")
        assert upstream.requests[1].header("authorization") == "Bearer theirs"


def test_a_signature_that_does_not_hold_behind_the_proxy_is_explained(tmp_path: Path) -> None:
    with (
        Server(always(answer(b"Forbidden", "403 Forbidden"))) as upstream,
        proxy(upstream.url, tmp_path) as run,
    ):
        run.post(Ask(), Authorization="AWS4-HMAC-SHA256 Credential=x")
        run.end()
    assert "re-sign with --auth sigv4" in " ".join(" ".join(run.lines).split())


def test_an_answer_that_repeats_the_encryptors_credentials_is_recorded_without(tmp_path: Path) -> None:
    body = b"no entry for CanaryBearer-77 and CanaryApiKey-78"
    with Server(always(answer(body, "403 Forbidden"))) as upstream, proxy(upstream.url, tmp_path) as run:
        got = run.post(Ask(), Authorization="Bearer CanaryBearer-77", X_Api_Key="CanaryApiKey-78")
        run.end()
    assert got.content == body, "the encryptor gets what the key server said"
    written = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file()) + "".join(run.lines)
    assert "CanaryBearer" not in written and "CanaryApiKey" not in written


def test_an_upstream_that_is_down_is_a_502_and_the_proxy_lives(tmp_path: Path) -> None:
    with refserver.Server() as gone:
        url = gone.url
    with proxy(url, tmp_path) as run:
        for _ in range(2):
            got = run.post(Ask())
            assert got.status_code == 502
            assert got.text.startswith("The proxy has no answer from the key server. Nothing accepts connections at")
        run.end()
    assert run.found() == set()
    assert any("gave no complete answer to 2 requests" in line for line in run.lines)


@pytest.mark.parametrize(
    ("script", "status"),
    [
        (Peer.linger, 504),
        (once(b"no http at all\r\n\r\n"), 502),
        (once(b""), 502),
        (once(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"), 502),
    ],
)
def test_an_upstream_that_misbehaves_is_told_of(tmp_path: Path, script: Script, status: int) -> None:
    def silent(peer: Peer) -> None:
        peer.request()
        script(peer)

    timeout = 0.3 if status == 504 else 5.0
    chosen = silent if status == 504 else script
    with Server(chosen) as upstream, proxy(upstream.url, tmp_path, timeout=timeout) as run:
        got = run.post(Ask())
        assert got.status_code == status and got.text.startswith("The proxy has no answer from the key server.")


@pytest.mark.parametrize(
    "data",
    [
        b"garbage\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nX-Odd: a\r\n b\r\nContent-Length: 0\r\n\r\n",
        b"POST //[ HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_a_client_that_sends_garbage_gets_an_answer_and_the_proxy_lives(tmp_path: Path, data: bytes) -> None:
    with refserver.Server() as upstream, proxy(upstream.url.partition("/speke")[0], tmp_path) as run:
        with socket.create_connection(("127.0.0.1", run.door.port), timeout=5) as sock:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
            assert sock.recv(100)
        assert run.post(Ask()).status_code == 200
    assert run.found("ERROR") == set()


def test_a_v1_encryptor_is_passed_on_and_told(tmp_path: Path) -> None:
    v1 = Ask(headers=(("Content-Type", "application/xml"),)).edited(('contentId="film-1" version="2.3"', 'id="film-1"'))
    with refserver.Server() as upstream, proxy(upstream.url, tmp_path) as run:
        got = run.post(v1)
        assert got.status_code == 422 and "v1 is not served" in got.text
        run.end()
    assert {"request.speke-version-named", "request.content-id-given"} <= run.found()
    assert any("belong to the v1 workflow" in line for line in run.lines)
    assert all(one.step == "request" for one in run.auditor.judgements)


def test_a_load_balancers_probe_is_no_request(tmp_path: Path) -> None:
    with refserver.Server() as upstream, proxy(upstream.url, tmp_path) as run:
        assert requests.get(run.door.url, timeout=5).status_code == 405
        run.end()
    assert run.status == 5 and run.lines[-1] == "No request came, so there is nothing to report."
    assert not (tmp_path / "latest").exists()


def test_encrypted_keys_are_named_as_what_cannot_be_judged(tmp_path: Path) -> None:
    ask = Ask(certificates=(KeyRing().certificate_text("rsa-2048"),))
    with refserver.Server() as upstream, proxy(upstream.url, tmp_path) as run:
        assert run.post(ask).status_code == 200
        run.end()
    assert run.found() == set() and run.found("ERROR") == set()
    document = json.loads((tmp_path / "latest" / "results.json").read_text())
    (warning,) = [one["text"] for one in document["warnings"] if one["id"] == "encrypted-keys"]
    assert warning.startswith("the keys of 1 answers are encrypted for the encryptor: nothing that needs their values")
    assert "keys encrypted" in run.lines[0]


def test_a_429_and_a_compressed_body_are_the_encryptors_own_affair(tmp_path: Path) -> None:
    with Server(always(answer(b"later", "429 Too Many Requests", "Retry-After: 20"))) as upstream:
        with proxy(upstream.url, tmp_path) as run:
            got = run.post(Ask())
            assert got.status_code == 429 and got.headers["Retry-After"] == "20"
        assert len(upstream.requests) == 1
    packed = answer(gzip.compress(b"<ok/>"), "200 OK", "Content-Encoding: gzip")
    with Server(always(packed)) as upstream, proxy(upstream.url, tmp_path) as run:
        got = run.post(Ask())
        assert got.content == b"<ok/>" and "Content-Encoding" not in got.headers
        assert upstream.requests[0].header("accept-encoding") == "identity"


def test_an_upstream_without_a_path_gets_the_path_of_the_request(tmp_path: Path) -> None:
    with Server(always(answer())) as upstream:
        with proxy(upstream.url.partition("/speke")[0], tmp_path) as run:
            requests.post(f"{run.door.url}?a=b", Ask().body(), timeout=5)
        with proxy(upstream.url, tmp_path) as run:
            requests.post(f"{run.door.url}?a=b", Ask().body(), timeout=5)
        assert [one.path for one in upstream.requests] == ["/speke/v2/copyProtection?a=b", "/speke?stage=test"]


def test_what_is_kept_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.encryptor_audit.auditor.WHOLE", 3)
    with refserver.Server() as upstream, proxy(upstream.url, tmp_path) as run:
        for _ in range(5):
            run.post(Ask())
        run.post(Ask(content_id=""))
        run.end()
    document = json.loads((tmp_path / "latest" / "results.json").read_text())
    assert document["audit"] == {"as": "", "exchanges": 6, "kept": 4}
    assert len(document["exchanges"]) == 4
    assert "FAIL" in document["counts"]
    assert any(one["id"] == "not-kept" and one["text"].startswith("2 exchanges") for one in document["warnings"])
