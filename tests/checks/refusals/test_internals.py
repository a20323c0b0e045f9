"""What shows the inside of a server, and what is an ordinary error text."""

from __future__ import annotations

import pytest

from conformance.checks.refusals.internals import internals


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ('Traceback (most recent call last):\n  File "x.py", line 3', "a Python stack trace"),
        ("at com.example.Keys.find(Keys.java:88)", "a Java stack trace"),
        ("java.lang.IllegalStateException: x", "a Java stack trace"),
        ("at Keys.Find() in C:\\work\\Keys.cs:line 12", "a .NET stack trace"),
        ("TypeError: x\n    at Object.<anonymous> (/app/index.js:10:5)", "a JavaScript stack trace"),
        ("panic: runtime error\n\ngoroutine 1 [running]:", "a Go stack trace"),
        ("Undefined index: kid in keys.php on line 17", "a PHP error"),
        ("thread 'main' panicked at src/keys.rs:88:14:\nno key", "a Rust stack trace"),
        ("thread 'tokio-runtime-worker' (17) panicked at 'no key', src/main.rs:4:5", "a Rust stack trace"),
        ("lib/keys.rb:12:in `find'", "a Ruby stack trace"),
        ("SQLSTATE[23000]: constraint", "an SQL error"),
        ("ORA-00942: table or view does not exist", "an SQL error"),
        ("could not open /var/lib/keys/db.sqlite", "a file path"),
        ("NullPointerException", "the name of a crash"),
        ("KeyError: 'kid'", "the name of a crash"),
        ("Cannot read properties of undefined (reading 'kid')", "the name of a crash"),
    ],
)
def test_internals_of_a_server_are_seen(body: str, what: str) -> None:
    assert what in internals(body)


@pytest.mark.parametrize(
    "body",
    [
        "Missing CPIX@contentId",
        "Malformed encryption contract: 2 filters for 1 part, see https://docs.example/errors/contract",
        "see https://keys.example/home/errors and https://keys.example/app/help",
        '{"path": "/speke/v2.0/copyProtection", "message": "Malformed encryption contract"}',
        "expected one of [2.0, 2.1] at line 1 of the document",
        "element ContentKey, line 12, column 8: attribute kid is missing",
        "SpekeException: Unsupported SPEKE version",
        "the key for this error is 17",
        "the operator panicked at this request",
        "the element ContentKey on line 12 has no kid",
        "Opening and ending tag mismatch: PSSH on line 4 and DRMSystem",
    ],
)
def test_ordinary_error_texts_are_no_internals(body: str) -> None:
    assert internals(body) == ()
