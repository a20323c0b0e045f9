"""Will my channel work? Each encryptor, packaging, DRM system, scheme and pair of presets, answered from results."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from conformance.catalogue import load_catalogue
from conformance.diagnosis.cause import Cause, Diagnosis
from conformance.diagnosis.encryptors import Encryptor, Packaging, load_encryptors
from conformance.judge import Judgement
from conformance.model import SetGroup, Verdict
from conformance.recording.records import ExchangeRecord
from conformance.results.index import ResultsIndex

State = Literal["yes", "no", "not shown"]

_BROKEN = frozenset({Verdict.FAIL, Verdict.KNOWN, Verdict.ADVISORY})
_MUST = 3
_ELEMENTS = {
    "PSSH": re.compile(r"\bPSSH\b"),
    "MPD": re.compile(r"ContentProtectionData"),
    "HLS": re.compile(r"HLSSignalingData"),
    "Smooth": re.compile(r"SmoothStreamingProtectionHeaderData"),
}
"""What a packaging takes from a DRMSystem -> how findings name it."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One channel with one pair of presets."""

    presets: str
    state: State
    cause: Cause | None = None
    """What stands in the way where the answer is no."""


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of channel: all pairs of presets with one DRM system and scheme."""

    encryptor: Encryptor
    packaging: Packaging
    system: str
    title: str
    scheme: str
    cells: tuple[Cell, ...]
    judged: bool
    """Whether the run judged the encryptor's own rules; without them no answer is yes."""
    kept: int
    """The pairs with which SPEKE's own rules are kept, where the encryptor's were not judged."""

    def having(self, state: State) -> tuple[Cell, ...]:
        """The cells with that answer."""
        return tuple(cell for cell in self.cells if cell.state == state)

    @property
    def causes(self) -> tuple[Cause, ...]:
        """What stands in the way of some pair, each once, the first to be fixed first."""
        return tuple({id(cell.cause): cell.cause for cell in self.having("no") if cell.cause is not None}.values())


@dataclass(frozen=True, slots=True)
class Seen:
    """What one accepted request showed of one DRM system and scheme."""

    exchange: ExchangeRecord
    answered: bool
    asked: frozenset[str]
    empty: frozenset[str]
    broken: tuple[tuple[Judgement, Cause], ...]


def pairs() -> dict[str, tuple[str, ...]]:
    """Pair of presets as people write it -> its intendedTrackTypes, sorted."""
    contracts = load_catalogue().contracts
    types = {name: [rule.track_type or "" for rule in one.rules] for name, one in contracts.items()}
    video = [name for name in types if re.fullmatch(r"PRESET-VIDEO-\d", name)]
    audio = [name for name in types if re.fullmatch(r"PRESET-AUDIO-\d", name)]
    made = {f"V{v[-1]}+A{a[-1]}": tuple(sorted(types[v] + types[a])) for v in video for a in audio}
    made |= {f"V{v[-1]}, audio clear": tuple(sorted(types[v])) for v in video}
    made |= {f"A{a[-1]}, video clear": tuple(sorted(types[a])) for a in audio}
    return made | {"SHARED": tuple(sorted(types["SHARED"]))}


def readiness(reading: ResultsIndex, diagnosis: Diagnosis) -> list[Row]:
    """All kinds of channels, in the order of the encryptors."""
    seen = _seen(reading, diagnosis)
    names = {system: one.title for system, one in load_catalogue().systems.items()}
    sets = {one.id for one in reading.document.sets if one.counts}
    rows = []
    for encryptor in load_encryptors():
        for packaging in encryptor.packagings:
            for system, schemes in packaging.systems.items():
                for scheme in schemes:
                    where = _Channel(reading, encryptor, packaging, system, names[system], scheme)
                    rows.append(where.row(seen, judged=encryptor.set in sets))
    return rows


def everywhere(reading: ResultsIndex, diagnosis: Diagnosis) -> list[Cause]:
    """The causes with a broken rule that belongs to no single request, so that it concerns every channel."""
    return [
        cause
        for cause in diagnosis.causes
        if any(one.verdict in ("FAIL", "KNOWN") and reading.exchange_of(one) is None for one in cause.results)
    ]


