"""Keys at the borders of what looks made up: found on one side, left alone on the other."""

from __future__ import annotations

import base64

import pytest

from conformance.checks import load_checks
from conformance.checks.context import Context
from conformance.model import Case, Claims, Exchange, Expectation, HttpAnswer, HttpRequest, Plan, Step

KID = "09e091ab-f838-41d2-9e35-58531fd19ec7"
DOCUMENT = """<CPIX contentId="c" version="2.3" xmlns="urn:dashif:org:cpix"
  xmlns:k="urn:ietf:params:xml:ns:keyprov:pskc">
<ContentKeyList><ContentKey kid="{kid}">{data}</ContentKey></ContentKeyList></CPIX>"""
DATA = "<Data><k:Secret><k:PlainValue>{value}</k:PlainValue></k:Secret></Data>"


def found(check: str, key: bytes) -> bool:
    """Whether a check has something to say against an answer with this key."""
    step = Step("ask", Plan("2.0", ("cenc",), ("widevine",), ()), Expectation("accepted"), (check,))
    request = HttpRequest("POST", "https://k.example/", (), DOCUMENT.format(kid=KID, data="").encode())
    body = DOCUMENT.format(kid=KID, data=DATA.format(value=base64.b64encode(key).decode())).encode()
    exchange = Exchange(request, HttpAnswer(200, (), body))
    context = Context(Case("A", "a", "a", "2.0", (step,)), step, exchange, claims=Claims(frozenset(), frozenset()))
    return bool(load_checks()[check].run(context))


@pytest.mark.parametrize(
    ("key", "sequential"),
    [
        (bytes(range(16)), True),
        (bytes(range(15, -1, -1)), True),
        (bytes((248 + n) % 256 for n in range(16)), True),
        (bytes((7 * n) % 256 for n in range(16)), True),
        (bytes((200 * n) % 256 for n in range(16)), True),
        (bytes([*range(15), 99]), False),
        (b"\x05" * 16, False),
        (b"\x05", False),
    ],
)
def test_equal_distances(key: bytes, sequential: bool) -> None:
    assert found("keys.not-sequential", key) is sequential


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (b"thisisnotrandom!", True),
        (b" ~" * 8, True),
        (b"thisisnotrandom\x7f", False),
        (b"thisisnotrandom\x1f", False),
        (b"\x80hisisnotrandom!", False),
        (b"AAAAAAAAAAAAAAAA", False),
        (b"thisisnotrandom", False),
        (b"thisisnotrandom!!", False),
    ],
)
def test_printable_characters(key: bytes, text: bool) -> None:
    assert found("keys.not-text", key) is text


def test_the_public_seed() -> None:
    assert found("keys.not-of-test-seed", bytes.fromhex("9cb061164b7013eaefcc7d6d18424c2c"))
    assert not found("keys.not-of-test-seed", bytes.fromhex("9cb061164b7013eaefcc7d6d18424c2d"))


def test_published_keys() -> None:
    assert found("keys.not-published", base64.b64decode("5dGAgwGuUYu4dHeHtNlxJw=="))
    assert not found("keys.not-published", bytes(range(16)))
