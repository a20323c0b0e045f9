"""A badge with the outcome, as SVG and as data for a badge service."""

from __future__ import annotations

from html import escape
from typing import Any

from conformance.redaction.escaping import visible
from conformance.results.document import Document

_COLOURS = {
    "QUALIFIED": ("#1a7f37", "brightgreen"),
    "QUALIFIED WITH ADVISORIES": ("#4d7a0d", "green"),
    "NOT QUALIFIED": ("#b3261e", "red"),
}
_OTHER = ("#5f6670", "lightgrey")
_LETTER = 6.7
"""Width of a letter in pixels, on average, at 11 pixels of DejaVu or Verdana."""


def badge_json(document: Document) -> dict[str, Any]:
    """The endpoint format of shields.io."""
    return {
        "schemaVersion": 1,
        "label": label(document),
        "message": document.outcome.lower(),
        "color": _COLOURS.get(document.outcome.value, _OTHER)[1],
    }


def badge_svg(document: Document) -> str:
    """A flat badge of 20 pixels' height, with a title for those who cannot see it."""
    name, message = visible(label(document)), document.outcome.lower()
    left, right = round(len(name) * _LETTER) + 14, round(len(message) * _LETTER) + 14
    wide = left + right
    title = escape(f"{name}: {message}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="20" role="img" aria-label="{title}">'
        f"<title>{title}</title>"
        f'<clipPath id="r"><rect width="{wide}" height="20" rx="3"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{left}" height="20" fill="#3b4048"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{_COLOURS.get(document.outcome.value, _OTHER)[0]}"/></g>'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f'<text x="{left / 2:g}" y="14" textLength="{left - 14}">{escape(name)}</text>'
        f'<text x="{left + right / 2:g}" y="14" textLength="{right - 14}">{escape(message)}</text></g></svg>\n'
    )


def label(document: Document) -> str:
    """SPEKE with the versions that were claimed."""
    versions = document.claims.versions
    return f"SPEKE {' + '.join(versions)}" if versions else "SPEKE v2"
