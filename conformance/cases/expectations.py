"""From the `expect:` of a step to an Expectation."""

from __future__ import annotations

from typing import Any

from conformance.catalogue import load_catalogue
from conformance.catalogue.yamlfile import DataError, Map, expect_fields, expect_texts, expect_word
from conformance.model import WHOLE_RUN, Expectation, Place

WORDS = ("accepted", "free", "accepted-or-refused", WHOLE_RUN)


def read_expectation(raw: Any, place: Place) -> Expectation:
    """`accepted`, `free`, `accepted-or-refused`, `whole-run`, or {refused: message name(s) | any}."""
    if not isinstance(raw, Map):
        return Expectation(expect_word(raw, (*WORDS,), place, "expect"))
    expect_fields(raw, required=("refused",), what="expect")
    names = expect_texts(raw["refused"], place, "refused")
    if names == ("any",):
        return Expectation("refused", any_refusal=True)
    known = load_catalogue().messages
    if not names:
        raise DataError(place, "refused names no message; use any where every refusal is right")
    for name in names:
        expect_word(name, known, place, "message")
    return Expectation("refused", message=names[0], alternatives=names[1:])
