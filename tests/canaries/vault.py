"""A key server whose keys are known to the test, and which makes the mistake that a request names."""

from __future__ import annotations

import base64
import binascii
import re
import threading
from collections.abc import Callable, Mapping
from uuid import UUID

from conformance import refserver
from conformance.run.built_in import built_in_config
from conformance.run.profile import load_profile
from tests.wire.servers import Request, Script, always, answer

FAULT = "X-Fault"
_PLAIN = re.compile(rb"PlainValue(?:\s[^>]*)?>\s*([^<]+?)\s*<")
_CIPHER = re.compile(rb"(?:CipherValue|ValueMAC)(?:\s[^>]*)?>\s*([^<]+?)\s*<")
_IV = re.compile(rb'explicitIV="([0-9A-Za-z+/]{22}==)"')
_KID = re.compile(rb"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")

Guard = Callable[[Request], bytes | None]
"""What is said to somebody who may not ask; None to those who may."""


class Vault:
    """Remembers all key material that it has ever given out or would have given out without its mistakes."""

    def __init__(self, guard: Guard = lambda request: None) -> None:
        self.secrets: dict[str, bytes | str] = {}
        self.exchanges: dict[str, tuple[Request, bytes]] = {}
        """Mistake -> the first request that named it, and the answer as it went over the wire."""
        self._guard = guard
        self._config = built_in_config(load_profile("reference"))
        self._faults: Mapping[str, refserver.Fault] = refserver.load_faults()
        self._states: dict[str, refserver.ServerState] = {}
        self._public: set[bytes] = set()
        self._lock = threading.Lock()

    @property
    def script(self) -> Script:
        """For a server of the tests."""
        return always(self._answer)

    def _answer(self, request: Request) -> bytes:
        refused = self._guard(request)
        if refused is not None:
            return refused
        name = request.header(FAULT) or ""
        headers = tuple(pair for pair in request.headers if pair[0] != FAULT)
        # What is random follows from the request, and the members of a family send the same: each mistake gets its own.
        asked = refserver.HttpRequest(request.method, f"{request.path}&mistake={name}", headers, request.body)
        with self._lock:
            state = self._states.setdefault(name, refserver.ServerState())
        faults = (self._faults[name],) if name else ()
        right = refserver.answer(asked, self._config)
        made = refserver.answer(asked, self._config, faults, state)
        with self._lock:
            self.remember(request.body, right.body, made.body)
        head = (f"{key}: {value}" for key, value in made.headers)
        sent = answer(made.body, f"{made.status} Whatever", *head)
        self.exchanges.setdefault(name, (request, sent))
        return sent

    def remember(self, *bodies: bytes) -> None:
        """Take in the key material of requests and answers."""
        for body in bodies:
            for text in _KID.findall(body):
                kid = UUID(text.decode())
                self._public |= {kid.bytes, kid.bytes_le}
            self._public |= {base64.b64decode(text) for text in _IV.findall(body)}
        for body in bodies:
            for what, pattern in (("content key", _PLAIN), ("ciphertext", _CIPHER)):
                for text in pattern.findall(body):
                    self._keep(what, text)

    def _keep(self, what: str, text: bytes) -> None:
        try:
            data = base64.b64decode(text)
        except (binascii.Error, ValueError):
            data = b""
        # A key that is public, or that is no key at all, is no secret.
        if len(set(data)) > 8 and data not in self._public:
            self.secrets[f"{what} {text.decode('latin-1')}"] = data
