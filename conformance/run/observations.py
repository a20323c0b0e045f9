"""What a process keeps of the exchanges that it makes: their records, and their facts in the ledger."""

from __future__ import annotations

from collections.abc import Callable

from conformance.checks.context import Context
from conformance.ledger.book import Ledger
from conformance.recording.exchange_record import Recorder
from conformance.redaction.redactor import Redactor
from conformance.run.whole_run import enter


class Observations:
    """Takes in each exchange, those of discovery included; safe for use by several threads."""

    def __init__(self, new_redactor: Callable[[], Redactor]) -> None:
        self._new_redactor = new_redactor
        self.redactor = new_redactor()
        self.recorder = Recorder(self.redactor)
        self.ledger = Ledger()

    def observe(self, context: Context) -> None:
        """Record an exchange, and enter it in the ledger."""
        self.recorder.observe(context)
        enter(self.ledger, context, self.redactor)

    def forget_keys(self) -> None:
        """The keys that were seen are not kept longer than there are texts to be cleaned of them."""
        self.redactor = self.recorder.redactor = self._new_redactor()
