"""What discovery found not to be offered, in sentences: the same in the terminal, in the summary and on page one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.catalogue import load_catalogue

ADVICE = "a crash would look the same; if the server offers this, name it in a profile (claims:), and it is judged"


@dataclass(frozen=True, slots=True)
class UnclaimedLine:
    """One capability that is not claimed, the answer that says so, and what makes it say so."""

    title: str
    answer: str
    why: str
    advice: str
    """What to do where the answer may just as well be a crash; empty where it is plain."""

    @property
    def text(self) -> str:
        """All of it in a line."""
        why = f": {self.why}" if self.why else ""
        return f"{self.title} was answered {self.answer}{why}{f'; {self.advice}' if self.advice else ''}"


def unclaimed_lines(document: Mapping[str, Any]) -> list[UnclaimedLine]:
    """A line for each capability that discovery left out, those that may be crashes first."""
    lines = [
        UnclaimedLine(
            claim_title(one["claim"]),
            one["answer"].removeprefix("answered "),
            one.get("why", ""),
            ADVICE if one.get("doubtful") else "",
        )
        for one in document["claims"]["refusals"]
    ]
    return sorted(lines, key=lambda line: not line.advice)


def claim_title(claim: str) -> str:
    """A claim as a reader knows it: `version.2.1` is SPEKE 2.1, `playready+cbcs` is PlayReady with cbcs."""
    if claim.startswith("version."):
        return f"SPEKE {claim.removeprefix('version.')}"
    name, plus, scheme = claim.partition("+")
    system = load_catalogue().systems.get(name)
    if plus:
        return f"{system.title if system else name} with {scheme}"
    return claim.replace("-", " ")
