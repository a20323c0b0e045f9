"""Captures judged: mistakes of the user first, refusals by what the request deserves, several at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.__main__ import main
from conformance.catalogue.yamlfile import DataError
from conformance.checks import load_checks
from conformance.model import Verdict
from conformance.offline.captured import NO_PRIVATE_KEY, read_capture, read_pair
from conformance.offline.judged_pair import NO_REQUEST_HEAD, JudgedPair, judge_pair, lines
from conformance.run.profile import load_profile
from tests.offline.captures.samples import answers, requests, sample, wholes
from tests.offline.test_judged_pair import capture, failing

ONE = sample()
HEAD = b"HTTP/1.1 %s\r\nContent-Type: text/plain\r\n\r\n"


def check(request: bytes, answer: bytes, folder: Path, profile: str = "default") -> JudgedPair:
    (folder / "a").write_bytes(request)
    (folder / "b").write_bytes(answer)
    pair = read_pair(folder / "a", folder / "b")
    return judge_pair(pair, load_profile(profile), load_checks(), b"salt")


@pytest.mark.parametrize("form", wholes(ONE))
def test_every_form_is_judged_alike(form: str, tmp_path: Path) -> None:
    (tmp_path / "capture").write_bytes(wholes(ONE)[form])
    found = judge_pair(read_capture(tmp_path / "capture"), load_profile("default"), load_checks(), b"salt")
    assert found.exit_status == 0
    assert found.document.counts[Verdict.PASS] > 100


def test_wrappers_are_told(tmp_path: Path) -> None:
    found = check(requests(ONE)["base64"], answers(ONE)["json-string"], tmp_path)
    text = "\n".join(lines(found, 100))
    assert "NOTE  capture: base64 was taken off" in text
    assert "NOTE  capture: a string's quotation marks and escapes was taken off" in text
    assert found.exit_status == 0


def test_below_a_head_a_wrapper_is_the_servers(tmp_path: Path) -> None:
    head = answers(ONE)["curl-i"].partition(b"\r\n\r\n")[0]
    found = check(ONE.request, head + b"\r\n\r\n" + answers(ONE)["base64"], tmp_path)
    assert failing(found) == {"document.well-formed"}


# --- mistakes of the user

V1 = (
    b'<cpix:CPIX id="abc" xmlns:cpix="urn:dashif:org:cpix" xmlns:speke="urn:aws:amazon:com:speke"><cpix:ContentKeyList>'
    b'<cpix:ContentKey kid="98ee5596-cd3e-a20d-163a-e382420c6eff"/></cpix:ContentKeyList><cpix:DRMSystemList>'
    b'<cpix:DRMSystem kid="98ee5596-cd3e-a20d-163a-e382420c6eff" systemId="94ce86fb-07ff-4f43-adb8-93d2fa968ca2">'
    b"<cpix:URIExtXKey/><speke:KeyFormat/></cpix:DRMSystem></cpix:DRMSystemList></cpix:CPIX>"
)


def _another() -> bytes:
    other = ONE.answer.body.replace(b"spk2c", b"other").replace(b"AUDIO", b"STEREO")
    for key in json.loads(json.dumps([part[:36].decode() for part in other.split(b'ContentKey kid="')[1:]])):
        other = other.replace(key.encode(), (key[:-4] + "beef").encode())
    return other


MISTAKES = {
    "swapped": (ONE.answer.body, ONE.request, "they look swapped"),
    "request-is-no-document": (b"Hello", ONE.request, "they look swapped"),
    "answer-twice": (ONE.answer.body, ONE.answer.body, "the same document, an answer"),
    "request-twice": (ONE.request, ONE.request, "the same document, a request"),
    "request-holds-keys": (ONE.answer.body, ONE.answer.body + b"\n", "holds content keys, so it is an answer"),
    "v1": (V1, ONE.answer.body, "a request of SPEKE v1"),
    "another": (ONE.request, _another(), "the answer to another request"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_in_one_sentence(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    request, answer, sentence = MISTAKES[name]
    (tmp_path / "a").write_bytes(request)
    (tmp_path / "b").write_bytes(answer)
    assert main(["check", "--request", str(tmp_path / "a"), "--response", str(tmp_path / "b")]) == 4
    out = capsys.readouterr()
    assert out.out == ""
    assert sentence in out.err
    assert out.err.count("\n") == 1


def test_the_same_file_twice_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(ONE.answer.body)
    with pytest.raises(DataError, match="this looks like one document; give the other as well"):
        read_pair(tmp_path / "a", tmp_path / "a")
    with pytest.raises(DataError, match="the file cannot be read"):
        read_pair(tmp_path / "no", tmp_path / "a")


def test_a_profile_of_another_version(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"SPEKE 2\.0, and the profile speke-2\.1 judges 2\.1"):
        check(ONE.request, ONE.answer.body, tmp_path, "speke-2.1")


def test_a_changed_content_id_alone_is_a_failure(tmp_path: Path) -> None:
    found = check(ONE.request, ONE.answer.body.replace(b"spk2c", b"other"), tmp_path)
    assert "echo.content-id" in failing(found)


def test_a_v1_answer_is_a_failure(tmp_path: Path) -> None:
    assert check(ONE.request, V1, tmp_path).exit_status == 1


# --- refusals

WITHOUT_ID = ONE.request.replace(b" contentId=", b" id=")


@pytest.mark.parametrize(
    ("request_body", "status", "text", "failed", "exit_status"),
    [
        (WITHOUT_ID, b"422 Unprocessable", b"Missing CPIX@contentId", set(), 0),
        (WITHOUT_ID, b"422 Unprocessable", b"Malformed encryption contract", {"refusal.standard-message"}, 1),
        (WITHOUT_ID, b"500 Oops", b"Missing CPIX@contentId", set(), 0),
        (WITHOUT_ID, b"200 OK", b"Missing CPIX@contentId", {"refusal.status-is-error"}, 1),
        (WITHOUT_ID, b"403 Forbidden", b"Forbidden", set(), 0),
        (WITHOUT_ID, b"503 Unavailable", b"later", set(), 0),
        (ONE.request, b"422 Unprocessable", b"Missing CPIX@contentId", {"http.request-accepted"}, 1),
        (ONE.request, b"400 Bad", b"no", {"http.request-accepted"}, 1),
        (ONE.request, b"401 Unauthorized", b"no", set(), 0),
        (ONE.request, b"502 Bad Gateway", b"no", set(), 0),
        (ONE.request, b"429 Slow", b"no", set(), 0),
        (ONE.request, b"422 x", b"Requested CPIX encryption contract not supported", set(), 0),
        (ONE.request.replace(b'"2.3"', b'"2.2"'), b"422 x", b"Unsupported CPIX@version", set(), 0),
        (ONE.request.replace(b' version="2.3"', b""), b"422 x", b"Missing CPIX@version", set(), 0),
    ],
)
def test_a_refusal_is_judged_by_what_the_request_deserves(
    request_body: bytes, status: bytes, text: bytes, failed: set[str], exit_status: int, tmp_path: Path
) -> None:
    found = check(request_body, HEAD % status + text, tmp_path)
    assert failed <= failing(found)
    assert bool(failed) == bool(failing(found)), failing(found)
    assert found.exit_status == exit_status


def test_a_request_that_had_to_be_refused_was_answered(tmp_path: Path) -> None:
    assert "refusal.request-refused" in failing(check(WITHOUT_ID, ONE.answer.body, tmp_path))


def test_a_refusal_without_its_status(tmp_path: Path) -> None:
    right = check(WITHOUT_ID, b"Missing CPIX@contentId", tmp_path)
    assert right.exit_status == 0
    assert "refusal.status-is-error" in right.open
    wrong = check(ONE.request, b"Missing CPIX@contentId", tmp_path)
    text = "\n".join(lines(wrong, 200))
    assert "an answer without its status line: 'Missing CPIX@contentId'" in text
    assert "422" not in text.partition("effect")[0]


def test_a_refusal_that_speaks_of_a_header_nobody_gave(tmp_path: Path) -> None:
    refusal = HEAD % b"422 x" + b"Unsupported SPEKE version"
    found = check(ONE.request, refusal, tmp_path)
    assert (found.exit_status, set(found.open.values())) == (0, {NO_REQUEST_HEAD})
    assert failing(check(requests(ONE)["raw"], refusal, tmp_path)) == {"http.request-accepted"}


def test_a_crossed_pair_of_versions(tmp_path: Path) -> None:
    crossed = requests(ONE)["raw"].replace(b"X-Speke-Version: 2.0", b"X-Speke-Version: 2.1")
    found = check(crossed, HEAD % b"422 x" + b"Unsupported CPIX@version", tmp_path)
    assert found.exit_status == 0
    assert found.document.counts[Verdict.PASS]


# --- without the private key


def test_a_right_encrypted_answer_leaves_open_what_needs_the_key(tmp_path: Path) -> None:
    files = capture(tmp_path, encrypted=True)
    found = judge_pair(
        read_pair(files.request, files.response, files.headers), load_profile("default"), load_checks(), b"salt"
    )
    assert failing(found) == set()
    assert set(found.open.values()) == {NO_PRIVATE_KEY}
    assert "encryption.mac-method-present" not in found.open
    assert {"keys.value-is-16-bytes", "encryption.value-macs-verify", "encryption.oaep-with-sha1"} <= set(found.open)


@pytest.mark.parametrize(
    ("this", "by", "check_id"),
    [
        (b'commonEncryptionScheme="cbcs"', b'commonEncryptionScheme="cenc"', "keys.scheme-echoed"),
        (b"#rsa-oaep-mgf1p", b"#rsa-1_5", "encryption.document-key-wrapped"),
        (b"cpix:DeliveryDataList", b"cpix:Nothing", "encryption.delivery-data-per-recipient"),
        (b' explicitIV="', b' name="', "iv.answered-where-asked"),
    ],
)
def test_a_change_shows_without_the_key(this: bytes, by: bytes, check_id: str, tmp_path: Path) -> None:
    files = capture(tmp_path, encrypted=True)
    body = files.response.read_bytes()
    assert this in body
    files.response.write_bytes(body.replace(this, by))
    found = judge_pair(read_pair(files.request, files.response), load_profile("default"), load_checks(), b"salt")
    assert check_id in failing(found)


# --- the command


def test_several_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "request.xml").write_bytes(ONE.request)
    (tmp_path / "one" / "response.xml").write_bytes(ONE.answer.body)
    (tmp_path / "two.request.xml").write_bytes(ONE.request)
    (tmp_path / "two.answer.xml").write_bytes(ONE.answer.body.replace(b"spk2c", b"other"))
    (tmp_path / "three.har").write_bytes(wholes(ONE)["har"])
    (tmp_path / "four.txt").write_bytes(b"notes of somebody")
    assert main(["check", str(tmp_path)]) == 1
    out = capsys.readouterr()
    assert "FAIL  echo.content-id" in out.out
    assert "two::captured" in out.out
    assert "left out: " in out.err and "four.txt" in out.err
    assert main(["check", str(tmp_path / "one"), str(tmp_path / "three.har"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [case["name"] for case in document["cases"]] == ["one", "three.har", "RUN-LEDGER"]


def test_json_is_a_result_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from conformance.results.reader import parse_results

    (tmp_path / "c.har").write_bytes(wholes(ONE)["har"])
    assert main(["check", str(tmp_path / "c.har"), "--json"]) == 0
    document = parse_results(capsys.readouterr().out.encode(), "stdout")
    assert document.exit_status == 0
    assert main(["check", str(tmp_path / "c.har"), "--json", "--complete"]) in (0, 10)


def test_entries(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = json.loads(wholes(ONE)["har"])
    again = json.loads(json.dumps(whole["log"]["entries"][1]))
    again["request"]["url"] = "https://keys.example/other"
    whole["log"]["entries"].append(again)
    (tmp_path / "c.har").write_text(json.dumps(whole))
    assert main(["check", str(tmp_path / "c.har")]) == 4
    out = capsys.readouterr()
    assert "this holds 2 exchanges; say which with --entry NUMBER or a part of its URL" in out.err
    assert out.out.splitlines() == [
        "entry 2: POST https://keys.example/speke 200",
        "entry 3: POST https://keys.example/other 200",
    ]
    assert main(["check", str(tmp_path / "c.har"), "--entry", "2"]) == 0
    assert main(["check", str(tmp_path / "c.har"), "--entry", "/other"]) == 0
    assert main(["check", str(tmp_path / "c.har"), "--entry", "9"]) == 4


@pytest.mark.parametrize(
    "arguments",
    [
        ["check"],
        ["check", "--request", "a"],
        ["check", "a", "--request", "a", "--response", "b"],
        ["check", "a", "--headers", "b"],
        ["check", "--request", "-", "--response", "-"],
    ],
)
def test_options_that_do_not_fit(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 4
    assert capsys.readouterr().err.startswith("speke-conformance: ")


def test_a_recording_of_the_suite(tmp_path: Path) -> None:
    key = ONE.answer.body.partition(b"PlainValue>")[2].partition(b"<")[0]
    recorded = ONE.answer.body.replace(key, b"key:1f0c2d3e")
    found = check(ONE.request, recorded, tmp_path)
    assert failing(found) == set()
    assert found.withheld
    assert found.exit_status == 10
    assert "keys.not-zero" in found.open
    assert any("recording of this suite" in note for note in found.notes)
