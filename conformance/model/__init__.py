"""The words of the suite as types: requirement, plan, case, step, exchange, finding, verdict, outcome.

Everything here is a frozen value. This module imports nothing of ours, so that every other part can speak
the same language without depending on how a neighbour works.
"""

from conformance.model.case import Case, Expectation, Plan, PlannedFilter, PlannedPeriod, PlannedRule, Recipient, Step
from conformance.model.enums import CPIX_VERSION, VERSIONS, Confidence, Level, Outcome, Verdict
from conformance.model.exchange import (
    FETCHED,
    NOT_FETCHED,
    Exchange,
    HttpAnswer,
    HttpRequest,
    TlsSession,
    TransportFailure,
)
from conformance.model.finding import Claims, Finding, Result, ResultState, Unclaimed
from conformance.model.quoted import Kind, Quoted, plain, quoted
from conformance.model.requirement import Page, Place, Requirement, RequirementSet, Source

__all__ = [
    "CPIX_VERSION",
    "FETCHED",
    "NOT_FETCHED",
    "VERSIONS",
    "Case",
    "Claims",
    "Confidence",
    "Exchange",
    "Expectation",
    "Finding",
    "HttpAnswer",
    "HttpRequest",
    "Kind",
    "Level",
    "Outcome",
    "Page",
    "Place",
    "Plan",
    "PlannedFilter",
    "PlannedPeriod",
    "PlannedRule",
    "Quoted",
    "Recipient",
    "Requirement",
    "RequirementSet",
    "Result",
    "ResultState",
    "Source",
    "Step",
    "TlsSession",
    "TransportFailure",
    "Unclaimed",
    "Verdict",
    "plain",
    "quoted",
]
