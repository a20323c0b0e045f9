"""The register of checks: each is one named question, tied to the requirements it speaks for and to its subject."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TypedDict, Unpack

from conformance.catalogue import load_catalogue
from conformance.checks.context import Context
from conformance.checks.needs import Need, NotApplicable, Untestable
from conformance.checks.shape import Shape
from conformance.checks.subject import Subject
from conformance.model import Finding

__all__ = ["Ask", "Check", "Need", "NotApplicable", "Subject", "Untestable", "check", "each"]

MOST_FINDINGS = 20
"""Findings of one check at one step that are told: nobody reads more, and a server decides how many there are."""

MOST_COUNTED = 500
"""Further findings that are counted."""

Ask = Callable[[Context], Iterable[Finding]]
Partners = Callable[[Context], tuple[Context, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """One yes/no question. Its id is the same whether it passes or fails, and is never renamed."""

    id: str
    question: str
    """What is true when the check passes; the first line of the docstring."""
    explanation: str
    requirements: tuple[str, ...]
    """Ids as the catalogue has them: aliases are resolved when the check is registered."""
    need: Need
    ask: Ask
    applies: Callable[[Shape], bool]
    from_case: bool
    """The step names the requirements (refusals: the rule that the defect breaks)."""
    module: str
    subject: Subject = Subject.ACCEPTED
    expects: frozenset[str] = frozenset()
    """Kinds of expectation that bring the check by themselves; only for checks of an expectation."""
    partners: Partners | None = None
    """The earlier exchanges with which the check compares; only for checks of a relation."""

    @property
    def topic(self) -> str:
        """The first word of the id: pytest shows the checks of one topic as one item."""
        return self.id.partition(".")[0]

    def run(self, context: Context) -> tuple[Finding, ...]:
        """Run the check; what it finds, none when all is well. Of very many findings the first, and how many more.

        Raises Untestable where nothing would be said of keys some of which could not be looked at, and where a
        comparison has nothing to compare with (a run does not ask it then; a replay may lack the other exchange).
        """
        if self.partners is not None and not self.partners(context):
            raise Untestable("the exchange to compare with is missing")
        findings = iter(self.ask(context))
        found = list(islice(findings, MOST_FINDINGS))
        if not found and self.need is Need.KEYS:
            context.insist_on_all_keys()
        more = sum(1 for _ in islice(findings, MOST_COUNTED))
        if more:
            number = f"{more}" if more < MOST_COUNTED else f"at least {more}"
            found.append(Finding("further places", found[0].expected, f"and {number} more, which are not listed"))
        return tuple(found)


def _always(shape: Shape) -> bool:
    return True


def resolved(requirements: Iterable[str]) -> tuple[str, ...]:
    """The requirements by the ids that the sets hold, each once: a check may name an alias."""
    return tuple(dict.fromkeys(load_catalogue().requirement(name).id for name in requirements))


def make_check(
    id: str,
    text: str,
    requirements: Iterable[str],
    ask: Ask,
    *,
    need: Need = Need.DOCUMENT,
    applies: Callable[[Shape], bool] = _always,
    from_case: bool = False,
    subject: Subject = Subject.ACCEPTED,
    expects: Iterable[str] = (),
    partners: Partners | None = None,
) -> Check:
    """A check; the first line of the text is what is true when it passes, the rest explains.

    `requirements` are ids as the catalogue has them (`resolved`). `expects` makes it a check of the expectation, and
    `partners` one of a relation. Raises ValueError where it has no text or speaks for no requirement.
    """
    first, _, rest = text.strip().partition("\n")
    if not first:
        raise ValueError(f"the check {id} has no docstring; its first line is what the user sees")
    names = tuple(requirements)
    if not names and not from_case:
        raise ValueError(f"the check {id} names no requirement")
    kinds = frozenset(expects)
    about = Subject.RELATION if partners else Subject.EXPECTATION if kinds else subject
    words = " ".join(rest.split())
    return Check(
        id, first.rstrip("."), words, names, need, ask, applies, from_case, ask.__module__, about, kinds, partners
    )


class Traits(TypedDict, total=False):
    """What may be said of a check beside its id, text and requirements."""

    need: Need
    applies: Callable[[Shape], bool]
    from_case: bool
    subject: Subject
    expects: Iterable[str]
    partners: Partners | None


class Register:
    """Checks by id."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}

    def add(self, check: Check) -> None:
        """Take one in; raises ValueError for a second one of that id."""
        if check.id in self._checks:
            raise ValueError(f"two checks are named {check.id}")
        self._checks[check.id] = check

    @property
    def by_id(self) -> Mapping[str, Check]:
        """All of them by id."""
        return self._checks

    def in_order(self) -> Mapping[str, Check]:
        """All of them, those of one module together and the modules by name."""
        for one in sorted(self._checks.values(), key=lambda one: one.module):
            self._checks[one.id] = self._checks.pop(one.id)
        return self._checks


CHECKS = Register()
"""The checks of key servers. Those of encryptors have a register of their own: no fault of a server proves them."""


def check(id: str, *requirements: str, **traits: Unpack[Traits]) -> Callable[[Ask], Ask]:
    """Register a question under its id, with the requirements it speaks for; `traits` are those of `make_check`."""

    def register(ask: Ask) -> Ask:
        CHECKS.add(make_check(id, ask.__doc__ or "", resolved(requirements), ask, **traits))
        return ask

    return register


def each(findings: Iterable[Finding | None]) -> Iterator[Finding]:
    """The findings that are there."""
    return (finding for finding in findings if finding is not None)
