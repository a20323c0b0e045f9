"""Says which value stands in the place of the expected one, and whose it is: "another one" helps nobody."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from conformance.checks.context import Context
from conformance.checks.drm.drm_payloads import DecodedValue, Source
from conformance.drm.recognised import recognised

MOST_NAMES = 4
_OF_NO_ACCOUNT = frozenset({"offset", "start", "end"})


def which(ctx: Context, item: DecodedValue[Any], value: Any, wanted: Any, source: Source[Any]) -> str:
    """The value that was seen: that of another DRMSystem, if it is one, else where it departs from the wanted one."""
    for other in source(ctx).items:
        if other.signal is not item.signal and other.value == value:
            return f"that of another DRMSystem ({other.signal.name})"
    if isinstance(value, bytes) and isinstance(wanted, bytes):
        return which_bytes(value, wanted)
    names = _differing(value, wanted)
    return f"one that differs in {', '.join(names[:MOST_NAMES])}" if names else "one that is written differently"


def which_bytes(value: bytes, wanted: bytes) -> str:
    """What bytes are in place of others, and from where on they differ."""
    what = "" if value[4:8] == wanted[4:8] else recognised(value)
    if what:
        return what
    at = next((nth for nth, (one, other) in enumerate(zip(value, wanted, strict=False)) if one != other), None)
    if at is None:
        return f"{len(value)} bytes in place of {len(wanted)}, of which the first {min(len(value), len(wanted))} agree"
    return f"{len(value)} bytes in place of {len(wanted)}, different from byte {at} on"


def _differing(value: Any, wanted: Any, above: str = "") -> list[str]:
    """Names of the parts that differ, the innermost that have one."""
    if type(value) is not type(wanted) or not is_dataclass(value):
        return [above] if value != wanted and above else []
    found: list[str] = []
    for one in fields(value):
        if one.name not in _OF_NO_ACCOUNT:
            found += _differing(getattr(value, one.name), getattr(wanted, one.name), one.name.replace("_", " "))
    return list(dict.fromkeys(found))
