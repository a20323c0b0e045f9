"""Zip files: written the same for the same content, and read without trusting them, in memory only."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from conformance.catalogue.regular_file import TooLarge, read_regular
from conformance.catalogue.yamlfile import DataError

MOST_FILES = 20_000
"""A run of all cases makes about 2,500."""
LARGEST_ARCHIVE = 32 << 20
"""Bytes on the disk; the evidence of a run of all cases has about 5 million."""
LARGEST_LIST = 4 << 20
"""Bytes of the list of files at the end; that of a run of all cases has about 200,000."""
LARGEST_CONTENT = 96 << 20
"""Bytes of all files together, unpacked; those of a run of all cases are about 20 million."""

_HEADER, _END, _LONG_END = b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x07"
_HEADER_SIZE, _END_SIZE, _LONG_END_SIZE = 30, 22, 20
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest moment that a zip can name: when a file was packed is no part of the evidence."""
_CHUNK = 1 << 20


def pack(files: Mapping[str, bytes]) -> bytes:
    """A zip with these files in order of their names; the same bytes for the same files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3  # Unix, whatever this is made on
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name], compresslevel=6)
    return buffer.getvalue()


def unpack(path: Path) -> dict[str, bytes]:
    """The files of a zip by name; raises DataError with one sentence for whatever is not a plain, bounded zip.

    Nothing is written to the disk. Refused are names that lead out of a folder, links, two files of one name,
    encrypted files, and archives that are larger than any evidence, unpacked or not.
    """
    place = str(path)
    try:
        data = read_regular(path, LARGEST_ARCHIVE)
    except TooLarge:
        raise DataError(place, f"the archive is larger than {LARGEST_ARCHIVE >> 20} MiB; it is not opened") from None
    except OSError as error:
        raise DataError(place, f"the archive cannot be read ({error.strerror or 'no reason is given'})") from None
    _refuse_frame(data, place)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _refuse_tricks(entries, place)
            _refuse_gaps(entries, archive.start_dir, place)
            return _contents(archive, entries, place)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, NotImplementedError, EOFError, ValueError):
        raise DataError(place, "this is not a zip file, or it is damaged") from None


def _refuse_frame(data: bytes, place: str) -> None:
    """Refuse what is more than one small zip from the first byte to the last, before anybody reads its list."""
    end = data[-_END_SIZE:]
    if len(end) < _END_SIZE or not end.startswith(_END):
        what = "there is data after the end of the zip" if _END in data else "this is not a zip file, or it is damaged"
        raise DataError(place, what)
    _, disk, first, here, files, size, start, comment = struct.unpack("<4s4H2LH", end)
    if data[-_END_SIZE - _LONG_END_SIZE :].startswith(_LONG_END) or disk or first or here != files or comment:
        raise DataError(place, "this is not a plain zip file of one part")
    if files > MOST_FILES:
        raise DataError(place, f"the archive holds {files} files; more than {MOST_FILES} are not read")
    if size > LARGEST_LIST:
        raise DataError(place, f"the archive's list of files is larger than {LARGEST_LIST >> 20} MiB; it is not read")
    if start + size + _END_SIZE != len(data) or not data.startswith(_HEADER):
        raise DataError(place, "there is data before the zip, or it is damaged")


def _refuse_gaps(entries: list[zipfile.ZipInfo], end: int, place: str) -> None:
    """Refuse bytes between the files: whoever unpacks them does not see those, and another program might."""
    at = 0
    for entry in entries:
        if entry.header_offset != at or entry.extra or entry.comment:
            raise DataError(place, "there is data between the files of the zip")
        at += _HEADER_SIZE + len(entry.orig_filename.encode("utf-8")) + entry.compress_size
    if at != end:
        raise DataError(place, "there is data between the files of the zip")


def _refuse_tricks(entries: list[zipfile.ZipInfo], place: str) -> None:
    seen: set[str] = set()
    for entry in entries:
        name = entry.orig_filename
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if not is_plain_name(name):
            raise DataError(place, f"the archive holds a file whose name leads elsewhere: {name[:80]!r}")
        if kind not in (0, stat.S_IFREG) or name.endswith("/"):
            raise DataError(place, f"the archive holds something that is not a plain file: {name[:80]!r}")
        if entry.flag_bits & 1:
            raise DataError(place, f"the archive holds an encrypted file: {name[:80]!r}")
        # Lower case: some file systems do not tell letters apart, and one file would hide the other.
        if name.lower() in seen:
            raise DataError(place, f"the archive holds two files of the name {name[:80]!r}")
        seen.add(name.lower())


def is_plain_name(name: str) -> bool:
    """Whether a name of an archive stays inside the folder where it would be unpacked, on every system."""
    if not name or not name.isprintable() or any(char in name for char in '\\:*?"<>|') or len(name) > 300:
        return False
    parts = name.removesuffix("/").split("/")
    return not PurePosixPath(name).is_absolute() and all(part not in ("", ".", "..") for part in parts)


def _contents(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], place: str) -> dict[str, bytes]:
    left = LARGEST_CONTENT
    found = {}
    for entry in entries:
        # What an entry says of its own size is not believed: bytes are counted as they come.
        with archive.open(entry) as file:
            parts = []
            while chunk := file.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise DataError(place, f"the archive unpacks to more than {LARGEST_CONTENT >> 20} MiB")
                parts.append(chunk)
        found[entry.filename] = b"".join(parts)
    return found
