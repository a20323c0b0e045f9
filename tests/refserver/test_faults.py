"""The fault engine at its four seams, and the loader's messages."""

from __future__ import annotations

import base64
import threading
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.refserver import Config, Fault, FaultError, HttpAnswer, ServerState, load_faults
from conformance.refserver.faults.key_ops import IV_WORDS, KEY_WORDS, SIGNAL_KIDS, TEXT_WORDS, WHICH, playready_test_key
from conformance.refserver.faults.model import Condition
from tests.refserver.asking import FAIRPLAY, IV, KIDS, PLAYREADY, WIDEVINE, Ask, nodes, texts, values

THREE = (("A", "<cpix:VideoFilter/>"), ("B", "<cpix:VideoFilter/>"), ("C", "<cpix:AudioFilter/>"))
PLAIN = "//pskc:PlainValue"
FAULTS = load_faults()
CRASH = HttpAnswer(500, (("Content-Type", "text/plain; charset=utf-8"),), b"Internal error.")
PSSH = f"//cpix:DRMSystem[@systemId='{WIDEVINE}']/cpix:PSSH"


def loaded(path: Path, text: str) -> Fault:
    path = path / "faults.yaml"
    path.write_text(text, encoding="utf-8")
    return next(iter(load_faults([path]).values()))


def fault(path: Path, seam: str, do: str, when: str = "{}") -> Fault:
    return loaded(path, f"- {{id: X, story: s, area: a, seam: {seam}, when: {when}, do: [{do}]}}\n")


def test_every_fault_that_comes_with_the_server_can_be_loaded() -> None:
    assert len(FAULTS) >= 100
    assert len({one.story for one in FAULTS.values()}) == len(FAULTS)
    for one in FAULTS.values():
        assert one.kills or one.records, one.id


@pytest.mark.parametrize("name", [name for name, one in FAULTS.items() if not one.base])
def test_no_fault_breaks_the_server_itself(name: str) -> None:
    one = FAULTS[name]
    for ask in (Ask(), Ask(version="2.1", contract=THREE), Ask(scheme="cenc", systems=(WIDEVINE, PLAYREADY))):
        assert ask.send(faults=[one]) != CRASH


@pytest.mark.parametrize(
    ("when", "hits"),
    [
        ("{keys: 2}", True),
        ('{keys: ">= 3"}', False),
        ('{keys: "< 3", version: "2.0", cpix-version: "2.3"}', True),
        ("{scheme: [cenc, cbcs]}", True),
        ("{scheme: cenc}", False),
        ("{system: fairplay, encrypted: false, method: POST}", True),
        ("{encrypted: true}", False),
        ('{content-id: "~ ^film-\\\\d$"}', True),
        ("{track-type: AUDIO, periods: 1, rules: 2, recipients: 0, drm-systems: 6}", True),
        ("{request-number: 1, refusals-before: 0, status: accepted}", True),
        ("{status: refused}", False),
    ],
)
def test_conditions(tmp_path: Path, when: str, hits: bool) -> None:
    one = fault(tmp_path, "http", "status: 299", when)
    assert (Ask().send(faults=[one]).status == 299) == hits


def test_request_seam(tmp_path: Path) -> None:
    accepted = fault(tmp_path, "request", "drop-check: content-id")
    assert Ask(content_id="").send(faults=[accepted]).status == 200
    other = fault(tmp_path, "request", 'treat-version: {from: "9.9", as: "2.0"}')
    assert Ask(headers=(("X-Speke-Version", "9.9"),)).send(faults=[other]).status == 200
    missing = fault(tmp_path, "request", 'treat-version: {from: missing, as: "2.0"}')
    assert Ask(headers=(("A", "b"),)).send(faults=[missing]).status == 200
    configured = fault(tmp_path, "request", "config: {systems: [widevine], style: {error_status: 400}}")
    assert Ask().send(faults=[configured]).status == 400
    edited = fault(tmp_path, "request", 'edit-request: [remove: "//cpix:AudioFilter/.."]')
    assert Ask().send(faults=[edited]).body == b"Malformed encryption contract"


@pytest.mark.parametrize("word", [*KEY_WORDS, *TEXT_WORDS])
def test_every_key_word_changes_keys_or_depends_on_something(tmp_path: Path, word: str) -> None:
    one = fault(tmp_path, "keys", f"key: {word}")
    ask = Ask(contract=THREE, scheme="cenc", systems=(WIDEVINE, PLAYREADY))
    changed = ask.send(faults=[one])
    assert changed.status == 200
    assert (changed.body == ask.send().body) == (word in ("of-company", "by-company", "by-twin", "by-eviction"))


