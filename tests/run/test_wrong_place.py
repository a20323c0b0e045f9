"""Answers that no key server gives are told by a sentence; whatever may be one is left to the checks."""

from __future__ import annotations

import pytest

from conformance.model import HttpAnswer
from conformance.run.wrong_place import wrong_place

XML, HTML, TEXT = (("Content-Type", kind) for kind in ("application/xml", "text/html; charset=utf-8", "text/plain"))


@pytest.mark.parametrize(
    ("status", "header", "body", "words"),
    [
        (200, HTML, b"<html>Welcome</html>", "a web page"),
        (200, TEXT, b"\n<!DOCTYPE html><html></html>", "a web page"),
        (401, HTML, b"<html><input type='password'></html>", "a login page"),
        (404, TEXT, b"Not Found", "no key server at this path"),
        (405, TEXT, b"", "no key server at this path"),
        (302, TEXT, b"", "a redirect"),
    ],
)
def test_is_told(status: int, header: tuple[str, str], body: bytes, words: str) -> None:
    assert words in wrong_place(HttpAnswer(status, (header,), body, "", "HTTP/1.1"))


@pytest.mark.parametrize(
    ("status", "header", "body"),
    [
        (200, XML, b"<CPIX/>"),
        (200, XML, b""),
        (404, TEXT, b"The content id is not known here."),
        (422, TEXT, b"Unsupported SPEKE version"),
        (500, TEXT, b"Internal Server Error"),
    ],
)
def test_is_left_to_the_checks(status: int, header: tuple[str, str], body: bytes) -> None:
    assert wrong_place(HttpAnswer(status, (header,), body, "", "HTTP/1.1")) == ""
