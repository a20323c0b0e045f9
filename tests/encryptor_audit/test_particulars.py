"""What makes a finding new to an audit that sees the same traffic all day."""

from __future__ import annotations

import pytest

from conformance.encryptor_audit.particulars import generalised


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("KID 18730747-8f34-4fb7-925e-29f015bdc34a", "KID fe146447-741d-48db-a6ff-2ec094878a42"),
        ("key:0a1b2c3d at ContentKey[3]", "key:ffffffff at ContentKey[12]"),
        ("'AAAAAAAAAAAAAAA1AAAA=='", "'QmFzZTY0IGlzIHRoaXM5'"),
    ],
)
def test_particulars_make_nothing_new(one: str, other: str) -> None:
    assert generalised(one) == generalised(other)


def test_words_do() -> None:
    assert generalised("the key is missing") != generalised("the rule is missing")
