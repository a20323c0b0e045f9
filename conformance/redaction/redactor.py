"""The door: whatever is stored or shown passes it, and comes out without secrets."""

from __future__ import annotations

import hashlib
import hmac
import re
from codecs import BOM_UTF8
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from lxml import etree

from conformance.cpix import b64
from conformance.cpix.errors import DecodeError
from conformance.cpix.reader import Cpix, uuid_of
from conformance.model import Finding, Result
from conformance.model.quoted import BEYOND, Kind, Part, Quoted, is_marked, parts
from conformance.model.quoted import shown as as_shown
from conformance.redaction import bodies
from conformance.redaction.bodies import LONGEST_BODY, LOOKED_AT
from conformance.redaction.credentials import Credentials
from conformance.redaction.escaping import readable
from conformance.redaction.key_index import KeyIndex
from conformance.redaction.notations import layers
from conformance.redaction.public import PublicValues
from conformance.redaction.recorded import Clean, RecordedFinding, RecordedResult
from conformance.redaction.runs import Runs

LONGEST_TEXT = 600
"""Characters of a finding's text that are kept: a server decides how long `seen` would be."""

BYTE_ORDER_MARK = "\ufeff"
MOST_LEARNED = 512
"""Keys that are learned from one body, eight times as many as the largest contract has; a server may send thousands."""

_MOST_LINES = 4096

_MARK = 48
"""Characters of what says that something is withheld; it is not cut."""

_TAIL = 512
"""Characters at the end of what is looked at that are never shown: a secret may go on behind them."""

_WITHHELD_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "x-amz-security-token", "cookie", "set-cookie", "x-api-key"}
)
_AUTH_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9-]{0,30})\s+\S")
_HEADER_WORDS = ("authorization", "security-token", "cookie")
_HEADER_LINE = re.compile(
    r"(?i)(?<![a-z])((?:proxy-)?authorization|x-amz-security-token|(?:set-)?cookie)(\"?[ \t]*[:=][ \t]*)[^\r\n]+"
)


