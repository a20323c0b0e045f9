"""Tells an answer that no key server gives: a web page, a redirect, a path that does not exist."""

from __future__ import annotations

from http import HTTPStatus

from conformance.model import HttpAnswer

_PAGES = (b"<!doctype html", b"<html")
_NO_SUCH_PATH = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.GONE)


def wrong_place(answer: HttpAnswer) -> str:
    """What answers in place of a key server, in a sentence with what to do; empty for whatever may be one.

    Only the answer to an ordinary request says so. A refusal in the words of a server is none of this, whatever its
    status: a page of HTML, a redirect, or an empty or generic 404 is.
    """
    said = f"answered {answer.status}"
    if 300 <= answer.status <= 399:
        return f"The URL {said}, a redirect that an encryptor does not follow; give the address that it leads to."
    if _is_page(answer):
        login = "a login page" if b"password" in answer.body.lower() else "a web page"
        return f"The URL {said} with {login} (HTML); correct the path, or check what is in front of the key server."
    if answer.status in _NO_SUCH_PATH and len(answer.body.split()) < 4:
        return f"The URL {said} to a SPEKE request: there is no key server at this path; correct it."
    return ""


def _is_page(answer: HttpAnswer) -> bool:
    kinds = answer.header_values("content-type")
    begins = answer.body.lstrip().lower().startswith(_PAGES)
    return begins or any("html" in kind.lower() for kind in kinds)
