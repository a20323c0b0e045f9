"""Checks an evidence archive by making it again: results of exchanges, files of results, sums of files."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from conformance import __version__
from conformance.cases.combinations import ArrayOptions
from conformance.catalogue import load_catalogue
from conformance.catalogue.yamlfile import DataError
from conformance.checks.registry import Check
from conformance.evidence.archive import unpack
from conformance.evidence.circumstances import disagreements
from conformance.evidence.pack import (
    CLAIMS,
    LARGEST_DOCUMENT,
    PRODUCT,
    PROOF,
    README,
    SIGNATURE,
    SIGNER,
    SUMS,
    files_of,
    refusals,
    sums,
)
from conformance.evidence.product import Product
from conformance.evidence.recompute import carried, contradictions, outside
from conformance.evidence.signing import Signature, fingerprint, judge_signature, parse_public
from conformance.judge import FAILED, INCOMPLETE, PASSED
from conformance.model import Case
from conformance.offline.rebuild import arrays_of
from conformance.offline.replay import Replayed, replay
from conformance.results.document import Document
from conformance.results.reader import NAME, parse_results

NEEDED = (README, PRODUCT, CLAIMS, PROOF, NAME, "qualification.html", SUMS)
MOST_NAMED = 5
INVENTED = (
    "The owner of the machine can invent exchanges: only somebody else's signature, or a new run, "
    "shows that they took place."
)


@dataclass
class VerificationReport:
    """What came of checking an archive."""

    signature: Signature = Signature.UNSIGNED
    good: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What a reader should know and nobody is to blame for."""
    left: list[str] = field(default_factory=list)
    """What could not be judged again and no list names beforehand."""
    bad: list[str] = field(default_factory=list)
    """What contradicts something else in the archive."""
    judged: int = 0
    recorded: int = 0
    document: Document | None = None
    """The result document of the archive."""
    compared: int = 0
    """Results that a new run gave as well."""

    @property
    def exit_status(self) -> int:
        """1 where something contradicts, 10 where something was left, else 0."""
        return FAILED if self.bad else INCOMPLETE if self.left else PASSED

    def lines(self) -> Iterator[str]:
        """A line for each thing that was looked at, and what it comes to."""
        yield from (f"ok       {text}" for text in self.good)
        yield from (f"note     {text}" for text in self.notes)
        yield from (f"open     {text}" for text in self.left)
        yield from (f"WRONG    {text}" for text in self.bad)
        yield f"signature: {self.signature}"
        numbers = f"({self.judged} re-judged, {self.recorded} recorded)"
        if self.bad:
            yield f"CONTRADICTED: {len(self.bad)} contradiction{'s' if len(self.bad) > 1 else ''} {numbers}"
        else:
            yield f"{'NOT DECIDED' if self.left else 'CONSISTENT'} {numbers}"
        yield INVENTED if not self.compared else f"A new run gave {self.compared} of the results."


Library = Callable[[ArrayOptions], tuple[Sequence[Case], Mapping[str, Check]]]
"""The cases, with covering arrays made for whom it is told, and the checks."""


def check_evidence(
    path: Path,
    key: Ed25519PublicKey | None,
    library: Library,
    now: datetime.datetime | None = None,
) -> VerificationReport:
    """Check an archive; raises DataError where it is no evidence that could be checked at all."""
    files = unpack(path)
    for name in NEEDED:
        if name not in files:
            raise DataError(str(path), f"this is not an evidence file: it lacks {name}")
    if len(files[NAME]) > LARGEST_DOCUMENT:
        raise DataError(str(path), f"{NAME} is larger than {LARGEST_DOCUMENT >> 20} MiB; it is not read")
    report = VerificationReport()
    _sums(report, files)
    _signature(report, files, key)
    document = parse_results(files[NAME], f"{path}:{NAME}", files.get)
    report.document = document
    report.good.append(f"{NAME} is whole and of its schema")
    _say(report, "the run was complete, secure and by stated claims", list(refusals(document)))
    agreeing = "dates, hosts and connections agree with the exchanges"
    _say(report, agreeing, list(disagreements(document, now or datetime.datetime.now(datetime.UTC))))
    same = _same_suite(report, document)
    if same:
        _files(report, files, document)
    again = replay(document, *library(arrays_of(document)), f"{path}:{NAME}", whole=same)
    _again(report, document, again, same=same)
    return report


