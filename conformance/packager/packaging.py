"""Has Shaka Packager encrypt one track with what an answer gives, and open it again with a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from conformance.catalogue import load_catalogue
from conformance.packager.clip import Media
from conformance.packager.material import Track
from conformance.packager.tools import Tools


def fairplay_id() -> UUID:
    """The system id of FairPlay, which alone has neither box nor data URI."""
    return load_catalogue().system("fairplay").uuid


class PackagingError(Exception):
    """Shaka Packager refuses; the text is its first complaint."""


@dataclass(frozen=True, slots=True)
class Packaged:
    """The files that the packager wrote for one track."""

    mp4: Path
    mpd: Path
    media_playlist: Path
    master_playlist: Path


def package(tools: Tools, clip: Path, track: Track, scheme: str, folder: Path, key_uri: str = "") -> Packaged:
    """Encrypt one track of the clip into MP4, MPD and HLS; raises PackagingError.

    `scheme` is a scheme of common encryption; `key_uri` what a FairPlay client is sent to, where FairPlay was asked
    for. Keys, IVs and boxes go to the packager through its environment and never to the disk.
    """
    made = Packaged(*(folder / name for name in ("track.mp4", "manifest.mpd", "media.m3u8", "master.m3u8")))
    iv = f":iv={track.iv.hex()}" if track.iv is not None else ""
    secrets = {"keys": f"label=TRACK:key_id={track.kid.hex}:key={track.key.hex()}{iv}"}
    boxes = b"".join(signal.pssh for signal in track.signals if signal.pssh)
    if boxes:
        secrets["pssh"] = boxes.hex()
    more = []
    if key_uri:
        secrets["hls_key_uri"] = key_uri
        more.append("--protection_systems=FairPlay")
    descriptor = f"in={clip},stream={track.media},output={made.mp4},drm_label=TRACK,playlist_name=media.m3u8"
    ran = tools.package(
        [
            descriptor,
            "--enable_raw_key_encryption",
            f"--protection_scheme={scheme}",
            "--clear_lead=0",
            f"--mpd_output={made.mpd}",
            f"--hls_master_playlist_output={made.master_playlist}",
            "--create_session_keys",
            *more,
        ],
        secrets,
    )
    written = (made.mp4, made.mpd, made.media_playlist, made.master_playlist)
    if not ran.succeeded or not all(path.is_file() for path in written):
        raise PackagingError(f"{ran.complaint or 'it wrote no files and did not say why'}")
    return made


def open_with(tools: Tools, mp4: Path, media: Media, keys: Mapping[UUID, bytes], target: Path) -> bool:
    """Decrypt a file with the keys of a licence; False where the packager has no key for it or cannot go on."""
    target.unlink(missing_ok=True)
    listed = ",".join(f"label={at}:key_id={kid.hex}:key={key.hex()}" for at, (kid, key) in enumerate(keys.items()))
    if not listed:
        return False
    descriptor = f"in={mp4},stream={media},output={target}"
    ran = tools.package([descriptor, "--enable_raw_key_decryption"], {"keys": listed})
    return ran.succeeded and target.is_file()
