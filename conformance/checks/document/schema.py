"""The question that is put to a witness: what does the schema of this SPEKE version say of the answer?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.checks.context import Context
from conformance.checks.registry import check
from conformance.cpix.schema_sentences import Complaint
from conformance.cpix.schema_witness import ask
from conformance.model import Finding

_NUMBER = re.compile(r"\[\d+\]")


@check("schema.profile-schema-valid", "ADV-SCHEMA-001")
def profile_schema_valid(ctx: Context) -> Iterator[Finding]:
    """The answer is valid against the schema of its SPEKE version that comes with this suite.

    The schema allows any order and counts nothing. It is a witness: what it complains about and what matters has a
    check of its own, and what it complains about in the request already is the request's.
    """
    testimony = ask(ctx.document.element, ctx.version)
    if testimony.valid:
        return
    asked = {_kind(one) for one in ask(ctx.request.element, ctx.version).complaints}
    for complaint in testimony.complaints:
        if _kind(complaint) not in asked:
            yield Finding(complaint.where, complaint.expected, complaint.seen)


def _kind(complaint: Complaint) -> tuple[str, str, str]:
    """What a complaint is about, wherever among its siblings it stands."""
    return _NUMBER.sub("", complaint.where), complaint.expected, complaint.seen
