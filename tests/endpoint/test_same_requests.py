"""The same seed asks the same, byte by byte, and is judged the same: for any concurrency, and on several workers."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from conformance.cases import cases_directory
from tests.endpoint.playing import Player, anybody, key_server
from tests.wire.servers import Request, Server

CERTIFICATE = re.compile(rb"(?<=<ds:X509Certificate>)[^<]+")
"""The run's own key pair is new each time, so that no run can decrypt the keys of another."""

SOME = ("keys", "encryption", "versions", "errors/structure.yaml")
"""Folders and files; names of topics would pick an item of every step there is."""


@dataclass(frozen=True)
class Seen:
    """What a run sent, whatever the order, and what it said."""

    requests: Counter[tuple[object, ...]]
    verdicts: dict[str, str]
    certificates: set[bytes]


def seen(play: Player, *options: str) -> Seen:
    """A run over several areas against a server of its own."""
    with Server(key_server(anybody)) as server:
        places = [str(cases_directory() / place) for place in SOME[1:]]
        played = play(server.url, "--speke-seed=same", *options, *places, only=SOME[0])
        requests = list(server.requests)
    assert played.status == 0, played.text
    certificates = {found for request in requests for found in CERTIFICATE.findall(request.body)}
    return Seen(Counter(map(_comparable, requests)), played.verdicts(), certificates)


def _comparable(request: Request) -> tuple[object, ...]:
    headers = tuple((name, value) for name, value in request.headers if name.lower() not in ("host", "content-length"))
    return request.method, request.path, headers, CERTIFICATE.sub(b"", request.body)


def test_concurrency_and_workers_change_nothing(play: Player) -> None:
    alone = seen(play, "--speke-concurrency=1")
    assert len(alone.requests) > 80 and len(alone.verdicts) > 1000
    for options in (["--speke-concurrency=8"], ["-n2"]):
        other = seen(play, *options)
        assert other.requests == alone.requests, options
        assert other.verdicts == alone.verdicts, options
        assert other.certificates != alone.certificates, "each run has a key pair of its own"
        assert len(other.certificates) == len(alone.certificates), "one key pair for all workers"


def test_another_seed_asks_for_other_contents(play: Player) -> None:
    bodies = []
    for seed in ("one", "two"):
        with Server(key_server(anybody)) as server:
            play(server.url, f"--speke-seed={seed}")
            bodies.append(server.requests[0].body)
    assert b"spk2c-one-" in bodies[0] and b"spk2c-two-" in bodies[1]
