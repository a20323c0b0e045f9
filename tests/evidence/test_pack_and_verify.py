"""Evidence: refused where nobody may rely on a run, the same bytes for the same run, and every change shows."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization

from conformance.catalogue.yamlfile import DataError
from conformance.checks import load_checks
from conformance.drm.leaks import Searcher
from conformance.evidence.archive import pack, unpack
from conformance.evidence.pack import SIGNATURE, SUMS, evidence, refusals, sums
from conformance.evidence.product import read_product
from conformance.evidence.signing import fingerprint, make_key, private_key, read_private, read_public
from conformance.evidence.verify import VerificationReport, check_evidence
from conformance.model import Outcome, Verdict
from conformance.offline.replay import replay
from conformance.reporting.writer import views
from conformance.results.document import Document
from conformance.results.reader import read_results
from conformance.results.run_record import ClaimsRecord
from conformance.results.seal import sealed
from conformance.wire.errors import OptionError
from tests.evidence.forgeries import FORGER, KEY, PRODUCT
from tests.made_runs import CASES, PATH, TOKEN, Made, chosen, library


def checked(path: Path, *, signed: bool = True) -> VerificationReport:
    return check_evidence(path, KEY.public_key() if signed else None, lambda arrays: (chosen(*CASES), load_checks()))


def _saved(data: bytes, folder: Path) -> Path:
    path = folder / "evidence.zip"
    path.write_bytes(data)
    return path


def test_evidence_holds(good: Document, tmp_path: Path) -> None:
    assert list(refusals(good)) == []
    report = checked(_saved(evidence(good, PRODUCT, KEY), tmp_path))
    assert report.bad == []
    assert report.exit_status == 0
    assert list(report.lines())[-2] == f"CONSISTENT ({report.judged} re-judged, {report.recorded} recorded)"
    assert "The owner of the machine can invent exchanges" in list(report.lines())[-1]
    assert "signature: given key" in report.lines()
    assert report.judged > 3 * report.recorded > 0


def test_it_is_the_same_for_the_same_run(good: Document) -> None:
    assert evidence(good, PRODUCT, KEY) == evidence(copy.deepcopy(good), PRODUCT, KEY)


def test_what_is_inside(good: Document, tmp_path: Path) -> None:
    files = unpack(_saved(evidence(good, PRODUCT, KEY), tmp_path))
    readme = files["README.md"].decode()
    assert readme.startswith("# SPEKE v2 conformance of Keys 4.2\n")
    for wanted in ("Example Ltd", good.run.command, "Who can rely on this", fingerprint(KEY.public_key())):
        assert wanted in readme
    assert json.loads(files["product.json"])["key-provider"] == "Example Ltd"
    assert msgspec.convert(json.loads(files["claims.json"])["claims"], ClaimsRecord) == good.claims
    for page in (readme, files["qualification.html"].decode()):
        assert "Keys 4.2" in page
        assert "UNSIGNED" not in page
    assert {"qualification.html", "results.json", "junit.xml", "proof.json", "summary.md", "badge.svg"} <= files.keys()
    assert any(name.startswith("exchanges/") for name in files)
    unsigned = unpack(_saved(evidence(good, PRODUCT), tmp_path))
    assert SIGNATURE not in unsigned
    for page in ("README.md", "qualification.html"):
        assert "UNSIGNED: the file does not prove who made it." in unsigned[page].decode()


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="there is no sha256sum")
def test_the_sums_are_those_of_sha256sum(good: Document, tmp_path: Path) -> None:
    for name, data in unpack(_saved(evidence(good, PRODUCT), tmp_path)).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    done = subprocess.run(["sha256sum", "--check", "--quiet", SUMS], cwd=tmp_path, check=False, capture_output=True)
    assert (done.returncode, done.stdout) == (0, b"")


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        (("run", "interrupted"), True, "the run was interrupted"),
        (("run", "incomplete"), "the disk was full.", "the run is incomplete: the disk was full"),
        (("run", "partial"), True, "the run is partial"),
        (("run", "insecure"), True, "the run is insecure"),
        (("claims", "discovered"), True, "the claims were discovered"),
        (("outcome",), Outcome.INCOMPLETE, "the run is incomplete"),
        (("counts", Verdict.ERROR), 1, "the run is incomplete"),
        (("run", "target", "faults"), ["KEY-ZERO"], "a fault switched on"),
        (("run", "target", "built_in"), True, "the built-in reference key server"),
    ],
)
def test_refused(good: Document, place: tuple[str, ...], value: object, sentence: str, tmp_path: Path) -> None:
    home: Any = good
    for name in place[:-1]:
        home = getattr(home, name)
    if isinstance(home, dict):
        home[place[-1]] = value
    else:
        setattr(home, place[-1], value)
    reasons = list(refusals(good))
    assert len(reasons) == 1
    assert sentence in reasons[0]
    report = checked(_saved(evidence(good, PRODUCT, KEY), tmp_path))
    assert reasons[0] in report.bad
    assert report.exit_status == 1


def test_nothing_was_sent(good: Document) -> None:
    good.exchanges = {}
    assert list(refusals(good)) == ["the run recorded no exchange"]


def test_a_replay_is_no_evidence(good: Document) -> None:
    again = replay(good, library(), load_checks(), "results.json")
    assert list(refusals(again.document)) == ["this is a replay: no server was contacted"]


def test_not_qualified_is_evidence_too(bad: Document, tmp_path: Path) -> None:
    assert bad.outcome == "NOT QUALIFIED"
    report = checked(_saved(evidence(bad, PRODUCT, KEY), tmp_path))
    assert report.bad == []
    assert "every result follows from its exchange: NOT QUALIFIED" in report.good


def test_every_change_shows(good: Document, bad: Document, tmp_path: Path) -> None:
    files = unpack(_saved(evidence(good, PRODUCT, KEY), tmp_path))
    page = files["qualification.html"].replace(b"Qualified", b"Splendid")
    touched = checked(_saved(pack({**files, "qualification.html": page}), tmp_path)).bad
    assert touched[0] == "SHA256SUMS does not fit the files: qualification.html"
    added = checked(_saved(pack({**files, "more.html": b"x"}), tmp_path)).bad
    assert added[0] == "SHA256SUMS does not fit the files: more.html"
    less = {name: data for name, data in files.items() if name != "junit.xml"}
    assert "a file is missing" in checked(_saved(pack(less), tmp_path)).bad[0]
    resummed = {**files, "qualification.html": page}
    resummed[SUMS] = sums({name: data for name, data in resummed.items() if name not in (SUMS, SIGNATURE)})
    report = checked(_saved(pack(resummed), tmp_path))
    assert "the signature does not fit the sums" in report.bad
    assert report.signature == "broken"
    unsigned = {name: data for name, data in files.items() if name != SIGNATURE}
    assert checked(_saved(pack(unsigned), tmp_path)).signature == "broken"


def test_four_words(good: Document, tmp_path: Path) -> None:
    signed, plain = evidence(good, PRODUCT, KEY), evidence(good, PRODUCT)
    by_other = evidence(good, PRODUCT, FORGER)
    words = [
        (plain, False, "unsigned", 0),
        (plain, True, "unsigned", 1),
        (signed, False, "unknown signer", 0),
        (signed, True, "given key", 0),
        (by_other, True, "unknown signer", 1),
    ]
    for data, given, word, status in words:
        report = checked(_saved(data, tmp_path), signed=given)
        assert (report.signature, report.exit_status) == (word, status)
        assert f"signature: {word}" in report.lines()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl")
def test_openssl_verifies(good: Document, tmp_path: Path) -> None:
    for name, data in unpack(_saved(evidence(good, PRODUCT, KEY), tmp_path)).items():
        if name in (SUMS, SIGNATURE, "signer.pem"):
            (tmp_path / name).write_bytes(data)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "signer.pem", "-rawin"]
    command += ["-in", SUMS, "-sigfile", SIGNATURE]
    assert subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).returncode == 0
    (tmp_path / SUMS).write_bytes((tmp_path / SUMS).read_bytes() + b"\n")
    assert subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).returncode != 0


def test_a_key_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "signing.pem"
    made = make_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert made == fingerprint(read_private(path).public_key())
    before = path.read_bytes()
    with pytest.raises(OptionError, match="exists already"):
        make_key(path)
    assert path.read_bytes() == before
    (tmp_path / "link.pem").symlink_to(tmp_path / "elsewhere.pem")
    with pytest.raises(OptionError, match="exists already"):
        make_key(tmp_path / "link.pem")
    with pytest.raises(OptionError, match="cannot be written"):
        make_key(tmp_path / "nowhere" / "key.pem")
    reports = tmp_path / "reports" / "2026"
    (reports / "exchanges").mkdir(parents=True)
    (reports / "results.json").write_text("{}")
    for inside in (reports, reports / "exchanges"):
        with pytest.raises(OptionError, match="inside a folder of reports"):
            make_key(inside / "key.pem")


def test_where_the_key_comes_from(tmp_path: Path) -> None:
    path = tmp_path / "signing.pem"
    make_key(path)
    assert private_key(None, {}) is None
    for key in (private_key(path, {}), private_key(None, {"SPEKE_SIGNING_KEY": str(path)})):
        assert key is not None
    with pytest.raises(OptionError, match="SPEKE_SIGNING_KEY"):
        private_key(None, {"SPEKE_SIGNING_KEY": str(tmp_path / "nothing")})


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_nothing_waits_for_a_pipe(tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to("/dev/zero")
    for path in (pipe, link):
        with pytest.raises(DataError, match="not a regular file"):
            unpack(path)
        with pytest.raises(OptionError, match="not a regular file"):
            read_private(path)
        with pytest.raises(OptionError, match="not a regular file"):
            read_public(path)
        with pytest.raises(DataError, match="not a regular file"):
            read_results(path)


def test_what_is_no_evidence(good: Document, tmp_path: Path) -> None:
    files = unpack(_saved(evidence(good, PRODUCT), tmp_path))
    with pytest.raises(DataError, match=r"this is not an evidence file: it lacks README.md"):
        checked(_saved(pack({"a": b""}), tmp_path))
    edited = files["results.json"].replace(b'"PASS"', b'"FAIL"', 1)
    with pytest.raises(DataError, match="edited after it was written"):
        checked(_saved(pack({**files, "results.json": edited}), tmp_path))


@pytest.mark.parametrize("run", ["good_run", "bad_run"])
def test_nothing_leaves_that_must_not(run: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    made: Made = request.getfixturevalue(run)
    assert len(made.keys) > 4
    again = replay(made.document, library(), load_checks(), "results.json")
    files = unpack(_saved(evidence(made.document, PRODUCT, KEY), tmp_path))
    files |= {f"replay/{name}": data for name, data in views(again.document)}
    searcher = Searcher([*made.keys, TOKEN.encode(), PATH.encode(), *made.private_key])
    assert {name: leaks for name, data in files.items() if (leaks := searcher.search(data))} == {}
    raw = KEY.private_bytes(serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption())
    assert not any(raw in data or TOKEN.encode() in data or PATH.encode() in data for data in files.values())


def test_keys_from_files(tmp_path: Path) -> None:
    private, public, locked, other = (tmp_path / name for name in ("a.pem", "a.pub", "locked.pem", "rsa.txt"))
    pem, pkcs8, plain = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    private.write_bytes(KEY.private_bytes(pem, pkcs8, plain))
    public.write_bytes(KEY.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo))
    locked.write_bytes(KEY.private_bytes(pem, pkcs8, serialization.BestAvailableEncryption(b"canary")))
    other.write_text("canary")
    assert fingerprint(read_public(public)) == fingerprint(read_private(private).public_key())
    raw = KEY.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    assert fingerprint(KEY.public_key()) == hashlib.sha256(raw).hexdigest()
    not_private = "not an Ed25519 private key"
    for path, sentence in ((locked, "password"), (other, not_private), (public, not_private)):
        with pytest.raises(OptionError, match=sentence) as refusal:
            read_private(path)
        assert "canary" not in str(refusal.value)
    for path in (private, other):
        with pytest.raises(OptionError, match="not an Ed25519 public key"):
            read_public(path)
    with pytest.raises(OptionError, match="cannot be read"):
        read_private(tmp_path / "nothing.pem")
    other.write_text("x" * 100_000)
    with pytest.raises(OptionError, match="too large"):
        read_public(other)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("product: Keys", r"product.yaml:1: a product lacks the field 'version'"),
        ("product: Keys\nversion: 4.2\nkey-provider: X", r"product.yaml:2: version must be text"),
        ("product: Keys\nversion: '4'\nkey-provider: X\nurl: y", r"unknown field 'url'"),
        ("[]", "must be a mapping"),
    ],
)
def test_a_product_that_is_none(text: str, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "product.yaml"
    path.write_text(text)
    with pytest.raises(DataError, match=sentence):
        read_product(path)


def test_a_product(tmp_path: Path) -> None:
    path = tmp_path / "product.yaml"
    path.write_text("product: Keys\nversion: '4.2'\nkey-provider: Example Ltd\ncontact: keys@example.com\n")
    assert read_product(path).told() == {
        "product": "Keys",
        "version": "4.2",
        "key-provider": "Example Ltd",
        "contact": "keys@example.com",
    }
    with pytest.raises(DataError, match="does not exist"):
        read_product(tmp_path / "nothing.yaml")


def test_sealed_document_is_what_the_archive_holds(good: Document, tmp_path: Path) -> None:
    assert unpack(_saved(evidence(good, PRODUCT), tmp_path))["results.json"] == sealed(good)
