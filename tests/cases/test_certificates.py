"""The run's recipients of encrypted keys, good ones and bad ones."""

from __future__ import annotations

import base64
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from conformance.cases.certificates import NAMES, KeyRing
from conformance.run.runner import receivers
from tests.cases.writing import RING


@pytest.mark.parametrize(("name", "bits"), [("rsa-2048", 2048), ("rsa-2048-b", 2048), ("rsa-1024", 1024)])
def test_rsa_certificates(name: str, bits: int) -> None:
    certificate = x509.load_der_x509_certificate(base64.b64decode(RING.certificate_text(name), validate=True))
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey) and key.key_size == bits
    private = RING.pair(name).private_key
    assert private is not None and private.public_key().public_numbers() == key.public_numbers()


def test_the_other_certificates() -> None:
    der = base64.b64decode(RING.certificate_text("ec-p256"))
    assert isinstance(x509.load_der_x509_certificate(der).public_key(), ec.EllipticCurvePublicKey)
    whole = base64.b64decode(RING.certificate_text("rsa-2048"))
    assert base64.b64decode(RING.certificate_text("truncated")) == whole[: len(whole) // 2]
    assert RING.certificate_text("empty") == ""
    with pytest.raises(ValueError):
        x509.load_der_x509_certificate(base64.b64decode(RING.certificate_text("not-a-certificate")))


def test_the_same_certificate_written_otherwise() -> None:
    folded, armoured = RING.certificate_text("folded"), RING.certificate_text("pem-armour")
    assert folded.replace("\n", "") == RING.certificate_text("rsa-2048")
    assert max(map(len, folded.splitlines())) == 64
    assert armoured == f"-----BEGIN CERTIFICATE-----\n{folded}\n-----END CERTIFICATE-----"


def test_every_name_can_be_sent_and_the_right_ones_decrypted() -> None:
    quick = [name for name in NAMES if name not in ("rsa-3072", "rsa-4096")]
    assert set(RING.certificate_texts(quick)) == set(quick)
    found = receivers(RING, quick)
    assert set(found) == {"rsa-2048", "rsa-2048-b", "rsa-2048-sha256", "rsa-1024", "folded", "pem-armour", "truncated"}
    assert found["folded"].private_key is found["rsa-2048"].private_key


def test_two_recipients_are_two() -> None:
    assert RING.certificate_text("rsa-2048") != RING.certificate_text("rsa-2048-b")


def test_a_ring_can_be_handed_to_another_process() -> None:
    RING.pair("rsa-2048"), RING.pair("ec-p256")
    other = KeyRing.imported(RING.exported())
    assert other.certificate_text("folded") == RING.certificate_text("folded")
    pair, same = RING.pair("rsa-2048"), other.pair("rsa-2048")
    assert pair.private_key is not None and same.private_key is not None
    assert pair.private_key.private_numbers() == same.private_key.private_numbers()
    assert other.certificate_text("ec-p256") == RING.certificate_text("ec-p256")
    assert other.pair("ec-p256").private_key is None


def test_a_pair_is_made_once_however_many_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    gate = threading.Barrier(4, timeout=10)

    def make(name: str) -> object:
        made.append(name)
        return object()

    monkeypatch.setattr("conformance.cases.certificates._make", make)
    ring, found = KeyRing(), []

    def ask() -> None:
        gate.wait()
        found.append(ring.pair("rsa-4096"))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == ["rsa-4096"]
    assert len(set(map(id, found))) == 1
