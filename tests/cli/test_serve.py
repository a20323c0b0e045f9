"""`speke-conformance serve`: prints where it listens, answers there, and stays on loopback."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from conformance import refserver
from conformance.__main__ import main


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """While the server waits to be stopped, it is asked for its answer to an empty request; then Ctrl-C comes."""
    seen: list[tuple[str, int]] = []

    def wait(server: refserver.Server) -> None:
        try:
            urllib.request.urlopen(urllib.request.Request(server.url, data=b"", method="POST"), timeout=10)
        except urllib.error.HTTPError as error:
            seen.append((server.url, error.code))
        raise KeyboardInterrupt

    monkeypatch.setattr(refserver.Server, "wait", wait)
    return seen


def test_it_says_where_it_listens_and_answers_there(
    meanwhile: list[tuple[str, int]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve"]) == 0
    ((url, status),) = meanwhile
    assert capsys.readouterr().out == f"reference key server: {url}\nstopped\n"
    assert url.startswith("http://127.0.0.1:") and 400 <= status < 500


def test_a_fault_is_named_with_its_story(meanwhile: list[tuple[str, int]], capsys: pytest.CaptureFixture[str]) -> None:
    name, fault = next(iter(refserver.load_faults().items()))
    assert main(["serve", "--fault", name, "--delay-ms", "1"]) == 0
    assert f"fault {name}: {fault.story}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--host", "0.0.0.0"], "--host 0.0.0.0 is not loopback; add --let-others-connect"),
        (["--host", "::"], "--host :: is not loopback"),
        (["--host", "keys.example.com"], "--host keys.example.com is not loopback"),
        (["--port", "70000"], "--port 70000 is not a port; use 0 (any free one) to 65535."),
        (["--port", "-1"], "--port -1 is not a port"),
        (["--port", "x"], "'x' is not a whole number"),
        (["--delay-ms", "-5"], "--delay-ms -5 is negative"),
        (["--fault", "NO-SUCH-FAULT"], "--fault 'NO-SUCH-FAULT' is not a fault of the server"),
    ],
)
def test_a_wrong_option_is_one_sentence(
    words: list[str], sentence: str, meanwhile: list[tuple[str, int]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", *words]) == 4
    assert sentence in capsys.readouterr().err
    assert meanwhile == []


def test_a_port_that_is_taken(meanwhile: list[tuple[str, int]], capsys: pytest.CaptureFixture[str]) -> None:
    with refserver.Server() as other:
        assert main(["serve", "--port", str(other.port)]) == 4
    assert f"The server cannot listen on 127.0.0.1:{other.port} (Address already in use)." in capsys.readouterr().err


def test_others_may_connect_if_that_is_said(
    meanwhile: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []

    class Stub(refserver.Server):
        def __init__(self, config: object, faults: object, host: str, port: int, delay_ms: int) -> None:
            opened.append(host)
            super().__init__()

    monkeypatch.setattr("conformance.cli.serve.Server", Stub)
    assert main(["serve", "--host", "0.0.0.0", "--let-others-connect"]) == 0
    assert opened == ["0.0.0.0"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_loopback_by_any_name(host: str, meanwhile: list[tuple[str, int]]) -> None:
    assert main(["serve", "--host", host]) in (0, 4 if host == "::1" else 0)
