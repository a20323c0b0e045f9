"""A mistake in a case file is one sentence with file, line and the nearest correct spelling."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.catalogue.yamlfile import DataError
from tests.cases.writing import read

HEAD = "- id: A-CASE\n  title: a title\n  why: a reason\n"
STEPS = "  steps:\n    - id: ask\n      checks: [http.request-accepted]\n"
FAMILY = "- family: A-FAMILY\n  title: a title\n  why: a reason\n  control: {}\n  cases:\n"
MEMBER = "    - id: A-MEMBER\n      title: a title\n      expect: {refused: any}\n"


def step(line: str) -> str:
    """A case whose only step has one line more; that line is line 7."""
    return f"{HEAD}{STEPS}      {line}\n"


def asking(check: str) -> str:
    """A case whose only step asks that; the question is in line 6."""
    return f"{HEAD}{STEPS}".replace("http.request-accepted", check)


WRONG: list[tuple[str, int, str]] = [
    # the text, the line, the sentence
    ("", 1, "a file of cases must be a list, not nothing"),
    ("a: b\n", 1, "must be a list, not a mapping"),
    ("- just text\n", 1, "an entry must be a mapping"),
    ("- title: no id\n", 1, "an entry has the field id (a case), family or combinations"),
    (f"{HEAD}", 1, "a case lacks the field 'steps'"),
    (f"{HEAD}  steps: []\n", 4, "this case has no step, so nothing would ever be sent"),
    (f"{HEAD}  stepps: []\n{STEPS}", 4, "unknown field 'stepps' (did you mean 'steps'?)"),
    (HEAD.replace("A-CASE", "A CASE") + STEPS, 1, "the id 'A CASE' may hold only letters"),
    (HEAD.replace("A-CASE", "A::CASE") + STEPS, 1, "may hold only letters"),
    (HEAD.replace("A-CASE", "[7]") + STEPS, 1, "id must be text, not a list"),
    (f'{HEAD}  versions: ["2.2"]\n{STEPS}', 4, "version '2.2' is not one of 2.0, 2.1"),
    (f"{HEAD}  versions: [2.0]\n{STEPS}", 4, "put it in quotes"),
    (f"{HEAD}  versions: []\n{STEPS}", 4, "names no version"),
    (f"{HEAD}  needs: [widevine+cbsc]\n{STEPS}", 4, "'widevine+cbsc' is nothing that can be claimed (did you"),
    (f"{HEAD}  needs: [key-encrytion]\n{STEPS}", 4, "(did you mean 'key-encryption'?)"),
    (f"{HEAD}  needs: [system.widevin]\n{STEPS}", 4, "(did you mean 'widevine'?)"),
    (f"{HEAD}  tags: [repetiton]\n{STEPS}", 4, "(did you mean 'repetition'?)"),
    (f"{HEAD}  for-each: {{scheme: []}}\n{STEPS}", 4, "gives scheme no value"),
    (f"{HEAD}  for-each: [scheme]\n{STEPS}", 4, "for-each must be a mapping"),
    (
        f"{HEAD}  for-each: {{scheme: [cenc]}}\n{STEPS}      request: {{scheme: '${{shceme}}'}}\n",
        8,
        "the variable ${shceme} is not in for-each (did you mean 'scheme'?)",
    ),
    (f"{HEAD}{STEPS}    - id: ask\n", 7, "two steps of this case are named 'ask'"),
    (step("chekcs: []"), 7, "a step has an unknown field 'chekcs' (did you mean 'checks'?)"),
    (step("expect: acepted"), 7, "expect 'acepted' is not one of accepted, free"),
    (step("expect: {refused: malformed-contrat}"), 7, "(did you mean 'malformed-contract'?)"),
    (step("expect: {refused: []}"), 7, "refused names no message"),
    (step("expect: {refuse: any}"), 7, "unknown field 'refuse' (did you mean 'refused'?)"),
    (step("requirement: [SPK20-ROOT-02]"), 7, "(did you mean 'SPK20-ROOT-"),
    (step("request: {scheem: cenc}"), 7, "request has an unknown field 'scheem' (did you mean 'scheme'?)"),
    (step("request: {scheme: cbsc}"), 7, "(did you mean 'cbcs'?)"),
    (step("request: {contract: [PRESET-VIDEO-9]}"), 7, "contract 'PRESET-VIDEO-9' is not known (did you mean"),
    (step("request: {contract: [EXAMPLE-1], rules: [{type: ALL}]}"), 7, "either contract or rules, not both"),
    (step("request: {rules: []}"), 7, "rules must hold at least one rule"),
    (step("request: {rules: [{filters: []}]}"), 7, "a rule lacks the field 'type'"),
    (step("request: {rules: [{type: SD, filters: [{vidoe: {}}]}]}"), 7, "(did you mean 'video'?)"),
    (step("request: {rules: [{type: SD, filters: [{video: {maxPixels: [1]}}]}]}"), 7, "must be a plain value"),
    (step("request: {systems: {exactly: [widewine]}}"), 7, "(did you mean 'widevine'?)"),
    (step("request: {systems: {all: [widevine]}}"), 7, "unknown field 'all'"),
    (step("request: {systems: {exactly: [], asked: []}}"), 7, "systems takes one of"),
    (step("request: {systems: {exactly: []}}"), 7, "names no DRM system"),
    (
        step("request: {systems: {exactly: [nagra]}, scheme: cenc}"),
        7,
        "the catalogue does not know what signalling nagra",
    ),
    (step("request: {systems: {asked: [widevine, nagra]}}"), 7, "write asked: [adb41c24-2dbf-4a6d-958b-4457c0d27b95]"),
    (step("request: {systems: {exactly: [fairplay]}, signalling: [pssh]}"), 7, "fairplay has no signalling of pssh"),
    (step("request: {systems: {claimed-of: [irdeto]}, signalling: [hls]}"), 7, "irdeto has no signalling of hls"),
    (
        step("request: {systems: {exactly: [6dd8b3c3-45f4-4a68-bf3a-64168d01a4a6]}}"),
        7,
        "no profile can claim the DRM system",
    ),
    (step("request: {signalling: [none, pssh]}"), 7, "signalling 'none' is not one of pssh"),
    (step("request: {signalling: [psssh]}"), 7, "(did you mean 'pssh'?)"),
    (step("request: {periods: [{ends: x}]}"), 7, "a period has an unknown field 'ends' (did you mean 'end'?)"),
    (step("request: {periods: [{label: a}, {label: a}]}"), 7, "two periods of this request have the label 'a'"),
    (step("request: {explicit-iv: some}"), 7, "explicit-iv 'some' is not one of all, none, first"),
    (step("request: {encrypt-to: [rsa-2047]}"), 7, "(did you mean 'rsa-2048'?)"),
    (step("request: {style: {ident: yes}}"), 7, "(did you mean 'indent'?)"),
    (step('request: {style: {indent: "no"}}'), 7, "style indent 'no' is not one of yes"),
    (step('request: {style: {prefix: "a b"}}'), 7, "takes a prefix"),
    (step("request: {template: nowhere.xml}"), 7, "the template nowhere.xml beside this file cannot be read"),
    (step("request: {like: aks}"), 7, "there is no earlier step 'aks'"),
    (step("request: {like: [ask]}"), 7, "like must be text, not a list"),
    (step('request: {content-id: "a\\x01b"}'), 7, "holds a control character"),
    (asking("http.request-acepted"), 6, "is not known (did you mean 'http.request-accepted'?)"),
    (asking("{bundle: accepted.core}"), 6, "an item of checks is the id of a check; all checks that apply run"),
    (step("except: {keys.not-zreo: why}"), 7, "check 'keys.not-zreo' is not known (did you mean 'keys.not-zero'?)"),
    (step("except: {keys.not-zero: }"), 7, "except keys.not-zero: give the reason why it must not run here"),
    (step("except: [keys.not-zero]"), 7, "except must be a mapping (key: value), not a list"),
    (
        f"{HEAD}  steps:\n    - id: ask\n      except: {{http.request-accepted: why}}\n",
        6,
        "without it nothing would show whether the step is accepted",
    ),
    (
        f"{HEAD}  steps:\n    - id: ask\n      checks: [iv.unchanged]\n      except: {{iv.unchanged: why}}\n",
        7,
        "this step exists for that very check",
    ),
    (asking("[http.request-accepted]"), 6, "is not known"),
    (FAMILY, 5, "cases must be a list, not nothing"),
    (f"{FAMILY}{MEMBER}      defects: []\n", 9, "unknown field 'defects' (did you mean 'defect'?)"),
    (f"{FAMILY}{MEMBER}      request: {{like: ask}}\n", 9, "like names an earlier step of a case; a family has none"),
    (f"{FAMILY.replace('control: {}', 'control: {like: ask}')}{MEMBER}", 4, "a family has none"),
    (f"{FAMILY}    - id: A-MEMBER\n      title: t\n", 6, "a case of the family lacks the field 'expect'"),
    (f"{FAMILY.replace('A-FAMILY', 'A/FAMILY')}{MEMBER}", 1, "the family 'A/FAMILY' may hold only letters"),
]


@pytest.mark.parametrize(("text", "line", "sentence"), WRONG, ids=[str(number) for number in range(len(WRONG))])
def test_a_mistake_is_named_with_its_line(text: str, line: int, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, text)
    assert sentence in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path.name}/topic/file.yaml:{line}: ")
    assert "\n" not in str(caught.value)


DEFECTS: list[tuple[str, str]] = [
    ("{remvoe: //a}", "operation 'remvoe' is not one of"),
    ("{remove: [a]}", "a path must be text, not a list"),
    ("{remove: '//cpix:ContentKey['}", "is not an XPath that can be used"),
    ("{remove: '//xpic:ContentKey'}", "is not an XPath that can be used (Undefined namespace prefix)"),
    ("{remove: 'count(//cpix:ContentKey)'}", "names no elements"),
    ("{remove: '//cpix:ContentKey/@foo:bar'}", "the prefix 'foo' is not one of"),
    ("{set: {at: //cpix:ContentKey/@kid}}", "the operation set lacks the field 'to'"),
    ("{set: {at: //cpix:ContentKey/@kid, too: x, to: y}}", "unknown field 'too' (did you mean 'to'?)"),
    ("{set: {at: //cpix:ContentKey/@kid, to: [x]}}", "must be a plain value"),
    ("{set: //cpix:ContentKey/@kid}", "the operation set must be a mapping"),
    ("{insert: {into: /cpix:CPIX, xml: '<a>'}}", "the xml is not well-formed"),
    ("{insert: {into: /cpix:CPIX, xml: 'text'}}", "holds no element"),
    ("{insert: {into: /cpix:CPIX, xml: '<a/>', position: middle}}", "position is first, last or a whole number"),
    ("{rename: {at: //cpix:ContentKey, to: 'no:Prefix'}}", "the prefix 'no' is not one of"),
    ("{rename: {at: //cpix:ContentKey, to: '<'}}", "is not a name in XML"),
    ("{header: {'X Y': z}}", "'X Y' is not the name of a header"),
    ('{header: {X-Y: "a\\r\\nb: c"}}', "is not one line of ASCII"),
    ("{header: X-Y}", "must be a mapping"),
    ("{method: 'GET /'}", "is not an HTTP method"),
    ("{truncate: 1}", "takes the share of the bytes"),
    ("{truncate: half}", "takes the share of the bytes"),
    ("{truncate: yes}", "takes the share of the bytes"),
    ("{replace: {this: '', by: x}}", "the text to be replaced must not be empty"),
    ("{body: [x]}", "must be a plain value"),
    ("{set: {at: //cpix:ContentKey/@kid, to: '${kid.x}'}}", "the variable ${kid.x} is not known"),
    ("{set: {at: //cpix:ContentKey/@kid, to: '${kid.0}'}}", "the variable ${kid.0} is not known"),
    ("{set: {at: //cpix:ContentKey/@kid, to: '${system.fairply}'}}", "(did you mean 'fairplay'?)"),
    ("[]", "a defect must be a mapping"),
]


@pytest.mark.parametrize(("defect", "sentence"), DEFECTS, ids=[text for text, _ in DEFECTS])
def test_a_mistake_in_a_defect_is_named_before_anything_is_sent(defect: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, step(f"defect: [{defect}]"))
    assert sentence in str(caught.value)
    assert ":7: " in str(caught.value)


def test_a_template_is_read_when_the_case_is(tmp_path: Path) -> None:
    folder = tmp_path / "topic"
    folder.mkdir()
    (folder / "sent.xml").write_text("<cpix:CPIX\n contentId='{{contentid}}'/>")
    with pytest.raises(DataError, match=r"sent\.xml:2: unknown slot 'contentid' \(did you mean 'contentId'\?\)"):
        read(tmp_path, step("request: {template: sent.xml}"))
    (folder / "sent.xml").write_text("<a>{{certificate}}</a>")
    with pytest.raises(DataError, match=r"file\.yaml:7: the template has a slot for a certificate; add encrypt-to"):
        read(tmp_path, step("request: {template: sent.xml}"))
    (folder / "sent.xml").write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match="cannot be read"):
        read(tmp_path, step("request: {template: sent.xml}"))
