"""`speke-conformance run` is pytest with the same options, without their prefix."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from conformance.__main__ import main
from conformance.cases import cases_directory
from conformance.catalogue import load_catalogue
from conformance.cli import COMMANDS, run
from conformance.cli.overview import EXAMPLES, GROUPS, TOPICS, overview
from conformance.cli.parser import parse
from conformance.judge import INTERRUPTED
from conformance.run.options import OPTIONS
from conformance.wire.errors import OptionError

HOME = str(cases_directory())
FILE = "errors/identity.yaml"


def arguments(*typed: str) -> list[str]:
    """What pytest is given for a command line."""
    return run.pytest_arguments(parse(["run", *typed], ""))


def test_without_options_all_cases_are_run() -> None:
    found = arguments()
    assert found[:2] == ["-p", "conformance.pytest_plugin"]
    assert found[-1] == HOME
    assert not [word for word in found if word.startswith("--server-url")]


def test_the_report_is_opened_at_the_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    opened: list[str] = []
    page = tmp_path / "latest" / "qualification.html"
    page.parent.mkdir()
    page.touch()
    monkeypatch.setattr("webbrowser.open", opened.append)
    for status, typed in ((1, "--open"), (4, "--open"), (0, "--all")):
        monkeypatch.setattr("pytest.main", lambda *_, status=status, **__: status)
        assert run.run(parse(["run", "--report-dir", str(tmp_path), typed], "")) == status
    assert opened == [page.as_uri()]


def test_every_option_of_the_plugin_is_an_option_here() -> None:
    for option in OPTIONS:
        if option.many:
            found = arguments(f"--{option.name}=one", f"--{option.name}=two")
            words = [word for word in found if word.startswith(f"--speke-{option.name}=")]
            assert words == [f"--speke-{option.name}=one", f"--speke-{option.name}=two"]
        elif not option.metavar:
            assert f"--speke-{option.name}" in arguments(f"--{option.name}")
            assert f"--speke-{option.name}" not in arguments()
        elif not option.choices:
            assert f"--speke-{option.name}=a b" in arguments(f"--{option.name}", "a b")
    found = arguments("--server-url=http://x/", "--auth=basic", "--report-dir=/tmp/r", "--gate=qualification")
    for word in ("--server-url=http://x/", "--speke-auth=basic", "--speke-report-dir=/tmp/r"):
        assert word in found
    assert "--speke-gate=qualification" in found


def test_an_empty_value_is_handed_over_and_not_dropped() -> None:
    assert "--server-url=" in arguments("--server-url=")
    assert "--speke-timeout=" in arguments("--timeout=")


def test_what_follows_the_dashes_goes_to_pytest() -> None:
    found = arguments("--seed=x", "--", "-k", "errors", "-x")
    assert found[-4:] == ["-k", "errors", "-x", HOME]


def test_places_after_the_dashes_replace_all_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HOME)
    assert arguments("--", f"{FILE}::ERR-MISSING-VERSION[2.0]")[-1] == f"{FILE}::ERR-MISSING-VERSION[2.0]"
    assert HOME not in arguments("./errors", "--seed=x")
    assert arguments("--seed", "x", "./errors", "-x")[-2:] == ["-x", "./errors"]
    assert arguments("--", "-k", "errors")[-1] == HOME


def test_a_place_as_reports_print_it_is_found_from_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name = f"testcases/{FILE}::ERR-MISSING-VERSION[2.0]::ask[refusal.standard-message]"
    assert (
        arguments(name)[-1]
        == arguments("--", name)[-1]
        == f"{HOME}/{FILE}::ERR-MISSING-VERSION[2.0]::ask[refusal.standard-message]"
    )


def test_a_folder_of_cases_is_run_too() -> None:
    assert arguments("--cases=mine")[-2:] == [HOME, "mine"]


def test_the_exit_status_is_that_of_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[list[str]] = []

    def pytest_main(words: list[str], plugins: object) -> pytest.ExitCode:
        given.append(words)
        return pytest.ExitCode.NO_TESTS_COLLECTED

    monkeypatch.setattr("pytest.main", pytest_main)
    assert main(["run", "--seed=x"]) == 5
    assert "--speke-seed=x" in given[0]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["run", "--gate=hard"], "'hard' is not a value of --gate; known are regression, qualification"),
        (
            ["run", "--no-such-option"],
            "unrecognized argument: --no-such-option; put options of pytest itself after --",
        ),
        (["run", "--profil=smok", "--tiemout=3"], "unrecognized argument: --tiemout=3 (did you mean '--timeout'?)"),
        (["run", "https://keys.example/"], "Give the server URL with --server-url."),
        (["run", "--ca-bundle", "none.pem"], "--ca-bundle none.pem cannot be read"),
        (["plan", "--speke-timeout", "abc"], "unrecognized argument"),
        (["explain"], "the following arguments are required: NAME"),
        (["list", "more"], "unrecognized argument: more"),
        (["runn"], "there is no command 'runn' (did you mean 'run'?)"),
        ([], "the following arguments are required: COMMAND"),
    ],
)
def test_a_wrong_command_line_is_status_four(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 4
    came = capsys.readouterr()
    assert sentence in came.err + came.out
    assert "--speke-ca" not in came.err + came.out


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert main(["run", "--help"]) == 0
    printed = capsys.readouterr().out
    assert "--server-url URL" in printed
    assert "--speke-" not in printed


@pytest.mark.parametrize("line", [line for lines in EXAMPLES.values() for line in lines])
def test_every_example_can_be_typed(line: str) -> None:
    words = shlex.split(re.split(r" {2,}| > ", line)[0])
    assert parse(words, "").command.name == words[0]


def test_every_command_is_in_the_overview_and_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    named = {name for names in GROUPS.values() for name in names}
    known = {command.name for command in COMMANDS}
    assert named <= known and set(EXAMPLES) <= known
    text = overview(COMMANDS)
    for command in COMMANDS:
        assert f"  {command.name:<16}{command.help}\n" in text
        assert main(["help", command.name]) == 0
        assert command.help in " ".join(capsys.readouterr().out.split())


def test_help_topics_and_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    for topic, text in TOPICS.items():
        assert main(["help", topic]) == 0
        assert capsys.readouterr().out == f"{text}\n"
    assert main(["help", "nobody"]) == 4
    assert "there is no command or topic 'nobody'" in capsys.readouterr().err
    assert main(["--version"]) == 0
    assert load_catalogue().digest[:12] in capsys.readouterr().out


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("nowhere", "There is no file or folder 'nowhere'"),
        ("errors/nowhere.yaml::CASE", "There is no file or folder 'errors/nowhere.yaml'"),
        ("empty", "empty belongs to no folder of cases; name its folder with --cases too"),
        ("own/notes.txt", "own/notes.txt is not a YAML file of cases"),
    ],
)
def test_a_place_without_cases_does_not_become_a_run_of_everything(
    place: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("empty", "own"):
        (tmp_path / folder).mkdir()
    (tmp_path / "own" / "notes.txt").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OptionError, match=re.escape(sentence)):
        arguments("--cases=own", place)
    assert arguments("--cases=own", "own")[-1] == "own"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (["new", "profil", "x"], "'profil' is not known (did you mean 'profile'?); known are case, check"),
        (["run", "--auth=basik"], "'basik' is not a value of --auth (did you mean 'basic'?); known are none, basic"),
        (["load", "--server-url=http://x/", "--rotation=x"], "argument --rotation: 'x' is not a number."),
        (["faults", "--sample=x"], "argument --sample: 'x' is not a whole number."),
        (["help", "runn"], "there is no command or topic 'runn' (did you mean 'run'?)"),
        (["evidence", "keygen"], "evidence takes only `keygen FILE`"),
    ],
)
def test_a_wrong_word_is_named_with_the_nearest_right_one(
    typed: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(typed) == 4
    assert sentence in capsys.readouterr().err


def test_a_command_that_writes_into_a_checkout_refuses_outside_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("conformance.cli.common.cases_directory", lambda: tmp_path / "testcases")
    for typed in (["faults", "--write"], ["coverage", "--write"], ["coverage", "--check"], ["docs", "--write"]):
        assert main(typed) == 4
        assert "checkout" in capsys.readouterr().err


def test_ctrl_c_while_everything_is_imported_is_an_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("conformance.cli.command_line.run_command", interrupted)
    assert main(["list"]) == INTERRUPTED
