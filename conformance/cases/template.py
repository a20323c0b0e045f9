"""Literal requests: an XML file with slots, so that a request that an encryptor really sent can be pinned."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

from conformance.cases.identity import Identity
from conformance.catalogue.datafile import read_regular
from conformance.model import CPIX_VERSION, Plan

LARGEST = 1024 * 1024
"""Bytes of the largest template; no encryptor sends more."""

SLOT = re.compile(r"\{\{\s*([A-Za-z]+)(?:\.(\d+))?\s*\}\}")
SLOTS = ("contentId", "kid", "iv", "period", "certificate", "version", "scheme")


def slots_in(text: str) -> list[tuple[str, int]]:
    """The slots of a template as (name, line)."""
    return [(match.group(1), text.count("\n", 0, match.start()) + 1) for match in SLOT.finditer(text)]


def fill_template(plan: Plan, identity: Identity, certificates: Mapping[str, str]) -> str:
    """The template's text with its slots filled; `kid.1` is the KID of the first content key."""
    label = plan.periods[0].label if plan.periods else ""

    def value(match: re.Match[str]) -> str:
        name, number = match.group(1), int(match.group(2) or 1)
        if name == "contentId":
            filled = identity.content_id
        elif name == "kid":
            filled = str(identity.kid(number - 1, label))
        elif name == "iv":
            filled = identity.iv(number - 1, label)
        elif name == "period":
            filled = identity.period_id(label or f"p{number}")
        elif name == "certificate":
            filled = list(certificates.values())[number - 1]
        elif name == "version":
            filled = CPIX_VERSION[plan.version]
        elif name == "scheme":
            filled = plan.scheme
        else:
            raise ValueError(f"the template {plan.template} has an unknown slot {name!r}")
        return escape(filled, {'"': "&quot;"})

    return SLOT.sub(value, read_template(Path(plan.template)))


def read_template(path: Path) -> str:
    """The text of a template; raises Refused, or ValueError where it is not UTF-8."""
    return read_regular(path, LARGEST).decode("utf-8")
