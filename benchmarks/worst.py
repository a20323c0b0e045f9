"""(g): the answers that cost most of all that the limits allow: CPU and memory to judge, record and report them."""

# ruff: noqa: E501 - a table reads better with a line for each row

from __future__ import annotations

import base64
import struct
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from uuid import UUID

import msgspec

from benchmarks.measuring import Row
from conformance.cases import Seed, load_cases
from conformance.cases.certificates import KeyRing
from conformance.checks import load_checks
from conformance.checks.context import Context
from conformance.checks.selector import select
from conformance.faultmatrix.in_process import InProcess
from conformance.model import Exchange, HttpAnswer
from conformance.recording.exchange_record import Recorder
from conformance.redaction.redactor import Redactor
from conformance.run.asking import answers_at
from conformance.run.built_in import built_in_config
from conformance.run.profile import load_profile
from conformance.run.rulebooks import rulebook_of
from conformance.run.runner import RunContext, Runner

MIB = 1 << 20
MOST_SECONDS, MOST_MEGABYTES = 1.0, 100.0
WIDEVINE = "edef8ba9-79d6-4ace-a3c8-27dcd51d21ed"
PLAYREADY = "9a04f079-9840-4286-ab92-e65be0885f95"
_ROOM = 40_000
"""Bytes of the right answer around what is put into it."""

Made = Callable[[str], bytes]


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def uuid(number: int) -> str:
    return str(UUID(int=(number * 0x9E3779B97F4A7C15F39CC0605CEDC835) % (1 << 128)))


def key(number: int) -> bytes:
    return UUID(uuid(number + 7)).bytes[::-1]


_part = [1.0]


def part_of_limits(part: float) -> None:
    """Make what is made from now on that part of what the limits allow; for comparing two sizes."""
    _part[0] = part


