"""The capabilities that a profile may claim and a case may need, by name."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from conformance.catalogue import load_catalogue
from conformance.catalogue.yamlfile import DataError, nearest
from conformance.model import VERSIONS, Claims, Place

FEATURES = frozenset({"multi-key", "rotation", "periods"})
"""Capabilities that are taken as claimed where nothing says otherwise: refusing them is judged, not excused."""

KEY_URIS = "key-uris"
"""The run may fetch the addresses of Clear Key, which lead to content keys; never taken as claimed."""

FEATURE_NAMES = (*sorted(FEATURES), "key-encryption", "hdcp", KEY_URIS)
"""All capabilities beside versions, DRM systems and schemes."""

AUTHENTICATED, BY_SECRET, TLS, LOOPBACK = "authenticated", "authenticated-by-secret", "tls", "loopback"
ENDPOINT = (AUTHENTICATED, BY_SECRET, TLS, LOOPBACK)
"""What holds of a run by the way it reaches the server: a case may need it, and no profile claims it."""

UNCLAIMED = "unclaimed."
"""Before the name of a claim: the case is asked where it is *not* claimed, to see what could be."""


def scheme_names() -> tuple[str, ...]:
    """Every scheme and HLS method that the catalogue names for some DRM system."""
    systems = load_catalogue().systems.values()
    return tuple(dict.fromkeys(scheme for one in systems for scheme in (*one.schemes, *one.hls_schemes)))


@cache
def pairs_asked() -> tuple[tuple[str, str], ...]:
    """Every DRM system with every scheme that discovery asks for, as the catalogue lists them."""
    return tuple((one.name, scheme) for one in load_catalogue().systems.values() for scheme in one.discovery)


def everything() -> Claims:
    """Claims that hold for whatever may be probed; what the cases are collected with before anything was sent."""
    return Claims(frozenset(VERSIONS), frozenset(pairs_asked()), FEATURES | {"key-encryption"})


def check_need(need: str, place: Place) -> str:
    """The need as it is, where a profile could claim it; DataError with the nearest spelling where none can.

    A need is `version.2.1`, `system.widevine`, `scheme.cbcs`, `widevine+cbcs`, `policy.refuses.CONTRACT`, the name of
    a capability, or one of them behind `unclaimed.`. A misspelt one would be claimed by nobody, and its case would
    never be asked.
    """
    catalogue = load_catalogue()
    if need.startswith(UNCLAIMED):
        return UNCLAIMED + check_need(need.removeprefix(UNCLAIMED), place)
    kind, dot, name = need.partition(".")
    if kind == "policy":
        return need if name == "refuses" else _one_of(need, name.removeprefix("refuses."), catalogue.contracts, place)
    kinds = {"version": VERSIONS, "system": catalogue.systems, "scheme": scheme_names()}
    if dot and kind in kinds:
        return _one_of(need, name, kinds[kind], place)
    if "+" in need:
        system, _, scheme = need.partition("+")
        _one_of(need, system, catalogue.systems, place)
        return _one_of(need, scheme, scheme_names(), place)
    return _one_of(need, need, (*FEATURE_NAMES, *ENDPOINT), place)


def _one_of(need: str, word: str, words: Iterable[str], place: Place) -> str:
    known = list(words)
    if word not in known:
        raise DataError(place, f"the need {need!r} is nothing that can be claimed{nearest(word, known)}")
    return need
