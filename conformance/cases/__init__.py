"""From YAML to requests: cases, plans, named defects, and the documents that follow from a plan and a seed."""

from conformance.cases.identity import Identity, Seed
from conformance.cases.library import load_cases
from conformance.cases.request import build_request
from conformance.cases.resolve import NotClaimed, contents_of, only_offers, refuse_policy, resolve_case, resolve_plan
from conformance.cases.values import cases_directory

__all__ = [
    "Identity",
    "NotClaimed",
    "Seed",
    "build_request",
    "cases_directory",
    "contents_of",
    "load_cases",
    "only_offers",
    "refuse_policy",
    "resolve_case",
    "resolve_plan",
]
