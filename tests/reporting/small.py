"""A small result document, written by hand: one result of every verdict, and everything that page one can show."""

from __future__ import annotations

from typing import Any

import msgspec

from conformance.results.bodies import name_bodies
from conformance.results.document import Document

KID = "18730747-8f34-4fb7-925e-29f015bdc34a"
OTHER = "fe146447-741d-48db-a6ff-2ec094878a42"


def small_document() -> Document:
    """A fresh copy each time."""
    document = msgspec.convert(_told(), Document)
    name_bodies(document.exchanges)
    return document


def _told() -> dict[str, Any]:
    passed: dict[str, Any] = {
        "check": "http.completes",
        "version": "2.0",
        "requirements": ["SPK-7"],
        "requirement": "SPK-7",
        "grades": [{"set": "speke-2.0@1", "requirement": "SPK-7", "level": "MUST", "verdict": "PASS"}],
    }
    results = [
        _result(
            "KEYS-1[2.0]", "ask", "keys.values-distinct", "FAIL", "SAFE-1", ["the same as ContentKey 1 (key:0a1b2c3d)"]
        ),
        _result(
            "KEYS-2[2.0]", "ask", "keys.values-distinct", "FAIL", "SAFE-1", ["the same as ContentKey 3 (key:ffffffff)"]
        ),
        _result(
            "KEYS-1[2.0]", "ask", "hls.filled", "FAIL", "SPK-2", ["1 of 2", "0 of 2", "1 of 2", "0 of 2", "0 of 2"]
        ),
        _result("NEG-1[2.0]", "ask", "refusal.message", "KNOWN", "SPK-3", ["'Bad request'"]),
        _result("KEYS-1[2.0]", "ask", "echo.name", "ADVISORY", "SPK-4", ["no name"]),
        _result("KEYS-1[2.0]", "ask", "echo.order", "NOTE", "SPK-5", ["another order"]),
        _result("KEYS-1[2.0]", "ask", "http.encoding", "RECORDED", "SPK-6", ["no content coding"]),
        _result("NEG-1[2.0]", "ask", "refusal.refused", "UNTESTABLE", "SPK-3", [], "the control is refused as well"),
        _result("NEG-1[2.0]", "ask", "refusal.alone", "ERROR", "SPK-3", [], "the suite itself broke (KeyError)"),
        _result("KEYS-2[2.0]", "ask", "hdcp.echoed", "NOT CLAIMED", "SPK-7", [], "hdcp is not claimed"),
    ]
    results[2]["disputed"] = {
        "finding": "hls.*",
        "sentence": "“media” alone is enough.",
        "reference": "T-7",
        "date": "2026-02-01",
    }
    results[3]["known"] = {"finding": "refusal.*", "reason": "fixed in 4.2", "reference": "BUG-9", "date": "2026-01-01"}
    return {
        "format": 2,
        "tool": {"name": "speke-conformance", "version": "1.2.3"},
        "catalogue": {"version": "1", "digest": "c" * 64},
        "baseline": "b" * 64,
        "environment": {"hash": "e" * 64, "python": "3.12.0"},
        "run": _run(),
        "profile": {
            "name": "vendor",
            "title": "A vendor",
            "requires": ["speke-2.0@1", "safety@1"],
            "reports": ["advice@1"],
            "cases": [],
            "known": [],
            "disputed": [],
        },
        "claims": {
            "discovered": True,
            "versions": ["2.0"],
            "schemes": [["widevine", "cbcs"]],
            "features": ["multi-key"],
            "refuses": [],
            "concurrent": 4,
            "refusals": [{"claim": "key-encryption", "answer": "answered with keys in the clear"}],
        },
        "outcome": "NOT QUALIFIED",
        "exit_status": 1,
        "counts": {"PASS": 1, "FAIL": 3, "ADVISORY": 1, "KNOWN": 1},
        "sets": [
            _set("speke-2.0@1", "SPEKE v2.0", "NOT QUALIFIED", {"PASS": 1, "FAIL": 1, "KNOWN": 1, "UNTESTABLE": 1}),
            _set("safety@1", "Safety", "NOT QUALIFIED", {"FAIL": 2}),
            _set("widevine@1", "Widevine", "QUALIFIED", {"PASS": 12}),
            _set("mediapackage-v2@1", "MediaPackage v2", "QUALIFIED WITH ADVISORIES", {"ADVISORY": 1}),
            _set("fairplay@1", "FairPlay", "NOT CLAIMED", {"NOT CLAIMED": 1}, claimed=False),
            _set("advice@1", "Advice", "QUALIFIED", {"PASS": 3}, required=False),
        ],
        "requirements": _requirements(),
        "checks": {
            one["check"]: {"question": f"{one['check']} holds", "explanation": "", "requirements": one["requirements"]}
            for one in (*results, passed)
        },
        "cases": [_case("KEYS-1", "keys"), _case("KEYS-2", "keys"), _negative()],
        "not_run": ["OTHER[2.0]"],
        "exchanges": {
            "KEYS-1[2.0]::ask": _exchange("KEYS-1[2.0]", "ask", "<CPIX/>"),
            "KEYS-2[2.0]::ask": _exchange("KEYS-2[2.0]", "ask", "<CPIX/>"),
            "NEG-1[2.0]::control": _exchange("NEG-1[2.0]", "control", "<CPIX><Key scheme='cbcs'/></CPIX>"),
            "NEG-1[2.0]::ask": _refusal(),
        },
        "passes": [passed],
        "results": results,
        "stale": [
            {
                "finding": "keys.count@OLD-1::ask",
                "reason": "old",
                "reference": "BUG-1",
                "date": "2025-01-01",
                "expires": "",
                "why": "the server no longer deviates: remove the entry",
            }
        ],
        "warnings": [{"id": "plain-http", "text": "the server was reached by plain http"}],
        "budget": {
            "exchanges": 4,
            "requests": 4,
            "contents": 2,
            "content_keys": 3,
            "bytes_sent": 4000,
            "bytes_received": 9000,
            "without_answer": 0,
            "connections": 2,
            "latency": {"count": 4, "p50": 12.0, "p95": 80.5, "max": 80.5},
            "areas": {"keys": {"count": 2, "p50": 12.0, "p95": 80.5, "max": 80.5}},
        },
        "not_covered": [
            {"requirement": "SPK-8", "set": "speke-2.0@1", "why": "nobody can see it", "kind": "untestable"}
        ],
        "matrix": [_cell("widevine", "Widevine", "cbcs", "yes"), _cell("fairplay", "FairPlay", "cbcs", "not claimed")],
        "silence": [
            {
                "check": "http.encoding",
                "requirement": "SPK-6",
                "observed": [{"seen": "no content coding", "cases": ["KEYS-1[2.0]"]}],
            }
        ],
        "proof": {"available": False, "text": "not available in this run"},
        "complete": True,
    }


