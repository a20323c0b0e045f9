"""W3C common boxes are nothing but KIDs; of Irdeto only the box is looked at."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.checks.drm.signalling import KID, PSSH, SECOND_KID, asking, of
from tests.checks.exchange import answered, finds, payload, says, text
from tests.drm.builders import box
from tests.refserver.asking import COMMON, IRDETO

SYSTEM = UUID(COMMON)


@pytest.mark.parametrize(
    ("check", "content", "words"),
    [
        ("common-pssh.version-1", box(system=SYSTEM), "a box of version 1; seen: version 0"),
        ("common-pssh.kids-and-no-data", box(system=SYSTEM, version=1), "at least one KID; seen: none"),
        ("common-pssh.kids-and-no-data", box(b"{}", system=SYSTEM, version=1, kids=[KID]), "DataSize 0; seen: 2 bytes"),
        ("common-pssh.version-1", box(system=SYSTEM, version=1, kids=[KID, SECOND_KID]), ""),
        ("common-pssh.kids-and-no-data", box(system=SYSTEM, version=1, kids=[KID, SECOND_KID]), ""),
        ("common-pssh.kids-and-no-data", box(system=SYSTEM), ""),
    ],
)
def test_a_common_box_lists_kids(check: str, content: bytes, words: str) -> None:
    said = finds(check, text(of(COMMON, "PSSH"), content), asking(COMMON, PSSH, "cenc"))
    assert (words in said) if words else said == ""


def test_a_box_of_irdeto_is_one_box_of_irdeto() -> None:
    check, ask, here = "irdeto.box-of-irdeto", asking(IRDETO, PSSH, "cenc"), of(IRDETO, "PSSH")
    assert says(check, answered(ask)) == ""
    assert "one box; seen: more after it" in finds(check, payload(here, lambda whole: whole + b"x"), ask)
    assert "one box; seen: more after it" in finds(check, payload(here, lambda whole: whole + whole), ask)
    assert f"system ID {IRDETO}; seen: {COMMON}" in finds(check, text(here, box(system=SYSTEM)), ask)
    assert finds(check, text(here, box(b"anything", system=UUID(IRDETO))), ask) == ""
