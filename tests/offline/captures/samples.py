"""One exchange in every form that is read: what tools make of the same request and the same answer."""

from __future__ import annotations

import base64
import gzip
import html
import json
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

from conformance.cases import Seed, build_request
from conformance.catalogue import load_catalogue
from conformance.faultmatrix.in_process import InProcess
from conformance.model import Expectation, HttpAnswer, Plan, Step
from conformance.refserver import Config, load_faults


@dataclass(frozen=True)
class Sample:
    """An exchange as the suite would have seen it."""

    request: bytes
    answer: HttpAnswer


@cache
def sample(*faults: str) -> Sample:
    """A small 2.0 exchange with the reference server, with these faults."""
    rules = (*load_catalogue().contract("PRESET-VIDEO-1"), *load_catalogue().contract("PRESET-AUDIO-1"))
    plan = Plan("2.0", ("cbcs",), ("widevine", "fairplay"), rules)
    built = build_request(Step("ask", plan, Expectation("accepted"), ()), plan, "X", Seed("s"), "http://x/", {}).http
    exchange = InProcess(Config(), [load_faults()[name] for name in faults]).send(built)
    assert exchange.answer is not None
    return Sample(built.body, exchange.answer)


def head(answer: HttpAnswer, version: str = "HTTP/1.1", mark: str = "") -> bytes:
    """The status line and the headers of an answer."""
    lines = [f"{version} {answer.status} OK", *(f"{name}: {value}" for name, value in answer.headers)]
    return "".join(f"{mark}{line}\r\n" for line in lines).encode()


REQUEST_HEAD = (
    b"POST /speke HTTP/1.1\r\nHost: keys.example\r\nX-Speke-Version: 2.0\r\nContent-Type: application/xml\r\n"
)


def wholes(one: Sample) -> dict[str, bytes]:
    """Files that hold both halves."""
    answer, text, asked = one.answer, one.answer.body.decode(), one.request.decode()
    headers = [{"name": name, "value": value} for name, value in answer.headers]
    sent = [{"name": "X-Speke-Version", "value": "2.0"}]
    entry: dict[str, Any] = {
        "request": {
            "method": "POST",
            "url": "https://keys.example/speke",
            "headers": sent,
            "postData": {"text": asked},
        },
        "response": {"status": 200, "statusText": "OK", "headers": headers, "content": {"text": text}},
    }
    packed = {"text": base64.b64encode(answer.body).decode(), "encoding": "base64"}
    other = {"request": {"method": "GET", "url": "https://x.example/"}, "response": {"status": 200, "content": {}}}
    event = {"httpMethod": "POST", "path": "/speke", "headers": {"X-Speke-Version": "2.0"}, "body": asked}
    given = {"statusCode": 200, "headers": dict(answer.headers), "body": text, "isBase64Encoded": False}
    raw = REQUEST_HEAD + b"\r\n" + one.request + b"\r\n\r\n" + head(answer) + b"\r\n" + answer.body
    return {
        "har": json.dumps({"log": {"entries": [other, entry]}}).encode(),
        "har-base64": json.dumps(
            {"log": {"entries": [{**entry, "response": {**entry["response"], "content": packed}}]}}
        ).encode(),
        "raw": raw,
        "raw-utf-16": raw.decode().encode("utf-16"),
        "event-and-answer": json.dumps({"request": event, "response": given}).encode(),
        "python-dict": repr({"request": event, "response": given}).encode(),
        "log": b"10:00 INFO sending " + one.request + b"\n10:01 INFO got " + answer.body + b" in 12 ms\n",
    }


