"""The one place where secrets are taken out of what is stored and shown."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable

from lxml import etree

from conformance.drm.leaks import representations
from conformance.redaction import bodies as redact_body
from conformance.redaction.credentials import Credentials
from conformance.redaction.key_index import KeyIndex

LONGEST_BODY = 256 * 1024
"""Characters of a body that are kept."""

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
        self._known = KeyIndex()
        self._secrets = frozenset(secrets)
        self._credentials = Credentials(self._secrets)
        self._withheld = _WITHHELD_HEADERS | {name.lower() for name in headers}

    def __repr__(self) -> str:
        return "<redactor>"

    def fingerprint(self, key: bytes) -> str:
        """`key:` and 8 hexadecimal digits that stand for a key in this run."""
        return f"key:{hmac.new(self._salt, key, hashlib.sha256).hexdigest()[:8]}"

    def digest(self, data: bytes) -> bytes:
        """16 bytes that stand for some data in this run: equal for equal data, and of no use outside the run."""
        return hmac.new(self._salt, b"ledger" + data, hashlib.sha256).digest()[:16]

    def keys_in(self, data: bytes) -> list[bytes]:
        """The digests of the known keys that stand in some bytes, however they are written there."""
        return [self.digest(key) for key in self._known.found(data)]

    def learn(self, key: bytes) -> None:
        """Remember a content key, so that it is recognised in every later text."""
        self._known.add(key)

    def withhold(self, secrets: Iterable[bytes]) -> None:
        """Remember further credentials, such as those that somebody else's request carries."""
        self._secrets |= frozenset(secrets)
        self._credentials = Credentials(self._secrets)

    def text(self, text: str) -> str:
        """The text with known keys replaced by their fingerprints and credentials withheld."""
        return self._without_keys(self._without_credentials(text))

    def headers(self, pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Header names and values with those that carry credentials withheld."""
        return tuple(
            (self.text(name), withheld(value) if name.lower() in self._withheld else self.text(value))
            for name, value in pairs
        )

    def body(self, body: bytes, content_type: str = "") -> str:
        """A body as it may be stored: a CPIX document without its key material, other text without what may be keys.

        Keys in the clear are learned on the way. `content_type` is the header's value, for its charset.
        """
        root = redact_body.document(body)
        shown = self._prose(body, content_type) if root is None else self._document(root)
        if len(shown) > LONGEST_BODY:
            return f"{shown[:LONGEST_BODY]}\n[{len(shown) - LONGEST_BODY} more characters are not kept]"
        return shown

    def _document(self, root: etree._Element) -> str:
        for key in redact_body.keys_in_document(root):
            self.learn(key)
        shown = redact_body.show_document(root, self.fingerprint, self._known.found)
        return self._without_credentials(shown)

    def _prose(self, body: bytes, content_type: str) -> str:
        text = redact_body.decode_prose(body, content_type)
        if text is None:
            # Bytes of which nothing is known may be keys as they are; no part of them is shown.
            return f"[withheld {len(body)} bytes that are not text]"
        for key in redact_body.keys_in_prose(text):
            self.learn(key)
        return redact_body.show_prose(self.text(text))

    def _without_keys(self, text: str) -> str:
        found = self._known.found(_bytes(text))
        if not found:
            return text
        for key in found:
            for pattern in sorted(representations(key).values(), key=len, reverse=True):
                written = pattern.decode("latin-1")
                flags = re.IGNORECASE if written.isalnum() else re.NOFLAG
                text = re.sub(re.escape(written), self.fingerprint(key), text, flags=flags)
        left = self._known.found(_bytes(text))
        return redact_body.holds(left, self.fingerprint) if left else text

    def _without_credentials(self, text: str) -> str:
        folded = text.lower()
        if any(word in folded for word in _HEADER_WORDS):
            text = _HEADER_LINE.sub(r"\1\2[withheld]", text)
        return self._credentials.strip(text)


def withheld(value: str) -> str:
    """What is shown of a header that carries credentials: the scheme, if it names one, and a mark."""
    match = _AUTH_SCHEME.match(value)
    return f"{match[1]} [withheld]" if match else "[withheld]"


def _bytes(text: str) -> bytes:
    # Latin-1, so that raw key bytes that were read as Latin-1 are found again; keys hold no other characters.
    return text.encode("latin-1", "replace")
