"""Evidence: refused where nobody may rely on a run, the same bytes for the same run, and every change shows."""

from __future__ import annotations

import copy
import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from conformance.catalogue.yamlfile import DataError
from conformance.checks import load_checks
from conformance.drm.leaks import Searcher
from conformance.evidence.archive import pack, unpack
from conformance.evidence.pack import SIGNATURE, SUMS, evidence, refusals, sums
from conformance.evidence.product import Product, read_product
from conformance.evidence.signing import fingerprint, read_private, read_public
from conformance.evidence.verify import VerificationReport, check_evidence
from conformance.model import Outcome, Verdict
from conformance.offline.replay import replay
from conformance.reporting.writer import views
from conformance.results.document import Document
from conformance.results.seal import sealed
from conformance.wire.errors import OptionError
from tests.made_runs import PATH, TOKEN, Made, library

PRODUCT = Product("Keys", "4.2", "Example Ltd", contact="keys@example.com", statement="All of it.")
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def checked(path: Path, *, signed: bool = True) -> VerificationReport:
    return check_evidence(path, KEY.public_key() if signed else None, library(), load_checks())


def _saved(data: bytes, folder: Path) -> Path:
    path = folder / "evidence.zip"
    path.write_bytes(data)
    return path


def test_evidence_holds(good: Document, tmp_path: Path) -> None:
    assert list(refusals(good)) == []
    report = checked(_saved(evidence(good, PRODUCT, KEY), tmp_path))
    assert report.bad == []
    assert report.exit_status == 0
    assert list(report.lines())[-1] == "The evidence holds."
    assert len(report.good) == 6


def test_it_is_the_same_for_the_same_run(good: Document) -> None:
    assert evidence(good, PRODUCT, KEY) == evidence(copy.deepcopy(good), PRODUCT, KEY)


def test_what_is_inside(good: Document, tmp_path: Path) -> None:
    files = unpack(_saved(evidence(good, PRODUCT, KEY), tmp_path))
    readme = files["README.md"].decode()
    assert readme.startswith("# SPEKE v2 conformance of Keys 4.2\n")
    for wanted in ("Example Ltd", good.run.command, "Who may rely on this", fingerprint(KEY.public_key())):
        assert wanted in readme
    assert json.loads(files["product.json"])["key-provider"] == "Example Ltd"
    assert json.loads(files["claims.json"]).claims == good.claims
    assert {"qualification.html", "results.json", "junit.xml", "proof.json", "summary.md", "badge.svg"} <= files.keys()
    assert any(name.startswith("exchanges/") for name in files)
    unsigned = unpack(_saved(evidence(good, PRODUCT), tmp_path))
    assert SIGNATURE not in unsigned
    assert "It is not signed" in unsigned["README.md"].decode()


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
    assert list(refusals(again.document)) == ["this is a replay: no server was asked"]


def test_not_qualified_is_evidence_too(bad: Document, tmp_path: Path) -> None:
    assert bad.outcome == "NOT QUALIFIED"
    report = checked(_saved(evidence(bad, PRODUCT, KEY), tmp_path))
    assert report.bad == []
    assert "NOT QUALIFIED again" in report.good[-1]


def _resigned(files: dict[str, bytes]) -> bytes:
    inside = {name: data for name, data in files.items() if name not in (SUMS, SIGNATURE)}
    files = {**inside, SUMS: sums(inside)}
    return pack({**files, SIGNATURE: KEY.sign(files[SUMS])})


def test_every_change_shows(good: Document, bad: Document, tmp_path: Path) -> None:
    files = unpack(_saved(evidence(good, PRODUCT, KEY), tmp_path))
    page = files["qualification.html"].replace(b"Qualified", b"Splendid")
    touched = checked(_saved(pack({**files, "qualification.html": page}), tmp_path)).bad
    assert touched[0] == "SHA256SUMS does not fit the files: qualification.html"
    added = checked(_saved(pack({**files, "more.html": b"x"}), tmp_path)).bad
    assert added == ["SHA256SUMS does not fit the files: more.html"]
    less = {name: data for name, data in files.items() if name != "junit.xml"}
    assert "a file is missing" in checked(_saved(pack(less), tmp_path)).bad[0]
    resummed = {**files, "qualification.html": page}
    resummed[SUMS] = sums({name: data for name, data in resummed.items() if name not in (SUMS, SIGNATURE)})
    report = checked(_saved(pack(resummed), tmp_path))
    assert "the signature is not that of the given key, or the sums were changed" in report.bad
    unsigned = {name: data for name, data in files.items() if name != SIGNATURE}
    assert checked(_saved(pack(unsigned), tmp_path)).bad == ["it is not signed"]
    signed_again = checked(_saved(_resigned({**files, "qualification.html": page}), tmp_path)).bad
    assert signed_again == ["not what results.json says: qualification.html"]
    claims = checked(_saved(_resigned({**files, "claims.json": b"{}"}), tmp_path)).bad
    assert claims == ["claims.json is not what results.json says"]


def test_verdicts_that_the_exchanges_do_not_bear_out(bad: Document, tmp_path: Path) -> None:
    for result in bad.results:
        if result.verdict == "FAIL" and result.check == "hls.filled":
            result.verdict, result.findings = Verdict.PASS, ()
    report = checked(_saved(evidence(bad, PRODUCT, KEY), tmp_path))
    assert len(report.bad) == 1
    assert "hls.filled (PASS → FAIL)" in report.bad[0]


def test_of_another_version_a_difference_is_a_note(bad: Document, tmp_path: Path) -> None:
    bad.tool.version = "0.0.1"
    for one in bad.results:
        one.verdict = Verdict.PASS if one.verdict is Verdict.FAIL else one.verdict
    report = checked(_saved(evidence(bad, PRODUCT), tmp_path), signed=False)
    assert report.bad == []
    assert len(report.notes) == 3


def test_what_is_no_evidence(good: Document, tmp_path: Path) -> None:
    files = unpack(_saved(evidence(good, PRODUCT), tmp_path))
    with pytest.raises(DataError, match=r"this is no evidence: it lacks README.md"):
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
    for path, sentence in ((locked, "password"), (other, "no Ed25519 private key"), (public, "no Ed25519 private key")):
        with pytest.raises(OptionError, match=sentence) as refusal:
            read_private(path)
        assert "canary" not in str(refusal.value)
    for path in (private, other):
        with pytest.raises(OptionError, match="no Ed25519 public key"):
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
