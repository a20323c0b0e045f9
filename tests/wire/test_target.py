"""The address: what is taken, what is refused, and that each refusal is one sentence."""

import pytest

from conformance.wire.errors import OptionError
from conformance.wire.target import Target


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://keys.example.com/speke", Target("https", "keys.example.com", 443, "/speke")),
        ("http://localhost:8080", Target("http", "localhost", 8080, "/")),
        ("http://[::1]:8080/a?b=c", Target("http", "::1", 8080, "/a?b=c")),
        ("HTTPS://Keys.Example.COM:443/", Target("https", "keys.example.com", 443, "/")),
        ("https://bücher.example/x", Target("https", "xn--bcher-kva.example", 443, "/x")),
    ],
)
def test_reads_an_address(url: str, expected: Target) -> None:
    assert Target.parse(url) == expected
    assert Target.parse(expected.url) == expected


def test_shows_the_host_only() -> None:
    assert Target.parse("https://keys.example.com:8443/stage?code=canary").display == "keys.example.com"
    assert Target.parse("https://[2001:db8::1]/").display == "[2001:db8::1]"


def test_knows_the_origin_that_may_see_credentials() -> None:
    assert Target.parse("https://a.example/x").origin == Target.parse("https://A.example:443/y").origin
    assert Target.parse("https://a.example/").origin != Target.parse("http://a.example:443/").origin
    assert Target.parse("https://a.example/").secure
    assert not Target.parse("http://a.example/").secure


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("", "empty"),
        ("keys.example.com/speke", "http://"),
        ("ftp://keys.example.com/", "http://"),
        ("localhost:8080", "http://"),
        ("https:///speke", "no host"),
        ("https://user@keys.example.com/", "--speke-auth"),
        ("https://user:canary@keys.example.com/", "--speke-auth"),
        ("https://keys.example.com/a b", "space"),
        ("https://keys.example.com/\n", "control"),
        ("https://keys.example.com\\@other/", "backslash"),
        ("https://keys.example.com/#x", "fragment"),
        ("https://keys.example.com/#", "fragment"),
        ("https://keys.example.com:0/", "1 to 65535"),
        ("https://keys.example.com:65536/", "1 to 65535"),
        ("https://keys.example.com:http/", "1 to 65535"),
        ("https://keys.example.com:/", "without a port"),
        ("https://[::1/", "[::1]"),
        ("https://[zz::1]/", "[::1]"),
        ("https://keys..example.com/", "DNS"),
        ("https://keys_%41.example/", "DNS"),
        (f"https://{'a' * 64}.example/", "DNS"),
    ],
)
def test_refuses_in_one_sentence(url: str, word: str) -> None:
    with pytest.raises(OptionError) as caught:
        Target.parse(url)
    message = str(caught.value)
    assert word in message
    assert message.endswith(".")
    assert "\n" not in message
    assert "canary" not in message
