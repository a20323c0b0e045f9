"""The contract comes back as it was sent; what may differ is its spelling, and an order that no track notices."""

from __future__ import annotations

import pytest

from tests.checks.exchange import Change, add, all_of, answered, as_it_is, at, attribute, drop, finds, says, twice
from tests.refserver.asking import KIDS, Ask

VIDEO, AUDIO = "(//cpix:ContentKeyUsageRule)[1]", "(//cpix:ContentKeyUsageRule)[2]"
RANGES = Ask(
    contract=(
        ("SD", '<cpix:VideoFilter maxPixels="589824"/>'),
        ("HD", '<cpix:VideoFilter minPixels="589825" hdr="true"/>'),
        ("AUDIO", "<cpix:AudioFilter/>"),
    )
)
WIDE_GAMUT = Ask(contract=(("VIDEO", '<cpix:VideoFilter wcg="true"/>'), ("AUDIO", "<cpix:AudioFilter/>")))
BITRATE = Ask(contract=(("VIDEO", '<cpix:VideoFilter/><cpix:BitrateFilter maxBitrate="1"/>'),))
NO_PERIODS = Ask(periods=())
OVERLAPPING = Ask(contract=(("VIDEO", "<cpix:VideoFilter/>"), ("HD", '<cpix:VideoFilter minPixels="589825"/>')))
STRANGER = "11111111-2222-4333-8444-555555555555"


def last_first(path: str = VIDEO) -> Change:
    """The rule goes to the end of the list."""
    return at(path, lambda rule: rule.getparent().append(rule))  # type: ignore[union-attr]


WRONG = [
    (
        "contract.rules-present",
        drop("//cpix:ContentKeyUsageRule"),
        Ask(),
        "at least one ContentKeyUsageRule; seen: none",
    ),
    ("contract.rule-per-asked", drop(AUDIO), Ask(), "the rule for 'AUDIO' in keyPeriod_1; seen: no such rule"),
    (
        "contract.no-rule-added",
        all_of(twice(VIDEO), attribute(AUDIO, "intendedTrackType", "UHD")),
        Ask(),
        "an extra rule for 'UHD' in keyPeriod_1",
    ),
    ("contract.rule-names-key-and-track-type", attribute(VIDEO, "kid", None), Ask(), "a kid; seen: none"),
    ("contract.rule-names-key-and-track-type", attribute(VIDEO, "kid", ""), Ask(), "a kid; seen: an empty one"),
    ("contract.rule-names-key-and-track-type", attribute(VIDEO, "intendedTrackType", None), Ask(), "seen: none"),
    ("contract.track-types-unchanged", attribute(VIDEO, "intendedTrackType", "video"), Ask(), "'VIDEO'; seen: 'video'"),
    (
        "contract.filters-unchanged",
        drop("//cpix:VideoFilter"),
        Ask(),
        "Without a filter the rule applies to every track",
    ),
    ("contract.filters-unchanged", attribute("//cpix:VideoFilter", "maxPixels", "9"), Ask(), "VideoFilter maxPixels=9"),
    ("contract.filters-unchanged", add(VIDEO, "<cpix:AudioFilter/>"), Ask(), "AudioFilter, VideoFilter"),
    (
        "contract.filters-unchanged",
        attribute("//*[@hdr]", "hdr", None),
        RANGES,
        "VideoFilter hdr=true minPixels=589825",
    ),
    (
        "contract.filters-unchanged",
        attribute("//cpix:VideoFilter", "wcg", "false"),
        Ask(),
        "wcg=false added",
    ),
    ("contract.filters-unchanged", attribute("//cpix:VideoFilter", "wcg", "false"), WIDE_GAMUT, "wcg=false added"),
    ("contract.filters-unchanged", add(VIDEO, "<cpix:BitrateFilter/>"), Ask(), "seen: BitrateFilter added"),
    ("contract.bounds-unchanged", attribute("//*[@maxPixels]", "maxPixels", "589823"), RANGES, "maxPixels=589823"),
    ("contract.bounds-unchanged", attribute("//*[@hdr]", "hdr", "false"), RANGES, "hdr=false"),
    ("contract.period-filters-unchanged", drop("//cpix:KeyPeriodFilter"), Ask(), "seen: no KeyPeriodFilter"),
    ("contract.period-filters-unchanged", attribute(f"{VIDEO}/cpix:KeyPeriodFilter", "periodId", "p9"), Ask(), "p9"),
    (
        "contract.same-key-for-each-track",
        all_of(attribute(VIDEO, "kid", "x"), attribute(AUDIO, "kid", KIDS[0]), attribute(VIDEO, "kid", KIDS[1])),
        Ask(),
        f"is protected by KID {KIDS[0]}; seen: by KID {KIDS[1]}",
    ),
    ("contract.same-key-for-each-track", last_first(), OVERLAPPING, f"by KID {KIDS[1]}; seen: by KID {KIDS[0]}"),
    ("contract.rules-name-known-keys", attribute(VIDEO, "kid", STRANGER), Ask(), f"seen: KID {STRANGER}"),
    (
        "contract.rules-name-known-keys",
        attribute(f"//cpix:ContentKey[@kid='{KIDS[0]}']", "kid", STRANGER),
        Ask(),
        "the KIDs are replaced in part only",
    ),
    ("contract.rules-name-known-periods", attribute("//cpix:KeyPeriodFilter", "periodId", "p9"), Ask(), "'p9'"),
    ("contract.rules-name-known-periods", attribute("//cpix:ContentKeyPeriod", "id", "p9"), Ask(), "'keyPeriod_1'"),
    ("contract.rule-order-kept", last_first(), RANGES, "the rules in the order of the request; seen: another order"),
    ("contract.no-new-overlap", attribute("//*[@maxPixels]", "maxPixels", "589825"), RANGES, "at most one key for"),
    ("contract.bounds-sane", attribute("//*[@maxPixels]", "maxPixels", "-1"), RANGES, "VideoFilter maxPixels='-1'"),
    (
        "contract.bounds-sane",
        attribute("//*[@minPixels]", "maxPixels", "1"),
        RANGES,
        "minPixels=589825 above maxPixels=1",
    ),
    ("contract.no-unknown-filter", add(VIDEO, "<cpix:ColourFilter/>"), Ask(), "seen: ColourFilter"),
]

