"""One request in, one answer out: the whole key provider as a function without sockets."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from lxml import etree

from conformance.refserver.chance import Chance, name_of, using
from conformance.refserver.config import Config
from conformance.refserver.contract import CONTRACT_RULES
from conformance.refserver.document import write_document
from conformance.refserver.exchange import USUAL, HttpAnswer, HttpRequest
from conformance.refserver.facts import Facts
from conformance.refserver.faults.carriers import take_over, with_all
from conformance.refserver.faults.engine import Engine
from conformance.refserver.faults.model import Fault
from conformance.refserver.hls import key_at
from conformance.refserver.keys import make_keys
from conformance.refserver.names import CPIX_VERSION_OF
from conformance.refserver.parsing import parse
from conformance.refserver.reading import Asked, read
from conformance.refserver.refusals import UNSUPPORTED_SPEKE, Refusal, refuse, speke_headers
from conformance.refserver.rules import PERIOD_RULES, RULES, RuleInput, insist
from conformance.refserver.state import Presence, ServerState, Turn
from conformance.refserver.style import serialise

Draft: TypeAlias = Callable[[Callable[[], etree._Element]], etree._Element]


def answer(
    request: HttpRequest, config: Config | None = None, faults: Sequence[Fault] = (), state: ServerState | None = None
) -> HttpAnswer:
    """Answer one request.

    `faults` are switched on for this exchange; `state` is what a server remembers (a fresh one if None). What is
    random in the answer follows from the seed of the configuration, the request, and how often it was asked.
    Whatever happens inside, an answer comes back; an unexpected error is a plain 500.
    """
    state, config = state if state is not None else ServerState(), config or Config()
    name = name_of(request)
    with state.exchange() as turn, using(Chance(config.seed, name, lambda: state.asked_again(name))):
        try:
            return _Exchange(request, config, faults, state, turn).run()
        except Exception:  # the boundary of the server: an encryptor gets an answer, never a trace
            turn.refused = True
            return HttpAnswer(500, (("Content-Type", "text/plain; charset=utf-8"),), b"Internal error.")


class _Exchange:
    """The steps of one exchange; between them stand the four seams at which faults act."""

    def __init__(
        self, request: HttpRequest, config: Config, faults: Sequence[Fault], state: ServerState, turn: Turn
    ) -> None:
        self.request, self.state, self.turn = request, state, turn
        self.tree, self.unreadable = _try_to_parse(request, config)
        self.asked = asked = read(self.tree) if self.tree is not None else None
        self.facts = Facts(request, turn, asked, variables=lambda: _variables(request, asked, config))
        self.engine = Engine(faults, self.facts, state)
        self.engine.fetch(request.body)
        self.config = self.engine.configure(config)
        self.dropped = self.engine.dropped
        versions = self.engine.versions(request.all("X-Speke-Version"))
        self.header = versions[0] if len(versions) == 1 else None
        self.known = self.header if self.header in self.config.versions else None

    def run(self) -> HttpAnswer:
        """Refuse or accept, then let the HTTP seam and the handwriting have their turn."""
        try:
            made = self._accept()
            self.facts.status = "accepted"
        except Refusal as refusal:
            self.turn.refused = True
            self.facts.status, self.facts.message, self.facts.check = "refused", refusal.message, refusal.check
            made = refuse(refusal, self.config, self.known)
        return self.engine.http(_finish(made, self.request, self.config))

    def _accept(self) -> HttpAnswer:
        key = key_at(self.request.path, self.config) if self.request.method == "GET" else None
        if key is not None:
            kind, everybody = ("Content-Type", "application/octet-stream"), ("Access-Control-Allow-Origin", "*")
            return HttpAnswer(200, (kind, everybody), key)
        self._insist_on_credentials()
        self._insist_on_version()
        root = self._root()
        edited = self.engine.edit_request(root)
        asked = self.asked if self.asked is not None and root is self.tree and not edited else read(root)
        speke = self.known or _speke_of(asked.version)
        self._insist(asked, speke)
        engine = self.engine
        with self.state.content(asked.content_id or "", engine.wait_seconds, engine.twin_seconds) as others:
            tree = _document(asked, speke, others, self.config, self.engine, partial(self._draft, asked, speke))
            for carrier, engine in self.engine.partial:
                wrong = _document(with_all(asked), speke, others, engine.configure(self.config), engine)
                take_over(tree, wrong, carrier)
        headers = (
            ("Content-Type", self.config.style.content_type),
            *speke_headers(self.config, self.header or speke),
        )
        return HttpAnswer(200, headers, serialise(tree, self.config.style))

    def _draft(self, asked: Asked, speke: str, write: Callable[[], etree._Element]) -> etree._Element:
        """The document before the answer is edited; where drafts are kept, a request has the same one each time."""
        drafts = self.state.drafts
        if drafts is None or asked is not self.asked:
            return write()
        name = name_of(self.request)
        return drafts.tree(self.config, (name, self.state.asked[name], speke), write)

    def _insist_on_credentials(self) -> None:
        token = self.config.token
        if token and self.request.header("Authorization") != f"Bearer {token}" and "credentials" not in self.dropped:
            raise Refusal("credentials", "Authentication is needed.", 401)

    def _insist_on_version(self) -> None:
        if self.request.method != "POST" and "method" not in self.dropped:
            raise Refusal("method", "Only POST is served here.", 405)
        if self.header is None and "speke-version-present" not in self.dropped:
            raise Refusal("speke-version-present", "One X-Speke-Version header is needed; SPEKE v1 is not served.")
        if self.header is not None and self.known is None and "speke-version" not in self.dropped:
            raise Refusal("speke-version", UNSUPPORTED_SPEKE)

    def _root(self) -> etree._Element:
        if self.unreadable is not None:
            if self.unreadable.check not in self.dropped:
                raise self.unreadable
            return parse(self.request.body, self.config.maximum_body, self.dropped)
        if self.tree is None:
            raise Refusal("body", "The request has no body.")
        return self.tree

    def _insist(self, asked: Asked, speke: str) -> None:
        given = RuleInput(asked, self.config, speke)
        for rules in (RULES, CONTRACT_RULES, PERIOD_RULES):
            insist(rules, given, self.dropped)


def _document(
    asked: Asked, speke: str, others: Presence, config: Config, engine: Engine, draft: Draft | None = None
) -> etree._Element:
    """Make the answer, with what the faults do to keys and document; `draft` may know what is written for its keys."""
    made = make_keys(asked, config)
    keys = engine.keys(made, asked, config, others)
    write = partial(write_document, asked, speke, keys, config)
    tree = draft(write) if draft is not None and keys is made else write()
    engine.edit_answer(tree)
    return tree


def _try_to_parse(request: HttpRequest, config: Config) -> tuple[etree._Element | None, Refusal | None]:
    try:
        return parse(request.body, config.maximum_body), None
    except Refusal as refusal:
        return None, refusal


def _variables(request: HttpRequest, asked: Asked | None, config: Config) -> dict[str, str]:
    """Give the texts that a fault may write: path, content id, and the first two KIDs and keys."""
    variables = {"path": request.path}
    if asked is None:
        return variables
    variables["content-id"] = asked.content_id or ""
    for number, one in enumerate(make_keys(asked, config)[:2], 1):
        text = base64.b64encode(one.key).decode()
        variables |= {f"kid-{number}": one.kid, f"key-{number}-hex": one.key.hex(), f"key-{number}-base64": text}
    return variables


def _speke_of(cpix_version: str | None) -> str:
    """Guess the SPEKE version where a fault has switched off the rule about it."""
    return next((speke for speke, version in CPIX_VERSION_OF.items() if version == cpix_version), "2.0")


def _finish(made: HttpAnswer, request: HttpRequest, config: Config) -> HttpAnswer:
    """Apply what the style says about HTTP: header case, extra headers, compression, transfer."""
    style = config.style
    headers, body, behaviour = made.headers + style.extra_headers, made.body, made.behaviour
    if style.gzip_when_asked and "gzip" in (request.header("Accept-Encoding") or ""):
        headers, body = (*headers, ("Content-Encoding", "gzip")), gzip.compress(body, mtime=0)
    if style.header_case != "as-written":
        change = str.lower if style.header_case == "lower" else str.upper
        headers = tuple((change(name), value) for name, value in headers)
    if style.chunked or style.http10 or style.close:
        behaviour = replace(
            behaviour or USUAL, chunked=style.chunked, http10=style.http10, close=style.close or style.http10
        )
    return replace(made, headers=headers, body=body, behaviour=behaviour)
