"""What is collected: node ids, selections, folders of one's own, and nothing where nobody asked for us."""

from __future__ import annotations

import pytest

from tests.pytest_plugin.conftest import CASES, Checkout

pytest_plugins = ["pytester"]

GOOD = [f"testcases/topic/tiny.yaml::GOOD[2.0]::ask[{topic}]" for topic in ("http", "contract", "document", "echo")]
TOPICS = 16
"""Topics of the questions at one good request."""
ALL = 105
"""Items of the small checkout: for each version four steps, and what compares them."""
MINE = """
- id: MINE
  title: A case of one's own
  why: w
  versions: ["2.0"]
  steps:
    - id: ask
      request: {systems: {exactly: [widevine]}, scheme: cenc}
"""


def collected(checkout: Checkout, *args: str, profile: bool = True) -> list[str]:
    """The node ids that these arguments give."""
    result = checkout.run("--collect-only", "-q", *args, profile=profile)
    return [line for line in result.outlines if "::" in line]


def test_node_ids_are_file_case_step_and_topic(checkout: Checkout) -> None:
    found = collected(checkout)
    assert found[:4] == GOOD
    assert "testcases/topic/tiny.yaml::BAD[2.1]::before[http]" in found
    assert "testcases/topic/tiny.yaml::BAD[2.1]::after[state]" in found
    assert "testcases/topic/tiny.yaml::BAD-VERSION[2.0]::ask[refusal]" in found
    assert len(found) == ALL
    assert not (checkout.home / "reports").exists()


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("GOOD", 2 * TOPICS),
        ("GOOD[2.0]", TOPICS),
        ("GOOD[2.0]::ask", TOPICS),
        ("GOOD[2.0]::ask[keys]", 1),
        ("GOOD[2.0]::ask[keys.values-distinct]", 1),
        ("BAD[2.1]::after", TOPICS + 3),
        ("BAD-VERSION", 4),
    ],
)
def test_a_node_id_names_a_case_a_step_or_a_question(name: str, count: int, checkout: Checkout) -> None:
    assert len(collected(checkout, f"testcases/topic/tiny.yaml::{name}")) == count


def test_several_places_at_once(checkout: Checkout) -> None:
    file = "testcases/topic/tiny.yaml"
    assert (
        len(collected(checkout, f"{file}::GOOD[2.0]::ask[echo.content-id]", f"{file}::BAD[2.0]::before")) == TOPICS + 1
    )
    assert len(collected(checkout, f"{file}::GOOD[2.0]::ask[echo.content-id]", "testcases/topic")) == ALL + 1
    assert len(collected(checkout, f"{file}::GOOD[2.0]", "tests")) == TOPICS + 1


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("GOOD[2.2]", "GOOD[2.1]"),
        ("GODO", "GOOD"),
        ("GOOD[2.0]::ask[echo.content-ids]", "GOOD[2.0]::ask[echo.content-id]"),
    ],
)
def test_a_node_id_that_names_nothing(name: str, nearest: str, checkout: Checkout) -> None:
    result = checkout.run(f"testcases/topic/tiny.yaml::{name}")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: tiny.yaml has no case or check*did you mean*"])
    assert repr(nearest)[1:-1] in result.stderr.str()


def test_a_file_that_is_not_there(checkout: Checkout) -> None:
    assert checkout.run("testcases/topic/none.yaml::GOOD").ret == 4


def test_selecting_by_keyword(checkout: Checkout) -> None:
    assert len(collected(checkout, "-k", "values-distinct")) == 8
    assert len(collected(checkout, "-k", "BAD-VERSION and standard")) == 2


@pytest.mark.parametrize("args", [(), ("testcases",), (".",), ("testcases/topic/tiny.yaml",)])
def test_the_ways_to_say_everything(args: tuple[str, ...], checkout: Checkout) -> None:
    assert len([name for name in collected(checkout, *args) if "tiny.yaml" in name]) == ALL


def test_a_folder_below_the_checkout_and_a_way_through_a_link(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkout.home / "testcases")
    assert len(collected(checkout)) == ALL
    monkeypatch.chdir(checkout.home)
    (checkout.home / "linked").symlink_to(checkout.home / "testcases", target_is_directory=True)
    assert len(collected(checkout, "linked/topic")) == ALL


def test_the_tests_of_the_project_are_only_its_own(checkout: Checkout) -> None:
    assert collected(checkout, "tests") == ["tests/test_own.py::test_own"]
    assert collected(checkout, "tests", "--server-url=http://127.0.0.1:9/") == ["tests/test_own.py::test_own"]
    result = checkout.run("tests", "-q")
    assert result.ret == 0 and "SPEKE" not in result.stdout.str()


# --- cases of one's own


def test_a_folder_of_ones_own_is_added(checkout: Checkout) -> None:
    checkout.write("mine/deep/own.yaml", MINE)
    found = collected(checkout, "--speke-cases=mine")
    assert len(found) == ALL + TOPICS
    assert found[-1] == "mine/deep/own.yaml::MINE[2.0]::ask[leaks]"


