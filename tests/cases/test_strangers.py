"""Cases and profiles of strangers: what they name stays inside their folder, is a file, and prints nothing raw."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.__main__ import main
from conformance.cases.template import LARGEST
from conformance.catalogue import datafile
from conformance.catalogue.yamlfile import DataError
from conformance.run.profile import load_profile

CASE = """
- id: MINE
  title: "Mine"
  why: w
  steps:
    - id: ask
      request: {{template: {name}}}
      checks: [http.request-accepted]
"""


def outside(home: Path) -> str:
    (home.parent / "secret.xml").write_text("<secret/>")
    return "../secret.xml"


def by_link(home: Path) -> str:
    (home / "link.xml").symlink_to("/etc/passwd")
    return "link.xml"


def by_folder_link(home: Path) -> str:
    (home / "link").symlink_to("/etc", target_is_directory=True)
    return "link/passwd"


def circle(home: Path) -> str:
    (home / "a.xml").symlink_to("a.xml")
    return "a.xml"


def pipe(home: Path) -> str:
    os.mkfifo(home / "pipe.xml")
    return "pipe.xml"


def folder(home: Path) -> str:
    (home / "folder.xml").mkdir()
    return "folder.xml"


def huge(home: Path) -> str:
    with (home / "huge.xml").open("wb") as file:
        file.truncate(LARGEST + 1)
    return "huge.xml"


PLACES: list[Callable[[Path], str]] = [
    lambda home: "/etc/passwd",
    lambda home: "/dev/zero",
    lambda home: "/proc/self/environ",
    lambda home: "../../../../../../etc/passwd",
    lambda home: '"a\\0b"',
    outside,
    by_link,
    by_folder_link,
    circle,
    pipe,
    folder,
    huge,
]


@pytest.mark.parametrize("place", range(len(PLACES)))
def test_a_template_stays_inside_and_is_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str], place: int) -> None:
    home = tmp_path / "cases" / "topic"
    home.mkdir(parents=True)
    (home / "mine.yaml").write_text(CASE.format(name=PLACES[place](home)))
    assert main(["plan", "--cases", str(home)]) == 4
    error = capsys.readouterr().err
    assert "template" in error or "NUL" in error
    assert error.count("\n") == 1 and "root:" not in error and "Traceback" not in error


def test_a_template_beside_the_cases_is_found_from_every_file(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "topic").mkdir()
    (tmp_path / "templates" / "sent.xml").write_text("<cpix/>")
    (tmp_path / "topic" / "mine.yaml").write_text(CASE.format(name="../templates/sent.xml"))
    assert main(["plan", "--cases", str(tmp_path)]) == 0


@pytest.mark.parametrize("place", range(len(PLACES)))
def test_a_profile_extends_its_neighbours_only(tmp_path: Path, place: int) -> None:
    home = tmp_path / "profiles" / "mine"
    home.mkdir(parents=True)
    name = PLACES[place](home)
    if not name.startswith('"') and "/" not in name:
        name = f"./{name}"
    (home / "mine.yaml").write_text(f"profile: mine\nextends: {name}\n")
    with pytest.raises(DataError) as caught:
        load_profile(str(home / "mine.yaml"))
    assert "root:" not in str(caught.value)


def test_a_profile_outside_is_refused_even_where_it_is_one(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "base.yaml").write_text("profile: base\nextends: smoke\n")
    (tmp_path / "mine" / "mine.yaml").write_text("profile: mine\nextends: ../base.yaml\n")
    (tmp_path / "mine" / "next.yaml").write_text("profile: next\nextends: ./fine.yaml\n")
    (tmp_path / "mine" / "fine.yaml").write_text("profile: fine\nextends: smoke\n")
    assert load_profile(str(tmp_path / "mine" / "next.yaml")).name == "next"
    with pytest.raises(DataError, match="outside the folder mine"):
        load_profile(str(tmp_path / "mine" / "mine.yaml"))


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/full", "/proc/self/mem", "."])
def test_what_is_no_file_is_not_read(path: str) -> None:
    with pytest.raises(datafile.Refused):
        datafile.read_regular(Path(path))


ESC = "\\e[2J\\e]0;owned\\a\\x9b31m"


@pytest.mark.parametrize("field", ["title", "why", "id"])
@pytest.mark.parametrize(
    "command", [["plan"], ["list", "cases"], ["explain", "MINE"], ["negatives"]], ids=lambda one: one[0]
)
def test_texts_of_a_case_are_not_printed_raw(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], field: str, command: list[str]
) -> None:
    texts = {"id": "MINE", "title": "t", "why": "w"} | {field: f"MINE{ESC}"}
    told = "".join(f'  {name}: "{text}"\n' for name, text in texts.items()).replace("  id", "- id", 1)
    (tmp_path / "mine.yaml").write_text(f"{told}  steps: [{{id: ask, checks: [http.request-accepted]}}]\n")
    try:
        main([*command, "--cases", str(tmp_path)])
    finally:
        said = capsys.readouterr()
    assert not {"\x1b", "\x07", "\x9b"} & set(said.out + said.err)


def test_texts_of_a_profile_are_not_printed_raw(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for text in (f'profile: mine\ntitle: "{ESC}"\n', f'profile: "{ESC}"\n', f'profile: mine\nextends: "{ESC}"\n'):
        path = tmp_path / "mine.yaml"
        path.write_text(text if "extends" in text else f"{text}extends: smoke\n")
        main(["plan", "--profile", str(path)])
        said = capsys.readouterr()
        assert not {"\x1b", "\x07", "\x9b"} & set(said.out + said.err)
