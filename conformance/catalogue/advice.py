"""What to change, for checks that share their rule with others (advice.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from conformance.catalogue.yamlfile import expect_fields, expect_map, expect_text, load
from conformance.model import Place

FILE = Path(__file__).with_name("advice.yaml")


@dataclass(frozen=True, slots=True)
class Advice:
    """A check's own words; empty where those of its rule fit."""

    fix: str = ""
    effect: str = ""


@cache
def load_advice() -> Mapping[str, Advice]:
    """Check -> its words."""
    whole = expect_map(load(FILE, FILE.name), Place(FILE.name, 1), "the advice")
    found = {}
    for check, raw in whole.items():
        words = expect_map(raw, whole.at(check), check)
        expect_fields(words, optional=("fix", "effect"), what=check)
        found[check] = Advice(**{name: expect_text(words[name], words.at(name), name) for name in words})
    return found
