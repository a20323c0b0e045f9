"""Shaka Packager against the reference server; skipped where the extra `encryptor` is not installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.__main__ import main
from conformance.cases import Seed
from conformance.cases.certificates import KeyRing
from conformance.cli.encrypt import status_of
from conformance.model import Verdict
from conformance.packager.clip import frames, make_clip
from conformance.packager.tools import HOW_TO_GET_THEM, Tools, ToolsMissing, find_tools
from conformance.packager.trial import SCHEMES, TrialLine, asked, try_scheme
from conformance.refserver import Config, Fault, load_faults
from conformance.run.runner import RunContext
from tests.cases.playing import InProcess
from tests.checks.exchange import claims

try:
    TOOLS = find_tools()
except ToolsMissing:
    pytest.skip(f"Shaka Packager is not installed; get it with {HOW_TO_GET_THEM}", allow_module_level=True)

FAULTS = load_faults()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(TOOLS, tmp_path_factory.mktemp("clip"))


def setting_of(sender: InProcess) -> RunContext:
    return RunContext("http://127.0.0.1/speke", sender, Seed("encryptor"), claims(), KeyRing())


def tried(
    clip: Path,
    folder: Path,
    scheme: str,
    faults: tuple[Fault, ...] = (),
    config: Config | None = None,
    version: str = "2.0",
) -> list[TrialLine]:
    setting = setting_of(InProcess(config or Config(), faults))
    return list(try_scheme(setting, TOOLS, clip, folder, version, scheme))


def complaints(lines: list[TrialLine]) -> set[str]:
    return {line.question for line in lines if line.verdict is Verdict.FAIL}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_right_server_passes(clip: Path, tmp_path: Path, scheme: str) -> None:
    lines = tried(clip, tmp_path, scheme, version="2.1")
    assert {line.verdict for line in lines} == {Verdict.PASS}, lines
    assert len({line.question for line in lines}) == 8
    assert {line.track for line in lines} == {"", "VIDEO (video)", "AUDIO (audio)"}


def test_a_server_that_overrides_kids_passes(clip: Path, tmp_path: Path) -> None:
    assert not complaints(tried(clip, tmp_path, "cbcs", config=Config(kid_override=True)))


@pytest.mark.parametrize(
    ("fault", "scheme", "question"),
    [
        ("PSSH-OF-NEIGHBOUR", "cbcs", "encryptor.keys-play"),
        ("PSSH-OF-OTHER-SYSTEM", "cenc", "encryptor.mpd-agrees"),
        ("PSSH-CUT", "cbcs", "encryptor.packages"),
        ("KEY-NEW-EACH-TIME", "cbcs", "encryptor.keys-play"),
        ("KEY-NEW-EACH-TIME", "cenc", "encryptor.keys-play"),
        ("KEY-SAME-FOR-ALL", "cenc", "encryptor.other-keys-fail"),
        ("KEY-SHORT", "cbcs", "encryptor.answer-usable"),
        ("PLAYREADY-KID-OF-NEIGHBOUR", "cenc", "encryptor.keys-play"),
        ("PLAYREADY-CHECKSUM-OF-NEIGHBOUR", "cenc", "encryptor.keys-play"),
        ("WIDEVINE-KID-SWAPPED", "cbcs", "encryptor.keys-play"),
        ("HLS-SAMPLE-AES-CTR-FOR-CBCS", "cbcs", "encryptor.hls-agrees"),
        ("HLS-KEYFORMAT-OF-OLD", "cenc", "encryptor.hls-agrees"),
        ("HLS-FAIRPLAY-KEYFORMAT", "cbcs", "encryptor.hls-agrees"),
    ],
)
def test_a_wrong_answer_fails(clip: Path, tmp_path: Path, fault: str, scheme: str, question: str) -> None:
    lines = tried(clip, tmp_path, scheme, (FAULTS[fault],))
    assert complaints(lines) == {question}, lines
    assert status_of(lines) == 1


def test_what_the_guide_prints_is_a_note(clip: Path, tmp_path: Path) -> None:
    lines = tried(clip, tmp_path, "cenc", (FAULTS["HLS-SAMPLE-AES-FOR-CENC"],))
    assert {line.question for line in lines if line.verdict is Verdict.NOTE} == {"encryptor.hls-agrees"}
    assert status_of(lines) == 0


def test_keys_are_nowhere_on_the_disk(clip: Path, tmp_path: Path) -> None:
    setting = setting_of(InProcess())
    keys = [key for scheme in SCHEMES for key in asked(setting, "2.0", scheme).keys.values()]
    for scheme in SCHEMES:
        list(try_scheme(setting, TOOLS, clip, tmp_path, "2.0", scheme))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(keys) == 4
    assert len(files) >= 16
    for path in files:
        data = path.read_bytes()
        assert not any(key in data or key.hex().encode() in data.lower() for key in keys), path


def test_a_clip_that_is_not_decodable_has_no_frames(tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_bytes(b"nothing")
    assert frames(TOOLS, tmp_path / "x.mp4", "video") == ""


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["encrypt", "--scheme", "cbcs", "--seed", "t"]) == 0
    assert "encryptor.keys-play" in capsys.readouterr().out
    assert main(["encrypt", "--scheme", "cbcs", "--seed", "t", "--fault", "PSSH-OF-NEIGHBOUR"]) == 1
    assert "Widevine finds the KID" in capsys.readouterr().out


def test_the_command_says_when_nobody_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["encrypt", "--server-url", "http://127.0.0.1:9/x", "--timeout", "1"]) == 10
    assert "UNTESTABLE" in capsys.readouterr().out


def test_the_command_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def missing() -> Tools:
        raise ToolsMissing("it is not here")

    monkeypatch.setattr("conformance.cli.encrypt.find_tools", missing)
    assert main(["encrypt"]) == 4
    assert "it is not here" in capsys.readouterr().err
