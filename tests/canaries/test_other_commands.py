"""The commands beside `run`: what they print and write of captures, recordings and traffic that are full of keys."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from conformance.__main__ import main
from conformance.refserver import load_faults
from tests.canaries.spoils import artifacts, caught
from tests.canaries.test_keys import KINDS
from tests.canaries.vault import FAULT, Vault
from tests.encryptor_audit.test_commands import started
from tests.refserver.asking import Ask
from tests.wire.servers import Request, Server

pytestmark = pytest.mark.slow

MISTAKES = [name for name in load_faults() if name.startswith(KINDS)]
# An IV of ascending bytes, as the usual request has it, would look like a weak key.
IV = re.compile(rb'explicitIV="[^"]*"')
OTHER_IV = b'explicitIV="' + base64.b64encode(hashlib.sha256(b"IV").digest()[:16]) + b'"'
VERSION = re.compile(rb'(<cpix:CPIX[^>]*?) version="[^"]*"')


def send(url: str, mistake: str) -> None:
    """One request that names the mistake which the server is to make; a faulty one where a refusal has the mistake."""
    body = IV.sub(OTHER_IV, Ask().body())
    if mistake.startswith("ERROR-"):
        body = VERSION.sub(rb"\1", body)
    headers = {"Content-Type": "application/xml", "X-Speke-Version": "2.0", FAULT: mistake}
    requests.post(url, data=body, headers=headers, timeout=30)


@pytest.fixture(scope="module")
def vault() -> Vault:
    """All mistakes that give a key away, each made once."""
    vault = Vault()
    with Server(vault.script) as server:
        for mistake in MISTAKES:
            send(server.url, mistake)
    assert len(vault.exchanges) == len(MISTAKES) > 30
    assert len(vault.secrets) > 10
    return vault


@pytest.fixture(scope="module")
def captures(vault: Vault, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exchanges as somebody would have captured them: one raw file for each half."""
    folder = tmp_path_factory.mktemp("captures")
    for name, (request, answer) in vault.exchanges.items():
        (folder / f"{name}-request.http").write_bytes(raw(request))
        (folder / f"{name}-response.http").write_bytes(answer)
    return folder


def raw(request: Request) -> bytes:
    lines = [f"POST {request.path} HTTP/1.1", *(f"{name}: {value}" for name, value in request.headers)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + request.body


def said(capsys: pytest.CaptureFixture[str], folder: Path) -> Iterator[tuple[str, bytes]]:
    out, err = capsys.readouterr()
    return artifacts(folder, out + err)


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["text", "json"])
def test_check(
    form: list[str], vault: Vault, captures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = set()
    for name in list(vault.exchanges)[:: 6 if form else 1]:
        halves = (f"--request={captures / f'{name}-request.http'}", f"--response={captures / f'{name}-response.http'}")
        found.add(main(["check", *halves, *form]))
    assert found <= {0, 1} and 1 in found
    assert caught(vault.secrets, said(capsys, tmp_path)) == []


def test_check_of_a_folder(vault: Vault, captures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "pairs"
    for name in vault.exchanges:
        (folder / name).mkdir(parents=True)
        shutil.copy(captures / f"{name}-request.http", folder / name / "request.http")
        shutil.copy(captures / f"{name}-response.http", folder / name / "response.http")
    assert main(["check", str(folder)]) in (1, 4)
    assert caught(vault.secrets, said(capsys, tmp_path / "nothing")) == []


def test_proxy(tmp_path: Path) -> None:
    vault, folder = Vault(), tmp_path / "run"
    folder.mkdir()
    with Server(vault.script) as server, started(["proxy", "--upstream", server.url], folder) as proxy:
        for mistake in MISTAKES:
            send(proxy.url, mistake)
        status, text = proxy.end(signal.SIGTERM)
    assert status in (0, 1), text
    assert len(vault.secrets) > 10
    assert (folder / "reports" / "latest" / "results.json").is_file()
    assert caught(vault.secrets, artifacts(folder, text)) == []


def test_audit(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    with started(["serve", "--audit", "--as", "mediapackage-v2"], folder) as serve:
        answers = [
            requests.post(
                serve.url,
                data=Ask().body(),
                headers={"Content-Type": "application/xml", "X-Speke-Version": "2.0"},
                timeout=30,
            )
        ]
        status, text = serve.end()
    assert status in (0, 1), text
    remembered = Vault()
    remembered.remember(Ask().body(), *(one.content for one in answers))
    assert len(remembered.secrets) > 1
    assert caught(remembered.secrets, artifacts(folder, text)) == []
