"""What a run may cost: limits that are kept, a server that asks for a rest, and the line that says what it was."""

from __future__ import annotations

from itertools import count

import pytest

from tests.endpoint.playing import BASIC, Player, anybody, key_server
from tests.wire.servers import Request, Server, answer
from tests.written import every_result

KEYS = "keys/keys.yaml"


def test_the_budget_of_requests_is_kept(play: Player) -> None:
    with Server(key_server(anybody)) as server:
        played = play(server.url, "--speke-max-requests=5", only=KEYS)
        assert len(server.requests) == 5
    assert played.status == 10
    verdicts = list(played.verdicts().values())
    assert verdicts.count("PASS") > 20 and verdicts.count("UNTESTABLE") > 20
    reasons = {one["reason"] for one in every_result(played.document) if one["verdict"] == "UNTESTABLE"}
    assert reasons == {"The run's budget of 5 requests is spent; raise --speke-max-requests."}


def test_probes_count_like_any_other_request(play: Player) -> None:
    with Server(key_server(anybody)) as server:
        played = play(server.url, "--speke-max-requests=3", profile="default")
        assert len(server.requests) == 3
    assert played.status == 10


def test_workers_share_the_budget(play: Player) -> None:
    with Server(key_server(anybody)) as server:
        played = play(server.url, "--speke-max-requests=7", "-n2", only=KEYS)
        # How the items are dealt depends on who is free: a worker that gets few does not use up its part.
        assert 4 <= len(server.requests) <= 7
    assert played.status == 10, played.text


@pytest.mark.parametrize("header", ["Retry-After: 0", "Retry-After: Mon, 05 Jan 2015 10:00:00 GMT"])
def test_a_rest_that_the_server_asks_for_is_taken_and_reported(play: Player, header: str) -> None:
    turns = count()

    def every_other(request: Request) -> bool:
        return next(turns) % 2 == 1

    with Server(key_server(every_other, answer(b"slow down", "429 Too Many Requests", header))) as server:
        played = play(server.url)
        assert len(server.requests) == 4, "each of the look at the URL and the one request twice"
    assert played.status == 0, played.text
    (exchange,) = played.document["exchanges"].values()
    assert "429 before: waited 0 s as Retry-After asks, and sent again" in exchange["notes"]


def test_a_server_that_only_wants_rest_is_untestable(play: Player) -> None:
    with Server(key_server(lambda request: False, answer(b"", "429 Too Many Requests"))) as server:
        played = play(server.url, only=KEYS)
    assert played.status == 10
    assert "FAIL" not in played.verdicts().values()
    assert "throttled" in {warning["id"] for warning in played.document["warnings"]}


def test_the_budget_line(play: Player) -> None:
    with Server(key_server(anybody)) as server:
        played = play(server.url, "--speke-concurrency=1", "-k", "KEYS-MULTI", only=KEYS)
        budget = played.document["budget"]
        assert budget["requests"] == len(server.requests) - 1, "the look at the URL is no request of the run"
        assert budget["connections"] == server.connections - 1 == 1, "one connection carries them all"
        assert budget["bytes_sent"] == sum(len(request.body) for request in server.requests[1:])
    assert 0 < budget["contents"] <= budget["requests"]
    assert budget["content_keys"] > budget["contents"]
    area = budget["areas"]["keys"]
    assert 0 < area["p50"] <= area["p95"] <= area["max"] == budget["latency"]["max"]
    line = f"{budget['requests']} requests, {budget['contents']} contents, {budget['content_keys']} content keys"
    assert line in " ".join(played.text.split())


def test_redirects_are_not_followed(play: Player) -> None:
    with Server(key_server(anybody)) as other:
        away = answer(b"", "307 Temporary Redirect", f"Location: {other.url}")
        with Server(key_server(lambda request: False, away)) as server:
            played = play(server.url, only=BASIC)
        assert other.requests == []
    assert played.status == 10
    assert "307" in played.text
