"""Careless ways of reading X-Speke-Version: what a server takes its neighbours for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from conformance.refserver.names import CPIX_VERSION_OF


def read_version(text: str, way: str) -> str:
    """The version that a server takes the text for; the text itself where it takes it for none."""
    return next((version for version in CPIX_VERSION_OF if WAYS[way](text, version)), text)


def _as_number(text: str, version: str) -> bool:
    try:
        return float(text) == float(version)
    except ValueError:
        return False


def _by_its_beginning(text: str, version: str) -> bool:
    return text.startswith(version)


def _by_its_major_number(text: str, version: str) -> bool:
    return text.partition(".")[0] == version.partition(".")[0]


def _by_its_digits(text: str, version: str) -> bool:
    return re.findall(r"\d+", text) == version.split(".")


WAYS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "number": _as_number,
    "beginning": _by_its_beginning,
    "major": _by_its_major_number,
    "digits": _by_its_digits,
}