def _run() -> dict[str, Any]:
    return {
        "seed": "s33d",
        "started": "2026-03-01T10:00:00Z",
        "finished": "2026-03-01T10:00:07Z",
        "target": {"host": "keys.example.com", "scheme": "http", "built_in": False, "faults": []},
        "auth": {"kind": "basic"},
        "gate": "regression",
        "strict": False,
        "insecure": False,
        "concurrency": 4,
        "timeout": 15.0,
        "limits": {},
        "labels": {"product": "Keys", "build": "1.0"},
        "who": "",
        "command": 'speke-conformance run --server-url "$SPEKE_URL" --profile vendor.yaml --seed s33d',
        "options": [
            "--server-url",
            "$SPEKE_URL",
            "--profile",
            "vendor.yaml",
            "--auth",
            "basic",
            "--seed",
            "s33d",
        ],
        "stopped": "",
        "partial": False,
        "interrupted": False,
        "incomplete": "",
    }


def _result(
    case: str, step: str, check: str, verdict: str, requirement: str, seen: list[str], reason: str = ""
) -> dict[str, Any]:
    states = {"UNTESTABLE": "untestable", "ERROR": "error", "NOT CLAIMED": "not-claimed"}
    levels = {"ADVISORY": "SHOULD", "NOTE": "MAY", "RECORDED": "RECORD"}
    home = "safety@1" if requirement.startswith("SAFE") else "speke-2.0@1"
    made: dict[str, Any] = {
        "case": case,
        "step": step,
        "check": check,
        "version": "2.0",
        "state": states.get(verdict, "asked"),
        "verdict": verdict,
        "requirements": [requirement],
        "requirement": requirement,
        "grades": [{"set": home, "requirement": requirement, "level": levels.get(verdict, "MUST"), "verdict": verdict}],
    }
    if seen:
        made["finding_id"] = f"{check}@{case}::{step}"
        made["findings"] = [
            {"where": f"/CPIX/ContentKeyList/ContentKey[{at}]", "expected": "what is due", "seen": text, "hint": "look"}
            for at, text in enumerate(seen, 1)
        ]
    if reason:
        made["reason"] = reason
    return made


