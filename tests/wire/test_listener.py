"""The place on this machine that a careless server may be lured to."""

from __future__ import annotations

import urllib.request

import pytest

from conformance.model import FETCHED, NOT_FETCHED, Exchange, HttpAnswer, HttpRequest
from conformance.wire.listener import Listener, Watching, was_fetched
from conformance.wire.target import Target


class Careless:
    """Fetches what it is told to, or not."""

    def __init__(self, *, fetches: bool) -> None:
        self.fetches = fetches

    def send(self, request: HttpRequest) -> Exchange:
        if self.fetches:
            address = request.body.decode().split('"')[1]
            with urllib.request.urlopen(address, timeout=5) as answer:
                assert answer.read() == b""
        return Exchange(request, HttpAnswer(200, (), b""))


@pytest.mark.parametrize(("fetches", "note"), [(True, FETCHED), (False, NOT_FETCHED)])
def test_a_fetch_is_noted(fetches: bool, note: str) -> None:
    listener = Listener("seed")
    try:
        watching = Watching(Careless(fetches=fetches), listener.url)
        body = f'<!DOCTYPE x SYSTEM "{listener.url}/CASE-2.0-dtd">'.encode()
        assert watching.send(HttpRequest("POST", "http://127.0.0.1/", (), body)).notes == (note,)
    finally:
        listener.close()


def test_a_request_that_names_no_address_has_no_note() -> None:
    listener = Listener("seed")
    try:
        watching = Watching(Careless(fetches=False), listener.url)
        assert watching.send(HttpRequest("POST", "http://127.0.0.1/", (), b"<x/>")).notes == ()
    finally:
        listener.close()


def test_the_same_seed_listens_at_the_same_place_where_it_is_free() -> None:
    first = Listener("the same seed")
    busy = Listener("the same seed")
    try:
        assert busy.url != first.url
    finally:
        busy.close()
        first.close()
    again = Listener("the same seed")
    again.close()
    assert again.url == first.url


def test_a_listener_that_is_gone_has_seen_nothing() -> None:
    listener = Listener("gone")
    listener.close()
    assert not was_fetched(listener.url, "/x")


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8080/x", True),
        ("http://127.9.9.9/x", True),
        ("https://[::1]/x", True),
        ("http://localhost:8080/", True),
        ("https://keys.example.com/", False),
        ("https://10.0.0.1/", False),
    ],
)
def test_only_this_machine_is_lured(url: str, here: bool) -> None:
    assert Target.parse(url).on_this_machine is here
