"""The words of the protocol as this server writes them: namespaces, schemes, versions.

Everything here is written down a second time on purpose; nothing is shared with the suite that judges.
"""

from __future__ import annotations

from typing import Final

CPIX: Final = "urn:dashif:org:cpix"
PSKC: Final = "urn:ietf:params:xml:ns:keyprov:pskc"
DSIG: Final = "http://www.w3.org/2000/09/xmldsig#"
XENC: Final = "http://www.w3.org/2001/04/xmlenc#"
CENC: Final = "urn:mpeg:cenc:2013"
MSPR: Final = "urn:microsoft:playready"
SPEKE_V1: Final = "urn:aws:amazon:com:speke"

NAMESPACES: Final[dict[str, str]] = {"cpix": CPIX, "pskc": PSKC, "ds": DSIG, "enc": XENC}

CENC_SCHEMES: Final = ("cenc", "cbc1", "cens", "cbcs")
HLS_METHODS: Final = ("AES-128", "SAMPLE-AES", "SAMPLE-AES-CTR")

CPIX_VERSION_OF: Final[dict[str, str]] = {"2.0": "2.3", "2.1": "2.4"}


def cpix(local: str) -> str:
    """Give the lxml tag of a CPIX element."""
    return f"{{{CPIX}}}{local}"


def pskc(local: str) -> str:
    """Give the lxml tag of a PSKC element."""
    return f"{{{PSKC}}}{local}"


def dsig(local: str) -> str:
    """Give the lxml tag of an XML signature element."""
    return f"{{{DSIG}}}{local}"


def xenc(local: str) -> str:
    """Give the lxml tag of an XML encryption element."""
    return f"{{{XENC}}}{local}"