def _set(
    name: str, title: str, outcome: str, counts: dict[str, int], *, required: bool = True, claimed: bool = True
) -> dict[str, Any]:
    return {
        "id": name,
        "title": title,
        "version": "",
        "required": required,
        "decides": required,
        "claim": "",
        "claimed": claimed,
        "outcome": outcome,
        "counts": counts,
        "why": "" if claimed else "system.fairplay is not claimed",
    }


def _requirements() -> dict[str, Any]:
    return {
        name: {
            "rule": f"The rule {name} is kept.",
            "set": "safety@1" if name.startswith("SAFE") else "speke-2.0@1",
            "levels": {"2.0": "MUST"},
            "page": "speke-v2",
            "page_title": "SPEKE v2, front page",
            "page_address": "https://docs.aws.amazon.com/speke/latest/documentation/the-speke-api-v2.html",
            "confidence": "derived",
            "sentence": "The contract must not be modified.",
            "effect": "The encryptor stops.",
            "fix": "Give each key a value of its own.",
        }
        for name in ("SAFE-1", "SPK-2", "SPK-3", "SPK-4", "SPK-5", "SPK-6", "SPK-7", "SPK-8")
    }


def _case(name: str, area: str) -> dict[str, Any]:
    passed = {"passed": [0]} if name == "KEYS-1" else {}
    return {
        "name": f"{name}[2.0]",
        "id": name,
        "variant": "2.0",
        "title": f"The story of {name}",
        "why": "Servers break here.",
        "area": area,
        "version": "2.0",
        "tags": [],
        "steps": [{"id": "ask", "expect": {"kind": "accepted"}, "exchange": f"{name}[2.0]::ask", **passed}],
        "node": f"testcases/some.yaml::{name}[2.0]",
    }


def _negative() -> dict[str, Any]:
    case = _case("NEG-1", "errors")
    case["steps"] = [
        {"id": "control", "expect": {"kind": "accepted"}, "exchange": "NEG-1[2.0]::control"},
        {
            "id": "ask",
            "expect": {"kind": "refused", "messages": ["Missing scheme"]},
            "defect": "The first key has no scheme",
            "exchange": "NEG-1[2.0]::ask",
        },
    ]
    return case


def _exchange(case: str, step: str, body: str) -> dict[str, Any]:
    key = {
        "asked": KID,
        "answered": KID,
        "scheme": "cbcs",
        "iv": "as asked",
        "rules": [{"type": "HD", "filters": [["VideoFilter", {"minPixels": "589825"}]]}],
        "systems": [
            {
                "system": "Widevine",
                "asked": ["PSSH", "HLS"],
                "delivered": True,
                "parts": [["PSSH", "box version 0 · Widevine header: this KID, scheme cbcs"]],
            }
        ],
        "key": "key:0a1b2c3d",
        "encrypted": False,
    }
    other = key | {"asked": OTHER, "answered": OTHER, "rules": [{"type": "AUDIO", "filters": [["AudioFilter", {}]]}]}
    return {
        "case": case,
        "step": step,
        "started": "2026-03-01T10:00:01Z",
        "milliseconds": 12.0,
        "request": {
            "method": "POST",
            "headers": [["Content-Type", "application/xml"], ["Authorization", "Basic [withheld]"]],
            "body": {"text": body},
            "bytes": len(body),
        },
        "notes": [],
        "answer": {
            "status": 200,
            "reason": "OK",
            "http_version": "HTTP/1.1",
            "headers": [["Content-Type", "application/xml"]],
            "body": {"text": f"<CPIX contentId='{case}'/>"},
            "bytes": 21,
        },
        "summary": {"state": "answered", "version": "2.0", "content": f"content-{case}", "keys": [key, other]},
    }


def _refusal() -> dict[str, Any]:
    made = _exchange("NEG-1[2.0]", "ask", "<CPIX><Key/></CPIX>")
    made["answer"] |= {"status": 400, "reason": "Bad Request", "body": {"text": "Bad request"}}
    made["summary"] = {
        "state": "refused",
        "version": "2.0",
        "content": "content-2",
        "refusal": {"status": 400, "text": "'Bad request'", "messages": [], "due": ["Missing scheme"]},
    }
    return made


def _cell(system: str, title: str, scheme: str, state: str) -> dict[str, Any]:
    return {
        "version": "2.0",
        "system": system,
        "title": title,
        "scheme": scheme,
        "state": state,
        "asked": 2,
        "delivered": 2,
        "failed": 0,
    }
