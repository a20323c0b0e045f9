"""The requirement sets in force under a profile."""

from __future__ import annotations

from conformance.catalogue import load_catalogue
from conformance.judge import Rulebook, SetInForce
from conformance.model import VERSIONS, Claims
from conformance.run.clock import today
from conformance.run.profile import Profile


def rulebook_of(profile: Profile, claims: Claims, *, strict: bool = False) -> Rulebook:
    """The sets in force under a profile."""
    catalogue = load_catalogue()
    sets = []
    for name in dict.fromkeys((*profile.requires, *profile.reports)):
        levels = {version: catalogue.resolve_set(name, version) for version in VERSIONS}
        sets.append(SetInForce(catalogue.sets[name], name in profile.requires, levels))
    return Rulebook(tuple(sets), claims, profile.known, strict, today(), profile.disputed)