@pytest.mark.parametrize("word", IV_WORDS)
def test_every_iv_word_changes_the_iv(tmp_path: Path, word: str) -> None:
    one = fault(tmp_path, "keys", f"iv: {word}")
    made = texts(Ask().tree(faults=[one]), "//cpix:ContentKey/@explicitIV")
    assert (made == [IV, IV]) == (word in ("iv", "of-request-before"))


@pytest.mark.parametrize("word", SIGNAL_KIDS)
def test_signalled_kid_of_one_system(tmp_path: Path, word: str) -> None:
    one = fault(tmp_path, "keys", f"signal: {{kid: {word}, systems: [widevine], which: second}}")
    plain, changed = Ask().tree(), Ask().tree(faults=[one])
    path = f"//cpix:DRMSystem[@systemId='{FAIRPLAY}']/*"
    assert texts(plain, path) == texts(changed, path)
    before, after = texts(plain, PSSH), texts(changed, PSSH)
    assert before[0] == after[0]
    assert (before[1] == after[1]) == (word in ("asked", "of-last"))


@pytest.mark.parametrize("which", [*WHICH, 2])
def test_choice_of_keys(tmp_path: Path, which: str | int) -> None:
    one = fault(tmp_path, "keys", f"key: {{value: zero, which: {which}}}")
    zero = [
        index for index, key in enumerate(values(Ask(contract=THREE).tree(faults=[one]), PLAIN)) if key == bytes(16)
    ]
    expected = {"all": [0, 1, 2], "first": [0], "last": [2], "not-first": [1, 2], "second": [1], "even": [1], 2: [1]}
    assert zero == expected[which]


def test_checksum_follows_the_key_unless_it_is_told_not_to(tmp_path: Path) -> None:
    ask, path = Ask(scheme="cenc", systems=(PLAYREADY,)), "//cpix:PSSH"
    follows = fault(tmp_path, "keys", "key: changed")
    assert texts(ask.tree(faults=[follows]), path) != texts(ask.tree(), path)
    stays = fault(tmp_path, "keys", "key: {value: changed, signalled: false}")
    assert texts(ask.tree(faults=[stays]), path) == texts(ask.tree(), path)


def test_playready_test_seed() -> None:
    kid = UUID("09e091ab-f838-41d2-9e35-58531fd19ec7")
    assert playready_test_key(kid).hex() == "9cb061164b7013eaefcc7d6d18424c2c"


FIRST, LAST = "//cpix:ContentKey[1]", "//cpix:ContentKey[last()]"


@pytest.mark.parametrize(
    ("do", "path", "expected"),
    [
        (f'set-attr: {{at: "{FIRST}", name: id, value: "{{kid-2}}"}}', f"{FIRST}/@id", [KIDS[1]]),
        (f'remove-attr: {{at: "{FIRST}", name: kid}}', f"{FIRST}/@kid", []),
        (f'edit-attr: {{at: "{FIRST}", name: kid, case: upper}}', f"{FIRST}/@kid", [KIDS[0].upper()]),
        (f'copy-attr: {{from: "{LAST}", to: "{FIRST}", name: kid}}', f"{FIRST}/@kid", [KIDS[1]]),
        (f'swap-attr: {{first: "{FIRST}", second: "{LAST}", name: kid}}', "//cpix:ContentKey/@kid", [KIDS[1], KIDS[0]]),
        (f'set-text: {{at: "{FIRST}{PLAIN}", value: x}}', f"{FIRST}{PLAIN}", ["x"]),
        (f'edit-text: {{at: "{FIRST}{PLAIN}", pattern: [".+", "y"]}}', f"{FIRST}{PLAIN}", ["y"]),
        (f'remove: "{FIRST}"', "//cpix:ContentKey/@kid", [KIDS[1]]),
        (f'insert: {{at: "{FIRST}", where: before, xml: "<cpix:ContentKey kid=\'n\'/>"}}', f"{FIRST}/@kid", ["n"]),
        (f'insert: {{at: "{FIRST}", where: after, xml: "<cpix:ContentKey kid=\'n\'/>"}}', "//*[@kid='n']/@kid", ["n"]),
        (f'insert: {{at: "{FIRST}", where: first, xml: "<speke:Old>v1</speke:Old>"}}', f"{FIRST}/*[1]", ["v1"]),
        (f'rename: {{at: "{FIRST}", to: Key}}', "//cpix:Key/@kid", [KIDS[0]]),
        (
            f'move: {{at: "{FIRST}", to: "//cpix:DRMSystemList"}}',
            "//cpix:DRMSystemList/cpix:ContentKey/@kid",
            [KIDS[0]],
        ),
        (f'duplicate: "{FIRST}"', "//cpix:ContentKey/@kid", [KIDS[0], KIDS[0], KIDS[1]]),
        ('reverse: "//cpix:ContentKeyList"', "//cpix:ContentKey/@kid", [KIDS[1], KIDS[0]]),
        (f'swap: {{first: "{FIRST}", second: "{LAST}"}}', "//cpix:ContentKey/@kid", [KIDS[1], KIDS[0]]),
        ('remove: "//cpix:Nothing"', "//cpix:ContentKey/@kid", [KIDS[0], KIDS[1]]),
    ],
)
def test_answer_seam(tmp_path: Path, do: str, path: str, expected: list[str]) -> None:
    assert texts(Ask().tree(faults=[fault(tmp_path, "answer", do)]), path) == expected


