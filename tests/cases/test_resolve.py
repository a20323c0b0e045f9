"""A plan is asked with those DRM systems and that scheme which are claimed; where none is, it is not asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.cases import NotClaimed, contents_of, refuse_policy, resolve_case, resolve_plan
from conformance.catalogue import load_catalogue
from conformance.model import Case, Claims, Plan
from tests.cases.writing import read


def claims(*pairs: str, versions: str = "2.0 2.1", features: str = "", refuses: str = "") -> Claims:
    """Claims written as `widevine+cenc`."""
    schemes = frozenset((pair.partition("+")[0], pair.partition("+")[2]) for pair in pairs)
    return Claims(frozenset(versions.split()), schemes, frozenset(features.split()), tuple(refuses.split()))


def plan(mode: str, systems: str, schemes: str) -> Plan:
    """A plan that has not been resolved."""
    return Plan("2.0", tuple(schemes.split()), tuple(systems.split()), (), systems_mode=mode)


ALL_CBCS = ("widevine+cbcs", "playready+cbcs", "fairplay+cbcs")


@pytest.mark.parametrize(
    ("mode", "systems", "schemes", "claimed", "expected"),
    [
        ("exactly", "widevine fairplay", "cbcs", ALL_CBCS, ("cbcs", "widevine fairplay")),
        ("exactly", "widevine fairplay", "cenc cbcs", ALL_CBCS, ("cbcs", "widevine fairplay")),
        ("exactly", "widevine fairplay", "cbcs", ALL_CBCS[:2], "widevine with fairplay under cbcs is not claimed"),
        ("claimed-of", "widevine playready fairplay", "cbcs cenc", ALL_CBCS, ("cbcs", "widevine playready fairplay")),
        ("claimed-of", "fairplay widevine", "cbcs cenc", ("widevine+cenc",), ("cenc", "widevine")),
        ("claimed-of", "widevine playready", "cbcs cenc", ("playready+cbcs",), ("cbcs", "playready")),
        (
            "claimed-of",
            "widevine playready fairplay",
            "cbcs cenc",
            ("fairplay+cbcs", "widevine+cenc", "playready+cenc"),
            ("cenc", "widevine playready"),
        ),
        ("claimed-of", "widevine", "cbcs cenc", ("widevine+cenc", "widevine+cbcs"), ("cbcs", "widevine")),
        (
            "claimed-of",
            "widevine playready",
            "cbcs cenc",
            (),
            "widevine or playready under cbcs or cenc",
        ),
        ("one-of", "widevine playready fairplay", "cbcs", ALL_CBCS[1:], ("cbcs", "playready")),
        ("one-of", "widevine", "cbc1", ALL_CBCS, "widevine under cbc1 is not claimed"),
        ("asked", "fairplay widevine", "cenc cbcs", (), ("cenc", "fairplay widevine")),
    ],
)
def test_systems_and_scheme(
    mode: str, systems: str, schemes: str, claimed: tuple[str, ...], expected: tuple[str, str] | str
) -> None:
    if isinstance(expected, str):
        with pytest.raises(NotClaimed, match=expected):
            resolve_plan(plan(mode, systems, schemes), claims(*claimed))
    else:
        found = resolve_plan(plan(mode, systems, schemes), claims(*claimed))
        assert (found.scheme, " ".join(found.systems)) == expected
        assert found.schemes == (found.scheme,)


@pytest.mark.parametrize(
    ("need", "held"),
    [
        ("version.2.1", True),
        ("system.widevine", True),
        ("system.fairplay", False),
        ("scheme.cenc", True),
        ("scheme.cbcs", False),
        ("widevine+cenc", True),
        ("widevine+cbcs", False),
        ("rotation", True),
        ("key-encryption", False),
        ("policy.refuses.SHARED", True),
        ("policy.refuses.SHARED-UHD", False),
        ("policy.refuses", True),
    ],
)
def test_what_a_case_needs(need: str, held: bool) -> None:
    case = Case("A", "t", "w", "2.1", (), needs=(need,))
    given = claims("widevine+cenc", features="rotation", refuses="SHARED")
    if held:
        resolve_case(case, given)
    else:
        with pytest.raises(NotClaimed, match="is not claimed"):
            resolve_case(case, given)


def test_a_version_that_is_not_claimed() -> None:
    with pytest.raises(NotClaimed, match=r"SPEKE version 2\.1 is not claimed"):
        resolve_case(Case("A", "t", "w", "2.1", ()), claims("widevine+cenc", versions="2.0"))


def test_a_contract_that_the_policy_refuses_is_not_asked_for() -> None:
    rules = load_catalogue().contract("SHARED")
    asked = replace(plan("asked", "widevine", "cenc"), rules=rules)
    refuse_policy(asked, claims())
    with pytest.raises(NotClaimed, match="the contract SHARED is refused by the policy"):
        refuse_policy(asked, claims(refuses="SHARED"))


def test_the_contents_that_cases_ask_for(tmp_path: Path) -> None:
    cases = read(
        tmp_path,
        """
        - id: A
          title: t
          why: w
          steps:
            - {id: one, request: {content: A}}
            - {id: two, request: {content: B}}
            - {id: again, request: {content: A}, checks: [http.no-redirect]}
        - family: F
          title: t
          why: w
          versions: ["2.0"]
          control: {systems: {exactly: [fairplay]}}
          cases: [{id: F-ONE, title: t, expect: {refused: any}}]
        """,
    )
    assert contents_of(cases) == ["A-2.0#A", "A-2.0#B", "A-2.1#A", "A-2.1#B", "F-2.0#A"]
    assert contents_of(cases, claims("widevine+cenc", versions="2.0")) == ["A-2.0#A", "A-2.0#B"]
