"""Which requests a fault can touch: said before anything is answered, so that a proof need not play the rest."""

from __future__ import annotations

from typing import Final

from conformance.refserver.config import Config
from conformance.refserver.exchange import HttpRequest
from conformance.refserver.facts import ONLY_WITH_THE_ANSWER, Facts
from conformance.refserver.faults.model import Fault
from conformance.refserver.parsing import parse
from conformance.refserver.reading import read
from conformance.refserver.refusals import Refusal
from conformance.refserver.state import Turn

_COUNTED: Final = frozenset({"request-number", "refusals-before", "connection"})
_REMEMBERING_OPS: Final = frozenset({"replay", "wait-for-company", "wait-for-twin"})
_REMEMBERING_TEXT: Final = "{key-before-hex}"
_REMEMBERING_VALUES: Final = frozenset(
    {"by-refusals", "of-company", "by-company", "by-twin", "by-eviction", "of-request-before"}
)


def trigger_facts(request: HttpRequest, accepted: bool) -> Facts:
    """Give what is known of a request that the right server accepts or refuses."""
    try:
        asked = read(parse(request.body, Config().maximum_body))
    except Refusal:
        asked = None
    return Facts(request, Turn(1, 0), asked, "accepted" if accepted else "refused")


def needs_company(fault: Fault) -> bool:
    """Say whether a fault shows only when several requests are under way."""
    return any(op.name in ("wait-for-company", "wait-for-twin") for op in fault.do)


def remembers(fault: Fault) -> bool:
    """Say whether what a fault does to one request depends on the requests before it."""
    if any(_REMEMBERING_TEXT in str(dict(op.arguments)) for op in fault.do):
        return True
    return any(op.name in _REMEMBERING_OPS or op.get("value") in _REMEMBERING_VALUES for op in fault.do) or any(
        condition.fact in _COUNTED for condition in fault.when
    )


def can_touch(fault: Fault, facts: Facts) -> bool:
    """Say whether a fault can change the answer to a request; True where that is not known beforehand."""
    accepted = facts.status == "accepted"
    if accepted and all(op.name == "drop-check" for op in fault.do):
        return False
    if not accepted and (fault.carrier or set(fault.seams) <= {"keys", "answer"}):
        return False
    late = ONLY_WITH_THE_ANSWER - {"status"} if fault.seams == ("http",) else ONLY_WITH_THE_ANSWER
    return all(
        condition.holds(facts.value(condition.fact))
        for condition in fault.when
        if condition.fact not in late | _COUNTED
    )