class Redactor:
    """Replaces content keys by fingerprints and credentials by a mark; safe for use by several threads.

    `salt` is random for each run, so that a fingerprint tells "the same key as there" within a run and nothing beyond
    it. `secrets` are the credentials of the run; `headers` names further headers to be withheld, such as the one that
    carries an API key.
    """

    def __init__(self, salt: bytes, secrets: Iterable[bytes] = (), *, headers: Iterable[str] = ()) -> None:
        self._salt = salt
        self._index = KeyIndex()
        self._public = PublicValues()
        self._runs = Runs(self._index, self.fingerprint, self._public)
        self._secrets = frozenset(secrets)
        self._credentials = Credentials(self._secrets)
        self._withheld = _WITHHELD_HEADERS | {name.lower() for name in headers}
        self._lines: dict[str, Clean] = {}
        """What lines have become: many checks say the same of one answer. Emptied with whatever is learned, so that
        a thread that did not know it yet writes into a book that nobody reads any more."""

    def __repr__(self) -> str:
        return "<redactor>"

    # --- what it knows

    def fingerprint(self, key: bytes) -> str:
        """`key:` and 8 hexadecimal digits that stand for a key in this run."""
        return f"key:{hmac.new(self._salt, key, hashlib.sha256).hexdigest()[:8]}"

    def digest(self, data: bytes) -> bytes:
        """16 bytes that stand for some data in this run: equal for equal data, and of no use outside the run."""
        return hmac.new(self._salt, b"ledger" + data, hashlib.sha256).digest()[:16]

    def keys_in(self, data: bytes) -> list[bytes]:
        """The digests of the known keys that stand in some bytes, however they are written there."""
        return [self.digest(key) for key in self._index.found(layers(data))]

    def learn(self, key: bytes) -> None:
        """Remember a content key, so that it is recognised in every later text."""
        self._index.add(key)
        self._lines = {}

    def withhold(self, secrets: Iterable[bytes]) -> None:
        """Remember further credentials, such as those that somebody else's request carries."""
        self._secrets |= frozenset(secrets)
        self._credentials = Credentials(self._secrets)
        self._lines = {}

    def allow(self, request: Cpix) -> None:
        """Remember what a request shows by itself: its KIDs, system ids, IVs and content id are no secrets."""
        public = self._public
        public.add_text(request.content_id or "")
        for key in request.content_keys:
            public.add_uuid(uuid_of(key.kid))
            if key.explicit_iv is not None:
                try:
                    public.add_bytes(b64.decode(key.explicit_iv).data)
                except DecodeError:
                    continue
        for system in {drm.system_id for drm in request.drm_systems}:
            public.add_uuid(uuid_of(system))
        self._lines = {}

    # --- texts

    def text(self, text: str) -> Clean:
        """A text of ours: known secrets are taken out, and of what it quotes whatever may not be shown."""
        if not is_marked(text):
            return Clean(self._identifier(text))
        return Clean("".join(map(self._part, parts(text))))

    def prose(self, text: str) -> Clean:
        """A text that somebody else wrote, without whatever may be a key."""
        return Clean(self._runs.without_any(self._without_credentials(text)))

    def line(self, text: str | Quoted) -> Clean:
        """A text for one line of a report or terminal: clean, without control characters, and not too long."""
        text = str(text)
        lines = self._lines
        found = lines.get(text)
        if found is None:
            found = self._line(text)
            if len(lines) < _MOST_LINES and len(text) <= LONGEST_TEXT + BEYOND:
                lines[text] = found
        return found

    def _line(self, text: str) -> Clean:
        if is_marked(text) or len(text) <= LONGEST_TEXT + BEYOND:
            return Clean(readable(self.text(text), LONGEST_TEXT))
        carried = text[: LONGEST_TEXT + BEYOND]
        return Clean(readable(self.text(carried)[:-_TAIL], LONGEST_TEXT))

    def finding(self, finding: Finding) -> RecordedFinding:
        """A finding as it may be kept."""
        return RecordedFinding(*map(self.line, (finding.where, finding.expected, finding.seen, finding.hint)))

    def result(self, result: Result) -> RecordedResult:
        """A result as it may be kept; of very many findings the first, and how many more there are."""
        return RecordedResult(
            result.case,
            result.step,
            result.check,
            result.version,
            result.requirements,
            result.state,
            tuple(map(self.finding, result.findings)),
            self.line(result.reason) if result.reason else Clean(""),
        )

    def _part(self, part: Part) -> str:
        shown = str(self.prose(part.text)) if part.kind is Kind.PROSE else self._identifier(part.text)
        if part.most and len(part.text) >= part.most + BEYOND:
            shown = shown[:-_TAIL]
        # Where something was taken out, nothing stands where it stood: all that is left is shown from the beginning.
        changed = shown != part.text
        skip, most = (0, part.most and max(part.most, _MARK)) if changed else (part.skip, part.most)
        return as_shown(replace(part, text=shown, skip=skip, most=most))

    def _identifier(self, text: str) -> str:
        return self._runs.without_known(self._without_credentials(text))

    # --- headers and bodies

    def headers(self, pairs: Iterable[tuple[str, str]]) -> tuple[tuple[Clean, Clean], ...]:
        """Header names and values of a request, with those that carry credentials withheld."""
        return tuple(
            (self.text(name), Clean(withheld(value)) if name.lower() in self._withheld else self.text(value))
            for name, value in pairs
        )

    def answer_headers(self, pairs: Iterable[tuple[str, str]]) -> tuple[tuple[Clean, Clean], ...]:
        """The same of an answer: a server may write anything into them."""
        return tuple(
            (self.prose(name), Clean(withheld(value)) if name.lower() in self._withheld else self.prose(value))
            for name, value in pairs
        )

    def body(self, body: bytes, content_type: str = "") -> Clean:
        """A body as it may be stored: a CPIX document without its key material, other text without what may be keys.

        Keys in the clear are learned on the way. `content_type` is the header's value, for its charset.
        """
        root = bodies.document(body)
        # The byte order mark is kept: it is no secret, and a check looks at it.
        mark = BYTE_ORDER_MARK if body.startswith(BOM_UTF8) else ""
        shown = self._prose_body(body, content_type) if root is None else mark + self._document(root)
        if len(shown) > LONGEST_BODY:
            return Clean(f"{shown[:LONGEST_BODY]}\n[{len(shown) - LONGEST_BODY} more characters are not kept]")
        return Clean(shown)

    def _document(self, root: etree._Element) -> str:
        for key in islice(bodies.keys_in_document(root), MOST_LEARNED):
            self.learn(key)
        return self._without_credentials(bodies.show_document(root, self.fingerprint, self._runs))

    def _prose_body(self, body: bytes, content_type: str) -> str:
        text = bodies.decode_prose(body, content_type)
        if text is None:
            # Bytes of which nothing is known may be keys as they are; no part of them is shown.
            return f"[withheld {len(body)} bytes that are not text]"
        for key in islice(bodies.keys_in_prose(text), MOST_LEARNED):
            self.learn(key)
        looked_at, rest = text[:LOOKED_AT], len(text) - LOOKED_AT
        shown = bodies.escape_controls(self.prose(looked_at))
        if rest > 0:
            shown = shown[:-_TAIL]
            return f"{shown[:LONGEST_BODY]}\n[{rest + max(0, len(shown) - LONGEST_BODY)} more characters are not kept]"
        return shown

    def _without_credentials(self, text: str) -> str:
        folded = text.lower()
        if any(word in folded for word in _HEADER_WORDS):
            text = _HEADER_LINE.sub(r"\1\2[withheld]", text)
        return self._credentials.strip(text)


def withheld(value: str) -> str:
    """What is shown of a header that carries credentials: the scheme, if it names one, and a mark."""
    match = _AUTH_SCHEME.match(value)
    return f"{match[1]} [withheld]" if match else "[withheld]"
