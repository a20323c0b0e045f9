"""Every way in which a secret may stand in an artifact, and the search for them."""

from __future__ import annotations

import base64
import html
import json
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus
from uuid import UUID

SHORTEST = 11
"""Bytes of a notation that is looked for; anything shorter may stand somewhere by chance."""
_WORD, _STEP = 8, 4
"""Bytes that are compared at once, and from one look to the next; together no more than SHORTEST and one."""
_CHUNK = 1 << 20


def aligned(value: bytes) -> Iterator[bytes]:
    """The base64 characters that depend on the value alone, wherever in a longer value it begins."""
    for lead in range(3):
        whole = base64.b64encode(bytes(lead) + value)
        first, rest = -(-lead * 8 // 6), (lead + len(value)) % 3
        core = whole[first : len(whole) - (4 if rest else 0)]
        yield from (core, core.translate(bytes.maketrans(b"+/", b"-_")))


def notations(value: bytes) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of a binary secret in all notations."""
    orders = {"": value}
    if len(value) == 16:
        orders["GUID order "] = UUID(bytes=value).bytes_le
        yield "UUID", str(UUID(bytes=value)).encode()
    orders["reversed "] = value[::-1]
    for order, data in orders.items():
        yield f"{order}raw", data
        yield f"{order}raw as UTF-8", data.decode("latin-1").encode()
        yield f"{order}hexadecimal", data.hex().encode()
        yield f"{order}HEXADECIMAL", data.hex().upper().encode()
        yield f"{order}printed", data.hex(" ").encode()
        yield f"{order}in Python", repr(data)[2:-1].encode()
        yield f"{order}percent", quote(data, safe="").encode()
        yield f"{order}as numbers", ", ".join(map(str, data)).encode()
        for number, core in enumerate(aligned(data)):
            yield f"{order}base64 {number}", core


def spellings(secret: str) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of a textual secret in all notations, escaped ones among them."""
    yield from (("as JSON", json.dumps(secret)[1:-1].encode()), ("as HTML", html.escape(secret).encode()))
    yield from (("as URL", quote(secret, safe="").encode()), ("as form", quote_plus(secret).encode()))
    yield "in Python", repr(secret)[1:-1].encode()
    for coding in ("utf-8", "utf-16-le"):
        for name, data in notations(secret.encode(coding)):
            yield f"{coding} {name}", data


def forms(secrets: Mapping[str, bytes | str]) -> dict[bytes, str]:
    """What to look for -> what it is, each notation also as UTF-16."""
    found: dict[bytes, str] = {}
    for what, value in secrets.items():
        for name, data in notations(value) if isinstance(value, bytes) else spellings(value):
            if len(data) >= SHORTEST:
                found.setdefault(data, f"{what}, {name}")
                found.setdefault(data.decode("latin-1").encode("utf-16-le"), f"{what}, {name}, as UTF-16")
    return found


def artifacts(folder: Path, output: str) -> Iterator[tuple[str, bytes]]:
    """(name, content) of every file in a folder, of those in archives, the names themselves, and what was printed."""
    yield "what was printed", output.encode()
    yield "names of files", "\n".join(str(path) for path in folder.rglob("*")).encode()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield str(path.relative_to(folder)), path.read_bytes()
            if path.suffix == ".zip":
                with zipfile.ZipFile(path) as archive:
                    yield f"names in {path.name}", "\n".join(archive.namelist()).encode()
                    yield from ((f"{path.name}: {name}", archive.read(name)) for name in archive.namelist())


def _unescaped(line: bytes) -> Iterator[bytes]:
    """The line, and what it reads in a page or a JSON document."""
    yield line
    if b"&" in line or b"\\" in line:
        text = html.unescape(line.decode("utf-8", "surrogateescape"))
        yield text.replace("\\\\", "\\").replace('\\"', '"').encode("utf-8", "surrogateescape")


def _standing(wanted: Iterable[bytes], text: bytes) -> Iterator[bytes]:
    """Those of the wanted that stand in the text: one look at its words, however many they are.

    Of SHORTEST bytes that stand anywhere, one whole word begins at a multiple of _STEP.
    """
    by_word: dict[int, set[bytes]] = {}
    for data in wanted:
        for lead in range(_STEP):
            by_word.setdefault(int.from_bytes(data[lead : lead + _WORD], sys.byteorder), set()).add(data)
    candidates: set[bytes] = set()
    for start in range(0, len(text), _CHUNK):
        for lead in range(0, _WORD, _STEP):
            part = memoryview(text)[start + lead : start + _CHUNK + lead]
            seen = set(part[: len(part) // _WORD * _WORD].cast("Q"))
            for word in by_word.keys() & seen:
                candidates |= by_word[word]
    yield from (data for data in candidates if data in text)


def caught(
    secrets: Mapping[str, bytes | str], things: Iterable[tuple[str, bytes]], pieces: Mapping[bytes, str] | None = None
) -> list[str]:
    """`FILE: WHAT, NOTATION` of everything that was found; `pieces` are looked for as they are."""
    wanted = {**forms(secrets), **(pieces or {})}
    places: dict[bytes, str] = {}
    for name, content in things:
        # A line that stands in several views is looked at once.
        for line in content.split(b"\n"):
            if line not in places:
                places.update(dict.fromkeys(_unescaped(line), name))
    found = sorted(set(_standing(wanted, b"\n".join(places))))
    return [
        f"{name}: {wanted[data]}"
        for data in found
        for name in sorted({name for line, name in places.items() if data in line} or {"across lines"})
    ]
