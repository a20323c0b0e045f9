"""What a request deserves, held against the expectation of every shipped case."""

from __future__ import annotations

import pytest

from conformance.cases import Seed, build_request, load_cases, resolve_plan
from conformance.checks import load_checks
from conformance.checks.refusals.deserved import ACCEPTED, EITHER, REFUSED, Deserved, deserved
from conformance.faultmatrix.baseline import RING
from conformance.model import Case, Step
from conformance.run.profile import load_profile

CLAIMS = load_profile("reference").claims
BY_CLAIMS = {"ERR-CONTRACT-NOT-SUPPORTED", "VERSIONS-20-UNCLAIMED", "VERSIONS-21-UNCLAIMED"}
"""Cases about what a server claims or forbids itself, which no request shows."""
BY_HISTORY = {("SAFE-CONTENTS", "same-kid")}
"""Steps whose request is unusual only after another: a KID that a server already knows from a second content."""


def _steps() -> list[tuple[Case, Step]]:
    return [(case, step) for case in load_cases(load_checks()) for step in case.steps if not step.use]


def _deserved(case: Case, step: Step) -> Deserved | None:
    assert CLAIMS is not None
    if step.expect.kind == "free" and step.plan.speke_version and step.plan.cpix_version:
        return None  # the whole request is of the other version, which a server claims or does not
    try:
        plan = resolve_plan(step.plan, CLAIMS)
    except Exception as reason:
        pytest.skip(f"not claimed: {reason}")
    if plan.follow or plan.credentials != "configured" or plan.transport != "configured":
        return None
    certificates = RING.certificate_texts(recipient.name for recipient in plan.recipients)
    built = build_request(step, plan, case.identity or case.name, Seed("s"), "http://x/", certificates).http
    return deserved(built.body, built.headers) if built.method == "POST" else None


@pytest.mark.parametrize(("case", "step"), _steps(), ids=lambda one: getattr(one, "name", None) or one.id)
def test_a_shipped_case_expects_what_its_request_deserves(case: Case, step: Step) -> None:
    found = None if case.sends_nothing else _deserved(case, step)
    if found is None or case.id in BY_CLAIMS or any(need.startswith("unclaimed.") for need in case.needs):
        pytest.skip("what becomes of it follows from more than the request")
    if (case.id, step.id) in BY_HISTORY:
        pytest.skip("what becomes of it follows from an earlier request")
    expect = step.expect
    if expect.kind == "refused":
        wanted = {name for name in (expect.message, *expect.alternatives) if name}
        assert (found.kind, set(found.messages)) == (REFUSED, wanted), found
        if step.requirements:
            assert set(found.requirements) & set(step.requirements), found
    elif expect.kind == "accepted":
        assert found.kind in (ACCEPTED, EITHER), found
        assert not found.advised, found
    else:
        # A case may let a server refuse a right request clearly, such as one with an unusual contentId.
        assert found.kind in (ACCEPTED, EITHER), found
