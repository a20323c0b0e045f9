"""Plain values of a case file as the request writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from conformance.catalogue.yamlfile import DataError, Seq
from conformance.model import Place

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def scalar(value: Any, place: Place, what: str) -> str:
    """A plain value as XML writes it; DataError for a list, a mapping, nothing, or what XML cannot carry."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise DataError(place, f"{what} must be a plain value")
    text = str(value)
    if _NOT_IN_XML.search(text):
        raise DataError(place, f"{what} holds a control character, which XML cannot carry")
    return text


def list_at(items: Iterable[Any], place: Place) -> Seq:
    """A list whose items all stand at one place."""
    made = Seq(items)
    made.place, made.places = place, [place] * len(made)
    return made
