"""The journal of a run: what is known of it so far, written while it goes, so that a run that is killed loses nothing.

Lines of JSON in one file beside results.json, each written whole before anything else happens: how the run was begun,
then exchanges and what each step came to, in their order. A text of an exchange stands once, under its digest. The
file goes away when results.json is complete. `replayed` makes the same document of it, and that says INCOMPLETE.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace as changed
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import UNSET, Struct
from msgspec.structs import replace

from conformance import __version__
from conformance.catalogue import load_catalogue
from conformance.catalogue.yamlfile import DataError
from conformance.checks import load_checks
from conformance.judge import Ending, Rulebook, StepOutcome, exit_status, summarize
from conformance.model import Case, Claims, Outcome, Unclaimed
from conformance.recording.records import ExchangeRecord, Exchanges
from conformance.results.bodies import digest_of
from conformance.results.build import results_document
from conformance.results.document import Document
from conformance.results.judgements import Judgements
from conformance.results.run_facts import RunFacts
from conformance.results.run_record import EndpointRecord, RunRecord
from conformance.run.profile import Profile
from conformance.run.rulebooks import rulebook_of

NAME = "journal.jsonl"
UNFINISHED = "the run was cut off before its end; this is what it had recorded by then"

LARGEST = 1 << 30
"""Bytes of the largest journal that is read; a run of all cases writes about 10 million."""


class _Entry(Struct, tag_field="entry", omit_defaults=True, forbid_unknown_fields=True):
    """One line."""


class Begun(_Entry, tag="begun"):
    """The first line: everything about the run that no single result says."""

    tool: str
    catalogue: str
    """Digest of the rules."""
    record: RunRecord
    profile: Profile
    cases: tuple[Case, ...]
    discovered: bool
    partial: bool
    notices: tuple[str, ...] = ()
    environment: dict[str, str] = {}


class Settled(_Entry, tag="settled"):
    """By which claims is judged: those of the profile, and later those that were discovered."""

    claims: Claims
    unclaimed: tuple[Unclaimed, ...] = ()
    endpoints: list[EndpointRecord] = []
    """Each of several endpoints, with what it was found to claim."""


class Text(_Entry, tag="text"):
    """The text of a body; exchanges name it by its digest."""

    sha256: str
    text: str


class Exchanged(_Entry, tag="exchange"):
    """One exchange; its bodies hold digests only."""

    exchange: ExchangeRecord


class Judged(_Entry, tag="step"):
    """What an item came to: the results of one step, or a part of them."""

    outcome: StepOutcome


Entry = Begun | Settled | Text | Exchanged | Judged


class Journal:
    """Writes the journal of one run; made once, raises OSError then and never again.

    A disk that is full later on ends the journal, not the run: `trouble` says why.
    """

    def __init__(self, path: Path, facts: RunFacts, *, partial: bool) -> None:
        self.path = path
        self.trouble = ""
        self._texts: set[str] = set()
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
        begun = Begun(
            facts.tool_version,
            facts.catalogue.digest,
            facts.record,
            facts.profile,
            facts.cases,
            facts.discovered,
            partial,
            facts.notices,
            dict(facts.environment),
        )
        self._write([_line(begun), _line(Settled(facts.claims, facts.unclaimed, facts.record.endpoints))])
        if self.trouble:
            remove_journal(path.parent)
            raise OSError(self.trouble)

    def settle(
        self, claims: Claims, unclaimed: tuple[Unclaimed, ...], endpoints: Sequence[EndpointRecord] = ()
    ) -> None:
        """Judge by these claims from now on."""
        self._write([_line(Settled(claims, unclaimed, list(endpoints)))])

    def add(self, outcome: StepOutcome, exchanges: Exchanges) -> None:
        """Take in what an item reported."""
        lines: list[bytes] = []
        for exchange in exchanges.values():
            lines += self._exchange(exchange)
        lines.append(_line(Judged(outcome)))
        self._write(lines)

    def close(self) -> None:
        """Write no more; the file stays."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _exchange(self, exchange: ExchangeRecord) -> Iterator[bytes]:
        for message in exchange.messages:
            body = message.body
            if body.text:
                body.sha256 = digest_of(body.text.encode("utf-8", "backslashreplace"))
                if body.sha256 not in self._texts:
                    self._texts.add(body.sha256)
                    yield _line(Text(body.sha256, body.text))
        with _without_texts(exchange):
            yield _line(Exchanged(exchange))
        for message in exchange.messages:
            message.body.sha256 = ""

    def _write(self, lines: list[bytes]) -> None:
        data = b"".join(lines)
        try:
            while data and self._file >= 0:
                data = data[os.write(self._file, data) :]
        except OSError as error:
            self.trouble = error.strerror or str(error)
            self.close()


@contextmanager
def _without_texts(exchange: ExchangeRecord) -> Iterator[None]:
    held = [(message.body, message.body.content) for message in exchange.messages]
    for body, _ in held:
        body.content = UNSET
    try:
        yield
    finally:
        for body, content in held:
            body.content = content


