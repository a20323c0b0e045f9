"""The words of the suite as types: requirement, plan, case, step, exchange, finding, verdict, outcome.

Everything here is a frozen value. This module imports nothing of ours, so that every other part can speak
the same language without depending on how a neighbour works.
"""

from conformance.model.case import (
    ACCEPTED,
    EITHER,
    FREE,
    MESSAGE,
    REFUSED,
    WHOLE_RUN,
    Case,
    Expectation,
    Plan,
    PlannedFilter,
    PlannedPeriod,
    PlannedRule,
    Recipient,
    Step,
    at_endpoint,
    endpoint_of,
    without_endpoint,
)
from conformance.model.enums import CPIX_VERSION, VERSIONS, Confidence, Level, Outcome, SetGroup, Verdict
from conformance.model.exchange import (
    FETCHED,
    NOT_FETCHED,
    Exchange,
    HttpAnswer,
    HttpRequest,
    TlsSession,
    TransportFailure,
)
from conformance.model.finding import Claims, Finding, Result, ResultState, Unclaimed, finding_id
from conformance.model.quoted import Kind, Quoted, plain, quoted
from conformance.model.requirement import Page, Place, Requirement, RequirementSet, Source

__all__ = [
    "ACCEPTED",
    "CPIX_VERSION",
    "EITHER",
    "FETCHED",
    "FREE",
    "MESSAGE",
    "NOT_FETCHED",
    "REFUSED",
    "VERSIONS",
    "WHOLE_RUN",
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
    "SetGroup",
    "Source",
    "Step",
    "TlsSession",
    "TransportFailure",
    "Unclaimed",
    "Verdict",
    "at_endpoint",
    "endpoint_of",
    "finding_id",
    "plain",
    "quoted",
    "without_endpoint",
]
