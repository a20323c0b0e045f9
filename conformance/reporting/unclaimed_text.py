"""What discovery found not to be offered, in sentences: the same in the terminal, in the summary and on page one."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.catalogue import load_catalogue
from conformance.results.document import Document

ADVICE = "a crash would look the same; list in a profile what the server offers, and it is checked"


@dataclass(frozen=True, slots=True)
class UnclaimedLine:
    """Capabilities that are not claimed for one reason, the answer that says so, and what makes it say so."""

    title: str
    verb: str
    answer: str
    why: str
    advice: str
    """What to do where the answer may just as well be a crash; empty where it is plain."""

    @property
    def text(self) -> str:
        """All of it in a line."""
        why = f": {self.why}" if self.why else ""
        return f"{self.title} {self.verb} answered {self.answer}{why}{f'; {self.advice}' if self.advice else ''}"


def unclaimed_lines(document: Document) -> list[UnclaimedLine]:
    """A line for each answer by which discovery left something out, those that may be crashes first."""
    told: dict[tuple[str, str, bool], list[str]] = {}
    for one in document.claims.refusals:
        answer = one.answer.removeprefix("answered ")
        told.setdefault((answer, one.why, one.doubtful), []).append(claim_title(one.claim))
    lines = [
        UnclaimedLine(_listed(titles), "was" if len(titles) == 1 else "were", answer, why, ADVICE if doubtful else "")
        for (answer, why, doubtful), titles in told.items()
    ]
    return sorted(lines, key=lambda line: not line.advice)


def _listed(titles: list[str]) -> str:
    return titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"


def claim_title(claim: str) -> str:
    """A claim as a reader knows it: `version.2.1` is SPEKE 2.1, `playready+cbcs` is PlayReady with cbcs."""
    if claim.startswith("version."):
        return f"SPEKE {claim.removeprefix('version.')}"
    name, plus, scheme = claim.partition("+")
    system = load_catalogue().systems.get(name)
    if plus:
        return f"{system.title if system else name} with {scheme}"
    return claim.replace("-", " ")
