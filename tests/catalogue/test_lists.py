"""Messages, DRM systems, presets and worked examples, against the numbers of the specification."""

from __future__ import annotations

import pytest

from conformance.catalogue import Catalogue, UnknownName, load_catalogue
from conformance.model import PlannedRule


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def shape(rules: tuple[PlannedRule, ...]) -> list[str]:
    """One text for each rule: its track type and its filters with their attributes."""
    return [
        f"{rule.track_type}: "
        + " | ".join(
            " ".join([one.kind.removesuffix("Filter"), *(f"{name}={value}" for name, value in one.attributes)])
            for one in rule.filters
        )
        for rule in rules
    ]


def test_there_are_ten_messages_and_none_contains_another(catalogue: Catalogue) -> None:
    assert len(catalogue.messages) == 10
    stems = [message.stem for message in catalogue.messages.values()]
    assert all(one == other or one not in other for one in stems for other in stems)


def test_a_message_names_its_kid_or_system(catalogue: Catalogue) -> None:
    kid = "98ee5596-cd3e-a20d-163a-e382420c6eff"
    text = catalogue.message_text("missing-scheme", kid=kid)
    assert text == f"Missing ContentKey@commonEncryptionScheme for KID {kid}"
    text = catalogue.message_text("scheme-not-for-system", system=kid)
    assert text == f"ContentKey@commonEncryptionScheme non compatible with DRMSystem {kid}"
    with pytest.raises(ValueError, match="needs a kid"):
        catalogue.message_text("missing-scheme")
    with pytest.raises(UnknownName, match="did you mean 'missing-version'"):
        catalogue.message_text("missing-versions")


def test_braces_in_an_id_stay_as_they_are(catalogue: Catalogue) -> None:
    assert catalogue.message_text("missing-scheme", kid="{system}").endswith("KID {system}")


def test_the_registry_has_28_systems(catalogue: Catalogue) -> None:
    assert len({system.system_id for system in catalogue.systems.values()}) == 28
    widevine = catalogue.system_by_id("EDEF8BA9-79D6-4ACE-A3C8-27DCD51D21ED")
    assert widevine is catalogue.system("widevine")
    assert catalogue.system_by_id(catalogue.system("fairplay").uuid) is catalogue.system("fairplay")
    assert catalogue.system_by_id("81376844-f976-481e-a84e-cc25d39b0b33") is None


@pytest.mark.parametrize(
    ("name", "schemes", "method"),
    [
        ("fairplay", ("cbcs",), "SAMPLE-AES"),
        ("widevine", ("cenc", "cbcs"), "SAMPLE-AES-CTR"),
        ("playready", ("cenc", "cbcs"), "SAMPLE-AES-CTR"),
        ("clearkey-aes-128", ("cbc1",), "AES-128"),
    ],
)
def test_systems_know_their_schemes_and_methods(
    catalogue: Catalogue, name: str, schemes: tuple[str, ...], method: str
) -> None:
    system = catalogue.system(name)
    assert system.schemes == schemes
    assert system.methods[schemes[0]][0] == method
    assert "hls" in system.signalling and system.keyformat


KEYS = {
    "PRESET-VIDEO-1": 1,
    "PRESET-VIDEO-2": 2,
    "PRESET-VIDEO-3": 3,
    "PRESET-VIDEO-4": 4,
    "PRESET-VIDEO-5": 5,
    "PRESET-VIDEO-6": 4,
    "PRESET-VIDEO-7": 3,
    "PRESET-VIDEO-8": 4,
    "PRESET-AUDIO-1": 1,
    "PRESET-AUDIO-2": 2,
    "PRESET-AUDIO-3": 3,
    "SHARED": 1,
    **{f"EXAMPLE-{number}": keys for number, keys in enumerate((1, 2, 1, 3, 4, 5, 6, 3, 3, 4), start=1)},
}


@pytest.mark.parametrize(("name", "keys"), KEYS.items())
def test_contracts_have_the_published_number_of_keys(catalogue: Catalogue, name: str, keys: int) -> None:
    rules = catalogue.contract(name)
    assert len(rules) == keys
    assert len({rule.track_type for rule in rules}) == keys
    assert {rule.preset for rule in rules} == {name}


def test_filters_are_as_many_as_the_parts_of_the_track_type(catalogue: Catalogue) -> None:
    for name in catalogue.preset_names:
        for rule in catalogue.contract(name):
            expected = 2 if rule.track_type == "ALL" else rule.track_type.count("+") + 1
            loose = name.endswith("/ONE-FILTER") and rule.track_type == "SD+HD1"
            assert len(rule.filters) == (1 if loose else expected), (name, rule.track_type)


def test_pixel_ranges_of_the_largest_preset(catalogue: Catalogue) -> None:
    assert shape(catalogue.contract("PRESET-VIDEO-5")) == [
        "SD: Video maxPixels=589824",
        "HD1: Video minPixels=589825 maxPixels=921600",
        "HD2: Video minPixels=921601 maxPixels=2073600",
        "UHD1: Video minPixels=2073601 maxPixels=8847360",
        "UHD2: Video minPixels=8847361",
    ]
    assert (1024 * 576, 1280 * 720, 1920 * 1080, 4096 * 2160) == (589824, 921600, 2073600, 8847360)


def test_the_two_forms_of_preset_7(catalogue: Catalogue) -> None:
    strict, loose = catalogue.contract("PRESET-VIDEO-7"), catalogue.contract("PRESET-VIDEO-7/ONE-FILTER")
    assert shape(strict)[0] == "SD+HD1: Video maxPixels=589824 | Video minPixels=589825 maxPixels=921600"
    assert shape(loose)[0] == "SD+HD1: Video maxPixels=921600"
    assert shape(strict)[1:] == shape(loose)[1:]


def test_the_shared_key_and_the_audio_presets(catalogue: Catalogue) -> None:
    assert shape(catalogue.contract("SHARED")) == ["ALL: Audio | Video"]
    assert shape(catalogue.contract("PRESET-AUDIO-3")) == [
        "STEREO_AUDIO: Audio maxChannels=2",
        "MULTICHANNEL_AUDIO_3_6: Audio minChannels=3 maxChannels=6",
        "MULTICHANNEL_AUDIO_7: Audio minChannels=7",
    ]


def test_example_8_as_corrected_in_2_1(catalogue: Catalogue) -> None:
    assert shape(catalogue.contract("EXAMPLE-8")) == [
        "SD+HD: Video maxPixels=442368 maxFps=30 hdr=false"
        " | Video minPixels=442369 maxPixels=2073600 maxFps=30 hdr=false",
        "HDR+HFR+UHD: Video hdr=true | Video minFps=30 | Video minPixels=2073601",
        "AUDIO: Audio",
    ]


def test_an_unknown_contract_names_the_nearest(catalogue: Catalogue) -> None:
    with pytest.raises(UnknownName, match="did you mean 'PRESET-VIDEO-5'"):
        catalogue.contract("PRESET_VIDEO-5")
