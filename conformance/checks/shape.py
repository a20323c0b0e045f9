"""The shape of a request: what of it decides which questions apply.

Made from a plan before anything is sent (so that checks that do not apply are not collected), or from a request
document that somebody captured.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.catalogue import load_catalogue
from conformance.cpix.reader import Cpix
from conformance.model import Claims, Plan


@dataclass(frozen=True, slots=True)
class Shape:
    """What a request asks for, coarsely."""

    version: str
    scheme: str
    systems: frozenset[str]
    """Names of DRM systems; a system ID that the catalogue does not know is given as its text."""
    signalling: frozenset[str]
    """pssh, content-protection, hls, smooth: placeholders that the request holds."""
    keys: int
    periods: int
    timed: bool
    """A period carries start/end or offsets."""
    explicit_iv: bool
    encrypted: bool

    def has(self, system: str) -> bool:
        """Whether the DRM system of that name is asked for."""
        return system in self.systems


def of_plan(plan: Plan) -> Shape:
    """The shape of a planned request."""
    return Shape(
        version=plan.speke_version or plan.version,
        scheme=plan.scheme,
        systems=frozenset((*plan.systems, *plan.instead)),
        signalling=plan.signalling,
        keys=plan.key_count,
        periods=len(plan.periods),
        timed=any(name != "index" for period in plan.periods for name, _ in period.attributes),
        explicit_iv=plan.explicit_iv != "none",
        encrypted=bool(plan.recipients),
    )


def of_request(request: Cpix, version: str) -> Shape:
    """The shape of a request document."""
    catalogue = load_catalogue()
    systems = set()
    signalling = set()
    for drm in request.drm_systems:
        system = catalogue.system_by_id(drm.system_id or "")
        systems.add(system.name if system else (drm.system_id or "").lower())
        for name, there in (
            ("pssh", drm.pssh),
            ("content-protection", drm.content_protection),
            ("hls", drm.hls),
            ("smooth", drm.smooth),
        ):
            if there:
                signalling.add(name)
    schemes = [key.scheme for key in request.content_keys if key.scheme]
    return Shape(
        version=version,
        scheme=schemes[0] if schemes else "",
        systems=frozenset(systems),
        signalling=frozenset(signalling),
        keys=len(request.content_keys),
        periods=len(request.periods),
        timed=any(p.start or p.end or p.start_offset or p.end_offset for p in request.periods),
        explicit_iv=any(key.explicit_iv is not None for key in request.content_keys),
        encrypted=bool(request.delivery),
    )


def is_claimed(shape: Shape, claims: Claims) -> bool:
    """Whether everything that a request names is claimed: what is not is nobody's to judge."""
    if shape.version not in claims.versions or (shape.encrypted and not claims.has("key-encryption")):
        return False
    known = load_catalogue().systems
    # An HLS method is another word for a scheme; with whom it goes SPEKE leaves open.
    return all(
        (name, shape.scheme) in claims.schemes or (shape.scheme in known[name].hls_schemes and name in claims.systems)
        for name in shape.systems
        if name in known
    )