def test_a_folder_of_ones_own_and_places_on_the_command_line(checkout: Checkout) -> None:
    checkout.write("mine/own.yaml", MINE)
    assert len(collected(checkout, "--speke-cases=mine", "testcases")) == ALL + TOPICS
    assert len(collected(checkout, "--speke-cases=mine", "mine")) == TOPICS
    assert len(collected(checkout, "--speke-cases=mine", "mine/own.yaml::MINE[2.0]")) == TOPICS
    assert len(collected(checkout, "--speke-cases=mine", "testcases/topic/tiny.yaml::GOOD[2.0]")) == TOPICS


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            MINE.replace("title:", "titel:"),
            "mine/own.yaml:3: a case has an unknown field 'titel' (did you mean",
        ),
        (MINE + "      checks: [http.request-acepted]\n", "check 'http.request-acepted' is not known"),
        ("- id: [\n", "mine/own.yaml:2: this is not valid YAML"),
        (CASES, "mine/own.yaml:2: the case id GOOD[2.0] is already taken by testcases/topic/tiny.yaml:2"),
        ("", "mine/own.yaml:1: a file of cases must be a list, not nothing"),
    ],
)
def test_a_mistake_in_a_case_of_ones_own(text: str, sentence: str, checkout: Checkout) -> None:
    checkout.write("mine/own.yaml", text)
    result = checkout.run("--speke-cases=mine")
    assert result.ret == 4
    assert sentence in result.stderr.str()
    assert "Traceback" not in result.stderr.str() + result.stdout.str()
    assert not (checkout.home / "reports").exists()


def test_a_mistake_in_a_case_of_ours(checkout: Checkout) -> None:
    checkout.write(
        "testcases/topic/tiny.yaml",
        CASES.replace("scheme: cenc}\n- family", "scheme: cenc}\n      checks: [keys.value-distinct]\n- family"),
    )
    result = checkout.run()
    assert result.ret == 4
    assert "testcases/topic/tiny.yaml:9: check 'keys.value-distinct' is not known" in result.stderr.str()


def test_a_file_that_is_no_yaml_at_all(checkout: Checkout) -> None:
    (checkout.home / "mine").mkdir()
    (checkout.home / "mine" / "own.yaml").write_bytes(bytes(range(256)) * 4096)
    result = checkout.run("--speke-cases=mine")
    assert result.ret == 4 and "own.yaml:1: the file is not UTF-8" in result.stderr.str()


# --- somebody else's project


@pytest.fixture
def elsewhere(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A project that has nothing to do with us, although it has a folder of that name."""
    checkout.write("project/pytest.ini", "[pytest]\naddopts = -p no:cacheprovider -p no:xdist -p no:hypothesispytest\n")
    checkout.write("project/testcases/theirs.yaml", "- not: ours\n")
    checkout.write("project/test_theirs.py", "def test_theirs():\n    pass\n")
    monkeypatch.chdir(checkout.home / "project")
    return checkout


@pytest.mark.parametrize("args", [(), (".",), ("testcases", "test_theirs.py"), ("test_theirs.py",)])
def test_in_somebody_elses_project_nothing_happens(args: tuple[str, ...], elsewhere: Checkout) -> None:
    result = elsewhere.run("-q", *args, profile=False)
    assert result.ret == 0
    result.assert_outcomes(passed=1)
    assert "SPEKE" not in result.stdout.str()
    assert not (elsewhere.home / "project" / "reports").exists()


def test_with_a_url_our_cases_are_run_there(elsewhere: Checkout) -> None:
    found = collected(elsewhere, "--server-url=http://127.0.0.1:9/")
    assert len(found) == ALL and all("tiny.yaml" in name for name in found)


def test_with_a_url_and_their_tests_only_their_tests_are_run(elsewhere: Checkout) -> None:
    assert collected(elsewhere, "--server-url=http://127.0.0.1:9/", "test_theirs.py") == ["test_theirs.py::test_theirs"]


def test_our_cases_by_their_place(elsewhere: Checkout) -> None:
    assert len(collected(elsewhere, str(elsewhere.home / "testcases"))) == ALL


def test_a_folder_of_cases_there(elsewhere: Checkout) -> None:
    elsewhere.write("project/mine/own.yaml", MINE)
    found = collected(elsewhere, "--speke-cases=mine")
    assert len(found) == ALL + TOPICS and found[-1].endswith("mine/own.yaml::MINE[2.0]::ask[leaks]")
    assert len(collected(elsewhere, "--speke-cases=mine", "mine")) == TOPICS


def test_an_empty_url_is_a_mistake_and_not_silence(elsewhere: Checkout) -> None:
    result = elsewhere.run("--server-url=")
    assert result.ret == 4 and "The server URL is empty" in result.stderr.str()
