"""Forgeries of evidence, by somebody who remakes all that can be remade: sums, digests, pages, counts, a signature.

The server that was judged has two faults. Each forgery changes the document before it is packed, or the files, or the
bytes of the archive, and says by what it is noticed, and how `check-evidence` ends.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace as changed

from conformance.checks import load_checks
from conformance.evidence.archive import pack
from conformance.evidence.pack import SIGNATURE, SUMS, evidence, sums
from conformance.evidence.product import Product
from conformance.judge import Ending, Judgement, as_result, exit_status, summarize
from conformance.model import Outcome, ResultState, Verdict
from conformance.offline.rebuild import profile_of, rulebook
from conformance.offline.replay import replay
from conformance.recording.records import Body
from conformance.redaction.recorded import Clean, RecordedFinding
from conformance.results.build import results_document
from conformance.results.document import Document
from conformance.results.index import ResultsIndex
from conformance.results.judgements import Judgements
from tests.made_runs import CASES, chosen

PRODUCT = Product("Keys", "4.2", "Example Ltd", contact="keys@example.com", statement="All of it.")
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
FORGER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))

CONTRADICTED, LEFT_OPEN, REFUSED = 1, 10, 4
IN_WORDS = {CONTRADICTED: "CONTRADICTED, 1", LEFT_OPEN: "NOT DECIDED, 10", REFUSED: "refused, 4"}


@dataclass(frozen=True, slots=True)
class Forgery:
    """One forgery; each of the three functions that is given is applied in turn."""

    story: str
    noticed: str
    """Part of the line by which it is noticed."""
    status: int = CONTRADICTED
    document: Callable[[Document], Document] = lambda document: document
    files: Callable[[dict[str, bytes]], dict[str, bytes]] | None = None
    archive: Callable[[bytes], bytes] = lambda data: data

    def made(self, honest: Document) -> bytes:
        """The forged archive."""
        data = evidence(self.document(honest), PRODUCT, FORGER)
        if self.files is not None:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                data = signed_again(self.files({name: archive.read(name) for name in archive.namelist()}))
        return self.archive(data)


def signed_again(files: dict[str, bytes], key: Ed25519PrivateKey = FORGER) -> bytes:
    """An archive of these files, with sums that fit and a signature."""
    inside = {name: data for name, data in files.items() if name not in (SUMS, SIGNATURE)}
    listed = sums(inside)
    return pack({**inside, SUMS: listed, SIGNATURE: key.sign(listed)})


def remade(document: Document, results: Iterable[Judgement]) -> Document:
    """The document that a run with these results would have written."""
    facts = replay(document, chosen(*CASES), load_checks(), "forged").facts
    assert facts is not None
    rules = rulebook(document, profile_of(document, "forged"))
    judgements = Judgements(rules.judge(as_result(one)) for one in results)
    summary = summarize(judgements, rules, Ending())
    status = exit_status(summary, judgements, gate=document.run.gate)
    facts = replace(facts, cases=tuple(case for case in facts.cases if case.name in judgements.cases))
    return results_document(facts, judgements, document.exchanges, summary, status)


def _good(one: Judgement) -> Judgement:
    return changed(one, findings=(), reason=Clean(""), state=ResultState.ASKED)


def _failing(document: Document) -> list[Judgement]:
    return [one for one in document.results if one.verdict is Verdict.FAIL]


def flipped(document: Document) -> Document:
    """All that failed has passed."""
    every = list(ResultsIndex(document).every())
    return remade(document, [_good(one) if one.verdict is Verdict.FAIL else one for one in every])


def flipped_under(version: str = "", digest: str = "") -> Callable[[Document], Document]:
    """The same, as another version of the suite would have it, or other rules."""

    def forge(document: Document) -> Document:
        made = flipped(document)
        made.tool.version = version or made.tool.version
        made.catalogue.digest = digest or made.catalogue.digest
        return made

    return forge


def flipped_without_exchanges(document: Document) -> Document:
    """All that failed has passed, and nobody can look."""
    names = {ResultsIndex(document).steps[one.case, one.step].exchange for one in _failing(document)}
    for name in names:
        document.exchanges.pop(name, None)
    return flipped(document)


def flipped_and_withheld(document: Document) -> Document:
    """All that failed has passed, and what it failed by is withheld."""
    for one in _failing(document):
        exchange = document.exchanges[ResultsIndex(document).steps[one.case, one.step].exchange]
        assert exchange.answer is not None
        exchange.answer.body = Body(content="[withheld 30 characters]")
    return flipped(document)


def without_cases(document: Document, *, exchanges: bool = True, told: bool = False) -> Document:
    """The cases that failed were never there."""
    gone = {one.case for one in _failing(document)}
    if exchanges:
        document.exchanges = {name: one for name, one in document.exchanges.items() if one.case not in gone}
    made = remade(document, [one for one in ResultsIndex(document).every() if one.case not in gone])
    if told:
        made.not_run = sorted({*made.not_run, *gone})
    return made


def without_results(document: Document) -> Document:
    """The results that failed are not there, their exchanges are."""
    return remade(document, [one for one in ResultsIndex(document).every() if not one.findings])


def not_asked(document: Document) -> Document:
    """What failed could not be asked."""
    every = list(ResultsIndex(document).every())
    hidden = [
        changed(_good(one), state=ResultState.NOT_CLAIMED, reason=Clean("this is not claimed")) if one.findings else one
        for one in every
    ]
    return remade(document, hidden)


def milder(document: Document) -> Document:
    """The findings say something harmless."""
    every = list(ResultsIndex(document).every())
    return remade(document, [changed(one, findings=tuple(map(_trifle, one.findings))) for one in every])


def _trifle(finding: RecordedFinding) -> RecordedFinding:
    return replace(finding, seen=Clean("a trifle"))


def twice(document: Document) -> Document:
    """A result that failed is there once more, as one that passed."""
    document.results += [changed(one, verdict=Verdict.PASS, findings=()) for one in _failing(document)]
    return document


def called_qualified(document: Document) -> Document:
    """Only the outcome is another."""
    document.outcome, document.exit_status = Outcome.QUALIFIED, 0
    for one in document.sets:
        one.outcome = Outcome.QUALIFIED
    return document


def moved(document: Document, *, exchanges: bool) -> Document:
    """The run was in 2031."""
    run = document.run
    run.started, run.finished = (f"2031{text[4:]}" for text in (run.started, run.finished))
    for one in document.exchanges.values() if exchanges else ():
        one.started = f"2031{one.started[4:]}"
    return document


def elsewhere(document: Document) -> Document:
    """The run was against another host."""
    document.run.target.host = "keys.example.com"
    return document


def by_tls(document: Document) -> Document:
    """The run was by https."""
    document.run.target.scheme = "https"
    return document


def boasting(document: Document) -> Document:
    """The proof of the suite is a better one."""
    document.proof.text = "9999 of 9999 faults killed by name"
    document.proof.faults = document.proof.caught = 9999
    return document


def built_in(document: Document) -> Document:
    """The server was our own."""
    document.run.target.built_in, document.run.target.host = True, "the built-in reference key server"
    return document


def narrower(document: Document) -> Document:
    """The profile asks for less than was asked."""
    document.profile.requires = [name for name in document.profile.requires if not name.startswith(("hls", "safety"))]
    return document


def without_features(document: Document) -> Document:
    """The claims leave out what failed."""
    document.claims.features = []
    return document


def _with(name: str, data: bytes) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    return lambda files: {**files, name: data}


def _in(name: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    def forge(files: dict[str, bytes]) -> dict[str, bytes]:
        assert old in files[name], name
        return {**files, name: files[name].replace(old, new)}

    return forge


def _without(*names: str) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    return lambda files: {name: data for name, data in files.items() if name not in names}


def _between(data: bytes) -> bytes:
    """Bytes between the last file and the list of files, with the list's place put right."""
    start = int.from_bytes(data[-6:-2], "little")
    return data[:start] + b"hidden" + data[start:-6] + (start + 6).to_bytes(4, "little") + data[-2:]


