"""What a refusal by this server looks like: words about what is unknown, and no crash."""

from __future__ import annotations

import pytest

from tests.checks.exchange import answered, refusal, says
from tests.refserver.asking import WIDEVINE, Ask

UNKNOWN = "6f2d6b1c-93d5-4c8e-a1f7-5d0b8e3c2a49"
ASK = Ask(systems=(WIDEVINE,)).edited((WIDEVINE, UNKNOWN))


@pytest.mark.parametrize(
    ("code", "content", "words"),
    [
        (422, "no", ""),
        (500, f"no such system: {UNKNOWN.upper()}", ""),
        (500, "unknown scheme cbcs", ""),
        (500, "Unsupported SPEKE version", ""),
        (500, "Internal Server Error", "4xx, or words that say what is unknown; seen: 500 'Internal Server Error'"),
        (500, "", "4xx, or words that say what is unknown"),
        (500, "<h1>500</h1><hr>nginx/1.22.0", "4xx, or words that say what is unknown"),
        (400, "KeyError: 'x'", "a sentence about what is unknown; seen: 400 with the name of a crash"),
        (500, f"KeyError: '{UNKNOWN}'", "seen: 500 with the name of a crash"),
    ],
)
def test_what_is_unknown_is_told_in_words(code: int, content: str, words: str) -> None:
    said = says("refusal.tells-what-is-unknown", answered(Ask(systems=(WIDEVINE,)), refusal(code, content), asked=ASK))
    assert (words in said) if words else said == ""


def test_a_version_that_does_not_exist_is_named_like_anything_else() -> None:
    asked = Ask(headers=(("X-Speke-Version", "9.9"),))
    for content, words in (("9.9 is too new", ""), ("nginx/1.22.0", "4xx, or words that say what is unknown")):
        said = says("refusal.tells-what-is-unknown", answered(Ask(), refusal(500, content), asked=asked))
        assert (words in said) if words else said == ""
