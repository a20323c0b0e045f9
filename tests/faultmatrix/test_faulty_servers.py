"""Servers with faults in process: the diagnosis names their causes, alone and many at once."""

from __future__ import annotations

import random
import re

import pytest

from conformance.diagnosis.assign import assigned
from conformance.diagnosis.rules import load_rules
from conformance.diagnosis.score import candidates, play, seen_in
from conformance.faultmatrix.baseline import Baseline
from conformance.faultmatrix.faulty_run import FaultyRuns
from conformance.faultmatrix.matrix import FaultMatrix, available_cores
from conformance.refserver import load_faults

SAMPLE = 24
AS_OF_AWS = (
    "PSSH-STATIC",
    "RUN-PAYLOAD-READY-MADE",
    "KEY-SAME-FOR-ALL",
    "IV-EQUALS-KEY",
    "SMOOTH-EMPTY",
    "HLS-CLEARKEY-EMPTY-KEYFORMAT",
    "VERSION-HEADER-ALWAYS-2.0",
    "ERROR-SPEKE-VERSION-ACCEPTED",
    "ERROR-CONTENT-ID-ACCEPTED",
    "ERROR-VERSION-ACCEPTED",
    "ERROR-VERSION-UNSUPPORTED-ACCEPTED",
    "ERROR-SCHEME-ACCEPTED",
    "ERROR-MIXED-ACCEPTED",
    "ERROR-FAIRPLAY-ACCEPTED",
    "ERROR-UNKNOWN-SCHEME-ACCEPTED",
    "ERROR-CONTRACT-ACCEPTED",
    "ERROR-NO-CONTRACT-ACCEPTED",
    "ERROR-STATUS-500",
    "ERROR-STACK-TRACE",
    "ERROR-OWN-WORDS",
    "CLAIMS-UNKNOWN-SYSTEM-CRASHES",
)
"""What is known to be wrong with AWS's reference key server: no validation, constants, exceptions as refusals."""


def test_a_server_with_twenty_mistakes_has_few_causes(stage: Baseline) -> None:
    faults = load_faults()
    seen = seen_in(FaultyRuns(stage).run([faults[name] for name in AS_OF_AWS]))
    causes = [bundle.id for bundle in assigned(seen, load_rules())]
    assert len(causes) <= 12, causes
    assert set(causes[:3]) == {"version-ignored", "faulty-requests-accepted", "ready-made-payload"}


def test_the_first_cause_is_the_right_one(stage: Baseline) -> None:
    names = [(one.id,) for one in random.Random("sample").sample(candidates(), SAMPLE)]
    told = [one for one in play(names, available_cores(), stage) if one.shown]
    wrong = [one for one in told if not one.first]
    assert len(wrong) <= SAMPLE // 8, wrong


@pytest.mark.parametrize("hole", [r"\{(kid|system)?\}", r"\bNone\b"])
def test_no_finding_has_a_hole(matrix: FaultMatrix, hole: str) -> None:
    texts = (text for outcome in matrix.outcomes.values() for text in outcome.accusing.values())
    assert [text for text in texts if re.search(hole, text)] == []
