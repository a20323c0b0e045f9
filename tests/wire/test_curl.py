"""The command to repeat an exchange by hand: safe for a shell, without secrets, and right when it is run."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from conformance.model import HttpRequest
from conformance.wire.auth import KINDS
from conformance.wire.curl import curl_command

from .servers import Server, always, answer

ENV = {
    "SPEKE_USER": "encryptor",
    "SPEKE_PASSWORD": "canary pass'word",
    "SPEKE_TOKEN": "canary-token",
    "MY_KEY": "canary-$(id)",
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "canary-secret",
    "AWS_SESSION_TOKEN": "canary-session",
    "AWS_REGION": "eu-west-1",
}
HOSTILE = "'; touch hacked; echo '$(touch hacked)`touch hacked`\"\\"


def request(url: str) -> HttpRequest:
    headers = (
        ("Content-Type", "application/xml"),
        ("X-Speke-Version", "2.0"),
        ("X-Hostile", HOSTILE),
        ("X-Empty", ""),
        ("Authorization", "Basic [withheld]"),
        ("Content-Length", "5"),
        ("User-Agent", "speke-conformance/1"),
    )
    return HttpRequest("POST", url, headers, b"<a/>\n")


@pytest.mark.parametrize("kind", KINDS)
def test_holds_no_secret(kind: str) -> None:
    text = curl_command(request("https://keys.example.com/x"), kind, "ask.xml", header="x-api-key=MY_KEY")
    assert "withheld" not in text
    assert not any(value in text for name, value in ENV.items() if "canary" in value)


def test_region_is_given_or_taken_from_the_environment() -> None:
    given = curl_command(request("https://keys.example.com/x"), "sigv4", "ask.xml", region="eu-west-1")
    taken = curl_command(request("https://keys.example.com/x"), "sigv4", "ask.xml")
    assert "aws:amz:eu-west-1:execute-api" in given
    assert '"aws:amz:${AWS_REGION:-$AWS_DEFAULT_REGION}:execute-api"' in taken


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("kind", KINDS)
def test_sends_the_same_request(kind: str, tmp_path: Path) -> None:
    with Server(always(answer(b"hello"))) as server:
        asked = request(f"http://127.0.0.1:{server.port}/speke?a=b&c=$HOME'x")
        name = "it's $(touch hacked).xml"
        (tmp_path / name).write_bytes(asked.body)
        script = curl_command(asked, kind, name, header="x-api-key=MY_KEY")
        done = subprocess.run(
            ["sh", "-c", script], env=ENV | {"PATH": os.environ["PATH"]}, cwd=tmp_path, capture_output=True, check=False
        )
        if kind == "sigv4" and b"aws-sigv4" in done.stderr:
            pytest.skip("this curl cannot sign")
        assert done.returncode == 0, done.stderr
        sent = server.requests[-1]
    assert b"hello" in done.stdout
    assert not (tmp_path / "hacked").exists()
    assert (sent.method, sent.path, sent.body) == ("POST", "/speke?a=b&c=$HOME'x", asked.body)
    for header, value in asked.headers:
        if header not in ("Authorization", "Content-Length"):
            assert sent.header(header) == value
    assert sent.header("accept") is None
    expected = {
        "none": r"None",
        "basic": r"Basic \S+",
        "digest": r"None",
        "bearer": r"Bearer canary-token",
        "header": r"None",
        "sigv4": r"AWS4-HMAC-SHA256 .*eu-west-1/execute-api.*",
    }
    assert re.fullmatch(expected[kind], str(sent.header("authorization")))
    assert (sent.header("x-api-key") == ENV["MY_KEY"]) == (kind == "header")
    assert (sent.header("x-amz-security-token") == ENV["AWS_SESSION_TOKEN"]) == (kind == "sigv4")
