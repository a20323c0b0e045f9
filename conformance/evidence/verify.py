"""Checks an evidence archive: sums, signature, schema, completeness, views, and the recorded exchanges once more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from conformance import __version__
from conformance.catalogue import load_catalogue
from conformance.catalogue.yamlfile import DataError
from conformance.checks.registry import Check
from conformance.evidence.archive import unpack
from conformance.evidence.pack import CLAIMS, PRODUCT, PROOF, README, SIGNATURE, SUMS, extracts, refusals, sums
from conformance.evidence.signing import fits
from conformance.judge import FAILED, PASSED
from conformance.model import Case
from conformance.offline.replay import Replayed, replay
from conformance.reporting.writer import views
from conformance.results.compare import difference
from conformance.results.document import Document
from conformance.results.reader import NAME, parse_results

NEEDED = (README, PRODUCT, CLAIMS, PROOF, NAME, "qualification.html", SUMS)
MOST_NAMED = 5


@dataclass
class VerificationReport:
    """What came of checking an archive."""

    good: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What a reader should know and nobody is to blame for."""
    bad: list[str] = field(default_factory=list)

    @property
    def exit_status(self) -> int:
        """1 where something is wrong, else 0."""
        return FAILED if self.bad else PASSED

    def lines(self) -> Iterator[str]:
        """A line for each thing that was looked at, and what it comes to."""
        yield from (f"ok       {text}" for text in self.good)
        yield from (f"note     {text}" for text in self.notes)
        yield from (f"WRONG    {text}" for text in self.bad)
        yield (
            "The evidence holds." if not self.bad else f"The evidence does not hold: {len(self.bad)} things are wrong."
        )


def check_evidence(
    path: Path, key: Ed25519PublicKey | None, library: Sequence[Case], checks: Mapping[str, Check]
) -> VerificationReport:
    """Check an archive; raises DataError where it is no evidence that could be checked at all."""
    files = unpack(path)
    for name in NEEDED:
        if name not in files:
            raise DataError(str(path), f"this is no evidence: it lacks {name}")
    report = VerificationReport()
    _sums(report, files)
    _signature(report, files, key)
    document = parse_results(files[NAME], f"{path}:{NAME}", files.get)
    report.good.append(f"{NAME} is whole, unedited and of its schema")
    reasons = list(refusals(document))
    report.bad += reasons
    if not reasons:
        report.good.append("the run was complete, secure and by stated claims")
    _views(report, files, document)
    _again(report, document, replay(document, library, checks, f"{path}:{NAME}"))
    return report


def _sums(report: VerificationReport, files: Mapping[str, bytes]) -> None:
    inside = {name: data for name, data in files.items() if name not in (SUMS, SIGNATURE)}
    if files[SUMS] == sums(inside):
        report.good.append(f"{SUMS} fits all {len(inside)} files")
        return
    listed = set(files[SUMS].decode("utf-8", "replace").splitlines())
    wrong = [line[66:] for line in sums(inside).decode().splitlines() if line not in listed]
    more = f" and {len(wrong) - MOST_NAMED} more" if len(wrong) > MOST_NAMED else ""
    named = f": {', '.join(wrong[:MOST_NAMED])}{more}" if wrong else " (a file is missing, or the order is another)"
    report.bad.append(f"{SUMS} does not fit the files{named}")


def _signature(report: VerificationReport, files: Mapping[str, bytes], key: Ed25519PublicKey | None) -> None:
    signature = files.get(SIGNATURE)
    if key is None:
        told = "it is signed; give --public-key to verify by whom" if signature else "it is not signed"
        report.notes.append(told)
    elif signature is None:
        report.bad.append("it is not signed")
    elif fits(key, signature, files[SUMS]):
        report.good.append("the signature is that of the given key")
    else:
        report.bad.append("the signature is not that of the given key, or the sums were changed")


def _views(report: VerificationReport, files: Mapping[str, bytes], document: Document) -> None:
    torn = [name for name, content in extracts(document).items() if files[name] != content]
    report.bad += [f"{name} is not what {NAME} says" for name in torn]
    if not _same_suite(document):
        report.notes.append(
            "another version of the suite wrote the views; they are not compared with what it would write"
        )
        return
    other = [name for name, content in views(document) if files.get(name) != content]
    if other:
        report.bad.append(f"not what {NAME} says: {', '.join(other[:MOST_NAMED])}")
    else:
        report.good.append(f"every view is what {NAME} says")


def _again(report: VerificationReport, document: Document, again: Replayed) -> None:
    found = difference(document, again.document)
    changed = [*found.newly_failing, *found.newly_passing, *found.unanswered, *found.otherwise]
    told = f"{again.judged} results were judged again, {len(again.as_recorded)} are as recorded"
    if not changed and document.outcome == again.document.outcome:
        report.good.append(f"{told}: the outcome is {document.outcome} again")
        return
    names = list(dict.fromkeys(f"{one.check} ({one.before} → {one.now})" for one in changed))
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    sentence = f"{told}: the outcome was {document.outcome}, now {again.document.outcome}"
    sentence += f"; {len(changed)} verdicts differ: {', '.join(names[:MOST_NAMED])}{more}" if changed else ""
    (report.bad if _same_suite(document) else report.notes).append(sentence)


def _same_suite(document: Document) -> bool:
    here = (__version__, load_catalogue().digest)
    return (document.tool.version, document.catalogue.digest) == here
