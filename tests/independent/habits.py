"""Choices that the specification leaves to a key server, and two servers that make them differently."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Habits:
    """How a server uses its liberties."""

    name: str
    document: str
    """The template of the whole answer."""
    refusal: str
    """The template of a refusal's body: the message, and what stands around it."""
    refusal_type: str
    refusal_status: int
    content_type: str
    shout: bool = False
    """UUIDs in capital letters."""
    new_kids: bool = False
    """Each KID is replaced by one of the server's own."""
    box_of_all: bool = False
    """A Widevine box names all KIDs of the document; else only its own."""
    box_version: int = 0
    header: str = "4.2"
    """Version of the PlayReady header where the scheme is cenc."""
    fold: int = 0
    """Characters in a line of base64; 0 for a single line."""
    tells_periods_apart: bool = False
    """The same track type may stand once in each key period; else it makes the contract malformed."""
    own_iv: bool = False
    """An explicitIV for every key, whether one was asked for or not; else only where FairPlay is."""


CURT = Habits(
    name="curt",
    document="curt.xml.j2",
    refusal="refusal.json.j2",
    refusal_type="application/json",
    refusal_status=400,
    content_type='application/xml; charset="UTF-8"',
    shout=True,
    box_version=1,
    fold=76,
    own_iv=True,
)
"""Default namespace, capital UUIDs, folded base64, version 1 boxes, PlayReady 4.2, refusals as JSON with 400."""

WORDY = Habits(
    name="wordy",
    document="wordy.xml.j2",
    refusal="refusal.xml.j2",
    refusal_type="text/xml",
    refusal_status=500,
    content_type="application/xml",
    new_kids=True,
    box_of_all=True,
    header="4.1",
    tells_periods_apart=True,
)
"""Odd prefixes, comments, other orders, KIDs of its own, boxes of all KIDs, PlayReady 4.1, refusals as XML with 500."""
