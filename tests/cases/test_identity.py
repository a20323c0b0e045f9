"""Contents, KIDs and IVs follow from the seed: the same again for the same seed, and never the same twice otherwise."""

from __future__ import annotations

import base64
import re

import pytest

from conformance.cases.identity import ContentIds, Identity, Seed
from conformance.catalogue.yamlfile import DataError
from conformance.model import Place


def test_the_same_seed_gives_the_same_identities() -> None:
    one, two = (Seed("abc").identity("CASE-2.0", "B") for _ in range(2))
    assert one == two
    assert (one.kid(3, "p"), one.iv(3, "p"), one.period_id("p")) == (
        two.kid(3, "p"),
        two.iv(3, "p"),
        two.period_id("p"),
    )


def test_these_values_stay_what_they_are() -> None:
    # A report from last year can be repeated only while a seed means the same.
    identity = Seed("abc").identity("CASE-2.0")
    assert identity.content_id == "spk2c-abc-CASE-2-0"
    assert str(identity.kid(0)) == "ebc7cda9-df0d-49f3-b4e0-e7ec5c1465ae"
    assert identity.iv(0) == "1C9WmzTqSWGrzUIz5UP26A=="
    assert identity.period_id("p1") == "keyPeriod_1d52c581-d892-4951-a798-ad0c79ac337b"


def test_everything_that_differs_gives_other_kids_and_ivs() -> None:
    identities = [Seed(seed).identity(name, content) for seed in "ab" for name in "CD" for content in "EF"]
    kids = {one.kid(rule, period) for one in identities for rule in range(8) for period in ("", "p1", "p2")}
    ivs = {one.iv(rule, period) for one in identities for rule in range(8) for period in ("", "p1", "p2")}
    assert len(kids) == len(ivs) == 8 * 8 * 3
    assert len({one.content_id for one in identities}) == 8


def test_a_kid_is_a_random_uuid_whose_bytes_show_a_wrong_order() -> None:
    identity = Seed("x").identity("CASE")
    for number in range(500):
        kid = identity.kid(number)
        assert len(set(kid.bytes)) == 16
        assert kid.version == 4
        assert not 0x20 <= kid.bytes[0] < 0x7F
        assert kid.bytes_le != kid.bytes


def test_an_iv_has_16_bytes_and_a_period_id_is_a_name() -> None:
    identity = Seed("x").identity("CASE")
    assert len(base64.b64decode(identity.iv(0), validate=True)) == 16
    assert re.fullmatch(r"keyPeriod_[0-9a-f-]{36}", identity.period_id("p1"))


def test_a_seed_that_is_not_given_is_random() -> None:
    assert Seed().text != Seed().text
    assert re.fullmatch(r"[0-9a-f]{8}", Seed().text)


@pytest.mark.parametrize(
    ("ids", "content", "expected"),
    [
        (ContentIds(), "A", "spk2c-s-CASE-2-0-a-b"),
        (ContentIds(), "B", "spk2c-s-CASE-2-0-a-b-B"),
        (ContentIds(prefix="test/"), "A", "test/spk2c-s-CASE-2-0-a-b"),
        (ContentIds(pattern="vod:{id}:1"), "B", "vod:spk2c-s-CASE-2-0-a-b-B:1"),
    ],
)
def test_how_content_ids_are_made(ids: ContentIds, content: str, expected: str) -> None:
    identity = Seed("s", ids).identity("CASE[2.0]a/b", content)
    assert identity.content_id == expected
    assert identity.kid(0) == Identity("s", "CASE[2.0]a/b", content, "").kid(0)


def test_contents_from_a_list_are_given_out_once_each_in_order() -> None:
    seed = Seed("s", ContentIds(listed=("one", "two", "three")))
    seed.assign(["CASE#A", "CASE#B"])
    assert [seed.identity("CASE", label).content_id for label in "AB"] == ["one", "two"]
    assert seed.identity("CASE", "A").kid(0) != seed.identity("OTHER", "A").kid(0)


def test_a_probe_takes_the_first_of_the_list() -> None:
    seed = Seed("s", ContentIds(listed=("one", "two")))
    seed.assign(["CASE#A"])
    assert seed.identity("DISCOVERY-version-2.0").content_id == "one"


def test_a_list_that_is_too_short_is_refused_with_the_number_that_is_needed() -> None:
    seed = Seed("s", ContentIds(listed=("one",), place=Place("mine.yaml", 7)))
    with pytest.raises(DataError, match=r"mine\.yaml:7: the list holds 1 contents, but the cases of this run need 2"):
        seed.assign(["CASE#A", "CASE#B"])


def test_without_a_list_nothing_is_given_out() -> None:
    seed = Seed("s")
    seed.assign(["CASE#A"] * 5)
    assert seed.identity("CASE").content_id == "spk2c-s-CASE"
