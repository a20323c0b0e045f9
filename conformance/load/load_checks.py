"""The checks of a load test: what goes wrong when many ask at once, and what every encryptor would stumble over.

Every answer is judged by them, so nothing is among them that is the same for all answers of a server.
"""

from __future__ import annotations

from collections.abc import Mapping

from conformance.checks.registry import Check, Subject
from conformance.model import ACCEPTED

UNDER_LOAD = (
    "http.exchange-completes",
    "http.no-redirect",
    "http.request-accepted",
    "http.success-status-200",
    "document.well-formed",
    "document.root-is-cpix",
    "http.speke-version-echoed",
    "http.content-type-xml",
    "echo.content-id",
    "echo.version",
    "safety.answers-not-mixed",
    "keys.one-per-asked",
    "keys.none-added",
    "keys.kids-unique",
    "keys.scheme-echoed",
    "keys.secret-present",
    "keys.value-is-base64",
    "keys.value-is-16-bytes",
    "keys.not-zero",
    "keys.not-constant",
    "keys.differ-from-kid",
    "keys.values-distinct",
    "iv.answered-where-asked",
    "iv.is-16-bytes",
    "kid.as-asked",
    "kid.same-in-drm-systems",
    "kid.same-in-rules",
    "contract.rule-per-asked",
    "contract.no-rule-added",
    "contract.track-types-unchanged",
    "contract.filters-unchanged",
    "contract.bounds-unchanged",
    "drm.systems-all-answered",
    "drm.no-extra-systems",
    "drm.payloads-base64",
    "pssh.filled",
    "pssh.box-complete",
    "pssh.system-id-matches",
    "widevine.names-its-kid",
    "playready.names-its-kid",
    "protection.filled",
    "hls.filled",
    "hls.playlists-as-asked",
)

LOAD, ALL = "load", "all"
CHOICES = (LOAD, ALL)
"""What every answer may be judged by: the checks above, or all that apply to an accepted answer."""


def load_checks_of(choice: str, known: Mapping[str, Check]) -> tuple[Check, ...]:
    """The checks of a choice."""
    if choice == LOAD:
        return tuple(known[name] for name in UNDER_LOAD)
    subjects = (Subject.EXCHANGE, Subject.ACCEPTED)
    return tuple(check for check in known.values() if check.subject in subjects or ACCEPTED in check.expects)
