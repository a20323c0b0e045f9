"""The address at which a player fetches a Clear Key: only one that everybody reads alike."""

from __future__ import annotations

import pytest

from conformance.checks.drm.clearkey_fetch import ORIGIN, address_of, request_for
from conformance.checks.needs import Untestable
from tests.checks.drm.signalling import KID, MEDIA, SECOND_KID, asking, written
from tests.checks.exchange import answered, drop, refusal
from tests.refserver.asking import CLEARKEY, WIDEVINE

ASK = asking(CLEARKEY, MEDIA, "cbc1")


def tag(uri: str) -> str:
    return f'#EXT-X-KEY:METHOD=AES-128,URI="{uri}"'


@pytest.mark.parametrize("uri", ["https://keys.example/a?b=c~d!", "https://keys.example:8443/x", "https://k.example"])
def test_an_https_address_is_fetched(uri: str) -> None:
    assert address_of(answered(ASK, written(tag(uri), CLEARKEY))) == (uri, KID)


@pytest.mark.parametrize(
    "uri",
    [
        "http://keys.example/",
        "https://user@keys.example/",
        "https://keys.example\\@evil.example/",
        "https://keys.example/#x",
        "https://keys.example:0/",
        "https://[::1]/",
        "https://keys.example/ x",
        "data:text/plain;base64,AAAA",
    ],
)
def test_any_other_address_is_passed_over(uri: str) -> None:
    address = address_of(answered(ASK, written(tag(uri), CLEARKEY)))
    assert address is not None and address[1] == SECOND_KID


def test_an_answer_without_keys_or_tags_has_no_address() -> None:
    for context in (
        answered(ASK, refusal()),
        answered(ASK, drop("//cpix:HLSSignalingData")),
        answered(asking(WIDEVINE, MEDIA)),
    ):
        assert address_of(context) is None
        with pytest.raises(Untestable):
            request_for(context)
    with pytest.raises(Untestable):
        request_for(None)


def test_a_player_asks_without_credentials_and_says_where_it_is_from() -> None:
    request = request_for(answered(ASK))
    assert (request.method, request.credentials, request.body) == ("GET", "none", b"")
    assert dict(request.headers)["Origin"] == ORIGIN
