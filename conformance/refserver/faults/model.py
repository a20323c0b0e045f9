"""A fault and its parts, as read from YAML."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

SEAMS: Final = ("request", "keys", "answer", "http")

Fact: TypeAlias = str | int | bool | tuple[str, ...]

_COMPARISONS: Final[dict[str, Callable[[int, int], bool]]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "!=": operator.ne,
}
_COMPARISON = re.compile(r"(>=|<=|!=|>|<)\s*(\d+)")


class FaultError(ValueError):
    """A fault file is wrong; the text names file and line."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of `when`: a fact and what it must be.

    `wanted` is a value, a list of values of which one must fit, a comparison such as `">= 3"`, or `"~ regex"`;
    a fact with several values, such as the schemes of a document, fits where one of them does.
    """

    fact: str
    wanted: Any

    def holds(self, value: Fact) -> bool:
        """Say whether a fact is as wanted."""
        choices = self.wanted if isinstance(self.wanted, list) else [self.wanted]
        values = value if isinstance(value, tuple) else (value,)
        return any(_fits(choice, one) for choice in choices for one in values)


def _fits(choice: object, value: str | int | bool) -> bool:
    if isinstance(choice, str) and choice.startswith("~"):
        return re.search(choice[1:].strip(), str(value)) is not None
    if isinstance(choice, str) and isinstance(value, int) and not isinstance(value, bool):
        comparison = _COMPARISON.fullmatch(choice)
        return comparison is not None and _COMPARISONS[comparison.group(1)](value, int(comparison.group(2)))
    return choice == value


@dataclass(frozen=True, slots=True)
class Op:
    """One thing that a fault does, with its arguments."""

    name: str
    seam: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        """Give an argument that the loader has made sure of."""
        return self.arguments[name]

    def get(self, name: str, otherwise: Any = None) -> Any:
        """Give an optional argument."""
        return self.arguments.get(name, otherwise)


@dataclass(frozen=True, slots=True)
class Fault:
    """One realistic mistake of a key server.

    `kills` are the checks that must report it, `may_kill` those that may, `records` what it changes in the
    register of unjudged behaviour. `carriers` are those in which the mistake exists by itself as well; a fault that
    is made for one of them says so in `carrier`, and in `base` which fault it is made from.
    `cause` is the cause that a diagnosis must find: the name of one, or `single` where a check's own words say it all.
    """

    id: str
    story: str
    area: str
    seams: tuple[str, ...]
    do: tuple[Op, ...]
    when: tuple[Condition, ...] = ()
    kills: tuple[str, ...] = ()
    may_kill: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    source: str = ""
    carriers: tuple[str, ...] = ()
    base: str = ""
    carrier: str = ""
    cause: str = ""
