"""Plain requests, one DRM system each: what is tried as a control where nothing has been accepted yet."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from conformance.catalogue import load_catalogue
from conformance.model import Case, Claims, Expectation, Plan, Step

MOST = 6
"""Plain requests that are tried at most: a server that answers none of them may be silent to everybody."""


def plain_steps(claims: Claims, like: Case) -> Iterator[tuple[Case, Step]]:
    """A case and its only step for each; contents and KIDs are those of another case, so that nothing is provisioned.

    Neighbours differ in version and system, so that a few tries meet what is answered.
    """
    yield from islice(_plain_steps(claims, like), MOST)


def _plain_steps(claims: Claims, like: Case) -> Iterator[tuple[Case, Step]]:
    catalogue = load_catalogue()
    rules = (*catalogue.contract("PRESET-VIDEO-1"), *catalogue.contract("PRESET-AUDIO-1"))
    versions, schemes = sorted(claims.versions), dict(sorted(claims.schemes, reverse=True))
    for turn in range(len(versions)):
        for number, (system, scheme) in enumerate(sorted(schemes.items())):
            version = versions[(number + turn) % len(versions)]
            plan = Plan(version, (scheme,), (system,), rules, systems_mode="asked")
            step = Step("control", plan, Expectation("accepted"), ())
            identity = like.identity or like.name
            yield Case("CONTROL", "A plain request", "", version, (step,), identity=identity), step
