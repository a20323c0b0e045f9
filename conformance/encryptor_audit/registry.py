"""The register of questions about a request: the encryptor's duties, and what its answers say over time.

It is a register of its own, because the questions to key servers are proven by faults of the reference server and
these cannot be: no server makes a request.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping

from conformance.checks import registry
from conformance.checks.context import Context
from conformance.checks.registry import Check, Need, Register, resolved
from conformance.encryptor_audit.observed_exchange import ObservedExchange
from conformance.model import Finding

Ask = Callable[[ObservedExchange], Iterable[Finding]]

_MODULES = ("request_checks_http", "request_checks_document", "request_checks_contract")
_DUTIES = Register()


def request_check(id: str, *requirements: str) -> Callable[[Ask], Ask]:
    """Register a question about a request under its id, with the rules of the encryptor that it speaks for."""

    def register(ask: Ask) -> Ask:
        _DUTIES.add(make_check(id, ask.__doc__ or "", resolved(requirements), ask))
        return ask

    return register


def make_check(id: str, text: str, requirements: tuple[str, ...], ask: Ask, need: Need = Need.EXCHANGE) -> Check:
    """A question that looks at an exchange that came by; the first line of the text is what is true when it passes."""

    def asked(context: Context) -> Iterable[Finding]:
        assert isinstance(context, ObservedExchange)
        return ask(context)

    asked.__module__ = ask.__module__
    return registry.make_check(id, text, requirements, asked, need=need)


def load_request_checks() -> Mapping[str, Check]:
    """All duties by id."""
    for name in _MODULES:
        importlib.import_module(f"conformance.encryptor_audit.{name}")
    return _DUTIES.in_order()
