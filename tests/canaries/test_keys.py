"""Content keys, their ciphertext and the run's own private key, in a run against a server that makes every mistake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from conformance.refserver import load_faults
from tests.canaries.planting import BROKEN
from tests.canaries.playing import Played, play
from tests.canaries.spoils import artifacts, caught
from tests.canaries.vault import Vault
from tests.wire.servers import Server

pytestmark = pytest.mark.slow

FAMILY = """
- family: CANARY
  title: Requests with keys to be leaked
  why: No artifact may hold a key, whatever a server does with it.
  versions: ["2.1"]
  control: {scheme: cbcs, contract: [PRESET-VIDEO-2, PRESET-AUDIO-1], explicit-iv: all}
  cases:
"""
MEMBER = """
    - id: CANARY-{name}-{kind}
      title: {name}
      expect: accepted-or-refused
      request: {request}
      defect: [{{header: {{X-Fault: {name}}}}}{defect}]
      requirement: [SPK20-CON-018]
"""
KINDS = ("KEY-", "LEAK-", "ENCRYPTION-", "IV-", "ERROR-WITH-", "ERROR-STACK-", "ERROR-JAVA-", "STATE-")
REFUSED = ', {remove: "/cpix:CPIX/@version"}'
LEAST_SECRETS = 200


def cases() -> str:
    """A family whose members share content and KIDs, hence keys, and name the mistake in a header."""
    text = FAMILY
    for name in load_faults():
        if name.startswith(KINDS):
            kind = (
                "ENCRYPTED" if name.startswith("ENCRYPTION-") else "REFUSED" if name.startswith("ERROR-") else "CLEAR"
            )
            text += MEMBER.format(
                name=name,
                kind=kind,
                request="{encrypt-to: [rsa-2048, rsa-2048-b]}" if kind == "ENCRYPTED" else "{}",
                defect=REFUSED if kind == "REFUSED" else "",
            )
    return text


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("canaries")


@pytest.fixture(scope="module")
def private_key(home: Path) -> rsa.RSAPrivateKey:
    key = rsa.generate_private_key(65537, 2048)
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (home / "rsa.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    return key


@pytest.fixture(scope="module")
def vault() -> Vault:
    return Vault()


@pytest.fixture(scope="module")
def played(home: Path, private_key: rsa.RSAPrivateKey, vault: Vault) -> Played:
    (home / "cases").mkdir()
    (home / "cases" / "canary.yaml").write_text(cases(), encoding="utf-8")
    with Server(vault.script) as server:
        options = [f"--cases={home / 'cases'}", "--strict"]
        env = {"CANARY_RSA": str(home / "rsa.pem")}
        asked = ["-p", "tests.canaries.planting", str(home / "cases" / "canary.yaml")]
        return play(home / "run", server.url, options, env, asked)


def test_the_run_has_seen_the_leaks(played: Played, vault: Vault) -> None:
    document = json.loads((played.folder / "reports" / "latest" / "results.json").read_text(encoding="utf-8"))
    failed = {one["check"] for one in document["results"] if one["verdict"] == "FAIL"}
    assert {"leaks.no-key-in-signalling", "refusal.no-keys", "encryption.no-plain-value"} <= failed
    broken = {one["check"] for one in document["results"] if one["verdict"] == "ERROR"}
    assert broken == {BROKEN}, played.output[-3000:]
    assert len(vault.secrets) > LEAST_SECRETS
    for name in ("page.html", "pytest.xml", ".pytest_cache/v/cache/lastfailed"):
        assert (played.folder / name).stat().st_size > 1000


def test_no_key_and_no_ciphertext_is_written_or_said(played: Played, vault: Vault) -> None:
    assert caught(vault.secrets, artifacts(played.folder, played.output)) == []


def test_no_private_key_is_written_or_said(played: Played, private_key: rsa.RSAPrivateKey) -> None:
    numbers = private_key.private_numbers()
    secrets: dict[str, bytes | str] = {
        name: value.to_bytes((value.bit_length() + 7) // 8, "big")
        for name, value in {"d": numbers.d, "p": numbers.p, "q": numbers.q, "dmp1": numbers.dmp1}.items()
    }
    secrets |= {f"{name} in decimal": str(int.from_bytes(bytes(secrets[name]), "big")) for name in ("d", "p")}  # type: ignore[arg-type]
    # The first lines hold the modulus, which the certificate shows to everybody.
    lines = (played.folder.parent / "rsa.pem").read_text().splitlines()[10:-2]
    secrets |= {f"line {number} of the PEM": line for number, line in enumerate(lines)}
    assert caught(secrets, artifacts(played.folder, played.output)) == []