def test_copy_and_swap_text(tmp_path: Path) -> None:
    keys = texts(Ask().tree(), PLAIN)
    copied = fault(tmp_path, "answer", f'copy-text: {{from: "{FIRST}{PLAIN}", to: "{LAST}{PLAIN}"}}')
    assert texts(Ask().tree(faults=[copied]), PLAIN) == [keys[0], keys[0]]
    swapped = fault(tmp_path, "answer", f'swap-text: {{first: "{FIRST}{PLAIN}", second: "{LAST}{PLAIN}"}}')
    assert texts(Ask().tree(faults=[swapped]), PLAIN) == keys[::-1]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("splice: {at: 8, remove: 1, insert: '01'}", lambda box: box[:8] + b"\x01" + box[9:]),
        ("splice: {at: -1, remove: 1}", lambda box: box[:-1]),
        ("append-hex: 0a0b", lambda box: box + b"\x0a\x0b"),
        ("becomes-hex: 'ff'", lambda box: b"\xff"),
        ("cut: 7", lambda box: box[:7]),
        ("repeat: 2", lambda box: box * 2),
        ("swap-uuid-at: 12", lambda box: box[:12] + UUID(bytes=box[12:28]).bytes_le + box[28:]),
    ],
)
def test_payload_edit_is_followed_by_its_copies(tmp_path: Path, change: str, expected: object) -> None:
    one = fault(tmp_path, "answer", f'decode-edit: {{at: "{PSSH}", layers: [base64], {change}, follow: true}}')
    before, tree = values(Ask().tree(), PSSH)[0], Ask().tree(faults=[one])
    assert callable(expected)
    text = texts(tree, PSSH)[0]
    assert base64.b64decode(text) == expected(before)
    system = f"//cpix:DRMSystem[@systemId='{WIDEVINE}'][1]"
    assert f">{text}<" in values(tree, f"{system}/cpix:ContentProtectionData")[0].decode()
    assert f'base64,{text}"' in values(tree, f"{system}/cpix:HLSSignalingData")[1].decode()


def test_payload_layers_fix_their_lengths(tmp_path: Path) -> None:
    path = f"//cpix:DRMSystem[@systemId='{PLAYREADY}']/cpix:PSSH"
    do = f'decode-edit: {{at: "{path}", layers: [base64, pssh-data, pro-header], replace: ["4.3.0.0", "4.30.0.0"]}}'
    box = values(Ask().tree(faults=[fault(tmp_path, "answer", do)]), path)[0]
    assert int.from_bytes(box[:4], "big") == len(box)
    assert int.from_bytes(box[32:36], "little") == len(box) - 32
    assert "4.30.0.0" in box[42:].decode("utf-16-le")
    narrow = f'decode-edit: {{at: "{path}", layers: [base64, pssh-data, pro-header], narrow: true}}'
    assert b"<WRMHEADER xmlns=" in values(Ask().tree(faults=[fault(tmp_path, "answer", narrow)]), path)[0]


def test_payload_without_the_layer_is_left_alone(tmp_path: Path) -> None:
    for layers in (
        "[base64, pro-header]",
        "[base64, utf-8]",
        "[pssh-data]",
        "[base64, {group: x}]",
        "[base64, base64]",
    ):
        one = fault(tmp_path, "answer", f'decode-edit: {{at: "{PSSH}", layers: {layers}, append: x}}')
        assert texts(Ask().tree(faults=[one]), PSSH) == texts(Ask().tree(), PSSH)


