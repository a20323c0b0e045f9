"""Whole runs against servers that are wrong or only unusual on the wire: who is accused, and by which check."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from conformance import refserver
from conformance.run.built_in import built_in_config
from conformance.run.profile import load_profile
from conformance.run.second_look import SecondLook
from tests.endpoint.crooked import (
    HangUp,
    always,
    asks_for_playready,
    hang_up,
    is_faulty,
    key_server,
    never,
    say_nothing,
    send,
)
from tests.endpoint.playing import Player
from tests.wire.servers import Peer, Request, Script, Server, answer
from tests.written import every_result

pytestmark = pytest.mark.slow

HTTP = "http/transport.yaml"
SOME = "errors"
"""Cases among which many are refused by the head alone or by the body, and many are accepted."""
QUICK = "--speke-timeout=1"


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(SecondLook.__init__, "__defaults__", (0.0, time.sleep))
    yield


def first_on_connection(request: Request, number: int) -> bool:
    return number == 0


def later_on_connection(request: Request, number: int) -> bool:
    return number > 0


# --- wrong


@pytest.mark.parametrize("profile", ["default", "reference"])
def test_hanging_up_on_one_drm_system(play: Player, profile: str) -> None:
    with Server(key_server(hang_up(asks_for_playready))) as server:
        played = play(server.url, only=HTTP, profile=profile)
    assert played.failed() == {"http.request-answered"}
    assert played.status == 1
    found = [one["findings"][0] for one in every_result(played.document) if one["verdict"] == "FAIL"]
    assert len({one["seen"] for one in found}) == 1
    assert [one for one in found if "playready" not in one["hint"]] == []


def test_hanging_up_on_every_mistake_does_not_end_the_run(play: Player) -> None:
    with Server(key_server(hang_up(is_faulty))) as server:
        played = play(server.url, only="errors/identity.yaml")
    assert played.failed() == {"http.request-answered"}
    assert "stopped early" not in played.text
    failed = [one for one in every_result(played.document) if one["verdict"] == "FAIL"]
    assert len(failed) > 12
    assert len({one["findings"][0]["seen"] for one in failed}) == 1


def test_never_answering_one_drm_system(play: Player) -> None:
    with Server(key_server(say_nothing(asks_for_playready))) as server:
        played = play(server.url, QUICK, only="drm/systems.yaml")
    assert played.failed() == {"http.request-answered"}


@pytest.mark.parametrize("profile", ["default", "reference"])
@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n<?xml",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfive\r\nhello\r\n0\r\n\r\n",
    ],
    ids=["cut off", "brotli", "negative chunk", "no chunk"],
)
def test_answers_that_begin_and_do_not_complete(play: Player, profile: str, data: bytes) -> None:
    with Server(key_server(send(data, always))) as server:
        played = play(server.url, only=HTTP, profile=profile)
    assert played.failed() == {"http.exchange-completes"}
    assert "ERROR" not in {one["verdict"] for one in every_result(played.document)}
    assert played.status == 1


def test_broken_answers_to_every_mistake_do_not_end_the_run(play: Player) -> None:
    broken = send(b"HTTP/1.1 422 No\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", is_faulty)
    with Server(key_server(broken)) as server:
        played = play(server.url, only="errors/identity.yaml")
    assert played.failed() == {"http.exchange-completes"}
    assert "stopped early" not in played.text


@pytest.mark.parametrize("data", [b"\x00", b"<!-- \xc0\x80 -->", b"<!-- \xfc -->"], ids=["NUL", "overlong", "Latin-1"])
def test_bytes_that_are_no_text(play: Player, data: bytes) -> None:
    def longer(good: bytes) -> bytes:
        head, _, body = good.partition(b"\r\n\r\n")
        return head.replace(str(len(body)).encode(), str(len(body + data)).encode()) + b"\r\n\r\n" + body + data

    with Server(key_server(send(longer, lambda request, _: not is_faulty(request)))) as server:
        played = play(server.url)
    assert played.failed() == {"document.well-formed"}


@pytest.mark.parametrize("wrong", [answer(b"no", "400 Bad Request"), answer(b"no", "500 Oops"), b"HTTP/1.1 20"])
def test_wrong_on_a_reused_connection(play: Player, wrong: bytes) -> None:
    with Server(key_server(send(wrong, later_on_connection))) as server:
        played = play(server.url, only=HTTP)
    assert played.failed() == {"http.right-on-reused-connection"}


def test_hanging_up_on_a_connection_that_was_kept_open(play: Player) -> None:
    with Server(key_server(hang_up(later_on_connection))) as server:
        played = play(server.url, only=HTTP)
    assert played.failed() == {"http.right-on-reused-connection"}


# --- unusual, and nobody's fault


def closing(after: int) -> Script:
    """Closes the connection behind so many answers, without a word."""

    def close(peer: Peer, number: int) -> None:
        if number + 1 >= after:
            raise HangUp

    return key_server(lambda *_: False, close)


def interim(peer: Peer, request: Request, number: int) -> bool:
    peer.send(b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n")
    return False


def goes_away_once() -> Script:
    """Hangs up a single time, as a process that is replaced does."""
    left = [5]

    def once(request: Request, number: int) -> bool:
        left[0] -= 1
        return left[0] == 0

    return key_server(hang_up(once))


@pytest.mark.parametrize(
    "script",
    [closing(1), closing(3), key_server(interim), key_server(hang_up(never))],
    ids=["closes behind each answer", "closes behind every third answer", "interim answers", "nothing unusual"],
)
def test_what_is_unusual_is_not_accused(play: Player, script: Script) -> None:
    with Server(script) as server:
        played = play(server.url, only=HTTP)
    assert {one["verdict"] for one in every_result(played.document)} <= {"PASS", "NOTE", "RECORDED", "NOT CLAIMED"}
    assert played.status == 0


def test_a_single_hang_up_accuses_nobody(play: Player) -> None:
    with Server(goes_away_once()) as server:
        played = play(server.url, only=HTTP)
    assert played.failed() == set()


def test_what_gateways_may_hang_up_on(play: Player) -> None:
    with Server(key_server(hang_up(lambda request, _: b"<!DOCTYPE" in request.body))) as server:
        played = play(server.url, only="malformed/bodies.yaml")
    assert played.failed() == set()


def test_bodies_left_unread_are_a_note_in_one_place(play: Player) -> None:
    config = replace(built_in_config(load_profile("reference")), leaves_bodies_unread=True)
    with refserver.Server(config) as server:
        played = play(server.url, only=HTTP)
    assert played.status == 0
    notes = {f"{one['check']}@{one['case']}" for one in every_result(played.document) if one["verdict"] == "NOTE"}
    assert notes == {f"http.right-after-refusal@HTTP-AFTER-REFUSAL[{version}]" for version in ("2.0", "2.1")}


def test_a_server_that_leaves_bodies_unread_gets_the_same_verdicts_every_time(play: Player) -> None:
    """A few whole runs here, each with a seed and an order of its own; `SPEKE_RUNS=200` makes as many as you like."""
    config = replace(built_in_config(load_profile("reference")), leaves_bodies_unread=True)
    seen = set()
    with refserver.Server(config) as server:
        for number in range(int(os.environ.get("SPEKE_RUNS", "2"))):
            played = play(server.url, f"--speke-seed=unread-{number}", "--speke-concurrency=4", only=SOME)
            seen.add(tuple(sorted(played.verdicts().items())))
            assert len(seen) == 1, f"run {number} differs from the one before"
