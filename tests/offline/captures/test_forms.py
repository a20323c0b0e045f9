"""The same exchange in every form: the same request, the same answer, byte for byte."""

from __future__ import annotations

import gzip
import json

import pytest

from conformance.cpix.reader import read
from conformance.offline.captures.foreign import foreign
from conformance.offline.captures.forms import read_captures, read_half, read_whole
from conformance.offline.captures.heads import read_head
from conformance.offline.captures.message import LARGEST, Capture, Unreadable
from tests.offline.captures.samples import answers, head, heads, requests, sample, wholes

ONE = sample()


def first(captures: list[Capture]) -> Capture:
    assert len(captures) == 1
    return captures[0]


def same(found: bytes | None, wanted: bytes) -> bool:
    """Whether both are the same document; an envelope writes its namespaces anew."""
    if found is None:
        return False
    from lxml import etree

    return found == wanted or etree.tostring(read(found).element, method="c14n") == etree.tostring(
        read(wanted).element, method="c14n"
    )


@pytest.mark.parametrize("form", wholes(ONE))
def test_both_halves_in_one_file(form: str) -> None:
    found = read_whole(wholes(ONE)[form], first)
    assert found.request is not None and found.answer is not None
    assert same(found.request.body, ONE.request)
    assert same(found.answer.body, ONE.answer.body)
    if form != "log":
        assert found.answer.status == 200
        assert dict(found.answer.headers or ()) == dict(ONE.answer.headers)
        assert dict(found.request.headers or ())["X-Speke-Version"] == "2.0"


@pytest.mark.parametrize("form", answers(ONE))
def test_the_answer_of_a_file(form: str) -> None:
    found = read_half(answers(ONE)[form], "answer", first).answer
    assert found is not None
    assert same(found.body, ONE.answer.body)
    with_head = form.startswith(("curl", "chunked", "lambda", "gzip-below"))
    assert found.status == (200 if with_head else 0)
    assert bool(found.headers) == with_head
    assert bool(found.notes) == (not with_head and form != "plain")


@pytest.mark.parametrize("form", requests(ONE))
def test_the_request_of_a_file(form: str) -> None:
    found = read_half(requests(ONE)[form], "request", first).request
    assert found is not None and found.body is not None
    body = found.body.decode("utf-16").encode() if form == "utf-16" else found.body
    assert body == ONE.request
    if form in ("raw", "event", "event-base64", "curl-command"):
        assert {name.lower(): value for name, value in found.headers or ()}["x-speke-version"] == "2.0"


@pytest.mark.parametrize("form", heads(ONE))
def test_the_head_of_an_answer(form: str) -> None:
    found = read_head(heads(ONE)[form])
    assert {name.lower(): value for name, value in found.headers} == {
        name.lower(): value for name, value in ONE.answer.headers
    }
    assert found.status in (0, 200)
    if form not in ("without-status", "lines-of-their-own", "json", "json-list", "python-dict", "python-class"):
        assert found.status == 200


def test_below_a_head_a_wrapper_is_what_the_server_sent() -> None:
    wrapped = answers(ONE)["base64"]
    found = read_half(head(ONE.answer) + b"\r\n" + wrapped, "answer", first).answer
    assert found is not None
    assert (found.body, found.notes) == (wrapped, ())


def test_verbose_output_tells_the_request_as_well() -> None:
    found = read_half(answers(ONE)["curl-v"], "answer", first)
    assert found.request is not None and found.answer is not None
    assert found.request.body is None
    assert ("X-Speke-Version", "2.0") in (found.request.headers or ())
    assert found.answer.headers == ONE.answer.headers


def test_the_last_of_several_answers_counts() -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n"
    found = read_half(moved + answers(ONE)["curl-i"], "answer", first).answer
    assert found is not None
    assert found.status == 200
    assert "redirect" in found.notes[0]


def test_a_har_file_names_its_entries() -> None:
    whole = json.loads(wholes(ONE)["har"])
    whole["log"]["entries"].append(whole["log"]["entries"][1])
    names = [one.name for one in read_captures(json.dumps(whole).encode())]
    assert names == [
        "entry 2: POST https://keys.example/speke 200",
        "entry 3: POST https://keys.example/speke 200",
    ]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"%PDF-1.7", "this looks like a PDF; give the exchange as text"),
        (b"PK\x03\x04", "this looks like a ZIP archive"),
        (b"\x00\x00\x00\x30pssh", "this looks like a pssh box"),
        (b"#EXTM3U\n", "this looks like an HLS playlist"),
        (b"<?xml version='1.0'?><MPD xmlns='x'/>", "this looks like a DASH manifest"),
        (b'{"info": {"_postman_id": 1}}', "this looks like a Postman collection"),
        (b"-----BEGIN CERTIFICATE-----", "this looks like a PEM file"),
        (b"", "the file is empty"),
        (b"anything", "this looks like none of the forms that are read"),
        (b'{"log": {"entries": []}}', "this looks like a HAR file without an entry"),
        (ONE.request, "this looks like one document; give the other as well"),
        (answers(ONE)["curl-i"], "without the body of its request; give it with --request"),
        (head(ONE.answer), "without the body of its request"),
        (b"curl https://x/ -d @request.xml", "sends the file 'request.xml'; give that file"),
        (b"curl 'https://x/", "a curl command with an open quotation mark"),
    ],
)
def test_what_is_not_read_is_named(data: bytes, sentence: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        read_whole(data, first)
    assert sentence in str(refusal.value)


def test_foreign_files_are_told_apart_from_ours() -> None:
    everything = {**wholes(ONE), **answers(ONE), **requests(ONE)}
    assert [form for form, data in everything.items() if foreign(data)] == []


def test_a_log_with_more_than_one_copy() -> None:
    line = b'{"level": "info", "body": ' + json.dumps(ONE.request.decode()).encode() + b"}\n"
    answer = b'{"level": "info", "body": ' + json.dumps(ONE.answer.body.decode()).encode() + b"}\n"
    found = read_whole(line + line + answer + answer, first)
    assert found.request is not None and found.answer is not None
    assert (found.request.body, found.answer.body) == (ONE.request, ONE.answer.body)
    other = line.replace(b"spk2c", b"other")
    with pytest.raises(Unreadable, match="text with 3 different documents, 1 of them with keys"):
        read_whole(line + other + answer, first)
    with pytest.raises(Unreadable, match="text with 2 documents"):
        read_half(b"got " + line + other, "request", first)


def test_nothing_grows_without_an_end() -> None:
    bomb = gzip.compress(b"\0" * (LARGEST + 2), mtime=0)
    for data in (bomb, head(ONE.answer) + b"Content-Encoding: gzip\r\n\r\n" + bomb):
        with pytest.raises(Unreadable, match="opens to more than 16 MiB"):
            read_half(data, "answer", first)
    nested = ONE.answer.body
    for _ in range(8):
        nested = gzip.compress(nested, mtime=0)
    with pytest.raises(Unreadable, match="more than 6 wrappers"):
        read_half(nested, "answer", first)
    for hostile in (b"[" * 200_000, b'{"a":' * 200_000, b"HTTP/1.1 100 Continue\r\n\r\n" * 100, b"(" * 100_000):
        with pytest.raises(Unreadable):
            read_whole(hostile, first)
    with pytest.raises(Unreadable, match="longer than 256 KiB"):
        read_head(b"a: b\n" * 100_000)
    with pytest.raises(Unreadable, match="larger than 16 MiB"):
        read_captures(b" " * (LARGEST + 1))