def _say(report: VerificationReport, good: str, bad: list[str]) -> None:
    report.bad += bad
    report.good += [] if bad else [good]


def _sums(report: VerificationReport, files: Mapping[str, bytes]) -> None:
    inside = {name: data for name, data in files.items() if name not in (SUMS, SIGNATURE)}
    if files[SUMS] == sums(inside):
        report.good.append(f"{SUMS} fits all {len(inside)} files")
        return
    listed = set(files[SUMS].decode("utf-8", "replace").splitlines())
    wrong = [line[66:] for line in sums(inside).decode().splitlines() if line not in listed]
    named = f": {_named(wrong)}" if wrong else " (a file is missing, or the order is another)"
    report.bad.append(f"{SUMS} does not fit the files{named}")


def _signature(report: VerificationReport, files: Mapping[str, bytes], key: Ed25519PublicKey | None) -> None:
    word = judge_signature(files[SUMS], files.get(SIGNATURE), files.get(SIGNER), key)
    report.signature = word
    if word is Signature.GIVEN:
        report.good.append("the sums were signed with the given key")
    elif word is Signature.BROKEN:
        report.bad.append("the signature does not fit the sums")
    elif key is not None:
        report.bad.append("it is not signed" if word is Signature.UNSIGNED else "it is signed, not with the given key")
    elif word is Signature.UNSIGNED:
        report.notes.append("it is not signed: the file does not prove who made it")
    else:
        report.notes.append(f"it is signed by somebody ({_signer(files)}); give --public-key to verify by whom")


def _signer(files: Mapping[str, bytes]) -> str:
    signer = parse_public(files.get(SIGNER, b""))
    return f"key {fingerprint(signer)[:16]}" if signer is not None else "no key"


def _same_suite(report: VerificationReport, document: Document) -> bool:
    for what, theirs, ours in (
        ("version", document.tool.version, __version__),
        ("catalogue", document.catalogue.digest, load_catalogue().digest),
        ("version of the catalogue", document.catalogue.version, load_catalogue().version),
        ("suite", document.tool.name, "speke-conformance"),
    ):
        if theirs != ours:
            report.left.append(
                f"another {what} made this ({theirs[:16]}, here {ours[:16]}): its texts and verdicts are not known here"
            )
    return not report.left


def _files(report: VerificationReport, files: Mapping[str, bytes], document: Document) -> None:
    product = _product(files[PRODUCT])
    if product is None:
        report.bad.append(f"{PRODUCT} names no product")
        return
    signer = parse_public(files[SIGNER]) if SIGNER in files else None
    due = files_of(document, product, signer)
    found = {name: data for name, data in files.items() if name not in (SUMS, SIGNATURE)}
    wrong = []
    if more := sorted(found.keys() - due.keys()):
        wrong.append(f"no run makes these files: {_named(more)}")
    if less := sorted(due.keys() - found.keys()):
        wrong.append(f"these files are missing: {_named(less)}")
    if other := [name for name in due if name in found and found[name] != due[name]]:
        wrong.append(f"not what {NAME} says: {_named(other)}")
    _say(report, f"all {len(due)} files were made again, and are the same byte for byte", wrong)


def _product(data: bytes) -> Product | None:
    try:
        return Product.of(json.loads(data))
    except (ValueError, RecursionError):
        return None


def _again(report: VerificationReport, document: Document, again: Replayed, *, same: bool) -> None:
    found = list(contradictions(document, again))
    report.judged, report.recorded = again.judged, len(again.as_recorded)
    if not same:
        report.notes += [f"judged by this version: {text}" for text in found]
        return
    _say(report, f"every result follows from its exchange: {document.outcome}", found)
    report.notes += [f"recorded, not re-judged: {number}, because {why}" for why, number in carried(again).items()]
    report.left += [f"could not be judged again: {number}, because {why}" for why, number in outside(again).items()]


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
