"""Pairs of request and answer: by KID, by rule, by position; KID override that is whole, partial or wrong."""

import time
import uuid
from collections.abc import Sequence

from conformance.cpix.align import Alignment, align
from conformance.cpix.reader import Cpix, read
from conformance.cpix.xml import CPIX

WIDEVINE = "edef8ba9-79d6-4ace-a3c8-27dcd51d21ed"
PLAYREADY = "9a04f079-9840-4286-ab92-e65be0885f95"
A, B, C, X, Y, Z = (str(uuid.uuid5(uuid.NAMESPACE_URL, name)) for name in "ABCXYZ")

Drm = Sequence[tuple[str | None, str]]
Rules = Sequence[tuple[str | None, str]]


def document(
    keys: Sequence[str | None], drm: Drm | None = None, rules: Rules | None = None, periods: Sequence[str] = ("p",)
) -> Cpix:
    """A document; by default each key has Widevine and PlayReady and a rule T0, T1 ... in the period p."""
    if drm is None:
        drm = [(kid, system) for kid in keys for system in (WIDEVINE, PLAYREADY)]
    if rules is None:
        rules = [(kid, f"T{i}") for i, kid in enumerate(keys)]

    def kid_of(kid: str | None) -> str:
        return "" if kid is None else f' kid="{kid}"'

    parts = {
        "ContentKeyList": [f"<ContentKey{kid_of(kid)}/>" for kid in keys],
        "DRMSystemList": [f'<DRMSystem{kid_of(kid)} systemId="{system}"/>' for kid, system in drm],
        "ContentKeyPeriodList": [f'<ContentKeyPeriod id="{name}"/>' for name in periods],
        "ContentKeyUsageRuleList": [
            f'<ContentKeyUsageRule{kid_of(kid)} intendedTrackType="{role}"><KeyPeriodFilter periodId="p"/>'
            f"<VideoFilter/></ContentKeyUsageRule>"
            for kid, role in rules
        ],
    }
    inner = "".join(f"<{name}>{''.join(children)}</{name}>" for name, children in parts.items())
    return read(f'<CPIX xmlns="{CPIX}">{inner}</CPIX>'.encode())


ASKED = document([A, B])


def answered_kids(alignment: Alignment) -> list[str | None]:
    return [pair.answered.kid if pair.answered else None for pair in alignment.keys]


def drm_kids(alignment: Alignment) -> list[str | None]:
    return [pair.answered.kid if pair.answered else None for pair in alignment.drm]


def rule_kids(alignment: Alignment) -> list[str | None]:
    return [pair.answered.kid if pair.answered else None for pair in alignment.rules]


def is_complete(alignment: Alignment) -> bool:
    answers = (
        *(pair.answered for pair in alignment.keys),
        *(pair.answered for pair in alignment.drm),
        *(pair.answered for pair in alignment.rules),
        *(pair.answered for pair in alignment.periods),
    )
    extras = (alignment.extra_keys, alignment.extra_drm, alignment.extra_rules, alignment.extra_periods)
    return None not in answers and not any(extras)


def kid_map(alignment: Alignment) -> dict[str, str]:
    return {str(before): str(after) for before, after in alignment.kid_map.items()}


def test_an_echo_pairs_everything() -> None:
    alignment = align(ASKED, document([A, B]))
    assert is_complete(alignment) and not alignment.overridden and not alignment.conflicts
    assert kid_map(alignment) == {A: A, B: B}
    assert [pair.key for pair in alignment.drm] == [alignment.keys[i] for i in (0, 0, 1, 1)]
    assert [pair.key for pair in alignment.rules] == list(alignment.keys)


def test_order_and_letter_case_do_not_matter() -> None:
    answer = document(
        [B.upper(), A],
        [(B, PLAYREADY.upper()), (A, WIDEVINE), (A.upper(), PLAYREADY), (B, WIDEVINE)],
        [(B, "T1"), (A, "T0")],
    )
    alignment = align(ASKED, answer)
    assert is_complete(alignment) and not alignment.overridden and not alignment.conflicts
    assert answered_kids(alignment) == [A, B.upper()]
    assert rule_kids(alignment) == [A, B]


def test_a_whole_override_goes_by_the_rules() -> None:
    answer = document([Y, X], rules=[(X, "T0"), (Y, "T1")])
    alignment = align(ASKED, answer)
    assert is_complete(alignment) and alignment.overridden and not alignment.conflicts
    assert kid_map(alignment) == {A: X, B: Y}
    assert drm_kids(alignment) == [X, X, Y, Y]


def test_an_override_of_one_key_only() -> None:
    alignment = align(ASKED, document([A, Y]))
    assert is_complete(alignment) and alignment.overridden and not alignment.conflicts
    assert kid_map(alignment) == {A: A, B: Y}


def test_an_override_in_content_keys_only_is_a_conflict_that_names_the_other_places() -> None:
    answer = document([X, Y], [(k, s) for k in (A, B) for s in (WIDEVINE, PLAYREADY)], [(A, "T0"), (B, "T1")])
    alignment = align(ASKED, answer)
    assert is_complete(alignment) and alignment.overridden
    assert kid_map(alignment) == {A: X, B: Y}
    assert drm_kids(alignment) == [A, A, B, B]
    assert len(alignment.conflicts) == 2
    first = alignment.conflicts[0]
    assert f"{X} in ContentKey (/CPIX/ContentKeyList/ContentKey[1])" in first
    assert "DRMSystem (/CPIX/DRMSystemList/DRMSystem[1])" in first
    assert "ContentKeyUsageRule (/CPIX/ContentKeyUsageRuleList/ContentKeyUsageRule[1])" in first


