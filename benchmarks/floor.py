"""(d) and (e): the same exchanges sent by a bare loop, and how fast the reference server answers."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import requests

from benchmarks.measuring import Row, key_server
from conformance.cases import Seed, build_request, load_cases
from conformance.checks import load_checks
from conformance.faultmatrix.in_process import InProcess
from conformance.model import HttpRequest
from conformance.run.built_in import built_in_config
from conformance.run.profile import load_profile

EXCHANGES = 600
"""As many as a whole run makes."""
CLIENTS = 4


def template(url: str, number: int) -> HttpRequest:
    """The request of two keys and three systems, for a content of its own."""
    case = next(one for one in load_cases(load_checks()) if one.name == "HTTP-BASIC[2.0]")
    step = case.steps[0]
    plan = step.plan
    return build_request(step, plan, f"FLOOR-{number}", Seed("benchmark"), url, {}).http


def bare_loop() -> Iterator[Row]:
    """(d) The floor: `requests` alone, one exchange after the other over one connection."""
    with key_server() as url:
        one = template(url, 0)
        headers = dict(one.headers)
        with requests.Session() as session:
            session.post(url, data=one.body, headers=headers)
            begin, cpu = time.monotonic(), time.process_time()
            for _ in range(EXCHANGES):
                session.post(url, data=one.body, headers=headers)
            seconds, used = time.monotonic() - begin, time.process_time() - cpu
    yield Row(
        "d",
        f"{EXCHANGES} exchanges in a bare `requests` loop",
        f"{seconds:.1f} s ({used:.1f} s CPU of the client)",
        numbers={"seconds": seconds, "cpu": used},
    )


def answers_per_second() -> Iterator[Row]:
    """(e) The reference server: as a function, and over loopback with several clients."""
    sender = InProcess(built_in_config(load_profile("reference")))
    one = template("http://127.0.0.1/", 0)
    sender.send(one)
    begin = time.process_time()
    for _ in range(EXCHANGES):
        sender.send(one)
    pure = EXCHANGES / (time.process_time() - begin)
    yield Row("e", "reference server as a function", f"{pure:.0f} answers a second", numbers={"per_second": pure})
    with key_server() as url:
        begin = time.monotonic()
        clients = [threading.Thread(target=_ask, args=(url, EXCHANGES // CLIENTS)) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        rate = EXCHANGES / (time.monotonic() - begin)
    yield Row("e", f"… over loopback, {CLIENTS} clients", f"{rate:.0f} answers a second", numbers={"per_second": rate})


def _ask(url: str, times: int) -> None:
    parts = urlsplit(url)
    one = template(url, 0)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    for _ in range(times):
        connection.request("POST", parts.path, one.body, dict(one.headers))
        connection.getresponse().read()
    connection.close()
