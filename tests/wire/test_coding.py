"""Content-Encoding on its own: whatever the bytes, the outcome is a body, a problem, or too much."""

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.wire.coding import EncodingProblem, TooMuch, decode


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(st.binary(max_size=200), st.binary(max_size=200).map(b"\x1f\x8b\x08\x00".__add__)),
    st.sampled_from(["gzip", "deflate", "gzip, deflate", "br", "", ",,", "IDENTITY", "x-gzip,gzip"]),
)
def test_total(body: bytes, encoding: str) -> None:
    with contextlib.suppress(EncodingProblem, TooMuch):
        assert len(decode(body, encoding, 100)) <= max(100, len(body))
