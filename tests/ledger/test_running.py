"""The laws of keys with each answer: in one process, across processes, and with bounded memory."""

from __future__ import annotations

from dataclasses import replace

from conformance.ledger.running import ONE_KEY, OWN_KEYS, Entry, RunningLedger

KEY = Entry("film", "kid-1", "", "cbcs", b"11111111", True, "channel 0, turn 0")


def test_the_same_key_again_is_right() -> None:
    ledger = RunningLedger()
    assert list(ledger.take([KEY, replace(KEY, place="channel 0, turn 1")])) == []


def test_another_key_for_the_same_kid() -> None:
    ledger = RunningLedger()
    later = replace(KEY, value=b"22222222", place="channel 0, turn 1")
    assert list(ledger.take([KEY, later])) == [(ONE_KEY, "channel 0, turn 1, channel 0, turn 0")]


def test_another_period_has_another_key() -> None:
    ledger = RunningLedger()
    assert list(ledger.take([replace(KEY, index="1"), replace(KEY, index="2", value=b"22222222")])) == []


def test_two_kids_with_one_key() -> None:
    ledger = RunningLedger()
    other = replace(KEY, kid="kid-2", content="other", place="channel 1, turn 0")
    assert list(ledger.take([KEY, other])) == [(OWN_KEYS, "channel 1, turn 0, channel 0, turn 0")]
    assert list(RunningLedger().take([replace(KEY, telling=False), replace(other, telling=False)])) == []


def test_what_two_processes_saw_is_compared_by_a_third() -> None:
    one, other, master = RunningLedger(), RunningLedger(), RunningLedger()
    assert not list(one.take([KEY])) and not list(other.take([replace(KEY, value=b"22222222", place="elsewhere")]))
    found = [*master.take(one.drained()), *master.take(other.drained())]
    assert found == [(ONE_KEY, "elsewhere, channel 0, turn 0")]
    assert one.drained() == []


def test_memory_is_bounded_and_what_is_known_is_still_compared() -> None:
    ledger = RunningLedger(most=2)
    many = [replace(KEY, kid=f"kid-{number}", value=bytes([number]) * 8) for number in range(10)]
    assert list(ledger.take(many)) == []
    assert len(ledger.drained()) == 2
    assert [check for check, _ in ledger.take([replace(many[0], value=b"x" * 8)])] == [ONE_KEY]
