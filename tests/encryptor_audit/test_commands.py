"""`serve --audit` and `proxy` as people start them, with clients that were not written for them: curl and a script."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import pytest

from conformance.__main__ import main
from tests.refserver.asking import Ask

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("encryptor_script.py")


class Command:
    """A command of ours in a process of its own."""

    def __init__(self, words: list[str], folder: Path) -> None:
        command = [sys.executable, "-u", "-m", "conformance", *words]
        env = {"PYTHONPATH": f"{ROOT}", "PATH": "/usr/bin:/bin"}
        self.process = subprocess.Popen(
            command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.out = cast("IO[str]", self.process.stdout)
        found = re.search(r"http://\S+", self.out.readline())
        assert found is not None
        self.url = found.group()
        assert "Ctrl-C" in self.out.readline()

    def end(self, number: int = signal.SIGINT) -> tuple[int, str]:
        """Interrupt it; its exit status and what it printed."""
        self.process.send_signal(number)
        text, _ = self.process.communicate(timeout=60)
        return self.process.returncode, text


@contextmanager
def started(words: list[str], folder: Path) -> Iterator[Command]:
    command = Command(words, folder)
    try:
        yield command
    finally:
        if command.process.poll() is None:
            command.process.kill()
            command.process.communicate()


def curl(url: str, body: bytes, *headers: str) -> str:
    words = ["curl", "--silent", "--output", "-", "--write-out", "\n%{http_code}", "--data-binary", "@-"]
    for header in headers:
        words += ["--header", header]
    done = subprocess.run([*words, url], input=body, capture_output=True, timeout=30, check=True)
    return done.stdout.decode()


def script(url: str) -> str:
    done = subprocess.run([sys.executable, str(SCRIPT), url], capture_output=True, text=True, timeout=30, check=True)
    return done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_an_audit_with_curl(tmp_path: Path) -> None:
    with started(["serve", "--audit", "--as", "mediapackage-v2"], tmp_path) as serve:
        good = curl(serve.url, Ask().body(), "Content-Type: application/xml", "X-Speke-Version: 2.0")
        bad = curl(serve.url, Ask(version="2.1").body(), "X-Speke-Version: 2.0")
        status, text = serve.end()
    assert good.endswith("\n200") and "PlainValue" in good
    assert bad == "Unsupported CPIX@version\n422"
    assert status == 1
    first, second = (line for line in text.splitlines() if re.match(r"\S+ #\d", line))
    assert "#1 POST 2.0/2.3  film-1, 2 keys, cbcs, widevine playready fairplay, period 1  -> 200 in" in first
    assert second.endswith("2 FAIL, 1 NOTE")
    assert "FAIL     encryptor: request.versions-belong-together: /CPIX/@version" in text
    assert "NOTE     encryptor: habit.authentication: the Authorization header" in text
    document = json.loads((tmp_path / "reports" / "latest" / "results.json").read_text())
    assert document["audit"] == {"as": "mediapackage-v2", "exchanges": 2, "kept": 2}
    assert (tmp_path / "reports" / "latest" / "qualification.html").read_text().count("AUDIT: only the traffic") >= 1


def test_a_proxy_with_a_script_that_knows_nothing_of_it(tmp_path: Path) -> None:
    with (
        started(["serve", "--audit", "--report-dir", "upstream"], tmp_path) as upstream,
        started(["proxy", "--upstream", upstream.url, "--report-dir", "passed"], tmp_path) as proxy,
    ):
        assert script(proxy.url) == "period 1: 2 keys\nperiod 2: 2 keys\nperiod 3: 2 keys\n"
        status, text = proxy.end(signal.SIGTERM)
        assert status == 0, text
        assert upstream.end()[0] == 0
    for folder in ("upstream", "passed"):
        document = json.loads((tmp_path / folder / "latest" / "results.json").read_text())
        assert document["audit"]["exchanges"] == 3 and "FAIL" not in document["counts"]
    assert "3 exchanges came by and no binding rule was broken" in text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["serve", "--as", "mediaconvert"], "--as says whose habits an audit compares with; add --audit."),
        (["serve", "--audit", "--as", "mediaconvrt"], "did you mean 'mediaconvert'"),
        (["serve", "--audit", "--report-dir", __file__], "cannot be made"),
        (["proxy"], "--upstream"),
        (["proxy", "--upstream", "ftp://x"], "must begin with http:// or https://"),
        (["proxy", "--upstream", "http://127.0.0.1:1/", "--host", "0.0.0.0"], "is not loopback"),
        (["proxy", "--upstream", "http://127.0.0.1:1/", "--auth", "bearer"], "SPEKE_TOKEN"),
        (["proxy", "--upstream", "http://127.0.0.1:1/", "--as", "x"], "there is no encryptor 'x'"),
        (["proxy", "--upstream", "http://127.0.0.1:1/", "--port", "99999"], "is not a port"),
    ],
)
def test_a_wrong_option_is_one_sentence(words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 4
    assert sentence in capsys.readouterr().err
