"""The register of checks: each is one named question, tied to the requirements it speaks for and to its subject."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from conformance.catalogue import load_catalogue
from conformance.checks.context import Context
from conformance.checks.needs import Need, NotApplicable, Untestable
from conformance.checks.shape import Shape
from conformance.checks.subject import Subject
from conformance.model import Finding

__all__ = ["Ask", "Check", "Need", "NotApplicable", "Subject", "Untestable", "check", "each", "registered"]

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

        Raises Untestable where nothing would be said of keys some of which could not be looked at.
        """
        findings = iter(self.ask(context))
        found = list(islice(findings, MOST_FINDINGS))
        if not found and self.need is Need.KEYS:
            context.insist_on_all_keys()
        more = sum(1 for _ in islice(findings, MOST_COUNTED))
        if more:
            number = f"{more}" if more < MOST_COUNTED else f"at least {more}"
            found.append(Finding("further places", found[0].expected, f"and {number} more, which are not listed"))
        return tuple(found)


_CHECKS: dict[str, Check] = {}


def _always(shape: Shape) -> bool:
    return True


def check(
    id: str,
    *requirements: str,
    need: Need = Need.DOCUMENT,
    applies: Callable[[Shape], bool] = _always,
    from_case: bool = False,
    subject: Subject = Subject.ACCEPTED,
    expects: Iterable[str] = (),
    partners: Partners | None = None,
) -> Callable[[Ask], Ask]:
    """Register a question under its id, with the requirements it speaks for and its subject.

    `expects` makes it a check of the expectation, and `partners` one of a relation.
    """
    kinds = frozenset(expects)
    subject = Subject.RELATION if partners else Subject.EXPECTATION if kinds else subject

    def register(ask: Ask) -> Ask:
        doc = (ask.__doc__ or "").strip()
        first, _, rest = doc.partition("\n")
        if not first:
            raise ValueError(f"the check {id} has no docstring; its first line is what the user sees")
        if id in _CHECKS:
            raise ValueError(f"two checks are named {id}")
        if not requirements and not from_case:
            raise ValueError(f"the check {id} names no requirement")
        names = tuple(dict.fromkeys(load_catalogue().requirement(name).id for name in requirements))
        _CHECKS[id] = Check(
            id,
            first.rstrip("."),
            " ".join(rest.split()),
            names,
            need,
            ask,
            applies,
            from_case,
            ask.__module__,
            subject,
            kinds,
            partners,
        )
        return ask

    return register


def in_order() -> Mapping[str, Check]:
    """All checks by id, those of one module together and the modules by name."""
    by_module = sorted(_CHECKS.values(), key=lambda one: one.module)
    for one in by_module:
        _CHECKS[one.id] = _CHECKS.pop(one.id)
    return _CHECKS


def registered() -> Mapping[str, Check]:
    """All checks by id, in order of registration."""
    return _CHECKS


def each(findings: Iterable[Finding | None]) -> Iterator[Finding]:
    """The findings that are there."""
    return (finding for finding in findings if finding is not None)
