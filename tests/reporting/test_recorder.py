"""What the recorder makes of exchanges in which keys cannot be read."""

from __future__ import annotations

from conformance.cases import Seed, load_cases
from conformance.cases.features import ENDPOINT
from conformance.checks import load_checks
from conformance.faultmatrix.baseline import RING, URL
from conformance.faultmatrix.in_process import InProcess
from conformance.model import Claims, ResultState
from conformance.recording.exchange_record import Recorder
from conformance.redaction.redactor import Redactor
from conformance.refserver import Config, load_faults
from conformance.run.runner import RunContext, Runner


def test_clear_keys_for_a_certificate_that_nobody_can_use_are_recorded_and_judged() -> None:
    checks = load_checks()
    cases = [case for case in load_cases(checks) if case.id == "ENCRYPTION-UNUSABLE-CERTIFICATE"]
    claims = Claims(
        frozenset({"2.0", "2.1"}),
        frozenset({("widevine", "cbcs"), ("widevine", "cenc")}),
        frozenset({"key-encryption", "multi-key", *ENDPOINT}),
    )
    recorder = Recorder(Redactor(b"salt"))
    sender = InProcess(Config(), [load_faults()["ENCRYPTION-WEAK-CERTIFICATE-CLEAR"]])
    runner = Runner(RunContext(URL, sender, Seed("recorder"), claims, RING, observe=recorder.observe), cases)
    check = checks["safety.unusable-certificate-never-clear"]
    results = {case.variant: runner.ask(case, case.steps[-1], check) for case in cases}
    assert not [result for result in results.values() if result.state is ResultState.ERROR]
    clear = [result for result in results.values() if result.findings]
    assert clear, {name: (result.state, result.reason) for name, result in results.items()}
    for exchange in recorder.exchanges.values():
        assert exchange.answer is not None
        assert "PlainValue>key:" in exchange.answer.body.text or exchange.answer.status != 200
    assert not [name for name, result in results.items() if "no private key" in result.reason]