@pytest.mark.parametrize(
    ("change", "text", "expected"),
    [
        ("add: -1", "7", "6"),
        ("add: 1", "x", "x"),
        ("shift-hours: 2", "2026-01-01T00:00:00Z", "2026-01-01T02:00:00Z"),
        ("shift-hours: 2", "soon", "soon"),
        ("swap-uuid: true", "00112233-4455-6677-8899-aabbccddeeff", "33221100-5544-7766-8899-aabbccddeeff"),
        ("truncate: 2", "abc", "ab"),
        ("base64: true", "abc", "YWJj"),
        ("hex: true", "YWJj", "616263"),
        ("url-safe: true", "+/", "-_"),
        ("unpadded: true", "YQ==", "YQ"),
        ("prepend: x", "a", "xa"),
    ],
)
def test_text_changes(tmp_path: Path, change: str, text: str, expected: str) -> None:
    do = f'set-attr: {{at: "/*", name: name, value: "{text}"}}, edit-attr: {{at: "/*", name: name, {change}}}'
    one = fault(tmp_path, "answer", do.replace(", edit-attr", "}, {edit-attr").join(("{", "}")))
    assert Ask().tree(faults=[one]).get("name") == expected


def test_http_seam(tmp_path: Path) -> None:
    one = loaded(
        tmp_path,
        """
- id: X
  story: s
  area: a
  seam: http
  do:
    - status: {code: 299, reason: Odd}
    - header: {name: x-speke-user-agent, value: other}
    - add-header: {name: X-More, value: "{path}"}
    - rename-header: {name: Content-Type, to: Type}
    - edit-header: {name: Type, append: ";v=1"}
    - remove-header: X-Speke-Version
    - body: "<{content-id}> {key-1-hex}"
    - edit-body: {append: "!"}
    - edit-body: {append-hex: ff}
    - behave: {delay-ms: 0, close: true}
""",
    )
    got = Ask().send(faults=[one])
    assert got.status == 299
    assert got.behaviour is not None
    assert (got.behaviour.reason, got.behaviour.close) == ("Odd", True)
    assert got.headers == (("Type", "application/xml;v=1"), ("x-speke-user-agent", "other"), ("X-More", "/speke"))
    key = values(Ask().tree(), PLAIN)[0].hex()
    assert got.body == f"<film-1> {key}!".encode() + b"\xff"


def test_messages_and_encodings(tmp_path: Path) -> None:
    wrapped = fault(tmp_path, "http", 'body: "<b>{message}</b> was {body}"', "{status: refused}")
    message = "Missing CPIX@contentId"
    assert Ask(content_id="").send(faults=[wrapped]).body.decode() == f"<b>{message}</b> was {message}"
    ten = fault(tmp_path, "http", 'body: "{all-messages}"')
    assert len(Ask().send(faults=[ten]).body.splitlines()) == 10
    for name in ("gzip", "deflate", "utf-16", "latin-1"):
        packed = fault(tmp_path, "http", f"encode-body: {name}")
        assert Ask().send(faults=[packed]).status == 200


def test_memory(tmp_path: Path) -> None:
    stale = fault(tmp_path, "http", "replay: [keys, scheme]")
    state = ServerState()
    first = Ask().send(faults=[stale], state=state)
    assert Ask(content_id="film-2").send(faults=[stale], state=state) == first
    assert Ask(contract=THREE).send(faults=[stale], state=state) != first
    damaged = fault(tmp_path, "keys", "key: zero", '{refusals-before: ">= 1"}')
    assert bytes(16) not in values(Ask().tree(faults=[damaged], state=state), PLAIN)
    Ask(content_id="").send(state=state)
    assert set(values(Ask().tree(faults=[damaged], state=state), PLAIN)) == {bytes(16)}


