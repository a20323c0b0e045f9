"""Several endpoints of one key server offer the same."""

from __future__ import annotations

from tests.checks.exchange import answered, claims, says
from tests.checks.run.whole import whole

CHECK = "run.endpoints-offer-the-same"
FULL = claims()


def test_what_one_endpoint_lacks_is_told_of_that_one() -> None:
    small = claims(
        versions=frozenset({"2.0"}),
        schemes=FULL.schemes - {("widevine", "cenc")},
        features=FULL.features - {"key-encryption"},
    )
    said = says(CHECK, whole(found={"one": FULL, "two": small}))
    assert said.startswith(
        "two: what one offers; seen: it does not offer SPEKE 2.1, key encryption, widevine with cenc"
    )
    assert says(CHECK, whole(found={"one": small, "two": FULL})).startswith("one: what two offers")


def test_what_differs_both_ways_is_told_both_ways() -> None:
    other = claims(versions=frozenset({"2.1"}))
    said = says(CHECK, whole(found={"one": claims(versions=frozenset({"2.0"})), "two": other}))
    assert "it does not offer SPEKE 2.0" in said and "it does not offer SPEKE 2.1" in said


def test_endpoints_that_offer_the_same_are_right() -> None:
    assert says(CHECK, whole(found={"one": FULL, "two": claims()})) == ""
    # How many periods a request may have, say, is no capability that is discovered.
    assert says(CHECK, whole(found={"one": FULL, "two": claims(features=FULL.features - {"rotation"})})) == ""


def test_one_endpoint_has_nothing_to_agree_with() -> None:
    assert says(CHECK, whole(found={"one": FULL})).startswith("not applicable")
    assert says(CHECK, answered()).startswith("untestable")
