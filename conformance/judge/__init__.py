"""The arithmetic of the verdict: findings × level × claims × known deviations → verdicts → outcomes → exit status.

Pure: no I/O, no pytest. Its test is the verdict table.
"""

from conformance.judge.exit_status import FAILED, INCOMPLETE, INTERRUPTED, NOTHING_SELECTED, PASSED, USAGE, exit_status
from conformance.judge.judgement import (
    Alike,
    Disputed,
    Grade,
    Judgement,
    KnownDeviation,
    StepOutcome,
    as_result,
)
from conformance.judge.rulebook import Rulebook, SetInForce
from conformance.judge.summary import Ending, SetOutcome, Summary, summarize

__all__ = [
    "FAILED",
    "INCOMPLETE",
    "INTERRUPTED",
    "NOTHING_SELECTED",
    "PASSED",
    "USAGE",
    "Alike",
    "Disputed",
    "Ending",
    "Grade",
    "Judgement",
    "KnownDeviation",
    "Rulebook",
    "SetInForce",
    "SetOutcome",
    "StepOutcome",
    "Summary",
    "as_result",
    "exit_status",
    "summarize",
]