def many(template: Callable[[int], str], most: int = 19_800, size: int = MIB - _ROOM, elements: int = 1) -> str:
    """As many of something as the limits allow."""
    most, size = int(most * _part[0]), int(size * _part[0])
    parts: list[str] = []
    length = 0
    for number in range(most // elements):
        part = template(number)
        length += len(part)
        if length > size:
            break
        parts.append(part)
    return "".join(parts)


def box(system: str, data: bytes, kids: int = 0) -> bytes:
    head = UUID(system).bytes
    inner = head + (struct.pack(">I", kids) + b"".join(key(n) for n in range(kids)) if kids else b"")
    inner += struct.pack(">I", len(data)) + data
    return struct.pack(">I4sI", len(inner) + 12, b"pssh", 0x01000000 if kids else 0) + inner


def playready(kids: int, filling: int = 0) -> bytes:
    entries = "".join(f'<KID ALGID="AESCTR" VALUE="{b64(key(n))}"/>' for n in range(kids))
    header = (
        '<WRMHEADER xmlns="http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader" version="4.2.0.0"><DATA>'
        f"<PROTECTINFO><KIDS>{entries}</KIDS></PROTECTINFO><CUSTOMATTRIBUTES>{'x' * filling}</CUSTOMATTRIBUTES>"
        "</DATA></WRMHEADER>"
    ).encode("utf-16-le")
    return struct.pack("<IHHH", len(header) + 10, 1, 1, len(header)) + header


def _in(name: str, inner: Callable[[], str]) -> Made:
    """Put behind the first child of a list of the right answer."""
    return lambda right: right.replace(f"</cpix:{name}>", f"{inner()}</cpix:{name}>", 1).encode()


def _root(inner: Callable[[], str]) -> Made:
    return lambda right: right.replace("</cpix:CPIX>", f"{inner()}</cpix:CPIX>", 1).encode()


def _element(name: str, text: Callable[[], str]) -> Made:
    """In place of the first element of that name."""

    def made(right: str) -> bytes:
        start = right.index(f"<cpix:{name}")
        start = right.index(">", start) + 1
        return (right[:start] + text() + right[right.index(f"</cpix:{name}>", start) :]).encode()

    return made


def _prose(text: Callable[[], str]) -> Made:
    return lambda right: text().encode()[:MIB]


def _content_key(number: int) -> str:
    return (
        f'<cpix:ContentKey kid="{uuid(number)}" explicitIV="{b64(key(number + 1))}" commonEncryptionScheme="cbcs">'
        f"<cpix:Data><pskc:Secret><pskc:PlainValue>{b64(key(number))}</pskc:PlainValue></pskc:Secret></cpix:Data>"
        "</cpix:ContentKey>"
    )


def _system(number: int, inner: str = "") -> str:
    return f'<cpix:DRMSystem kid="{uuid(number)}" systemId="{WIDEVINE}">{inner}</cpix:DRMSystem>'


def _rule(number: int, inner: str = "") -> str:
    return f'<cpix:ContentKeyUsageRule kid="{uuid(number)}" intendedTrackType="T{number}">{inner}</cpix:ContentKeyUsageRule>'


def _attributes(number: int, prefix: str = "") -> str:
    return " ".join(f'{prefix}a{one}="{number}"' for one in range(60))


def wrapped(name: str, inner: str) -> str:
    return f"<cpix:{name}>{inner}</cpix:{name}>"


_PSSH = wrapped("PSSH", b64(box(WIDEVINE, b"")))
_LINE = b64(b"#EXT-X-KEY:METHOD=NONE")

WORST: Mapping[str, Made] = {
    "the right answer": lambda right: right.encode(),
    "ContentKeys, empty": _in("ContentKeyList", lambda: many(lambda n: "<cpix:ContentKey/>")),
    "ContentKeys, one kid": _in("ContentKeyList", lambda: many(lambda n: f'<cpix:ContentKey kid="{uuid(1)}"/>')),
    "ContentKeys, kids": _in("ContentKeyList", lambda: many(lambda n: f'<cpix:ContentKey kid="{uuid(n)}"/>')),
    "ContentKeys, filled": _in("ContentKeyList", lambda: many(_content_key, elements=4)),
    "ContentKeys, one value": _in(
        "ContentKeyList", lambda: many(lambda n: _content_key(n).replace(b64(key(n)), b64(key(1))), elements=4)
    ),
    "PlainValues in one key": _element(
        "Data",
        lambda: many(
            lambda n: f"<pskc:Secret><pskc:PlainValue>{b64(key(n))}</pskc:PlainValue></pskc:Secret>", elements=2
        ),
    ),
    "Data in one key": _in("ContentKey", lambda: many(lambda n: "<cpix:Data/>")),
    "DRMSystems, empty": _in("DRMSystemList", lambda: many(lambda n: "<cpix:DRMSystem/>")),
    "DRMSystems, one kid": _in("DRMSystemList", lambda: many(lambda n: _system(1))),
    "DRMSystems, kids": _in("DRMSystemList", lambda: many(_system)),
    "DRMSystems with PSSH": _in("DRMSystemList", lambda: many(lambda n: _system(n, _PSSH), elements=2)),
    "PSSH in one DRMSystem": _in("DRMSystem", lambda: many(lambda n: _PSSH)),
    "HLS in one DRMSystem": _in(
        "DRMSystem", lambda: many(lambda n: f'<cpix:HLSSignalingData playlist="media">{_LINE}</cpix:HLSSignalingData>')
    ),
    "rules, empty": _in("ContentKeyUsageRuleList", lambda: many(lambda n: "<cpix:ContentKeyUsageRule/>")),
    "rules, kids": _in("ContentKeyUsageRuleList", lambda: many(_rule)),
    "rules, one kid": _in("ContentKeyUsageRuleList", lambda: many(lambda n: _rule(1))),
    "rules with filters": _in(
        "ContentKeyUsageRuleList",
        lambda: many(lambda n: _rule(n, '<cpix:VideoFilter minPixels="1"/><cpix:AudioFilter/>'), elements=3),
    ),
    "filters in one rule": _in("ContentKeyUsageRule", lambda: many(lambda n: f'<cpix:VideoFilter minPixels="{n}"/>')),
    "period filters in one rule": _in(
        "ContentKeyUsageRule", lambda: many(lambda n: f'<cpix:KeyPeriodFilter periodId="p{n}"/>')
    ),
    "periods": _root(
        lambda: wrapped("ContentKeyPeriodList", many(lambda n: f'<cpix:ContentKeyPeriod id="p{n}" index="{n}"/>'))
    ),
    "periods with times": _root(
        lambda: wrapped(
            "ContentKeyPeriodList",
            many(lambda n: '<cpix:ContentKeyPeriod id="p" start="2026-01-01T00:00:00Z" end="2027-01-01T00:00:00Z"/>'),
        )
    ),
    "periods and filters": lambda right: _in(
        "ContentKeyUsageRule", lambda: many(lambda n: f'<cpix:KeyPeriodFilter periodId="p{n}"/>', 9000)
    )(
        _root(
            lambda: wrapped(
                "ContentKeyPeriodList",
                many(lambda n: f'<cpix:ContentKeyPeriod id="p{n}" index="{n}" start="2026-01-01T00:00:00Z"/>', 9000),
            )
        )(right).decode()
    ),
    "lists": _root(lambda: many(lambda n: "<cpix:ContentKeyList/>")),
    "elements of no namespace": _root(lambda: many(lambda n: "<x/>")),
    "elements of CPIX that do not exist": _root(lambda: many(lambda n: f"<cpix:X{n}/>")),
    "elements of SPEKE v1": _in(
        "DRMSystem", lambda: many(lambda n: '<speke:X xmlns:speke="urn:aws:amazon:com:speke"/>')
    ),
    "elements in a ContentKey": _in("ContentKey", lambda: many(lambda n: "<cpix:X/>")),
    "elements in a rule": _in("ContentKeyUsageRule", lambda: many(lambda n: "<v:X xmlns:v='urn:v'/>")),
    "attributes": _root(lambda: many(lambda n: f"<cpix:X {_attributes(n)}/>")),
    "attributes of ContentKeys": _in("ContentKeyList", lambda: many(lambda n: f"<cpix:ContentKey {_attributes(n)}/>")),
    "attributes of other namespaces": _root(
        lambda: many(lambda n: f"<cpix:X xmlns:v='urn:v' {_attributes(n, 'v:')}/>")
    ),
    "ids": _in("ContentKeyList", lambda: many(lambda n: '<cpix:ContentKey id="a"/>')),
    "namespaces": _root(lambda: many(lambda n: f'<n{n}:x xmlns:n{n}="urn:{n}"/>')),
    "namespaces of one element": _root(lambda: "<x " + many(lambda n: f'xmlns:n{n}="urn:{n}" ') + "/>"),
    "depth": _root(lambda: many(lambda n: "<a>" * 28 + "</a>" * 28, elements=28)),
    "texts": _root(lambda: many(lambda n: f"<x>text {n} of an element</x>")),
    "text with keys": _root(lambda: "<x>" + many(lambda n: b64(key(n)) + " ", 40_000) + "</x>"),
    "text with one key": lambda right: _root(lambda: f"<x>{_first_key(right) * 40_000}</x>")(right)[:MIB],
    "a key in each element": lambda right: _root(lambda: many(lambda n: f"<x>{_first_key(right)}</x>"))(right),
    "keys, and each of them again": lambda right: _in("ContentKeyList", lambda: many(_content_key, 9000, elements=4))(
        _root(lambda: many(lambda n: f"<x>{key(n).hex()}</x>", 9000))(right).decode()
    ),
    "keys that share a half": _in(
        "ContentKeyList",
        lambda: many(lambda n: _content_key(n).replace(b64(key(n)), b64(bytes(8) + key(n)[:8])), elements=4),
    ),
    "HDCPData": _in(
        "ContentKey",
        lambda: many(
            lambda n: (
                "<cpix:HDCPData><cpix:HDCPOutputProtectionData>AAAA</cpix:HDCPOutputProtectionData></cpix:HDCPData>"
            ),
            elements=2,
        ),
    ),
    "DeliveryData": _root(
        lambda: wrapped(
            "DeliveryDataList", many(lambda n: "<cpix:DeliveryData><cpix:DeliveryKey/></cpix:DeliveryData>", elements=2)
        )
    ),
    "UpdateHistory": _root(lambda: wrapped("UpdateHistoryItemList", many(lambda n: "<cpix:UpdateHistoryItem/>"))),
    "PSSH: one run of base64": _element("PSSH", lambda: "A" * (MIB - _ROOM)),
    "PSSH: no base64": _element("PSSH", lambda: "-" * (MIB - _ROOM)),
    "PSSH: padding": _element("PSSH", lambda: "=" * (MIB - _ROOM)),
    "PSSH: white space": _element("PSSH", lambda: "A " * ((MIB - _ROOM) // 2)),
    "PSSH: boxes": _element("PSSH", lambda: b64(box(WIDEVINE, b"") * 23_000)),
    "PSSH: KIDs": _element("PSSH", lambda: b64(box(WIDEVINE, b"", 46_000))),
    "PSSH: fields of protobuf": _element("PSSH", lambda: b64(box(WIDEVINE, b"\x08\x01" * 370_000))),
    "PSSH: key ids": _element(
        "PSSH", lambda: b64(box(WIDEVINE, b"".join(b"\x12\x10" + key(n) for n in range(40_000))))
    ),
    "PSSH: long varint": _element("PSSH", lambda: b64(box(WIDEVINE, b"\x80" * 700_000))),
    "PSSH: PlayReady KIDs": _element("PSSH", lambda: b64(box(PLAYREADY, playready(400)))),
    "PSSH: PlayReady, filled": _element("PSSH", lambda: b64(box(PLAYREADY, playready(1, 32_000)))),
    "PSSH: every system with PlayReady": lambda right: _everywhere(
        right, "PSSH", b64(box(PLAYREADY, playready(300, 5_000)))
    ),
    "HLS: attributes": _element(
        "HLSSignalingData", lambda: b64(b"#EXT-X-KEY:" + b",".join(b"A%d=1" % n for n in range(80_000)))
    ),
    "HLS: commas": _element("HLSSignalingData", lambda: b64(b"#EXT-X-KEY:" + b"," * 700_000)),
    "HLS: quotes": _element("HLSSignalingData", lambda: b64(b"#EXT-X-KEY:" + b'A="' * 230_000)),
    "HLS: lines": _element("HLSSignalingData", lambda: b64(b"#EXT-X-KEY:METHOD=NONE\n" * 32_000)),
    "HLS: a long URI": _element(
        "HLSSignalingData", lambda: b64(b'#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://' + b"a" * 700_000 + b'"')
    ),
    "HLS: UUIDs": _element(
        "HLSSignalingData",
        lambda: b64(
            b'#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://' + b"/".join(uuid(n).encode() for n in range(19_000)) + b'"'
        ),
    ),
    "MPD: elements": _element("ContentProtectionData", lambda: b64(b"<x xmlns='urn:x'>" + b"<y/>" * 1_990 + b"</x>")),
    "MPD: pssh elements": _element(
        "ContentProtectionData",
        lambda: b64(
            b"<x xmlns:c='urn:mpeg:cenc:2013'>"
            + b"".join(b"<c:pssh>%s</c:pssh>" % b64(box(WIDEVINE, b"")).encode() for _ in range(1_900))
            + b"</x>"
        ),
    ),
    "MPD: not XML": _element("ContentProtectionData", lambda: b64(b"<" * 700_000)),
    "layers of base64": _element("PSSH", lambda: _layered(4)),
    "error: base64": _prose(lambda: "QUFB" * (MIB // 4)),
    "error: hexadecimal": _prose(lambda: "8fa3" * (MIB // 4)),
    "error: keys": _prose(lambda: "".join(f"{b64(key(n))} " for n in range(41_000))),
    "error: percent": _prose(lambda: "%8f" * (MIB // 3)),
    "error: percent and spaces": _prose(lambda: "%8f " * (MIB // 4)),
    "error: backslashes": _prose(lambda: "\\" * MIB),
    "error: ampersands": _prose(lambda: "&#" * (MIB // 2)),
    "error: pairs": _prose(lambda: "8f " * (MIB // 3)),
    "error: pairs that are too few": _prose(lambda: "8f 8f 8f 8f 8f 8f 8f zz " * (MIB // 24)),
    "error: groups": _prose(lambda: "8fa3 " * (MIB // 5)),
    "error: numbers": _prose(lambda: "143, " * (MIB // 5)),
    "error: digits": _prose(lambda: "9" * MIB),
    "error: literals": _prose(lambda: "b'" * (MIB // 2)),
    "error: open literals": _prose(lambda: "b'x b\"y " * (MIB // 8)),
    "error: words": _prose(lambda: "word " * (MIB // 5)),
    "error: one word": _prose(lambda: "word" * (MIB // 4)),
    "error: dashes": _prose(lambda: "a-" * (MIB // 2)),
    "error: UUIDs": _prose(lambda: "".join(f"{uuid(n)} " for n in range(28_000))),
    "error: PlainValues": _prose(lambda: "".join(f"<PlainValue>{b64(key(n))}</PlainValue>" for n in range(20_000))),
    "error: open PlainValues": _prose(lambda: "PlainValue " * (MIB // 11)),
    "error: control characters": _prose(lambda: "\x1b[" * (MIB // 2)),
    "error: headers": _prose(lambda: "Authorization: x\n" * (MIB // 17)),
    "error: beside a token": _prose(lambda: b64(b"a-password-of-some-length") + "A" * (MIB - 64)),
    "error: tokens": _prose(lambda: (b64(b"a-password-of-some-length") + " ") * (MIB // 37)),
    "error: openers": _prose(lambda: "<!--" * (MIB // 4)),
    "error: tags": _prose(lambda: "<a>" * (MIB // 3)),
}


def _first_key(right: str) -> str:
    start = right.index("PlainValue>") + len("PlainValue>")
    return right[start : right.index("<", start)]


def _everywhere(right: str, name: str, text: str) -> bytes:
    parts = right.split(f"<cpix:{name}>")
    return f"<cpix:{name}>".join([parts[0], *(text + part[part.index("</") :] for part in parts[1:])]).encode()


def _layered(depth: int) -> str:
    text = b64(bytes(range(256)) * 1000)
    for _ in range(depth - 1):
        text = b64(text.encode())
    return text[: MIB - _ROOM]


@lru_cache(maxsize=1)
def scene() -> Context:
    """An accepted request with every kind of signalling, and the right answer to it."""
    library = load_cases(load_checks())
    profile = load_profile("reference")
    assert profile.claims is not None
    setting = RunContext(
        "http://127.0.0.1/", InProcess(built_in_config(profile)), Seed("worst"), profile.claims, KeyRing()
    )
    runner = Runner(setting, library)
    for case in library:
        for step in case.steps:
            if step.expect.kind == "accepted" and not step.use:
                found = runner.performed(case, step)
                if isinstance(found, Context) and found.accepted and len(select(found).asked) > 100:
                    body = found.answer.body.decode()
                    if all(
                        f"<cpix:{one}" in body
                        for one in ("PSSH>", "HLSSignalingData", "ContentProtectionData>", "VideoFilter")
                    ):
                        return found
    raise AssertionError("no case asks for everything")


def cost(made: bytes) -> tuple[float, int]:
    """Seconds of CPU for one answer, and bytes of what is kept of it."""
    good = scene()
    redactor = Redactor(b"worst", [b"a-password-of-some-length"])
    recorder = Recorder(redactor)
    profile = load_profile("reference")
    assert profile.claims is not None
    rulebook = rulebook_of(profile, profile.claims)
    begun = time.process_time()
    document = not made.startswith((b"Q", b"8")) and b"<cpix:CPIX" in made[:400]
    answer = HttpAnswer(200 if document else 500, good.answer.headers, made)
    context = good.again(Exchange(good.exchange.request, answer, started=good.exchange.started), good.earlier)
    recorder.observe(context)
    kept = [rulebook.judge(redactor.result(one)) for one in answers_at(context, context.case, context.step).spread()]
    size = len(msgspec.json.encode([list(recorder.exchanges.values()), kept]))
    return time.process_time() - begun, size


def worst(names: Mapping[str, Made] = WORST) -> Iterator[Row]:
    """A row for each of the worst answers."""
    right = scene().answer.body.decode()
    cost(right.encode())
    for name, make in names.items():
        made = make(right)
        seconds, size = cost(made)
        tracemalloc.start()
        cost(made)
        megabytes = tracemalloc.get_traced_memory()[1] / MIB
        tracemalloc.stop()
        yield Row(
            "g",
            f"{name} ({len(made) / 1000:.0f} kB)",
            f"{seconds:.2f} s of CPU, {megabytes:.0f} MB, {size / 1000:.0f} kB are kept",
            f"≤ {MOST_SECONDS:.0f} s and ≤ {MOST_MEGABYTES:.0f} MB",
            met=seconds <= MOST_SECONDS and megabytes <= MOST_MEGABYTES,
            numbers={"seconds": seconds, "megabytes": megabytes, "kept": size},
        )
