"""The built-in reference key server: SPEKE 2.0 and 2.1, right by default and wrong on demand."""

from __future__ import annotations

from conformance.refserver.answering import answer
from conformance.refserver.checklist import CHECKS
from conformance.refserver.config import Config, Recipe, RefusedContract, Style
from conformance.refserver.exchange import Behaviour, HttpAnswer, HttpRequest
from conformance.refserver.faults import Fault, FaultError, load_faults
from conformance.refserver.http import Server, start_server
from conformance.refserver.process import ServerProcess
from conformance.refserver.state import ServerState

__all__ = [
    "CHECKS",
    "Behaviour",
    "Config",
    "Fault",
    "FaultError",
    "HttpAnswer",
    "HttpRequest",
    "Recipe",
    "RefusedContract",
    "Server",
    "ServerProcess",
    "ServerState",
    "Style",
    "answer",
    "load_faults",
    "start_server",
]
