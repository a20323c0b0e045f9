"""The story of an exchange: aligned, decoded, free of keys, and told whatever a server answered."""

from __future__ import annotations

import json

import msgspec
import pytest

from conformance.checks.context import Context
from conformance.model import Case, Claims, Exchange, Expectation, HttpAnswer, HttpRequest, Step, TransportFailure
from conformance.recording.exchange_summary import LONGEST, summary_of_exchange
from conformance.redaction.redactor import Redactor
from conformance.results.document import Document
from tests.refserver.asking import Ask
from tests.reporting.live import plan

KEY = bytes(range(40, 56))


def _context(request: bytes, answer: HttpAnswer | None) -> Context:
    failure = None if answer else TransportFailure("refused", "nobody listens")
    step = Step("ask", plan(), Expectation("refused", "missing-scheme"), ())
    exchange = Exchange(HttpRequest("POST", "https://x/", (), request), answer, failure)
    claims = Claims(frozenset({"2.0"}), frozenset())
    return Context(Case("A", "", "", "2.0", (step,)), step, exchange, claims=claims)


def test_keys_are_aligned_with_their_systems(good: Document) -> None:
    story = good.exchanges["KEYS::ask"].summary
    assert [row.rules[0].type for row in story.keys] == ["SD", "HD", "AUDIO"]
    for row in story.keys:
        assert row.answered == row.asked
        assert row.iv == "as asked"
        assert [one.system for one in row.systems] == ["Widevine", "PlayReady", "FairPlay"]
        parts = dict(row.systems[0].parts)
        assert parts["PSSH"] == "box version 0 · Widevine header: this KID, scheme cbcs"
        assert parts["HLS media"].startswith("EXT-X-KEY: METHOD=SAMPLE-AES")


def test_same_key_has_the_same_fingerprint(faulty: Document) -> None:
    rows = faulty.exchanges["KEYS::ask"].summary.keys
    assert len({row.key for row in rows}) == 1


def test_refusal_says_what_was_due_and_what_came(faulty: Document) -> None:
    refusal = faulty.exchanges["NEGATIVE::ask"].summary.refusal
    assert refusal is not None
    assert refusal.status >= 400
    assert refusal.due and refusal.messages == []


def test_periods_are_told(good: Document) -> None:
    periods = good.exchanges["ROTATION::ask"].summary.periods
    assert [(one.index, one.answered) for one in periods] == [("1", True), ("2", True)]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0\xff",
        b"<CPIX/>",
        b'<CPIX xmlns="urn:dashif:org:cpix"/>',
        b'<CPIX xmlns="urn:dashif:org:cpix"><ContentKeyList><ContentKey kid="&#1;"/></ContentKeyList></CPIX>',
        b'<CPIX xmlns="urn:dashif:org:cpix"><ContentKeyList><ContentKey/></ContentKeyList>'
        b"<DRMSystemList><DRMSystem><PSSH>AAAA</PSSH><HLSSignalingData>/w==</HLSSignalingData></DRMSystem></DRMSystemList></CPIX>",
    ],
)
@pytest.mark.parametrize("status", [200, 302, 422])
def test_every_answer_has_a_story(body: bytes, status: int) -> None:
    for request in (Ask().body(), body):
        story = summary_of_exchange(_context(request, HttpAnswer(status, (), body)), Redactor(b"salt"))
        assert story.state in ("answered", "other", "refused")
        json.dumps(msgspec.to_builtins(story))


def test_no_answer_has_a_story() -> None:
    assert summary_of_exchange(_context(Ask().body(), None), Redactor(b"salt")).failure == "nobody listens"


def test_bug_of_ours_costs_a_story_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.recording.exchange_summary._told", lambda *_: 1 / 0)
    assert summary_of_exchange(_context(b"", None), Redactor(b"salt")).state == "untold"


def test_keys_and_long_texts_do_not_get_into_a_story() -> None:
    redactor = Redactor(b"salt")
    redactor.learn(KEY)
    text = f"Missing {KEY.hex()} " + "x" * 900
    story = summary_of_exchange(_context(Ask().body(), HttpAnswer(400, (), text.encode())), redactor)
    assert KEY.hex() not in json.dumps(msgspec.to_builtins(story))
    leaky = Ask(content_id=f"film-{KEY.hex()}-" + "y" * 900).body()
    story = summary_of_exchange(_context(leaky, HttpAnswer(400, (), b"no")), redactor)
    assert KEY.hex() not in json.dumps(msgspec.to_builtins(story))
    assert len(story.content) < LONGEST + 60
