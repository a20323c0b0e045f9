"""Who may use the proxy: no page in a browser, which would get answers that are signed with the operator's credentials.

A page of a stranger reaches a server on this machine in two ways. It asks across origins, and then the browser names
the `Origin`; or its own name is made to lead here (DNS rebinding), and then that name stands in `Host`. Encryptors name
no origin, and reach the proxy by its address or by a name that the operator knows.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Collection

from conformance.encryptor_audit.foreign_credentials import Headers
from conformance.model.headers import header_values

_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[^:\[\]/@\s]+)(?::(?P<port>\d{1,5}))?")


def names_of(host: str, known: Collection[str] = ()) -> frozenset[str]:
    """The names by which a server that listens there may be called, besides plain addresses."""
    return frozenset(name.lower().rstrip(".") for name in ("localhost", host, socket.gethostname(), *known))


def why_refused(headers: Headers, names: Collection[str]) -> str:
    """Why a request is not passed on, in a sentence; empty where it is."""
    if header_values(headers, "Origin"):
        return "It names an Origin, as browsers do and encryptors do not."
    hosts = [value.strip() for value in header_values(headers, "Host")]
    match = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
    if match is None:
        return "It needs one Host header with a name or an address."
    name = match["name"].lower().rstrip(".")
    if name in names or _is_address(name.strip("[]")):
        return ""
    return "Its Host is not a name of this proxy; if it is one, start the proxy with --known-as and that name."


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