def _seen(reading: ResultsIndex, diagnosis: Diagnosis) -> dict[tuple[tuple[str, ...], str, str], list[Seen]]:
    """(track types, DRM system's title, scheme) -> what each request for them showed."""
    broken: defaultdict[str, list[tuple[Judgement, Cause]]] = defaultdict(list)
    for cause in diagnosis.causes:
        for result in cause.results:
            exchange = reading.exchange_of(result)
            if exchange is not None and result.verdict in _BROKEN:
                broken[exchange.name].append((result, cause))
    found: defaultdict[tuple[tuple[str, ...], str, str], list[Seen]] = defaultdict(list)
    for step in reading.steps.values():
        exchange = reading.exchanges.get(step.exchange)
        if exchange is None or step.expect.kind != "accepted" or exchange.answer is None:
            continue
        types = tuple(sorted({rule.type for key in exchange.summary.keys for rule in key.rules}))
        parts: defaultdict[tuple[str, str], list[tuple[bool, frozenset[str], frozenset[str]]]] = defaultdict(list)
        for key in exchange.summary.keys:
            for one in key.systems:
                delivered = key.answered is not None and one.delivered
                parts[one.system, key.scheme].append((delivered, frozenset(one.asked), frozenset(one.empty)))
        for (system, scheme), those in parts.items():
            found[types, system, scheme].append(
                Seen(
                    exchange,
                    all(delivered for delivered, _, _ in those),
                    frozenset.intersection(*(asked for _, asked, _ in those)),
                    frozenset().union(*(empty for _, _, empty in those)),
                    tuple(broken.get(exchange.name, ())),
                )
            )
    return found


@dataclass(frozen=True, slots=True)
class _Channel:
    reading: ResultsIndex
    encryptor: Encryptor
    packaging: Packaging
    system: str
    title: str
    scheme: str

    def row(self, seen: dict[tuple[tuple[str, ...], str, str], list[Seen]], *, judged: bool) -> Row:
        chosen = {name: types for name, types in pairs().items() if not self.packaging.shared_only or name == "SHARED"}
        cells = [
            self._cell(name, [one for one in seen.get((types, self.title, self.scheme), ()) if self._speaks(one)])
            for name, types in chosen.items()
        ]
        kept = sum(cell.state == "yes" for cell in cells)
        if not judged:
            cells = [Cell(cell.presets, "not shown") if cell.state == "yes" else cell for cell in cells]
        return Row(self.encryptor, self.packaging, self.system, self.title, self.scheme, tuple(cells), judged, kept)

    def _speaks(self, seen: Seen) -> bool:
        return seen.exchange.summary.version in self.encryptor.versions

    def _cell(self, presets: str, seen: Sequence[Seen]) -> Cell:
        for one in seen:
            cause = next(self._against(one), None)
            if cause is not None:
                return Cell(presets, "no", cause)
        shown = any(one.answered and set(self._elements()) <= one.asked - one.empty for one in seen)
        return Cell(presets, "yes" if shown else "not shown")

    def _elements(self) -> Iterator[str]:
        """Of what the packaging takes, what this DRM system has."""
        known = load_catalogue().systems[self.system].signalling
        words = {"PSSH": "pssh", "MPD": "content-protection", "HLS": "hls", "Smooth": "smooth"}
        return (element for element in self.packaging.elements if words[element] in known)

    def _against(self, seen: Seen) -> Iterator[Cause]:
        """The causes that keep this channel from working, as far as one request shows."""
        for result, cause in seen.broken:
            if self._binds(result) and self._concerns(result):
                yield cause

    def _binds(self, result: Judgement) -> bool:
        """Whether a rule at MUST is broken that holds for this channel: SPEKE's, the DRM system's, the encryptor's."""
        sets = {one.id: one for one in self.reading.document.sets}
        for grade in result.grades:
            home = sets.get(grade.set)
            if home is None or grade.level.weight < _MUST or grade.verdict not in _BROKEN:
                continue
            if grade.set == self.encryptor.set:
                return True
            others = home.claim.startswith("system.") and home.claim != f"system.{self.system}"
            if home.group is not SetGroup.ENCRYPTOR and not others:
                return True
        return False

    def _concerns(self, result: Judgement) -> bool:
        """Whether a finding is about something that the packaging takes, or about no element of a DRM system."""
        for finding in result.findings:
            said = f"{finding.where} {finding.expected}"
            named = {element for element, pattern in _ELEMENTS.items() if pattern.search(said)}
            if not named or named & set(self.packaging.elements):
                return True
        return not result.findings
