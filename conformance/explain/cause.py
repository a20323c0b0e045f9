"""Explains a named cause: what it means, what to change, by what it is known and what it explains besides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from conformance.diagnosis.rules import NamedCause, Sign


def explain_cause(cause: NamedCause) -> Iterator[str]:
    """Everything about one cause, line by line."""
    yield f"cause {cause.id}: {cause.title}"
    yield f"  fix: {cause.fix}"
    yield f"  effect: {cause.effect}"
    yield "  recognised by failures of"
    yield from (f"    {' together with '.join(_checks(sign) for sign in signs)}" for signs in cause.evidence)
    besides = [*dict.fromkeys(map(_checks, (*cause.follows, *cause.anywhere)))]
    if besides:
        yield f"  it may also explain: {'; '.join(besides)}"


def _checks(sign: Sign) -> str:
    wanted = [one for one in sign.checks if not one.startswith("!")]
    if sign.shared:
        return f"{'any check' if wanted == ['*'] else _listed(wanted)}, only where several requests got one answer"
    but = [one.removeprefix("!") for one in sign.checks if one.startswith("!")]
    named = "everything else that failed at the same exchange" if wanted == ["*"] else _listed(wanted)
    return f"{named} (not {_listed(but)})" if but else named


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
