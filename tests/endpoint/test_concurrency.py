"""A server is told how many requests it gets at a time, and never gets one more: asked, discovered, or by workers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conformance import refserver
from tests.endpoint.playing import Player

KEYS = "keys/keys.yaml"
SEQUENCES = "safety"
SECONDS = 20
"""How long the server waits for as many requests as it hopes for; a mistake must not hang."""


class Watched(refserver.Server):
    """Holds its answers back until as many requests are under way as it hopes for, once; then serves as it can."""

    def __init__(self, hoped: int) -> None:
        super().__init__()
        self.hoped = hoped
        self.now = self.most = 0
        self.changed = threading.Condition()
        self.late: list[int] = []
        """Requests that waited in vain."""

    def serve(self, request: refserver.HttpRequest) -> refserver.HttpAnswer:
        with self._present():
            if b"DISCOVERY" not in request.body:
                with self.changed:
                    if not self.changed.wait_for(lambda: self.most >= self.hoped, SECONDS):
                        self.late.append(self.now)
            return super().serve(request)

    @contextmanager
    def _present(self) -> Iterator[None]:
        with self.changed:
            self.now += 1
            self.most = max(self.most, self.now)
            self.changed.notify_all()
        try:
            yield
        finally:
            with self.changed:
                self.now -= 1


@pytest.mark.parametrize(("asked", "cases"), [(1, KEYS), (6, KEYS), (6, SEQUENCES)])
def test_a_discovered_run_has_as_many_requests_under_way_as_the_user_says(play: Player, asked: int, cases: str) -> None:
    with Watched(asked) as server:
        played = play(server.url, f"--speke-concurrency={asked}", only=cases, profile="default")
    assert played.status == 0, played.text
    assert (server.most, server.late) == (asked, [])
    assert played.document["run"]["concurrency"] == asked
    assert "option" not in {warning["id"] for warning in played.document["warnings"]}


def test_more_than_the_profile_states_is_kept_to_it_and_said(play: Player) -> None:
    with Watched(4) as server:
        played = play(server.url, "--speke-concurrency=9", only=KEYS)
    assert played.status == 0, played.text
    assert (server.most, server.late) == (4, [])
    sentence = (
        "--speke-concurrency 9 is more than the 4 requests at a time that the profile allows; the run keeps to 4."
    )
    assert sentence in {warning["text"] for warning in played.document["warnings"]}
    assert " ".join(played.text.split()).count(sentence) == 1


def test_workers_send_one_request_each(play: Player) -> None:
    pytest.importorskip("xdist")
    with Watched(2) as server:
        played = play(server.url, "-n2", "--speke-concurrency=4", only=KEYS)
    assert played.status == 0, played.text
    assert (server.most, server.late) == (2, [])


@pytest.mark.parametrize("workers", [["-n3"], ["--dist=load", "--tx=3*popen"], ["--dist=load", *["--tx=popen"] * 3]])
def test_more_workers_than_the_user_allows_requests(play: Player, tmp_path: Path, workers: list[str]) -> None:
    pytest.importorskip("xdist")
    with Watched(1) as server:
        played = play(server.url, "--speke-concurrency=2", *workers, only=KEYS, profile="default")
        assert server.most == 0
    assert played.status == 4
    sentence = "-n 3 sends 3 requests at a time, and --speke-concurrency allows 2; use -n 2 at most."
    assert sentence in played.text
