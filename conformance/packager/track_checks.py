"""What is asked about an encrypted track: its boxes, its KID, whether it plays, and whether the manifests agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from uuid import UUID

from conformance.catalogue import load_catalogue
from conformance.cpix import b64
from conformance.cpix.errors import DecodeError
from conformance.drm import content_protection as protection
from conformance.drm.playready_checksum import checksum
from conformance.model import Verdict
from conformance.model.quoted import Kind, excerpt, quoted
from conformance.packager.clip import frames
from conformance.packager.manifests import key_line, key_lines, key_uri, read_mpd
from conformance.packager.material import Track, TrackSignalling
from conformance.packager.mp4_boxes import Mp4Protection, read_protection, split
from conformance.packager.packaging import Packaged, fairplay_id, open_with
from conformance.packager.player import asks_for, checksums
from conformance.packager.tools import Tools

PLAYLISTS = ("media", "master")


@dataclass(frozen=True, slots=True)
class TrackFinding:
    """One answer to one question."""

    verdict: Verdict
    question: str
    sentence: str


@dataclass(frozen=True)
class TrackUnderTest:
    """One track after packaging, and what it is measured by."""

    tools: Tools
    track: Track
    scheme: str
    packaged: Packaged
    original: str
    """The digest of the frames before encryption."""
    licences: Mapping[UUID, bytes] = field(repr=False)
    """KID -> key, as a player gets it: from a request of its own."""
    others: Mapping[str, bytes] = field(repr=False)
    """Name of another track -> its key, which must not open this one."""
    _shown: dict[frozenset[tuple[UUID, bytes]], str] = field(default_factory=dict, repr=False)
    """What was seen with which keys: clients of several systems mostly get the same."""

    @cached_property
    def file(self) -> Mp4Protection:
        """What the MP4 file says about its protection."""
        return read_protection(self.packaged.mp4.read_bytes())

    def shows(self, keys: Mapping[UUID, bytes]) -> str:
        """The digest of what is seen with these keys; "" where the track cannot be opened."""
        known = frozenset(keys.items())
        if known not in self._shown:
            opened: Path = self.packaged.mp4.with_name("opened.mp4")
            done = open_with(self.tools, self.packaged.mp4, self.track.media, keys, opened)
            self._shown[known] = frames(self.tools, opened, self.track.media) if done else ""
        return self._shown[known]


Complaints = Iterator[tuple[Verdict, str]]


def ask_all(sight: TrackUnderTest) -> Iterator[TrackFinding]:
    """Every question, each answered once where all is well, or once for each complaint."""
    for question, (ask, fine) in _QUESTIONS.items():
        try:
            complaints = [TrackFinding(verdict, question, sentence) for verdict, sentence in ask(sight)]
        except DecodeError as error:
            complaints = [TrackFinding(Verdict.FAIL, question, f"a client cannot read it: {error.message}")]
        yield from complaints or [TrackFinding(Verdict.PASS, question, fine)]


def fairplay_uri(track: Track) -> str:
    """Where the answer sends a FairPlay client; a placeholder where its line cannot be read (another question)."""
    for signal in track.signals:
        if signal.system_id == fairplay_id() and "media" in signal.lines:
            try:
                return key_uri(signal.lines["media"]) or "skd://none"
            except DecodeError:
                break
    return "skd://none"


def _boxes(sight: TrackUnderTest) -> Complaints:
    for signal in sight.track.signals:
        for box in split(signal.pssh or b""):
            if box not in sight.file.pssh:
                yield Verdict.FAIL, f"a PSSH box of {_title(signal)} is not in the file as it was given"


def _kid(sight: TrackUnderTest) -> Complaints:
    if sight.file.kids != (sight.track.kid,):
        yield Verdict.FAIL, f"the file names {_listed(sight.file.kids)} and not {sight.track.kid}"
    if sight.file.schemes != (sight.scheme,):
        yield Verdict.FAIL, f"the file is protected by {', '.join(sight.file.schemes) or 'nothing'}"


def _plays(sight: TrackUnderTest) -> Complaints:
    track = sight.track
    clients = {_name(system): kids for system, kids in asks_for(sight.file).items()}
    for client, kids in (clients or {"a client without boxes": (track.kid,)}).items():
        keys = {kid: sight.licences[kid] for kid in kids if kid in sight.licences}
        if track.kid not in kids:
            yield Verdict.FAIL, f"{client} finds {_listed(kids)} in its box and gets no key for {track.kid}"
        elif track.kid not in keys:
            yield Verdict.FAIL, f"asked again, the key server has no key for {track.kid}"
        elif sight.shows(keys) != sight.original:
            yield Verdict.FAIL, f"with the key that {client} gets, the frames are not those of the clip"
    given = checksums(sight.file).get(track.kid)
    licence = sight.licences.get(track.kid)
    if given is not None and licence is not None and given != checksum(licence, track.kid):
        yield Verdict.FAIL, "a PlayReady client refuses the key: the checksum in its box is that of another one"


def _others(sight: TrackUnderTest) -> Complaints:
    wrong = {"a wrong key": bytes(byte ^ 0xFF for byte in sight.track.key)}
    for name, key in (wrong | {f"the key of {other}": key for other, key in sight.others.items()}).items():
        if sight.shows({sight.track.kid: key}) == sight.original:
            yield Verdict.FAIL, f"{name} opens the track as well"


def _mpd(sight: TrackUnderTest) -> Complaints:
    written = read_mpd(sight.packaged.mpd.read_bytes())
    if written.kids != (sight.track.kid,):
        yield Verdict.FAIL, f"the MPD names {_listed(written.kids)} and not {sight.track.kid}"
    for signal in sight.track.signals:
        if signal.pssh and written.pssh.get(signal.system_id) != signal.pssh:
            yield Verdict.FAIL, f"the MPD has another box for {_title(signal)} than the answer's PSSH"
        if signal.fragment:
            boxes = [b64.decode(text).data for text in protection.read(signal.fragment).pssh]
            if boxes and b"".join(boxes) != written.pssh.get(signal.system_id):
                yield Verdict.FAIL, f"ContentProtectionData of {_title(signal)} has another box than the packager's MPD"


def _hls(sight: TrackUnderTest) -> Complaints:
    files = (sight.packaged.media_playlist, sight.packaged.master_playlist)
    for playlist, path in zip(PLAYLISTS, files, strict=True):
        written = {line.keyformat: line.method for line in key_lines(path.read_bytes())}
        for signal in sight.track.signals:
            system = load_catalogue().system_by_id(signal.system_id)
            if system is None or system.keyformat not in written or playlist not in signal.lines:
                continue
            given = key_line(signal.lines[playlist])
            what = f"{_title(signal)}, {playlist} playlist"
            if given.keyformat != system.keyformat:
                shown = excerpt(given.keyformat, 60)
                yield Verdict.FAIL, f"{what}: KEYFORMAT {shown}; the packager: {system.keyformat!r}"
            elif given.method != written[system.keyformat]:
                tolerated = given.method in system.methods.get(sight.scheme, ())
                method = quoted(given.method, Kind.PAYLOAD, most=60)
                told = f"{what}: METHOD {method}; the packager: {written[system.keyformat]}"
                yield (Verdict.NOTE if tolerated else Verdict.FAIL), told


_QUESTIONS: Mapping[str, tuple[Callable[[TrackUnderTest], Complaints], str]] = {
    "encryptor.boxes-in-file": (_boxes, "every PSSH box of the answer is in the file"),
    "encryptor.kid-in-file": (_kid, "the file names the answer's KID and the scheme"),
    "encryptor.keys-play": (_plays, "every client finds the key, and the frames are identical"),
    "encryptor.other-keys-fail": (_others, "with other keys the frames are different"),
    "encryptor.mpd-agrees": (_mpd, "the packager's MPD agrees with PSSH and ContentProtectionData"),
    "encryptor.hls-agrees": (_hls, "METHOD and KEYFORMAT are those that the packager writes"),
}


def _title(signal: TrackSignalling) -> str:
    return _name(signal.system_id)


def _name(system_id: UUID) -> str:
    system = load_catalogue().system_by_id(system_id)
    return system.title if system else str(system_id)


def _listed(kids: tuple[UUID, ...]) -> str:
    return "the KID " + ", ".join(str(kid) for kid in kids) if kids else "no KID"
