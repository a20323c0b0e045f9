"""Several endpoints of one key server: what is asked of each of them, and of all together."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conformance import refserver
from conformance.cases import load_cases
from conformance.checks import load_checks
from conformance.evidence.pack import evidence, refusals
from conformance.evidence.verify import check_evidence
from conformance.offline.rebuild import arrays_of
from conformance.offline.replay import replay
from conformance.results.reader import read_results
from tests.evidence.forgeries import KEY, PRODUCT
from tests.pytest_plugin.conftest import PROFILE, Checkout
from tests.written import every_result

pytest_plugins = ["pytester"]

LAWS = """
- id: RUN-LEDGER
  title: All answers of the run go together
  why: w
  steps:
    - id: laws
      expect: whole-run
"""
DISCOVERS = "profile: tiny\nrequires: [speke-2.0@1, safety@1]\nreports: []\nclaims: discover\n"


@contextmanager
def two(seen: list[str] | None = None, **other: object) -> Iterator[list[str]]:
    """Two key servers, of which the second differs in this; the options that name them."""

    def count(request: refserver.HttpRequest) -> None:
        if seen is not None:
            seen.append(request.path)

    first = refserver.Config(systems=("widevine",))
    second = refserver.Config(**{"systems": ("widevine",), **other})  # type: ignore[arg-type]
    with refserver.Server(first, auth=count) as one, refserver.Server(second, auth=count) as another:
        yield [f"--server-url={one.url}", f"--server-url={another.url}"]


@pytest.fixture
def laws(checkout: Checkout) -> Checkout:
    """The small checkout with the laws of a run."""
    checkout.write("testcases/run/ledger.yaml", LAWS)
    return checkout


def test_each_endpoint_gets_the_whole_run_and_the_same_contents(laws: Checkout) -> None:
    seen: list[str] = []
    with two(seen) as urls:
        result = laws.run(*urls)
    assert result.ret == 0, result.stdout.str()
    assert len(seen) == 2 * (1 + 8), "each request once at each of them, and one before that finds out who is there"
    document = laws.document()
    assert document["outcome"] == "QUALIFIED"
    assert len(document["exchanges"]) == 16
    names = {one["name"] for one in document["cases"]}
    assert {"GOOD[2.0]@1", "GOOD[2.0]@2", "RUN-LEDGER"} <= names
    bodies = {name: document["exchanges"][f"GOOD[2.0]@{name}::ask"]["request"]["body"]["sha256"] for name in (1, 2)}
    assert bodies[1] == bodies[2], "the same contents and KIDs go to both, so that their keys can be compared"
    assert [(one["number"], one["host"]) for one in document["run"]["endpoints"]] == [
        (1, "127.0.0.1"),
        (2, "127.0.0.1"),
    ]
    assert [one["endpoint"] for one in document["endpoints"]] == [1, 2, 0]
    assert document["endpoints"][1]["sets"]["speke-2.0@1"] == "QUALIFIED"
    assert document["endpoints"][2]["sets"] == {"safety@1": "QUALIFIED"}
    result.stdout.fnmatch_lines(["endpoint 2 (127.0.0.1): qualified", "all together: qualified"])


def test_one_url_leaves_everything_as_it_was(laws: Checkout, server: refserver.Server) -> None:
    assert laws.run(f"--server-url={server.url}").ret == 0
    document = laws.document()
    assert not document["run"].get("endpoints") and not document.get("endpoints")
    assert not [one["name"] for one in document["cases"] if "@" in one["name"]]


def test_endpoints_with_different_keys_break_a_law_that_names_both(laws: Checkout) -> None:
    with two(seed="another") as urls:
        result = laws.run(*urls)
    assert result.ret == 1
    document = laws.document()
    assert document["outcome"] == "NOT QUALIFIED"
    failed = [one for one in every_result(document) if one["verdict"] == "FAIL"]
    assert {one["check"] for one in failed} == {"run.one-key-for-one-kid"}
    told = failed[0]["findings"][0]
    assert "@2::" in told["where"] and "@1::" in told["expected"]
    assert document["endpoints"][0]["sets"]["safety@1"] == "QUALIFIED"
    assert document["endpoints"][2]["sets"]["safety@1"] == "NOT QUALIFIED"
    law = len([one for one in failed if one["case"] == "RUN-LEDGER"])
    result.stdout.fnmatch_lines([f"all together: not qualified (safety@1 {law} failed)"])
    repeat = next(line for line in result.stdout.lines if "repeat" in line)
    assert '--server-url "$SPEKE_URL" --server-url "$SPEKE_URL_2"' in repeat
    assert "tiny.yaml::BAD[2.0]@1'" in repeat and "tiny.yaml::BAD[2.0]@2'" in repeat
    assert "The endpoints do not share their content keys" in result.stdout.str()


def test_the_law_is_broken_again_by_the_command_that_repeats_it(laws: Checkout) -> None:
    cases = [f"testcases/topic/tiny.yaml::BAD[2.0]@{number}" for number in (1, 2)]
    with two(seed="another") as urls:
        result = laws.run(*urls, *cases, "testcases/run/ledger.yaml::RUN-LEDGER::laws[run.one-key-for-one-kid]")
    assert result.ret == 1
    assert [one["check"] for one in every_result(laws.document()) if one["verdict"] == "FAIL"] == [
        "run.one-key-for-one-kid"
    ]


def test_what_is_wrong_at_one_endpoint_is_said_to_be_there(laws: Checkout) -> None:
    with two(versions=("2.0",)) as urls:
        result = laws.run(*urls)
    assert result.ret == 1
    document = laws.document()
    assert {one["case"].rpartition("@")[2] for one in every_result(document) if one["verdict"] == "FAIL"} == {"2"}
    assert document["endpoints"][0]["sets"]["speke-2.1@1"] == "QUALIFIED"
    assert document["endpoints"][1]["sets"]["speke-2.1@1"] == "NOT QUALIFIED"
    text = result.stdout.str()
    assert "endpoint 2 (127.0.0.1)" in text
    repeat = next(line for line in result.stdout.lines if "repeat" in line)
    assert '--server-url "$SPEKE_URL_2"' in repeat and "@2" not in repeat, "a single endpoint is asked again alone"
    (folder,) = (laws.home / "reports").glob("2*")
    assert "at endpoint 2 (127.0.0.1)" in (folder / "qualification.html").read_text()
    assert "Endpoint by endpoint" in (folder / "summary.md").read_text()
    assert '"$SPEKE_URL_2"' in (folder / "exchanges/GOOD_2.0_2/ask.curl.sh").read_text()


def test_endpoints_that_offer_different_things_are_a_finding(laws: Checkout) -> None:
    laws.write("open.yaml", DISCOVERS)
    with two(versions=("2.0",)) as urls:
        result = laws.run(*urls, "--speke-profile=open.yaml")
    assert result.ret == 0
    document = laws.document()
    assert document["outcome"] == "QUALIFIED WITH ADVISORIES"
    (found,) = [one for one in every_result(document) if one["check"] == "run.endpoints-offer-the-same"]
    assert found["verdict"] == "ADVISORY"
    assert "SPEKE 2.1" in found["findings"][0]["seen"]
    assert found["findings"][0]["where"] == "endpoint 2 (127.0.0.1)"
    assert document["run"]["endpoints"][1]["claims"]["versions"] == ["2.0"]


def test_endpoints_that_offer_the_same_are_not(laws: Checkout) -> None:
    laws.write("open.yaml", DISCOVERS)
    with two() as urls:
        assert laws.run(*urls, "--speke-profile=open.yaml").ret == 0
    (found,) = [one for one in every_result(laws.document()) if one["check"] == "run.endpoints-offer-the-same"]
    assert found["verdict"] == "PASS"


@pytest.mark.parametrize("profile", ["tiny.yaml", "open.yaml"])
def test_an_endpoint_that_does_not_answer_costs_nothing_of_the_other(laws: Checkout, profile: str) -> None:
    laws.write("open.yaml", DISCOVERS)
    with socket.socket() as held, two() as urls:
        held.bind(("127.0.0.1", 0))
        dead = f"--server-url=http://127.0.0.1:{held.getsockname()[1]}/"
        result = laws.run(urls[0], dead, f"--speke-profile={profile}")
    assert result.ret == 10
    document = laws.document()
    assert document["outcome"] == "INCOMPLETE"
    assert document["run"]["incomplete"].startswith("endpoint 2 (127.0.0.1): ")
    assert document["endpoints"][0]["sets"]["speke-2.0@1"] == "QUALIFIED"
    assert document["endpoints"][1]["sets"]["speke-2.0@1"] == "INCOMPLETE"
    there = {one["verdict"] for one in every_result(document) if one["case"].endswith("@2")}
    assert there <= {"UNTESTABLE", "NOT CLAIMED"} and "UNTESTABLE" in there
    assert "PASS" in {one["verdict"] for one in every_result(document) if one["case"].endswith("@1")}


@pytest.mark.parametrize(
    ("args", "count"),
    [
        (("-k", "endpoint-2 and GOOD"), 2),
        (("testcases/topic/tiny.yaml::GOOD[2.0]@2",), 1),
        (("testcases/topic/tiny.yaml::GOOD[2.0]",), 2),
        (("testcases/topic/tiny.yaml::GOOD[2.0]::ask[echo.content-id]",), 2),
    ],
)
def test_what_is_selected(laws: Checkout, args: tuple[str, ...], count: int) -> None:
    with two() as urls:
        assert laws.run(*urls, *args).ret == 0
    document = laws.document()
    assert document["outcome"] == "PARTIAL"
    assert len(document["exchanges"]) == count


@pytest.mark.parametrize(
    ("urls", "words"),
    [
        (("http://127.0.0.1:1/", "http://127.0.0.1:1"), "number 2 is the same as number 1; give each endpoint once."),
        (("http://127.0.0.1:1/", "ftp://x/"), "number 2: The server URL must begin with http:// or https://."),
        (("http://127.0.0.1:1/", ""), "number 2: The server URL is empty"),
    ],
)
def test_a_wrong_url_is_one_sentence(checkout: Checkout, urls: tuple[str, ...], words: str) -> None:
    result = checkout.run(*(f"--server-url={url}" for url in urls))
    assert result.ret == 4
    assert words in result.stderr.str()
    assert not (checkout.home / "reports").exists()


def test_a_record_of_several_endpoints_is_judged_again_and_alike(laws: Checkout) -> None:
    with two(versions=("2.0",)) as urls:
        laws.run(*urls)
    (folder,) = (laws.home / "reports").glob("2*")
    document = read_results(str(folder / "results.json"))
    checks = load_checks()
    again = replay(document, load_cases(checks, options=arrays_of(document)), checks, "results.json")
    assert again.document.endpoints == document.endpoints
    assert (again.document.outcome, again.unasked, again.gone) == (document.outcome, [], [])


def test_evidence_of_several_endpoints_holds(laws: Checkout, tmp_path: Path) -> None:
    with two() as urls:
        laws.run(*urls)
    (folder,) = (laws.home / "reports").glob("2*")
    document = read_results(str(folder / "results.json"))
    assert list(refusals(document)) == []
    file = tmp_path / "evidence.zip"
    file.write_bytes(evidence(document, PRODUCT, KEY))
    checks = load_checks()
    report = check_evidence(file, KEY.public_key(), lambda arrays: (load_cases(checks, options=arrays), checks))
    assert report.bad == [] and report.judged > 1000


def test_no_report_shows_the_path_of_an_endpoint(laws: Checkout) -> None:
    with socket.socket() as held, two(versions=("2.0",)) as urls:
        held.bind(("127.0.0.1", 0))
        dead = f"--server-url=http://127.0.0.1:{held.getsockname()[1]}"
        result = laws.run(*(f"{url.rstrip('/')}/secret-tenant-{number}" for number, url in enumerate((*urls, dead))))
    assert result.ret == 1
    shown = [path.read_bytes() for path in (laws.home / "reports").rglob("*") if path.is_file()]
    assert len(shown) > 20 and not any(b"secret-tenant" in one for one in shown)
    assert "secret-tenant" not in result.stdout.str() + result.stderr.str()


def test_a_known_deviation_is_known_at_every_endpoint(laws: Checkout) -> None:
    name = next(name for name, one in refserver.load_faults().items() if one.kills == ("echo.content-id",))
    fault = refserver.load_faults()[name]
    known = "known: [{finding: 'echo.content-id@*', reason: r, reference: T-1, date: 2026-01-02}]\n"
    laws.write("known.yaml", f"extends: tiny.yaml\n{PROFILE.replace('profile: tiny', 'profile: known')}{known}")
    with refserver.Server(faults=[fault]) as one, refserver.Server(faults=[fault]) as other:
        urls = [f"--server-url={one.url}", f"--server-url={other.url}"]
        laws.run(*urls, "--speke-profile=known.yaml")
    results = [one for one in every_result(laws.document()) if one["check"] == "echo.content-id"]
    assert {(one["case"][-2:], one["verdict"]) for one in results if one["verdict"] != "PASS"} == {
        ("@1", "KNOWN"),
        ("@2", "KNOWN"),
    }
    assert "@1" not in results[0]["finding_id"]
