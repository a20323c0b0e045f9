"""Zip files: the same bytes for the same content, and no trick of a zip gets anywhere."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest

from conformance.catalogue.yamlfile import DataError
from conformance.evidence import archive
from conformance.evidence.archive import is_plain_name, pack, unpack

FILES = {"README.md": b"hello", "exchanges/A_2.0/ask.answer.txt": b"<a/>" * 1000, "empty": b""}


def _saved(data: bytes, folder: Path) -> Path:
    path = folder / "some.zip"
    path.write_bytes(data)
    return path


def _zip(*entries: tuple[zipfile.ZipInfo | str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, data in entries:
            file.writestr(name, data)
    return buffer.getvalue()


def test_packed_and_unpacked(tmp_path: Path) -> None:
    data = pack(FILES)
    assert data == pack(dict(reversed(FILES.items())))
    assert unpack(_saved(data, tmp_path)) == FILES


@pytest.mark.parametrize(
    "name",
    [
        "../up",
        "a/../../up",
        "/etc/passwd",
        "a//b",
        "./a",
        "C:\\a",
        "a\\b",
        "C:a",
        "a\nb",
        "",
        "a" * 301,
        "con?",
        "a\x00b",
    ],
)
def test_names_that_lead_elsewhere(name: str, tmp_path: Path) -> None:
    assert not is_plain_name(name)
    if name and "\x00" not in name:
        with pytest.raises(DataError, match="name leads elsewhere"):
            unpack(_saved(_zip((name, b"x")), tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) in ([], ["some.zip"])


def test_links_and_folders(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    for entry in (link, zipfile.ZipInfo("folder/")):
        with pytest.raises(DataError, match="not a plain file"):
            unpack(_saved(_zip((entry, b"/etc/passwd")), tmp_path))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name(tmp_path: Path) -> None:
    for other in ("a.txt", "A.TXT"):
        with pytest.raises(DataError, match="two files of the name"):
            unpack(_saved(_zip(("a.txt", b"1"), (other, b"2")), tmp_path))


def test_encrypted_files(tmp_path: Path) -> None:
    data = bytearray(_zip(("a", b"x")))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + offset] |= 1
    with pytest.raises(DataError, match="encrypted"):
        unpack(_saved(bytes(data), tmp_path))


def test_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LARGEST_CONTENT", 1 << 20)
    with pytest.raises(DataError, match="unpacks to more than 1 MiB"):
        unpack(_saved(pack({"zeros": bytes(3 << 20)}), tmp_path))
    monkeypatch.setattr(archive, "MOST_FILES", 2)
    with pytest.raises(DataError, match="holds 3 files"):
        unpack(_saved(pack(FILES), tmp_path))
    monkeypatch.setattr(archive, "LARGEST_ARCHIVE", 10)
    with pytest.raises(DataError, match="it is not opened"):
        unpack(_saved(pack(FILES), tmp_path))


def test_a_bomb_that_lies_about_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LARGEST_CONTENT", 1 << 20)
    data = pack({"zeros": bytes(3 << 20)})
    size = (3 << 20).to_bytes(4, "little")
    with pytest.raises(DataError):
        unpack(_saved(data.replace(size, (5).to_bytes(4, "little")), tmp_path))


@pytest.mark.parametrize("spoil", [lambda data: b"", lambda data: b"no zip", lambda data: data[: len(data) // 2]])
def test_what_is_no_zip(spoil: object, tmp_path: Path) -> None:
    assert callable(spoil)
    with pytest.raises(DataError, match="not a zip file, or it is damaged"):
        unpack(_saved(spoil(pack(FILES)), tmp_path))


def test_damage_inside(tmp_path: Path) -> None:
    data = bytearray(_zip(("a", b"some text that is stored")))
    data[data.index(b"some text")] ^= 1
    with pytest.raises(DataError, match="damaged"):
        unpack(_saved(bytes(data), tmp_path))
    with pytest.raises(DataError, match="cannot be read"):
        unpack(tmp_path / "nothing.zip")


def _never(*_: object, **__: object) -> None:
    raise AssertionError("the list of files was read")


def test_the_list_of_files_is_not_read_where_it_is_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _saved(pack(FILES), tmp_path)
    monkeypatch.setattr("conformance.evidence.archive.zipfile.ZipFile", _never)
    monkeypatch.setattr(archive, "LARGEST_LIST", 10)
    with pytest.raises(DataError, match="list of files is larger"):
        unpack(path)
    monkeypatch.setattr(archive, "MOST_FILES", 2)
    with pytest.raises(DataError, match="holds 3 files"):
        unpack(path)


def test_nothing_but_one_zip(tmp_path: Path) -> None:
    data = pack(FILES)
    longer = data[:-22] + b"PK\x06\x07" + bytes(16) + data[-22:]
    commented = data[:-2] + b"\x02\x00hi"
    for spoilt in (b"#!/bin/sh\n" + data, data + b"\n", data + data, longer, commented, data[:-18] + bytes(18)):
        with pytest.raises(DataError):
            unpack(_saved(spoilt, tmp_path))
    extra = zipfile.ZipInfo("a")
    extra.extra = b"\x99\x99\x02\x00hi"
    with pytest.raises(DataError, match="between the files"):
        unpack(_saved(_zip((extra, b"x")), tmp_path))