def test_an_override_in_drm_systems_only_names_them() -> None:
    answer = document([A, B], [(k, s) for k in (X, Y) for s in (WIDEVINE, PLAYREADY)])
    alignment = align(ASKED, answer)
    assert is_complete(alignment) and alignment.overridden
    assert kid_map(alignment) == {A: A, B: B}
    assert drm_kids(alignment) == [X, X, Y, Y]
    assert all("but" in text and text.split("but")[1].count("DRMSystem (") == 1 for text in alignment.conflicts)
    assert len(alignment.conflicts) == 2


def test_an_override_in_rules_only_names_them() -> None:
    alignment = align(ASKED, document([A, B], rules=[(X, "T0"), (Y, "T1")]))
    assert is_complete(alignment) and alignment.overridden
    assert rule_kids(alignment) == [X, Y]
    assert len(alignment.conflicts) == 2
    assert all("ContentKeyUsageRule (" in text.split("but")[1] for text in alignment.conflicts)


def test_one_drm_system_that_was_forgotten_is_named() -> None:
    answer = document([X, Y], [(X, WIDEVINE), (A, PLAYREADY), (Y, WIDEVINE), (Y, PLAYREADY)])
    alignment = align(ASKED, answer)
    assert is_complete(alignment)
    (conflict,) = alignment.conflicts
    assert f"but {A} in DRMSystem (/CPIX/DRMSystemList/DRMSystem[2])" in conflict


def test_two_keys_that_became_one() -> None:
    alignment = align(ASKED, document([X, X]))
    assert is_complete(alignment)
    (conflict,) = alignment.conflicts
    assert A in conflict and B in conflict and X in conflict


def test_rules_that_swap_their_keys() -> None:
    alignment = align(ASKED, document([A, B], rules=[(B, "T0"), (A, "T1")]))
    assert kid_map(alignment) == {A: A, B: B} and alignment.overridden
    assert rule_kids(alignment) == [B, A] and len(alignment.conflicts) == 2


def test_a_dropped_key_is_missing_and_nothing_else_moves() -> None:
    alignment = align(document([A, B, C]), document([A, C], rules=[(A, "T0"), (B, "T1"), (C, "T2")]))
    assert answered_kids(alignment) == [A, None, C]
    assert drm_kids(alignment) == [A, A, None, None, C, C]
    assert rule_kids(alignment) == [A, B, C] and not alignment.conflicts


def test_a_dropped_key_under_override() -> None:
    alignment = align(document([A, B, C]), document([X, Z], rules=[(X, "T0"), (Z, "T2")]))
    assert answered_kids(alignment) == [X, None, Z]
    assert rule_kids(alignment) == [X, None, Z]
    assert not alignment.conflicts


def test_additions_are_extra() -> None:
    alignment = align(ASKED, document([A, B, C], periods=("p", "q")))
    assert [key.kid for key in alignment.extra_keys] == [C]
    assert [(one.kid, one.system_id) for one in alignment.extra_drm] == [(C, WIDEVINE), (C, PLAYREADY)]
    assert [rule.kid for rule in alignment.extra_rules] == [C]
    assert [period.id for period in alignment.extra_periods] == ["q"]
    assert not alignment.conflicts and not alignment.overridden


def test_a_repeated_drm_system_leaves_the_other_one_paired_by_order() -> None:
    answer = document([A, B], [(B, WIDEVINE), (B, PLAYREADY), (B, WIDEVINE), (A, PLAYREADY)])
    alignment = align(ASKED, answer)
    assert drm_kids(alignment) == [B, A, B, B]
    assert len(alignment.conflicts) == 1


def test_renamed_rules_keep_their_key() -> None:
    alignment = align(ASKED, document([A, B], rules=[(B, "OTHER"), (A, "THING")]))
    assert rule_kids(alignment) == [A, B] and not alignment.conflicts


def test_a_renamed_period_goes_by_position() -> None:
    alignment = align(ASKED, document([A, B], periods=("other",)))
    assert [pair.answered and pair.answered.id for pair in alignment.periods] == ["other"]


def test_kids_that_are_missing_or_no_uuids_go_by_position() -> None:
    alignment = align(ASKED, document([None, "hello"]))
    assert answered_kids(alignment) == [None, "hello"]
    assert is_complete(alignment) and not alignment.conflicts and not alignment.kid_map


def test_an_empty_answer_and_an_empty_request() -> None:
    nothing = read(f'<CPIX xmlns="{CPIX}"/>'.encode())
    alignment = align(ASKED, nothing)
    assert answered_kids(alignment) == [None, None] and not alignment.conflicts
    assert len(align(nothing, ASKED).extra_drm) == 4


def test_many_keys_take_linear_time() -> None:
    def big(salt: str) -> Cpix:
        kids = [str(uuid.uuid5(uuid.NAMESPACE_URL, f"{salt}{i}")) for i in range(1_000)]
        systems = (WIDEVINE, PLAYREADY, A, B)
        return document(kids, [(kid, system) for kid in kids for system in systems])

    asked, answered = big("x"), big("y")
    started = time.process_time()
    alignment = align(asked, answered)
    assert time.process_time() - started < 2
    assert is_complete(alignment) and not alignment.conflicts