def _line(entry: Entry) -> bytes:
    try:
        return msgspec.json.encode(entry) + b"\n"
    except (UnicodeEncodeError, ValueError):
        # A lone surrogate from a server's text stays an escape.
        return json.dumps(msgspec.to_builtins(entry)).encode("ascii") + b"\n"


def journal_beside(results: Path) -> Path | None:
    """The journal beside a results.json, where the run has left one."""
    path = results.parent / NAME
    return path if path.is_file() and not path.is_symlink() else None


def replayed(path: Path) -> Document:
    """The document of what a journal holds; a line that was cut off is left out. Raises DataError with one sentence."""
    begun: Begun | None = None
    settled = Settled(Claims(frozenset(), frozenset(), frozenset()))
    texts: dict[str, str] = {}
    judgements, exchanges = Judgements(), Exchanges()
    rulebook: Rulebook | None = None
    for number, entry in enumerate(_entries(path), 1):
        try:
            if isinstance(entry, Begun):
                _refuse_version(entry, path)
                begun = entry
            elif isinstance(entry, Settled):
                settled, rulebook = entry, None
            elif isinstance(entry, Text):
                texts[entry.sha256] = entry.text
            elif isinstance(entry, Exchanged):
                exchanges[entry.exchange.name] = _with_texts(entry.exchange, texts)
            else:
                rulebook = rulebook or _rulebook(begun, settled)
                judgements.add_step(entry.outcome, rulebook)
        except (LookupError, ValueError):
            raise DataError(str(path), f"line {number} of the journal refers to what no line before it holds") from None
    if begun is None:
        raise DataError(str(path), "the journal ends in its first line: the run had recorded nothing yet")
    rulebook = rulebook or _rulebook(begun, settled)
    facts = _facts(begun, settled, rulebook, path)
    return unfinished(facts, judgements, exchanges, rulebook, partial=begun.partial)


def _rulebook(begun: Begun | None, settled: Settled) -> Rulebook:
    if begun is None:
        raise ValueError
    return rulebook_of(begun.profile, settled.claims, strict=begun.record.strict)


def unfinished(
    facts: RunFacts, judgements: Judgements, exchanges: Exchanges, rulebook: Rulebook, *, partial: bool
) -> Document:
    """The document of a run that has not ended: INCOMPLETE, unless something failed already."""
    summary = summarize(judgements, rulebook, Ending(partial=partial, incomplete=UNFINISHED))
    if summary.outcome is Outcome.PARTIAL:
        # Not even the selection was asked.
        summary = changed(summary, outcome=Outcome.INCOMPLETE)
    code = exit_status(summary, judgements, gate=facts.record.gate)
    return results_document(facts, judgements, exchanges, summary, code)


def _facts(begun: Begun, settled: Settled, rulebook: Rulebook, path: Path) -> RunFacts:
    last = datetime.fromtimestamp(path.stat().st_mtime, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return RunFacts(
        replace(begun.record, finished=last, stopped=UNFINISHED, endpoints=settled.endpoints),
        profile=begun.profile,
        claims=settled.claims,
        sets=rulebook.sets,
        cases=begun.cases,
        checks=load_checks(),
        catalogue=load_catalogue(),
        tool_version=begun.tool,
        discovered=begun.discovered,
        unclaimed=settled.unclaimed,
        notices=begun.notices,
        environment=begun.environment,
    )


def _refuse_version(begun: Begun, path: Path) -> None:
    if (begun.tool, begun.catalogue) != (__version__, load_catalogue().digest):
        raise DataError(
            str(path),
            f"version {begun.tool} with other rules than these wrote this journal: make the report with that one",
        )


def _with_texts(exchange: ExchangeRecord, texts: Mapping[str, str]) -> ExchangeRecord:
    for message in exchange.messages:
        body = message.body
        if body.sha256:
            body.content = texts[body.sha256]
            if digest_of(body.content.encode("utf-8", "backslashreplace")) != body.sha256:
                raise ValueError
            body.sha256 = ""
    return exchange


def _entries(path: Path) -> Iterator[Entry]:
    decoder: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(Entry)
    try:
        with _regular(path) as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    return  # The run was cut off in the middle of it.
                try:
                    yield _decoded(line, decoder)
                except (ValueError, RecursionError):
                    raise DataError(str(path), f"line {number} of the journal is not what this tool writes") from None
    except OSError as error:
        raise DataError(str(path), f"the journal cannot be read ({error.strerror or error})") from None


def _decoded(line: bytes, decoder: msgspec.json.Decoder[Entry]) -> Entry:
    try:
        return decoder.decode(line)
    except ValueError:
        # msgspec refuses half characters, which JSON's own reader takes.
        made: Entry = msgspec.convert(json.loads(line), Entry)
        return made


@contextmanager
def _regular(path: Path) -> Iterator[Iterable[bytes]]:
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode) or about.st_size > LARGEST:
            raise DataError(str(path), "this is not a journal: it is not a regular file, or it is too large")
        yield file


def remove_journal(folder: Path) -> None:
    """The run is complete: its journal is not needed any more."""
    with suppress(OSError):
        (folder / NAME).unlink()
