"""The register: what a check is, how it is run, and that each one counts somewhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.catalogue import load_catalogue
from conformance.checks import load_checks
from conformance.checks.context import Context
from conformance.checks.registry import (
    MOST_COUNTED,
    MOST_FINDINGS,
    Check,
    Need,
    NotApplicable,
    Register,
    Subject,
    Untestable,
    each,
    make_check,
    resolved,
)
from conformance.faultmatrix.heaviest_level import heaviest
from conformance.model import VERSIONS, Finding
from conformance.run.profile import load_profile, profiles_directory
from tests.checks.exchange import answered, payload, says


def finding(context: Context) -> Iterator[Finding]:
    """Nothing is wrong.

    And here is
    why.
    """
    yield Finding("here", "this", "that")


def test_a_check_says_in_its_first_line_what_is_true_when_it_passes() -> None:
    check = make_check("a.b", finding.__doc__ or "", ["X"], finding)
    assert (check.question, check.explanation, check.topic) == ("Nothing is wrong", "And here is why.", "a")
    assert check.module == __name__ and check.applies(answered().shape)


@pytest.mark.parametrize(
    ("traits", "subject"),
    [
        ({}, Subject.ACCEPTED),
        ({"subject": Subject.REFUSAL}, Subject.REFUSAL),
        ({"expects": ("refused",)}, Subject.EXPECTATION),
        ({"partners": lambda context: ()}, Subject.RELATION),
    ],
)
def test_what_it_expects_or_compares_with_makes_its_subject(traits: dict[str, object], subject: Subject) -> None:
    assert make_check("a.b", "Text", ["X"], finding, **traits).subject is subject  # type: ignore[arg-type]


def test_a_check_without_a_text_or_a_requirement_is_none() -> None:
    with pytest.raises(ValueError, match="no docstring"):
        make_check("a.b", " ", ["X"], finding)
    with pytest.raises(ValueError, match="names no requirement"):
        make_check("a.b", "Text", [], finding)
    assert make_check("a.b", "Text", [], finding, from_case=True).requirements == ()


def test_an_id_is_given_once() -> None:
    register = Register()
    register.add(make_check("a.b", "Text", ["X"], finding))
    with pytest.raises(ValueError, match=r"two checks are named a\.b"):
        register.add(make_check("a.b", "Text", ["X"], finding))


def many(number: int) -> Check:
    def ask(context: Context) -> Iterator[Finding]:
        yield from (Finding(str(place), "this", "that") for place in range(number))

    return make_check("a.b", "Text", ["X"], ask)


@pytest.mark.parametrize(
    ("number", "told", "last"),
    [
        (0, 0, ""),
        (MOST_FINDINGS, MOST_FINDINGS, "that"),
        (MOST_FINDINGS + 1, MOST_FINDINGS + 1, "and 1 more, which are not listed"),
        (
            MOST_FINDINGS + MOST_COUNTED + 9,
            MOST_FINDINGS + 1,
            f"and at least {MOST_COUNTED} more, which are not listed",
        ),
    ],
)
def test_of_very_many_findings_the_first_are_told_and_the_rest_is_counted(number: int, told: int, last: str) -> None:
    found = many(number).run(answered())
    assert len(found) == told and (found[-1].seen if found else "") == last


def test_a_comparison_without_a_partner_and_keys_that_cannot_be_looked_at_are_open() -> None:
    alone = make_check("a.b", "Text", ["X"], finding, partners=lambda context: ())
    with pytest.raises(Untestable, match="the exchange to compare with is missing"):
        alone.run(answered())
    doubted = answered(
        None,
        payload("(//cpix:ContentKey)[1]//pskc:ValueMAC", lambda mac: mac[::-1]),
        recipients=("rsa-2048",),
    )
    silent = make_check("a.b", "Text", ["X"], lambda context: (), need=Need.KEYS)
    with pytest.raises(Untestable, match="is not judged"):
        silent.run(doubted)
    assert make_check("a.b", "Text", ["X"], finding, need=Need.KEYS).run(doubted)


def test_findings_that_are_not_there_are_left_out() -> None:
    one = Finding("a", "b", "c")
    assert list(each([None, one, None])) == [one]


def test_an_alias_of_a_requirement_is_registered_under_its_own_id() -> None:
    assert resolved(["CPX-D12", "SPK20-ROOT-012"]) == ("SPK20-ROOT-012",)
    assert load_checks()["document.root-is-cpix"].requirements == ("SPK20-HTTP-012",)
    assert issubclass(NotApplicable, Exception) and not issubclass(NotApplicable, Untestable)


# --- all of them


def test_requirements_are_registered_under_their_own_ids() -> None:
    names = load_catalogue().requirements
    for check in load_checks().values():
        assert set(check.requirements) <= set(names), check.id


def test_every_check_has_a_level_in_some_set_and_is_asked_by_some_profile() -> None:
    profiles = [load_profile(path.stem) for path in profiles_directory().glob("*.yaml") if path.stem != "template"]
    sets = {name for one in profiles for name in (*one.requires, *one.reports)}
    held = {name for one in sets for version in VERSIONS for name in load_catalogue().resolve_set(one, version)}
    idle = [check.id for check in load_checks().values() if not check.from_case and not held & set(check.requirements)]
    assert idle == [], "no shipped profile asks these in any version: name a rule that a set holds"
    weightless = [
        check.id for check in load_checks().values() if any(heaviest(name) is None for name in check.requirements)
    ]
    assert weightless == []


def test_a_relation_has_partners_and_only_an_expectation_is_brought() -> None:
    def wrong(check: Check) -> bool:
        relation = check.subject is Subject.RELATION
        return relation != (check.partners is not None) or (
            bool(check.expects) and check.subject is not Subject.EXPECTATION
        )

    assert [check.id for check in load_checks().values() if wrong(check)] == []


@pytest.mark.parametrize("name", sorted(one.id for one in load_checks().values() if one.partners))
def test_a_comparison_without_a_partner_is_open_and_no_error(name: str) -> None:
    said = says(name, answered())
    assert said.startswith(("untestable: the exchange to compare with", "is not asked of such a request"))
