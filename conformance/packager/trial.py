"""The trial: ask the key server, have the packager encrypt, ask again as a player would, and look at what came out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from conformance.cases import build_request, resolve_plan
from conformance.cases.plans import default_plan
from conformance.catalogue import load_catalogue
from conformance.checks.context import GATEWAY, SAYS_NOTHING, Context
from conformance.checks.registry import Need
from conformance.model import Case, Expectation, Step, Verdict
from conformance.packager.clip import frames
from conformance.packager.material import Track, Unusable, tracks_of
from conformance.packager.packaging import PackagingError, fairplay_id, package
from conformance.packager.tools import Tools
from conformance.packager.track_checks import TrackFinding, TrackUnderTest, ask_all, fairplay_uri
from conformance.run.runner import RunContext

SCHEMES = ("cbcs", "cenc")


@dataclass(frozen=True, slots=True)
class TrialLine:
    """One verdict of a trial."""

    verdict: Verdict
    scheme: str
    track: str
    """intendedTrackType and medium; "" where it is about the answer as a whole."""
    question: str
    """A stable id."""
    sentence: str


def try_scheme(
    setting: RunContext, tools: Tools, clip: Path, folder: Path, version: str, scheme: str
) -> Iterator[TrialLine]:
    """Everything that can be said about one scheme; sends the same request twice. Raises NotClaimed.

    `setting` is what a run shares; `folder` has to be private and empty, and gets the encrypted clip.
    """
    encryptor, player = (asked(setting, version, scheme) for _ in range(2))
    for context, who in ((encryptor, "the encryptor"), (player, "the player")):
        lacking = context.missing_for(Need.DOCUMENT)
        if lacking is not None:
            yield TrialLine(
                _verdict_of(context), scheme, "", "encryptor.answer-usable", f"{who} gets no keys: {lacking}"
            )
            return
    try:
        tracks = tracks_of(encryptor.document, encryptor.keys)
    except Unusable as reason:
        yield TrialLine(Verdict.FAIL, scheme, "", "encryptor.answer-usable", str(reason))
        return
    told = f"keys, IVs and signalling for {len(tracks)} tracks"
    yield TrialLine(Verdict.PASS, scheme, "", "encryptor.answer-usable", told)
    originals = {medium: frames(tools, clip, medium) for medium in {track.media for track in tracks}}
    for number, track in enumerate(tracks):
        home = folder / f"{scheme}-{number}"
        home.mkdir()
        others = {other.name: other.key for other in tracks if other.kid != track.kid}
        name = f"{track.name} ({track.media})"
        for said in _try_track(tools, clip, home, track, scheme, originals[track.media], player.keys, others):
            yield TrialLine(said.verdict, scheme, name, said.question, said.sentence)


def _try_track(
    tools: Tools,
    clip: Path,
    home: Path,
    track: Track,
    scheme: str,
    original: str,
    licences: Mapping[UUID, bytes],
    others: Mapping[str, bytes],
) -> Iterator[TrackFinding]:
    uri = fairplay_uri(track) if any(one.system_id == fairplay_id() for one in track.signals) else ""
    try:
        packaged = package(tools, clip, track, scheme, home, uri)
    except PackagingError as reason:
        yield TrackFinding(Verdict.FAIL, "encryptor.packages", f"Shaka Packager refuses the answer: {reason}")
        return
    yield TrackFinding(Verdict.PASS, "encryptor.packages", "Shaka Packager wrote MP4, MPD and HLS")
    yield from ask_all(TrackUnderTest(tools, track, scheme, packaged, original, licences, others))


def asked(setting: RunContext, version: str, scheme: str) -> Context:
    """One exchange about one video and one audio track, for every DRM system that is claimed; raises NotClaimed."""
    known = load_catalogue().systems.items()
    systems = tuple(name for name, system in known if scheme in system.discovery)
    plan = replace(default_plan(version), schemes=(scheme,), systems=systems, systems_mode="claimed-of")
    plan = resolve_plan(plan, setting.claims)
    step = Step("ask", plan, Expectation("accepted"), ())
    name = f"ENCRYPTOR-{scheme}"
    built = build_request(step, plan, name, setting.seed, setting.url, {})
    exchange = setting.sender.send(built.http)
    case = Case(name, "A real encryptor", "", version, (step,))
    context = Context(case, step, exchange, claims=setting.claims)
    setting.observe(context)  # what is printed later is cleaned of the keys of this answer
    return context


def _verdict_of(context: Context) -> Verdict:
    """No answer, or one that says nothing about the document, is not the answer's fault."""
    answer = context.exchange.answer
    silent = answer is None or answer.status in SAYS_NOTHING | GATEWAY
    return Verdict.UNTESTABLE if silent else Verdict.FAIL
