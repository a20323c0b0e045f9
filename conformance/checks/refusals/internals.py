"""What in an error text shows the inside of a server: traces, paths, and the names that crashes have."""

from __future__ import annotations

import re

_INTERNALS = {
    "a Python stack trace": re.compile(r"Traceback \(most recent call last\)|\bFile \"[^\"]+\", line \d+"),
    "a Java stack trace": re.compile(r"\bat [\w$.]+\([\w$]+\.java:\d+\)|\bjava\.lang\.\w+(?:Exception|Error)"),
    "a .NET stack trace": re.compile(r"\bat [\w.`<>]+\([^)]*\) in \S+:line \d+|\bSystem\.\w+Exception"),
    "a JavaScript stack trace": re.compile(r"\bat [^\n]{1,120}\.[cm]?[jt]s:\d+:\d+"),
    "a Go stack trace": re.compile(r"\bgoroutine \d+ \[|\bpanic: "),
    "a PHP error": re.compile(r"\bin [^\s:]+\.\w+ on line \d+|\bPHP (?:Fatal|Warning)"),
    "a Rust stack trace": re.compile(r"\bthread '[^'\n]{1,80}' (?:\(\d+\) )?panicked at "),
    "a Ruby stack trace": re.compile(r"\b[\w/.-]+\.rb:\d+:in [`']"),
    "an SQL error": re.compile(r"\bSQLSTATE\b|\bORA-\d{5}\b"),
    "a file path": re.compile(
        r"(?<![\w:/])/(?:usr|opt|var|home|etc|srv|app|root|tmp)/[\w./-]+|\b[A-Za-z]:\\\\?(?:[\w .-]+\\\\?)+\w+"
    ),
    "the name of a crash": re.compile(
        r"\b(?:Null(?:Pointer|Reference)|IndexOutOf\w+|ArrayIndex\w+|StringIndex\w+|ClassCast|ArgumentNull|"
        r"NoSuchElement|KeyNotFound|StackOverflow)(?:Exception|Error)?\b"
        r"|\b(?:KeyError|TypeError|AttributeError|IndexError|NameError|ReferenceError|NoMethodError|UnboundLocalError)\b"
        r"|\bCannot read propert|\bundefined method\b|\bnil pointer dereference\b|\b[Ss]egmentation fault\b"
    ),
}


def internals(text: str) -> tuple[str, ...]:
    """What the text shows of the server's inside, in words; empty where it shows nothing."""
    return tuple(what for what, pattern in _INTERNALS.items() if pattern.search(text))