def answers(one: Sample) -> dict[str, bytes]:
    """Files that hold the answer: with its head, or with a wrapper that a tool put around it."""
    answer, text = one.answer, one.answer.body.decode()
    given = {"statusCode": 200, "headers": dict(answer.headers), "body": text}
    packed = {**given, "body": base64.b64encode(answer.body).decode(), "isBase64Encoded": True}
    interim = b"HTTP/1.1 100 Continue\r\n\r\n"
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (answer.body[:100], answer.body[100:]) if part)
    verbose = (
        b"*   Trying 127.0.0.1:443...\n* Connected to keys.example (127.0.0.1) port 443 (#0)\n"
        + b"".join(b"> " + line + b"\n" for line in REQUEST_HEAD.split(b"\r\n"))
        + b"} [1 bytes data]\n* Mark bundle as not supporting multiuse\n< HTTP/1.1 100 Continue\n< \n"
        + head(answer, mark="< ").replace(b"\r\n", b"\n")
        + b"< \n{ [123 bytes data]\n"
        + answer.body
        + b"* Connection #0 to host keys.example left intact\n"
    )
    squeezed = head(answer) + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(answer.body, mtime=0)
    return {
        "plain": answer.body,
        "curl-i": head(answer) + b"\r\n" + answer.body,
        "curl-i-continue": interim
        + b"HTTP/1.1 200 Connection established\r\n\r\n"
        + head(answer)
        + b"\r\n"
        + answer.body,
        "curl-i-http2": head(answer, "HTTP/2") + b"\r\n" + answer.body,
        "chunked": head(answer) + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n",
        "gzip-below-head": squeezed,
        "curl-v": verbose,
        "lambda": json.dumps(given).encode(),
        "lambda-base64": json.dumps(packed).encode(),
        "lambda-python": repr(given).encode(),
        "json-string": json.dumps(text).encode(),
        "python-bytes": repr(answer.body).encode(),
        "html-escaped": html.escape(text).encode(),
        "base64": base64.encodebytes(answer.body),
        "base64-gzip": base64.b64encode(gzip.compress(answer.body, mtime=0)),
        "gzip": gzip.compress(answer.body, mtime=0),
        "percent": quote(text).encode(),
        "json-field": json.dumps({"document": text, "took": 3}).encode(),
        "soap": b"<s:Envelope xmlns:s='urn:soap'><s:Body>"
        + answer.body.rpartition(b"?>")[2]
        + b"</s:Body></s:Envelope>",
        "log-line": b"2026-11-20T10:00:01Z INFO got " + answer.body + b"\n",
    }


def requests(one: Sample) -> dict[str, bytes]:
    """Files that hold the request."""
    text = one.request.decode()
    quoted = text.replace("'", "'\\''")
    event = {"requestContext": {"http": {"method": "POST"}}, "headers": {"x-speke-version": "2.0"}, "body": text}
    packed = {**event, "body": base64.b64encode(one.request).decode(), "isBase64Encoded": True}
    return {
        "plain": one.request,
        "raw": REQUEST_HEAD + b"\r\n" + one.request,
        "event": json.dumps(event).encode(),
        "event-base64": json.dumps(packed).encode(),
        "curl-command": f"curl 'https://keys.example/' -H 'X-Speke-Version: 2.0' --data-raw '{quoted}'".encode(),
        "base64": base64.b64encode(one.request),
        "utf-16": text.encode("utf-16"),
    }


def heads(one: Sample) -> dict[str, bytes]:
    """Files that hold the head of the answer."""
    pairs = one.answer.headers
    mapping = dict(pairs)
    return {
        "lines": head(one.answer),
        "without-status": b"".join(f"{name}: {value}\n".encode() for name, value in pairs),
        "curl-D": b"HTTP/1.1 100 Continue\r\n\r\n" + head(one.answer) + b"\r\n",
        "pseudo": b":status: 200\n" + b"".join(f"{name.lower()}: {value}\n".encode() for name, value in pairs),
        "lines-of-their-own": b"".join(f"{name.lower()}:\n{value}\n".encode() for name, value in pairs),
        "json": json.dumps(mapping).encode(),
        "json-status": json.dumps({"status": 200, "headers": mapping}).encode(),
        "json-list": json.dumps([{"name": name, "value": value} for name, value in pairs]).encode(),
        "python-dict": repr(mapping).encode(),
        "python-class": f"Headers({mapping!r})".encode(),
        "verbose": head(one.answer, mark="< ") + b"<\r\n",
        "utf-16": head(one.answer).decode().encode("utf-16"),
    }
