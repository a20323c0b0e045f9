"""Key servers that know SPEKE and not HTTP, and those that only look so: each is the reference server behind a socket.

A quirk sees each request with its connection first, and may deal with it in its own way; otherwise it is answered well.
"""

from __future__ import annotations

from collections.abc import Callable

from conformance import refserver
from conformance.run.built_in import built_in_config
from conformance.run.profile import load_profile
from tests.wire.servers import Peer, Request, Script, answer

PLAYREADY = b"9a04f079-9840-4286-ab92-e65be0885f95"
Quirk = Callable[[Peer, Request, int], bool]
"""Peer, request, and how many requests the connection has carried before; whether the request is dealt with."""


class HangUp(Exception):
    """Ends a connection without another byte."""


def key_server(quirk: Quirk, before: Callable[[Peer, int], None] = lambda peer, number: None) -> Script:
    """A script that serves a connection for as long as the client keeps it, as far as the quirk lets it."""
    config, state = built_in_config(load_profile("reference")), refserver.ServerState()

    def script(peer: Peer) -> None:
        number = 0
        try:
            while (request := peer.request()) is not None:
                if not quirk(peer, request, number):
                    peer.send(whole(made(request, config, state)))
                before(peer, number)
                number += 1
        except HangUp:
            return

    return script


def made(request: Request, config: refserver.Config, state: refserver.ServerState) -> refserver.HttpAnswer:
    """What the reference server answers."""
    asked = refserver.HttpRequest(request.method, request.path, request.headers, request.body)
    return refserver.answer(asked, config, state=state)


def whole(one: refserver.HttpAnswer) -> bytes:
    """The answer as bytes."""
    return answer(one.body, f"{one.status} Whatever", *(f"{name}: {value}" for name, value in one.headers))


def hang_up(when: Callable[[Request, int], bool]) -> Quirk:
    """Closes the connection instead of answering such requests."""

    def quirk(peer: Peer, request: Request, number: int) -> bool:
        if when(request, number):
            raise HangUp
        return False

    return quirk


def say_nothing(when: Callable[[Request, int], bool]) -> Quirk:
    """Leaves such requests without an answer, and the connection open."""

    def quirk(peer: Peer, request: Request, number: int) -> bool:
        if when(request, number):
            peer.linger()
            raise HangUp
        return False

    return quirk


def send(data: bytes | Callable[[bytes], bytes], when: Callable[[Request, int], bool]) -> Quirk:
    """Sends other bytes instead of the good answer, and closes; or makes them of the good answer."""
    config, state = built_in_config(load_profile("reference")), refserver.ServerState()

    def quirk(peer: Peer, request: Request, number: int) -> bool:
        if not when(request, number):
            return False
        peer.send(data(whole(made(request, config, state))) if callable(data) else data)
        raise HangUp

    return quirk


def is_faulty(request: Request, number: int = 0) -> bool:
    """Whether a right server refuses the request."""
    return made(request, refserver.Config(), refserver.ServerState()).status != 200


def asks_for_playready(request: Request, number: int = 0) -> bool:
    """Whether the request asks for PlayReady."""
    return PLAYREADY in request.body


def always(request: Request, number: int = 0) -> bool:
    """Every request."""
    return True


def never(request: Request, number: int = 0) -> bool:
    """No request."""
    return False
