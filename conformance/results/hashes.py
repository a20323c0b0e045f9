"""Two hashes: what makes two runs comparable, and what they were run with."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from conformance.results.run_facts import RunFacts


def baseline_hash(run: RunFacts) -> str:
    """SHA-256 (hex) over tool, catalogue, profile, claims, cases and checks: equal where two runs ask the same."""
    profile, claims = run.profile, run.claims
    return _sha256(
        {
            "tool": run.tool_version,
            "catalogue": run.catalogue.digest,
            "profile": [profile.name, profile.requires, profile.reports, profile.only_cases],
            "known": sorted(entry.finding for entry in profile.known),
            "strict": run.record.strict,
            "claims": [
                sorted(claims.versions),
                sorted(claims.schemes),
                sorted(claims.features),
                sorted(claims.refuses),
            ],
            "cases": sorted(case.name for case in run.cases),
            "checks": sorted(run.checks),
        }
    )


def environment_hash(run: RunFacts) -> str:
    """SHA-256 (hex) over Python, system and library versions, and how the server was reached."""
    return _sha256(
        {
            **run.environment,
            "scheme": run.record.target.scheme,
            "auth": run.record.auth["kind"],
            "insecure": run.record.insecure,
        }
    )


def _sha256(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=list).encode()).hexdigest()
