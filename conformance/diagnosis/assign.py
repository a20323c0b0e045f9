"""Gives each result to one cause: named causes take what they have evidence for, the rest goes by check."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial

from conformance.diagnosis.observed import Observed
from conformance.diagnosis.rules import NamedCause, Rules, Sign, any_fits
from conformance.judge import Judgement
from conformance.model import Verdict
from conformance.results.index import OF_THE_RUN

OPEN = (Verdict.UNTESTABLE,)
"""Results that are nobody's mistake: something else kept the question from being asked."""
NAMES_A_CHECK = re.compile(r"[a-z][a-z0-9-]*\.[a-z0-9.-]*[a-z0-9]")
"""In a reason: `…, which keys.one-per-asked reports`."""
OF_ONE_REQUEST = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|\d+")
OF_CASE = "case"
OTHER = 4
"""The rank of what no named cause explains."""


@dataclass(eq=False)
class Bundle:
    """The results of one cause, while they are being gathered."""

    id: str
    rule: NamedCause | None = None
    results: list[Judgement] = field(default_factory=list)
    """The first shows it best."""


def assigned(seen: Observed, rules: Rules) -> list[Bundle]:
    """Bundles of results, in the order in which their causes should be fixed."""
    return _Assignment(seen, rules).bundles()


class _Assignment:
    def __init__(self, seen: Observed, rules: Rules) -> None:
        self._seen, self._rules = seen, rules
        self._left = {id(one): one for one in seen.results}
        self._bundles: list[Bundle] = []

    def bundles(self) -> list[Bundle]:
        for rule in self._rules.causes.values():
            self._named(rule)
        self._by_check()
        self._untestable()
        return sorted(self._bundles, key=self._urgency)

    def _exchange(self, result: Judgement) -> Hashable:
        return self._seen.facts(result).exchange

    def _take(self, results: Iterable[Judgement]) -> list[Judgement]:
        return [self._left.pop(id(one)) for one in list(results) if id(one) in self._left]

    def _named(self, rule: NamedCause) -> None:
        asked = [one for one in self._left.values() if one.verdict not in OPEN]
        shown: list[Judgement] = []
        for signs in rule.evidence:
            found = [
                [one for one in self._not_closer(asked, sign, rule) if sign.fits(one, self._seen)] for sign in signs
            ]
            if all(len(some) >= sign.least for some, sign in zip(found, signs, strict=True)):
                shown += [one for some in found for one in some]
        if not shown:
            return
        mine = self._take(shown)
        at = {self._exchange(one) for one in mine}
        mine += self._take(
            one
            for one in asked
            if any(sign.fits(one, self._seen) for sign in rule.anywhere)
            or (self._exchange(one) in at and any(sign.fits(one, self._seen) for sign in rule.follows))
        )
        self._bundles.append(Bundle(rule.id, rule, mine))

    def _not_closer(self, asked: Sequence[Judgement], sign: Sign, rule: NamedCause) -> Iterator[Judgement]:
        """The results beside which nothing stands that explains the same more closely."""
        unless = rule.unless if sign.unless is None else sign.unless
        close = {self._exchange(one) for one in asked if any_fits(unless, one.check)}
        for one in asked:
            # A law compares any exchanges of the run, so what explains one of them may explain the law.
            if self._exchange(one) not in close and not (close and one.check.startswith(OF_THE_RUN)):
                yield one

    def _by_check(self) -> None:
        by_check: dict[str, list[Judgement]] = {}
        for one in self._left.values():
            if one.verdict not in OPEN:
                by_check.setdefault(one.check, []).append(one)
        for results in by_check.values():
            self._take(results)
        where = {check: {self._exchange(one) for one in results} for check, results in by_check.items()}
        cards = {check: Bundle(f"check:{check}") for check in by_check}
        for check, results in by_check.items():
            for one in results:
                cards[self._leader(check, self._exchange(one), where)].results.append(one)
        for check, card in cards.items():
            card.results.sort(key=lambda one: one.check != check)
        self._bundles += [card for card in cards.values() if card.results]

    def _leader(self, check: str, exchange: Hashable, where: dict[str, set[Hashable]]) -> str:
        """The check behind which a result of this check stands: another that says the same of the exchange."""
        for rule in self._rules.follows:
            if not any_fits(rule.checks, check):
                continue
            for other, exchanges in where.items():
                if other != check and exchange in exchanges and any_fits(rule.behind, other):
                    return self._leader(other, exchange, {**where, check: set()})
        return check

    def _untestable(self) -> None:
        """What could not be asked belongs to what went wrong in the same exchange, or in the same case.

        Where its reason names the check that reports it, to the results of that check. Else, of what went wrong in the
        exchange, to what goes wrong where the reason is given and nowhere else.
        """
        homes: dict[Hashable, dict[Bundle, None]] = {}
        shown: dict[Bundle, set[Hashable]] = {}
        for bundle in sorted(self._bundles, key=self._urgency):
            # Where the suite itself broke, that says nothing about the server.
            for one in (result for result in bundle.results if result.verdict is not Verdict.ERROR):
                at = self._exchange(one)
                shown.setdefault(bundle, set()).add(at)
                for name in ((one.check, at), one.check, at, (OF_CASE, one.case)):
                    homes.setdefault(name, {})[bundle] = None
        waiting = self._take(self._left.values())
        given: dict[str, set[Hashable]] = {}
        for one in waiting:
            given.setdefault(_kind_of(one.reason), set()).add(self._exchange(one))

        @cache
        def fit(bundle: Bundle, reason: str) -> float:
            return len(shown[bundle] & given[reason]) / len(shown[bundle] | given[reason])

        alone: dict[str, Bundle] = {}
        taken: dict[str, Counter[Bundle]] = {}
        homeless: list[Judgement] = []
        for one in waiting:
            at, named = self._exchange(one), NAMES_A_CHECK.findall(one.reason)
            names = (*((name, at) for name in named), *named, at, (OF_CASE, one.case))
            found = next((homes[name] for name in names if name in homes), None)
            if found is None:
                homeless.append(one)
                continue
            home = max(found, key=partial(fit, reason=_kind_of(one.reason)))
            home.results.append(one)
            taken.setdefault(_kind_of(one.reason), Counter())[home] += 1
        for one in homeless:
            # Where nothing else is wrong, to what the same reason comes from elsewhere.
            kind = _kind_of(one.reason)
            most = taken[kind].most_common(1) if kind in taken else []
            home = most[0][0] if most else alone.setdefault(kind, Bundle(f"check:{one.check}"))
            home.results.append(one)
        self._bundles += alone.values()

    def _urgency(self, bundle: Bundle) -> tuple[int, int, int]:
        verdicts = {one.verdict for one in bundle.results}
        binding = bool(verdicts & {Verdict.FAIL, Verdict.ERROR})
        rank = bundle.rule.rank if bundle.rule is not None else OTHER
        return (0 if binding else 1 if Verdict.UNTESTABLE in verdicts else 2, rank, -len(bundle.results))


def _kind_of(reason: str) -> str:
    """A reason without the IDs and numbers in it: what differs from request to request is no other reason."""
    return OF_ONE_REQUEST.sub("…", reason)
