"""The bodies of a document in files beside it: which file each has, written once, and found again by its digest."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping

from conformance.recording.records import AnswerRecord, Body, ExchangeRecord, RequestRecord
from conformance.redaction.escaping import visible
from conformance.results.document import Document, RunWarning

WARNING = "bodies-missing"
_UNSAFE = re.compile(r"[^A-Za-z0-9._+-]+")


def paths_of(exchanges: Mapping[str, ExchangeRecord]) -> dict[str, str]:
    """Exchange -> where its files are inside the report's folder, without their endings; no two are the same."""
    taken: set[str] = set()
    found = {}
    for name, one in exchanges.items():
        base = f"exchanges/{safe_name(one.case)}/{safe_name(one.step)}"
        number, path = 2, base
        while path.lower() in taken:  # lower case: some file systems do not tell letters apart
            path, number = f"{base}-{number}", number + 1
        taken.add(path.lower())
        found[name] = path
    return found


def safe_name(name: str) -> str:
    """A file name made of a case's or step's name: no separators, no brackets, never hidden, of bounded length."""
    return _UNSAFE.sub("_", name).strip("._")[:100] or "_"


def name_bodies(exchanges: Mapping[str, ExchangeRecord]) -> None:
    """Give each body its file and digest. One that is empty, or holds what cannot be seen, stays in the document."""
    paths = paths_of(exchanges)
    for name, one in exchanges.items():
        files: dict[str, str] = {}
        # The exchange itself comes last, after the hops on the way to it, and has the plain names.
        for back, message in enumerate(reversed(one.messages)):
            body = message.body
            if not body.text or visible(body.text) != body.text:
                continue
            body.sha256 = digest_of(body.text.encode())
            hop = f".hop-{back // 2}" if back > 1 else ""
            body.file = files.setdefault(body.sha256, f"{paths[name]}{hop}.{_kind(message)}")


def _kind(message: RequestRecord | AnswerRecord) -> str:
    """The end of its file's name: never one of which a browser makes a page, or runs what a stranger wrote into it."""
    return "request.txt" if isinstance(message, RequestRecord) else "answer.txt"


def digest_of(content: bytes) -> str:
    """SHA-256 (hex)."""
    return hashlib.sha256(content).hexdigest()


def bodies(document: Document) -> Iterator[Body]:
    """Every body that has a file."""
    for one in document.exchanges.values():
        yield from (message.body for message in one.messages if message.body.file)


def load_bodies(document: Document, content: Callable[[str], bytes | None]) -> None:
    """Put the texts in again; where a file is missing or holds something else, the document's warnings say so."""
    document.warnings = [one for one in document.warnings if one.id != WARNING]
    lost, every = [], 0
    for body in bodies(document):
        every += 1
        found = content(body.file)
        if found is not None and digest_of(found) == body.sha256:
            body.content = found.decode("utf-8", "replace")
        else:
            lost.append(body.file)
    if lost:
        text = (
            f"{len(lost)} of {every} bodies of requests and answers are missing beside results.json, or were changed "
            f"(the first: {lost[0]}): what needs them is left out here"
        )
        document.warnings.insert(0, RunWarning(WARNING, text))
