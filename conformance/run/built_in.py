"""The reference key server that a run starts where it is given no URL."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from conformance.catalogue import load_catalogue
from conformance.refserver import Config, RefusedContract
from conformance.refserver.systems import name_of
from conformance.run.profile import Profile, load_profile


def built_in_token(salt: bytes) -> str:
    """The token that the built-in server wants in this run."""
    return hashlib.sha256(b"built-in" + salt).hexdigest()


def built_in_config(profile: Profile) -> Config:
    """The built-in server as a profile claims it: it serves that and nothing else."""
    claims = profile.claims
    if claims is None:
        return Config()
    catalogue = load_catalogue()
    served: dict[str, tuple[str, ...]] = {}
    # The built-in server shares nothing with the catalogue, not even names: the system id says who is meant.
    for name, scheme in sorted(claims.schemes):
        here = name_of(catalogue.system(name).system_id)
        if not here:
            continue  # It does not have that system, and refuses it.
        served[here] = (
            *served.get(here, ()),
            scheme,
            *(catalogue.system(name).hls_schemes if here not in served else ()),
        )
    refused = tuple(
        RefusedContract(name, frozenset(rule.track_type for rule in catalogue.contract(name)))
        for name in claims.refuses
    )
    return Config(
        versions=tuple(sorted(claims.versions)),
        systems=tuple(served),
        schemes=served,
        key_encryption="key-encryption" in claims.features,
        extras_2_1="hdcp" in claims.features,
        refuses=refused,
    )


def whole_config() -> Config:
    """The built-in server with all that it can do, and with the policy that the profile `reference` states of it.

    No case of another profile asks for the contract that it refuses, so it qualifies under every shipped profile.
    """
    return replace(Config(), refuses=built_in_config(load_profile("reference")).refuses)
