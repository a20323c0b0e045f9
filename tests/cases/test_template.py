"""A literal request with slots, as an encryptor really sent it."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.cases.defects import DefectError
from tests.cases.writing import RING, built, one, texts, tree

TEMPLATE = """<?xml version="1.0"?>
<c:CPIX xmlns:c="urn:dashif:org:cpix" contentId="{{contentId}}" version="{{ version }}">
  <c:ContentKey kid="{{kid.1}}" explicitIV="{{iv.1}}" commonEncryptionScheme="{{scheme}}"/>
  <c:ContentKey kid="{{kid.2}}" explicitIV="{{iv.2}}" commonEncryptionScheme="{{scheme}}"/>
  <c:Period id="{{period.1}}"/>
  <c:Certificate>{{certificate}}</c:Certificate>
  {{{not-a-slot}}}
</c:CPIX>"""


def template(folder: Path, extra: str = "") -> str:
    """A step that sends the template, which lies beside the case's file."""
    (folder / "topic").mkdir(exist_ok=True)
    (folder / "topic" / "sent.xml").write_text(TEMPLATE, encoding="utf-8")
    return f"request: {{template: sent.xml, encrypt-to: [rsa-2048], scheme: cbcs{extra}}}"


def test_the_slots_are_filled_with_the_identity_of_the_case(tmp_path: Path) -> None:
    root = tree(built(one(tmp_path, template(tmp_path))))
    planned = tree(built(one(tmp_path, "request: {scheme: cbcs}")))
    assert root.get("contentId") == planned.get("contentId")
    assert root.get("version") == "2.3"
    for name in ("kid", "explicitIV", "commonEncryptionScheme"):
        assert texts(root, f"//cpix:ContentKey/@{name}") == texts(planned, f"//cpix:ContentKey/@{name}")
    assert texts(root, "//cpix:Certificate/text()") == [RING.certificate_text("rsa-2048")]
    assert texts(root, "//cpix:Period/@id")[0].startswith("keyPeriod_")
    assert b"{{{not-a-slot}}}" in built(one(tmp_path, template(tmp_path))).body


def test_values_are_escaped(tmp_path: Path) -> None:
    step = one(tmp_path, template(tmp_path))
    request = built(step, name="A-CASE")
    assert tree(request).get("contentId") == "spk2c-tests-A-CASE"


def test_text_operations_apply_and_tree_operations_do_not(tmp_path: Path) -> None:
    fields = template(tmp_path)
    assert b"c:XIPC" in built(one(tmp_path, f"{fields}\ndefect: [{{replace: {{this: 'c:CPIX', by: 'c:XIPC'}}}}]")).body
    with pytest.raises(DefectError, match="no longer a tree"):
        built(one(tmp_path, f"{fields}\ndefect: [{{remove: //cpix:ContentKey}}]"))
