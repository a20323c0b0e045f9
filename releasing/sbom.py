"""The software bill of materials, in CycloneDX: the wheel, and what it runs on as locked."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, distribution

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from releasing.distributions import sha256
from releasing.source import Source

_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)
_NAMESPACE = uuid.UUID("6f1c8a52-2f0e-4d55-9f0e-7d3f6c0b1a11")
"""Serial numbers are made from it and the wheel's digest, so that the same commit has the same document."""


def bill_of_materials(source: Source, wheel: bytes) -> bytes:
    """The document as JSON; the same for the same commit and environment."""
    locked: dict[str, str] = {
        canonicalize_name(name): version for name, version in _LOCKED.findall(source.file("requirements.lock").decode())
    }
    digest = sha256(wheel)
    root = Component(
        name="speke-conformance",
        version=source.version,
        type=ComponentType.APPLICATION,
        bom_ref=f"pkg:pypi/speke-conformance@{source.version}",
        purl=PackageURL("pypi", None, "speke-conformance", source.version),
        licenses=[LicenseFactory().make_with_expression("Apache-2.0")],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
    )
    parts: dict[str, Component] = {name: _component(name, version) for name, version in sorted(locked.items())}
    bom = Bom(components=parts.values(), serial_number=uuid.uuid5(_NAMESPACE, digest))
    bom.metadata.component = root
    bom.metadata.timestamp = datetime.fromtimestamp(source.epoch, UTC)
    bom.register_dependency(root, [parts[name] for name in _needs("speke-conformance", parts)])
    for name, part in parts.items():
        bom.register_dependency(part, [parts[one] for one in _needs(name, parts)])
    return (JsonV1Dot6(bom).output_as_string(indent=2) + "\n").encode()


def _component(name: str, version: str) -> Component:
    purl = PackageURL("pypi", None, name, version)
    licence = _licence(name, version)
    return Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        bom_ref=str(purl),
        purl=purl,
        licenses=[LicenseFactory().make_from_string(licence)] if licence else [],
    )


def _licence(name: str, version: str) -> str:
    """As the installed package states it; empty where it is not installed here in the locked version."""
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return ""
    return str(found.metadata.json.get("license_expression", "")) if found.version == version else ""


def _needs(name: str, parts: Mapping[str, Component]) -> Iterator[str]:
    try:
        stated = distribution(name).requires or []
    except PackageNotFoundError:
        return
    for one in sorted({canonicalize_name(each.name) for each in map(Requirement, stated) if _holds(each)}):
        if one in parts:
            yield one


def _holds(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})
