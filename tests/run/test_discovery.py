"""What a server can do is found out by asking it: only an answer can say that something is not supported."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from conformance import refserver
from conformance.cases import Seed
from conformance.cases.features import everything
from conformance.model import Exchange, HttpAnswer, HttpRequest, TransportFailure, plain
from conformance.run.discovery import Discovered, discover, most_probes, preflight
from conformance.run.runner import RunContext
from conformance.wire.auth import AuthScheme
from conformance.wire.client import Client
from conformance.wire.target import Target
from tests.cases.writing import RING

FAULTS = refserver.load_faults()
LATE = TransportFailure("timeout", "no byte came within 15 s")
Change = Callable[[HttpRequest, HttpAnswer], HttpAnswer | TransportFailure]


@dataclass
class Door:
    """The reference server as a function, with whatever stands in front of it."""

    config: refserver.Config = field(default_factory=refserver.Config)
    change: Change = lambda request, answer: answer
    faults: tuple[str, ...] = ()
    sent: list[HttpRequest] = field(default_factory=list)

    def send(self, request: HttpRequest) -> Exchange:
        """One exchange."""
        self.sent.append(request)
        asked = refserver.HttpRequest(request.method, "/speke", request.headers, request.body)
        made = refserver.answer(asked, self.config, [FAULTS[name] for name in self.faults], refserver.ServerState())
        answer = self.change(request, HttpAnswer(made.status, made.headers, made.body))
        if isinstance(answer, TransportFailure):
            return Exchange(request, None, answer)
        return Exchange(request, answer)


def setting(door: Door) -> RunContext:
    """What a probing run needs."""
    return RunContext("http://127.0.0.1/", door, Seed("tests"), everything(), RING)


def answers(found: Discovered) -> dict[str, str]:
    """Claim -> the answer that says that it does not hold."""
    return {one.claim: one.answer for one in found.unclaimed}


def version_of(request: HttpRequest) -> str:
    """The X-Speke-Version of a request."""
    return dict(request.headers)["X-Speke-Version"]


def test_a_server_that_can_do_everything() -> None:
    door = Door()
    found = discover(setting(door))
    assert found.claims.versions == {"2.0", "2.1"}
    assert found.claims.systems == {
        "widevine",
        "playready",
        "fairplay",
        "clearkey-aes-128",
        "irdeto",
        "chinadrm",
        "common-pssh",
    }
    assert found.claims.has("fairplay+cbcs") and not found.claims.has("fairplay+cenc")
    assert found.claims.has("key-encryption")
    assert (found.failure, len(door.sent)) == ("", len({request.body for request in door.sent}))
    assert len(door.sent) <= 17 < most_probes()


def test_a_server_with_fewer_systems_and_one_version() -> None:
    config = refserver.Config(
        versions=("2.0",),
        systems=("widevine", "fairplay"),
        schemes={"widevine": ("cenc",), "fairplay": ("cbcs",)},
        key_encryption=False,
    )
    found = discover(setting(Door(config)))
    assert found.claims.versions == {"2.0"}
    assert found.claims.schemes == {("widevine", "cenc"), ("fairplay", "cbcs")}
    assert not found.claims.has("key-encryption")
    refusals = answers(found)
    assert "Unsupported" in refusals["version.2.1"] and refusals["version.2.1"].startswith("422 ")
    assert {"widevine+cbcs", "playready+cenc", "key-encryption"} <= set(refusals)
    assert found.failure == ""


def test_keys_in_the_clear_although_encryption_was_asked_for() -> None:
    config = refserver.Config(encryption=refserver.Recipe(when_unavailable="clear"), key_encryption=False)
    found = discover(setting(Door(config)))
    assert not found.claims.has("key-encryption")
    assert answers(found)["key-encryption"] == "answered with keys in the clear"


def test_nobody_is_there() -> None:
    door = Door(change=lambda request, answer: LATE)
    found = discover(setting(door))
    assert plain(found.failure) == LATE.message
    assert len(door.sent) == 2


def test_one_version_that_does_not_answer_stays_claimed() -> None:
    door = Door(change=lambda request, answer: LATE if version_of(request) == "2.1" else answer)
    found = discover(setting(door))
    assert found.claims.versions == {"2.0", "2.1"}
    assert found.failure == ""


def says(status: int, body: bytes = b"") -> Change:
    """Something that answers everything the same."""
    return lambda request, answer: HttpAnswer(status, (), body)


def test_neither_version_is_supported() -> None:
    found = discover(setting(Door(change=says(422, b"Unsupported SPEKE version"))))
    assert found.claims.versions == frozenset()
    assert found.failure.startswith("the server supports neither SPEKE 2.0 nor 2.1")
    assert list(answers(found)) == ["version.2.0", "version.2.1"]


def test_no_system_is_supported() -> None:
    found = discover(setting(Door(change=says(500, b"boom"))))
    assert found.claims.schemes == frozenset()
    assert "refuses every DRM system with every scheme" in found.failure and "boom" in found.failure


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_an_answer_that_says_nothing_leaves_everything_claimed(status: int) -> None:
    claims = discover(setting(Door(change=says(status)))).claims
    assert claims.schemes == everything().schemes
    assert claims.has("key-encryption")


def test_a_server_that_knows_nobody() -> None:
    found = discover(setting(Door(change=says(403))))
    assert "403" in found.failure and "access" in found.failure


def test_garbage_is_no_refusal() -> None:
    found = discover(setting(Door(change=says(200, b"hello"))))
    assert found.claims.schemes == everything().schemes
    assert list(answers(found)) == ["version.2.1"]  # whatever the version, the answer is the same


def test_a_web_page_is_no_key_server() -> None:
    found = discover(setting(Door(change=says(200, b"<html>hello</html>"))))
    assert "a web page" in found.failure and found.claims == everything()
    page = setting(Door(change=says(200, b"<html>hello</html>")))
    assert preflight(page, ["2.0", "2.1"]) == found.failure
    assert preflight(setting(Door()), ["2.0", "2.1"]) == ""


def test_what_speaks_no_http_is_a_wrong_port() -> None:
    """Another service, or TLS at an http:// address: one mistake in the URL, and not one of each check."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/"

        def greet() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    with connection:
                        connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")
                        connection.recv(65536)

        threading.Thread(target=greet, daemon=True).start()
        with Client(Target.parse(address), AuthScheme()) as client:
            context = RunContext(address, client, Seed("tests"), everything(), RING)
            assert "not HTTP" in preflight(context, ["2.0", "2.1"])
            assert "not HTTP" in discover(context).failure


def test_over_the_wire_as_well() -> None:
    config = refserver.Config(versions=("2.1",), systems=("playready",))
    with refserver.Server(config) as server, Client(Target.parse(server.url), AuthScheme()) as client:
        found = discover(RunContext(server.url, client, Seed("tests"), everything(), RING))
    assert found.claims.versions == {"2.1"}
    assert found.claims.systems == {"playready"}


def test_a_spent_budget_leaves_everything_open() -> None:
    spent = TransportFailure("budget", "The run's budget of 3 requests is spent.")
    door = Door()
    door.change = lambda request, answer: spent if len(door.sent) > 3 else answer
    found = discover(setting(door))
    assert found.claims.versions == {"2.0", "2.1"}
    assert found.claims.has("key-encryption") and found.unclaimed == ()