HARMLESS = [
    ("contract.rule-per-asked", last_first(), Ask()),
    ("contract.no-rule-added", last_first(), Ask()),
    ("contract.filters-unchanged", attribute("//*[@maxPixels]", "maxPixels", "0589824"), RANGES),
    ("contract.filters-unchanged", attribute("//cpix:VideoFilter", "wcg", None), WIDE_GAMUT),
    ("contract.filters-unchanged", attribute("//cpix:VideoFilter", "wcg", "1"), WIDE_GAMUT),
    ("contract.filters-unchanged", drop("//cpix:BitrateFilter"), BITRATE),
    ("contract.filters-unchanged", add("//cpix:BitrateFilter", '<x xmlns="urn:x"/>'), BITRATE),
    ("contract.filters-unchanged", add(VIDEO, '<x xmlns="urn:x"/>'), Ask()),
    ("contract.filters-unchanged", add(VIDEO, "<cpix:KeyPeriodFilter/>"), Ask()),
    ("contract.bounds-unchanged", attribute("//*[@maxPixels]", "maxPixels", "0589824"), RANGES),
    ("contract.bounds-unchanged", attribute("//*[@hdr]", "hdr", "1"), RANGES),
    ("contract.same-key-for-each-track", last_first(), RANGES),
    ("contract.same-key-for-each-track", attribute(f"//*[@kid='{KIDS[0]}']", "kid", STRANGER), Ask()),
    ("contract.rules-name-known-keys", attribute(VIDEO, "kid", KIDS[0].upper()), Ask()),
    ("contract.no-new-overlap", last_first(), OVERLAPPING),
    ("contract.no-new-overlap", attribute("//*[@maxPixels]", "maxPixels", "589823"), RANGES),
    ("contract.no-unknown-filter", add(VIDEO, '<x xmlns="urn:x"/>'), Ask()),
    ("contract.track-types-unchanged", attribute(VIDEO, "intendedTrackType", None), Ask()),
]


@pytest.mark.parametrize(("check", "change", "ask", "words"), WRONG)
def test_a_changed_contract_is_found(check: str, change: Change, ask: Ask, words: str) -> None:
    assert words in finds(check, change, ask)


@pytest.mark.parametrize(("check", "change", "ask"), HARMLESS)
def test_another_spelling_is_left_alone(check: str, change: Change, ask: Ask) -> None:
    assert finds(check, change, ask) == ""


def test_no_rule_at_all_is_one_finding() -> None:
    assert finds("contract.rule-per-asked", drop("//cpix:ContentKeyUsageRule")).startswith("not applicable")


def test_a_period_under_another_id_is_not_the_fault_of_the_rules() -> None:
    renamed = all_of(
        attribute("//cpix:ContentKeyPeriod", "id", "p9"), attribute("//cpix:KeyPeriodFilter", "periodId", "p9")
    )
    assert finds("contract.period-filters-unchanged", renamed) == ""
    assert finds("contract.rules-name-known-periods", renamed) == ""


@pytest.mark.parametrize(
    ("check", "edit"),
    [
        ("contract.rules-name-known-keys", (f'Rule kid="{KIDS[1]}"', f'Rule kid="{STRANGER}"')),
        ("contract.rules-name-known-periods", ('periodId="keyPeriod_1"', 'periodId="gone"')),
        ("contract.no-unknown-filter", ("<cpix:AudioFilter/>", "<cpix:AudioFilter/><cpix:ColourFilter/>")),
        ("contract.bounds-sane", ("<cpix:VideoFilter/>", '<cpix:VideoFilter minPixels="9" maxPixels="1"/>')),
    ],
)
def test_a_defect_of_the_request_that_comes_back_is_no_finding(check: str, edit: tuple[str, str]) -> None:
    """SPEKE makes the server echo the contract, whatever is wrong with it."""
    wrong = Ask().edited(edit)
    rules = (
        wrong.body().partition(b"<cpix:ContentKeyUsageRuleList>")[2].partition(b"</cpix:ContentKeyUsageRuleList>")[0]
    )
    echo = all_of(drop("//cpix:ContentKeyUsageRule"), add_rules(rules.decode()))
    assert says(check, answered(Ask(), echo, asked=wrong)) == ""


def add_rules(xml: str) -> Change:
    """Put these rules into the list."""
    rules = [f"<cpix:ContentKeyUsageRule{one}" for one in xml.split("<cpix:ContentKeyUsageRule")[1:]]
    return all_of(as_it_is, *(add("//cpix:ContentKeyUsageRuleList", rule) for rule in rules))


def test_a_period_that_nobody_asked_for_is_found_where_there_are_none() -> None:
    added = add(VIDEO, '<cpix:KeyPeriodFilter periodId="p1"/>', 0)
    assert "KeyPeriodFilter for no period; seen: p1" in finds("contract.period-filters-unchanged", added, NO_PERIODS)
    assert says("contract.rules-name-known-periods", answered(NO_PERIODS)) == "is not asked of such a request"
