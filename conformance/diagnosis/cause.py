"""What a diagnosis consists of: causes in the order in which they should be fixed. Page and terminal render these."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.judge import Judgement
from conformance.model import Verdict


@dataclass(frozen=True, slots=True)
class Part:
    """Results that belong together: one line of the list inside a cause, or the notes of one check."""

    title: str
    """In a cause what is wrong, in a few plain words; in its list a message that was due, or a check."""
    results: tuple[Judgement, ...]
    """All of them; the first is the worked example, for `ResultsIndex.failure`."""

    @property
    def example(self) -> Judgement:
        """The result that shows it best."""
        return self.results[0]

    @property
    def count(self) -> int:
        """How many results it stands for."""
        return len(self.results)

    @property
    def cases(self) -> tuple[str, ...]:
        """The cases in which it shows, each once, in order."""
        return tuple(dict.fromkeys(result.case for result in self.results))


@dataclass(frozen=True, slots=True)
class Cause(Part):
    """One mistake of a server and everything that follows from it; each result belongs to one cause."""

    id: str
    """Stable: the name of the cause, or `check:` and the check whose results no named cause explains."""
    wrong: str
    """What is wrong, in a sentence, with how often."""
    fix: str
    """The one thing to change."""
    effect: str
    """What it does to a stream or to whoever operates it."""
    verdict: Verdict
    """The gravest of its results."""
    parts: tuple[Part, ...] = ()
    """The list inside, most frequent first; all results are in it, each once."""

    @property
    def named(self) -> bool:
        """Whether it is a cause of its own, and not what is left of a check."""
        return not self.id.startswith("check:")

    @property
    def checks(self) -> tuple[str, ...]:
        """The checks that noticed it, each once, in order."""
        return tuple(dict.fromkeys(result.check for result in self.results))

    def having(self, *verdicts: str) -> int:
        """How many of its results have one of these verdicts."""
        return sum(result.verdict in verdicts for result in self.results)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The causes of everything that is not as it should be; the first is the first to fix."""

    causes: tuple[Cause, ...]

    def having(self, *verdicts: str) -> int:
        """How many results have one of these verdicts."""
        return sum(cause.having(*verdicts) for cause in self.causes)

    def of_verdict(self, *verdicts: str) -> tuple[Cause, ...]:
        """The causes whose gravest verdict is one of these, in order."""
        return tuple(cause for cause in self.causes if cause.verdict in verdicts)

    def explains(self, cause: Cause) -> str:
        """What a cause explains, in words: `explains 212 of 283 failed results`."""
        parts = []
        for verdict, word in _WORDS.items():
            mine, of_all = cause.having(verdict), self.having(verdict)
            if mine:
                parts.append(f"{mine} of {of_all} {word} result{'s' if of_all != 1 else ''}")
        return f"explains {' and '.join(parts)}" if parts else ""


_WORDS = {
    Verdict.FAIL: "failed",
    Verdict.ERROR: "broken",
    Verdict.UNTESTABLE: "untestable",
    Verdict.ADVISORY: "advised",
}
