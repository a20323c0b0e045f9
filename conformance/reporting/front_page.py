"""Page one of the qualification report: outcome, sets, matrix, who and what, deviations, gaps, proof."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from conformance.catalogue import load_catalogue
from conformance.diagnosis.cause import Diagnosis
from conformance.diagnosis.cells import causes_by_cell
from conformance.diagnosis.readiness import readiness
from conformance.model import Outcome, SetGroup, Verdict
from conformance.reporting.endpoint_table import endpoint_table
from conformance.reporting.finding_cards import Card, Cards
from conformance.reporting.outcome_text import in_words
from conformance.reporting.readiness_text import ChannelLine, channel_line, encryptor_notes
from conformance.reporting.unclaimed_text import unclaimed_lines
from conformance.results.combinations import coverage_line
from conformance.results.document import CatalogueRecord, Document, MatrixCell, SetResult, Uncovered
from conformance.results.index import ResultsIndex
from conformance.results.run_record import ClaimsRecord, ProfileRecord

VERDICTS = tuple(
    map(Verdict, ("PASS", "FAIL", "KNOWN", "ADVISORY", "NOTE", "RECORDED", "UNTESTABLE", "ERROR", "NOT CLAIMED"))
)

_TITLES = {
    SetGroup.SPECIFICATION: "What the specifications say",
    SetGroup.FORMAT: "DRM signalling formats",
    SetGroup.OURS: "Safety",
    SetGroup.ENCRYPTOR: "What encryptors insist on",
    SetGroup.REPORTED: "Advice and other sets that never decide",
}


@dataclass(frozen=True, slots=True)
class GroupedSets:
    """Requirement sets with the same kind of author."""

    title: str
    sets: tuple[SetResult, ...]


@dataclass(frozen=True, slots=True)
class ClaimsMatrix:
    """DRM systems (rows) by scheme (columns) for one SPEKE version; a cell is None where nobody spoke of it."""

    version: str
    schemes: tuple[str, ...]
    rows: tuple[tuple[str, tuple[MatrixCell | None, ...]], ...]


@dataclass(frozen=True, slots=True)
class ChannelsOf:
    """The channels of one encryptor."""

    title: str
    notes: tuple[str, ...]
    page: str
    address: str
    lines: list[ChannelLine]

    @property
    def counts(self) -> list[tuple[str, int]]:
        """Answer -> how many kinds of channels have it."""
        states = [line.state for line in self.lines]
        return [(state, states.count(state)) for state in ("yes", "partly", "no", "not shown") if state in states]


def front_page(reading: ResultsIndex, diagnosis: Diagnosis, cards: Cards) -> dict[str, Any]:
    """Everything that page one shows, ready to be laid out."""
    document = reading.document
    words = in_words(document)
    columns = [name for name in VERDICTS if any(one.counts.get(name) for one in document.sets)]
    return {
        "words": words,
        "kind": outcome_kind(words.outcome),
        "about": _about(document),
        "to_qualify": to_qualify(document, cards),
        "findings_of": findings_of(reading, diagnosis, cards),
        "channels": _channels(reading, diagnosis),
        "facts": facts_of_run(document),
        "groups": set_groups(document.sets),
        "columns": columns,
        "endpoints": endpoint_table(document),
        "matrices": matrices(document.matrix),
        "known": Counter((one.check, one.known) for one in reading.of_verdict("KNOWN")),
        "disputed": [reading.failure(one) for one in reading.results if one.disputed],
        "not_covered": _by_reason(document.not_covered),
        "coverage": [coverage_line(one).capitalize() for one in document.combinations],
        "proof": document.proof,
        "unclaimed": unclaimed_lines(document),
        "warnings": document.warnings,
        "stale": document.stale,
        "clear_keys": _answered_in_the_clear(document),
    }


def _about(document: Document) -> list[str]:
    """Product, host, profile and date in a line."""
    run = document.run
    labels = [f"{name} {value}" for name, value in run.labels.items() if name != "who"]
    return [*labels, run.place, f"profile {document.profile.name}", _when(run.started)]


def to_qualify(document: Document, cards: Cards) -> list[tuple[str, list[Card]]]:
    """What stands between this run and QUALIFIED, a line each with the cards that it is about."""
    if document.outcome is Outcome.QUALIFIED or document.audit is not None:
        return []
    must = [card for card in cards.wrong if card.cause.having("FAIL", "KNOWN") and card.cause.verdict != "ERROR"]
    broken = [card for card in cards.wrong if card.cause.verdict == "ERROR"]
    found = [
        (f"{_count(must, 'mistake')} that break{'s' if len(must) == 1 else ''} binding rules", must),
        (f"{_count(list(cards.open), 'reason')} why checks could not run", list(cards.open)),
        (f"{_count(broken, 'place')} where the suite itself broke, which is for us to fix", broken),
        (f"{_count(list(cards.advice), 'piece')} of advice, for QUALIFIED without advisories", list(cards.advice)),
    ]
    lines = [(line, those) for line, those in found if those]
    if document.stale:
        lines.append((f"{len(document.stale)} known deviations that no longer apply must be removed", []))
    if document.outcome is Outcome.PARTIAL:
        lines.append(("A whole run, because this one was a selection", []))
    return lines


def _channels(reading: ResultsIndex, diagnosis: Diagnosis) -> list[ChannelsOf]:
    """Will my channel work? The answers by encryptor; empty where nothing was run of which anything could follow."""
    if reading.document.audit is not None:
        return []
    found: dict[str, ChannelsOf] = {}
    pages = load_catalogue().pages
    for row in readiness(reading, diagnosis):
        one = row.encryptor
        if one.name not in found:
            page = pages[one.page]
            found[one.name] = ChannelsOf(one.title, tuple(encryptor_notes(row)), page.title, page.address, [])
        found[one.name].lines.append(channel_line(row))
    return list(found.values())


def _count(cards: Sequence[Card], word: str) -> str:
    return f"{len(cards)} {word}{'' if len(cards) == 1 else 's'}"


def findings_of(reading: ResultsIndex, diagnosis: Diagnosis, cards: Cards) -> defaultdict[tuple[str, str, str], str]:
    """(version, DRM system, scheme) -> the anchor of the first finding about it; empty where there is none."""
    found: defaultdict[tuple[str, str, str], str] = defaultdict(str)
    for cell, causes in causes_by_cell(reading, diagnosis).items():
        card = cards.of(causes[0])
        found[cell] = card.anchor if card is not None else ""
    return found


def outcome_kind(outcome: str) -> str:
    """good, bad or open: what decides colour and shape."""
    if outcome.startswith("QUALIFIED"):
        return "good"
    return "bad" if outcome == "NOT QUALIFIED" else "open"


def set_groups(sets: Sequence[SetResult]) -> list[GroupedSets]:
    """The sets as the specification's, the byte formats', our own and each encryptor's, empty groups left out.

    What a profile only reports never decides, whoever says it.
    """
    found: dict[SetGroup, list[SetResult]] = {group: [] for group in _TITLES}
    for one in sets:
        found[one.group if one.required else SetGroup.REPORTED].append(one)
    return [GroupedSets(_TITLES[group], tuple(mine)) for group, mine in found.items() if mine]


def matrices(rows: Sequence[MatrixCell]) -> list[ClaimsMatrix]:
    """The capability matrix, a table per version."""
    found = []
    for version in dict.fromkeys(row.version for row in rows):
        mine = [row for row in rows if row.version == version]
        order = ("cenc", "cbcs", "cbc1", "cens")
        names = dict.fromkeys(row.scheme for row in mine)
        schemes = tuple(sorted(names, key=lambda name: (order.index(name) if name in order else 9, name)))
        cells = {(row.title, row.scheme): row for row in mine}
        titles = dict.fromkeys(row.title for row in mine)
        found.append(
            ClaimsMatrix(
                version, schemes, tuple((title, tuple(cells.get((title, s)) for s in schemes)) for title in titles)
            )
        )
    return found


def facts_of_run(document: Document) -> list[tuple[str, str]]:
    """What was run, by whom, when and by which rules."""
    run, claims = document.run, document.claims
    target = run.target
    how = f"by {target.scheme}, " if target.scheme else ""
    facts = [
        ("Target", f"{run.place} ({how}authentication: {run.auth['kind']})"),
        *((name.capitalize(), value) for name, value in run.labels.items() if name != "who"),
        ("Run by", run.who or "not stated (--label who=…)"),
        ("When", f"{_when(run.started)} to {_when(run.finished)[-12:]}".strip()),
        ("Profile", _profile(document.profile)),
        ("Claims", _claims(claims)),
        ("Gate", f"{run.gate}{', strict' if run.strict else ''}; exit status {document.exit_status}"),
        ("Suite", f"{document.tool.name} {document.tool.version}, {_catalogue(document.catalogue)}"),
        ("Seed", run.seed),
        ("Baseline", f"{document.baseline[:16]} (equal for runs that can be compared)"),
        ("Repeat", run.command),
    ]
    return [(name, value) for name, value in facts if value]


def _when(text: str) -> str:
    return f"{text[:10]} {text[11:19]} UTC" if len(text) >= 19 else text


def _profile(profile: ProfileRecord) -> str:
    return f"{profile.name}: {profile.title}" if profile.title else profile.name


def _catalogue(catalogue: CatalogueRecord) -> str:
    return f"catalogue {catalogue.version} ({catalogue.digest[:12]})"


def _claims(claims: ClaimsRecord) -> str:
    how = "discovered by probing" if claims.discovered else "stated in the profile"
    versions = " and ".join(claims.versions) or "no version"
    return f"SPEKE {versions}; {how}"


def _by_reason(entries: Sequence[Uncovered]) -> list[tuple[str, list[Uncovered]]]:
    found: dict[str, list[Uncovered]] = {}
    for entry in entries:
        found.setdefault(entry.why, []).append(entry)
    return list(found.items())


def _answered_in_the_clear(document: Document) -> bool:
    return any(one.claim == "key-encryption" and "clear" in one.answer for one in document.claims.refusals)