def test_answers_are_mixed_up_in_company(tmp_path: Path) -> None:
    one = loaded(
        tmp_path,
        "- {id: X, story: s, area: a, seam: [request, keys], do: [wait-for-company: 5000, key: of-company]}\n",
    )
    state, keys = ServerState(), {}

    def ask(name: str) -> None:
        keys[name] = values(Ask(content_id=name).tree(faults=[one], state=state), PLAIN)

    threads = [threading.Thread(target=ask, args=(name,)) for name in ("film-1", "film-2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    right = {name: values(Ask(content_id=name).tree(), PLAIN) for name in keys}
    assert keys["film-1"] == right["film-2"] or keys["film-2"] == right["film-1"]
    assert state.under_way == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "- {id: X, story: s, area: a, seam: http, doo: []}",
            "faults.yaml:1: X: there is no field doo; did you mean do?",
        ),
        ("- {id: X, story: s, area: a, seam: http}", "X: do is missing"),
        ("- {id: X, story: s, area: a, seam: htpp, do: [status: 1]}", "there is no seam htpp; did you mean http?"),
        ("- {id: X, story: s, area: a, seam: http, do: [statuss: 1]}", "no operation statuss; did you mean status?"),
        ("- {id: X, story: s, area: a, seam: http, do: [header: {nam: X, value: y}]}", "did you mean name?"),
        ("- {id: X, story: s, area: a, seam: http, do: [header: {name: X}]}", "header needs value"),
        ("- {id: X, story: s, area: a, seam: http, do: [header: X]}", "header needs named arguments"),
        ("- {id: X, story: s, area: a, seam: http, do: [status]}", "an operation is written as"),
        ("- {id: X, story: s, area: a, seam: keys, do: [status: 1]}", "its operations act at http"),
        ("- {id: X, story: s, area: a, seam: keys, do: [key: zeroo]}", "no key value zeroo; did you mean zero?"),
        ("- {id: X, story: s, area: a, seam: keys, do: [iv: drop]}", "did you mean dropped?"),
        ("- {id: X, story: s, area: a, seam: keys, do: [signal: {kid: firsts}]}", "no signalled KID firsts"),
        ("- {id: X, story: s, area: a, seam: keys, do: [key: {value: zero, which: frist}]}", "did you mean first?"),
        ("- {id: X, story: s, area: a, seam: request, do: [drop-check: scheme]}", "there is no check scheme"),
        ("- {id: X, story: s, area: a, seam: request, do: [config: {sead: x}]}", "config does not fit"),
        ('- {id: X, story: s, area: a, seam: answer, do: [remove: "//["]}', "is not an XPath"),
        ('- {id: X, story: s, area: a, seam: answer, do: [edit-text: {at: "/*"}]}', "does not say what to change"),
        (
            '- {id: X, story: s, area: a, seam: answer, do: [decode-edit: {at: "/*", layers: [b64], cut: 1}]}',
            "no layer b64",
        ),
        (
            "- {id: X, story: s, area: a, seam: http, when: {key: 1}, do: [status: 1]}",
            "no fact key; did you mean keys?",
        ),
        ("- {id: X, story: s, area: a, seam: keys, when: {status: refused}, do: [key: zero]}", "at the seam http only"),
        ("- {id: X, id: Y}", "id is written twice"),
        ("- {id: X\n", "faults.yaml:"),
        ("id: X", "a list of faults was expected"),
    ],
)
def test_wrong_files_are_explained(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(FaultError) as caught:
        loaded(tmp_path, text)
    assert message in str(caught.value)
    assert "faults.yaml" in str(caught.value)


def test_line_of_a_later_fault_and_double_ids(tmp_path: Path) -> None:
    good = "- {id: X, story: s, area: a, seam: http, do: [status: 1]}\n"
    with pytest.raises(FaultError, match=r"faults\.yaml:3"):
        loaded(tmp_path, good + "\n- {id: Y, story: s, area: a, seam: no, do: [status: 1]}\n")
    with pytest.raises(FaultError, match="X is already defined at"):
        loaded(tmp_path, good * 2)
    with pytest.raises(FaultError, match="nowhere"):
        load_faults([tmp_path / "nowhere.yaml"])
    (tmp_path / "empty.yaml").write_text("", encoding="utf-8")
    assert load_faults([tmp_path / "empty.yaml"]) == {}


@given(st.integers(0, 99), st.sampled_from([">=", "<=", ">", "<", "!="]), st.integers(0, 99))
@settings(max_examples=150, deadline=None)
def test_comparisons(value: int, sign: str, limit: int) -> None:
    assert Condition("keys", f"{sign} {limit}").holds(value) == eval(f"{value} {sign} {limit}")


def test_without_faults_the_engine_leaves_no_trace() -> None:
    assert Ask().send() == Ask().send(Config(), (), ServerState())
    assert nodes(Ask().tree(), "//cpix:ContentKey")