FORGERIES = {
    "fails-flipped": Forgery("every FAIL is a PASS", "do not follow from their exchanges", document=flipped),
    "fails-flipped-other-version": Forgery(
        "the same, by another version of the suite", "another version", LEFT_OPEN, flipped_under(version="0.0.1")
    ),
    "fails-flipped-other-catalogue": Forgery(
        "the same, by another catalogue", "another catalogue", LEFT_OPEN, flipped_under(digest="0" * 64)
    ),
    "fails-flipped-exchanges-deleted": Forgery(
        "the same, and the exchanges are gone", "have no exchange", document=flipped_without_exchanges
    ),
    "fails-flipped-answers-withheld": Forgery(
        "the same, and the answers are called withheld",
        "could not be judged again",
        LEFT_OPEN,
        flipped_and_withheld,
    ),
    "fails-not-claimed": Forgery("every FAIL is NOT CLAIMED", "do not follow", document=not_asked),
    "fails-removed": Forgery("results that failed are gone", "results are missing", document=without_results),
    "cases-removed": Forgery("cases that failed are gone", "results are missing", document=without_cases),
    "cases-removed-exchanges-kept": Forgery(
        "the same, and their exchanges are there",
        "results are missing",
        document=lambda document: without_cases(document, exchanges=False),
    ),
    "cases-not-run": Forgery(
        "cases that failed are listed as not run",
        "results are missing",
        document=lambda document: without_cases(document, told=True),
    ),
    "findings-milder": Forgery("findings say something harmless", "other findings", document=milder),
    "results-twice": Forgery("a FAIL is there as a PASS, too", "twice", document=twice),
    "outcome-changed": Forgery("only the outcome says QUALIFIED", "outcome", document=called_qualified),
    "profile-narrowed": Forgery(
        "the profile leaves out a set", "profile and catalogue do not select", document=narrower
    ),
    "claims-narrowed": Forgery("the claims leave out a feature", "do not follow", document=without_features),
    "extra-file": Forgery(
        "a file more, listed in the sums", "no run makes these files: evil.sh", files=_with("evil.sh", b"#!/bin/sh\n")
    ),
    "extra-exchange-file": Forgery(
        "a file more among the exchanges",
        "no run makes these files",
        files=_with("exchanges/KEYS-MULTI_2.0/other.curl.sh", b"#!/bin/sh\n"),
    ),
    "file-removed": Forgery("a view is gone", "these files are missing: junit.xml", files=_without("junit.xml")),
    "readme-qualified": Forgery(
        "the README says QUALIFIED",
        "not what results.json says: README.md",
        files=_in("README.md", b"**NOT QUALIFIED**", b"**QUALIFIED**"),
    ),
    "page-qualified": Forgery(
        "the page says it",
        "not what results.json says: qualification.html",
        files=_in("qualification.html", b"Not qualified", b"Qualified"),
    ),
    "product-other": Forgery(
        "another product is in product.json",
        "not what results.json says: ",
        files=_in("product.json", b"4.2", b"5.0"),
    ),
    "product-none": Forgery("product.json names none", "names no product", files=_with("product.json", b"{}")),
    "date-2031": Forgery(
        "the run was in 2031",
        "outside the time of the run",
        document=lambda document: moved(document, exchanges=False),
    ),
    "date-2031-exchanges-too": Forgery(
        "the same, and so were its exchanges",
        "dated in the future",
        document=lambda document: moved(document, exchanges=True),
    ),
    "host-other": Forgery("another host was asked", "its exchanges were with 127.0.0.1", document=elsewhere),
    "scheme-other": Forgery("it was asked by https", "exchanges had no TLS", document=by_tls),
    "built-in": Forgery("the built-in server is the product", "not a product", document=built_in),
    "proof-9999": Forgery("the proof says 9999 of 9999", "proof", document=boasting),
    "proof-file-9999": Forgery(
        "proof.json says so",
        "not what results.json says: proof.json",
        files=_with("proof.json", b'{"text": "9999 of 9999"}\n'),
    ),
    "script-before": Forgery(
        "a script is before the zip", "before the zip", REFUSED, archive=lambda data: b"#!/bin/sh\nid\n" + data
    ),
    "script-behind": Forgery(
        "a script is after it", "after the end", REFUSED, archive=lambda data: data + b"\n#!/bin/sh\nid\n"
    ),
    "bytes-between": Forgery("there are bytes between its parts", "between the files", REFUSED, archive=_between),
    "sums-old": Forgery(
        "a file was changed after the sums",
        "SHA256SUMS does not fit",
        archive=lambda data: _changed_inside(data),
    ),
    "signature-removed": Forgery(
        "the signature is gone, the key is there", "does not fit the sums", archive=lambda data: _unsigned(data)
    ),
}


def _files(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _changed_inside(data: bytes) -> bytes:
    files = _files(data)
    return pack({**files, "summary.md": files["summary.md"] + b"\n"})


def _unsigned(data: bytes) -> bytes:
    return pack({name: content for name, content in _files(data).items() if name != SIGNATURE})


def table() -> str:
    """The table of the page: each forgery, and what `check-evidence` says to it."""
    lines = ["| forgery | what it is | noticed by | ends |", "|---|---|---|---|"]
    lines += [
        f"| `{name}` | {one.story} | … {one.noticed.strip(': ')} … | {IN_WORDS[one.status]} |"
        for name, one in FORGERIES.items()
    ]
    return "\n".join(lines) + "\n"
