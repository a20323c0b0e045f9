"""Brings texts back to bytes: every notation in which programs write bytes, and encodings inside each other.

All of it is linear in the length of the text: each pass walks it once, and the passes that cost more than a glance
are made only where a glance says that there may be something.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

DEPTH = 4
"""Encodings inside each other that are looked through; real ones are a PSSH in a fragment in base64, three deep."""
MOST_BYTES = 8 << 20
"""Bytes of all layers together after which no deeper one is opened: a text could be made to grow with each."""

FILLING = b"\0\\"
"""What UTF-16 and JSON put between the characters of a text."""
_TEXTUAL = bytes(116 if code in b"\0\t\n\r" or 0x20 <= code <= 0x7E else 110 for code in range(256))
"""Each byte as t (it may be of a text) or n."""
_SOME_TEXT = b"t" * 16

# --- runs: a word of letters and digits, of base64 or hexadecimal, white space inside included

_RUN = re.compile(rb"[A-Za-z0-9+/_-]{16,}(?:[ \t\r\n]++[A-Za-z0-9+/_-]{4,})*+={0,6}")
_STANDARD = bytes.maketrans(b"-_", b"+/")
_BASE32 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz234567"
_LONGEST_BASE32 = 1024
"""Characters; a longer word is no key, and costs the square of its length."""
_BASE32_DIGITS = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789abcdefghijklmnopqrstuv")
_DASHED = re.compile(rb"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}")
_HEX = re.compile(rb"[0-9A-Fa-f]{22,}")
_DECIMAL = re.compile(rb"(?<![0-9])[0-9]{24,160}(?![0-9])")
"""One number; a longer one is no key, and costs the square of its length."""
_SHORTEST_DECIMAL = b"d" * 24
_NOT_BASE64 = bytes(code for code in range(256) if not (chr(code).isalnum() and code < 128) and code not in b"+/_-")
_FILLED = (b"CgoK", b"goK", b"oK", b"K")
"""What makes base64 of a length (modulo 4) whole; line feeds where the last byte is complete."""

# --- separated: pairs of digits or decimal numbers with something between them

_CLASSES = bytes(
    104
    if chr(code) in "0123456789abcdefABCDEF"
    else code
    if chr(code) == "-"
    else 122
    if chr(code).isalnum() and code < 128
    else 32
    for code in range(256)
)
"""Each byte as h (a hexadecimal digit), z (another letter), a dash or a blank."""
_UUID_CLASSES = b"hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh"
_SEPARATED_SHAPES = (
    tuple(
        shape * 6
        for shape in (
            b"hh ",
            b"hh  ",
            b"hh   ",
            b"zhh",
            b" zhh",
            b"zhh ",
            b"  zhh",
            b" zhh ",
            b"hzhh ",
            b"hzhh  ",
            b"hzhh",
        )
    )
    + tuple(shape * 3 for shape in (b"hhhh ", b"hhhh  ", b" zhhhh", b"  zhhhh", b"zhhhh "))
    + (b"hhhhhhhh hhhhhhhh", b"hhhhhhhh  hhhhhhhh", b"  zhh   zhh   zhh", b" zhh  zhh  zhh")
)
_MARKERS = re.compile(rb"\\*\\[xX]|0[xX]|\\*\\u00|&#[xX]|%(?:25)*|=(?=[0-9A-F]{2})")
_NOT_ALNUM = bytes(code for code in range(256) if not (chr(code).isalnum() and code < 128))
_DIGITS = bytes.maketrans(b"0123456789\t\r\n", b"dddddddddd   ")
"""Each digit as d, white space as blanks."""
_LIST_SHAPES = tuple(
    b"d" + (separator + b"d") * 6
    for separator in (b",", b", ", b" ", b":", b";", b"; ", b"|", b"/", b".", b"\n", b"  ")
)
_SOME_DIGITS = re.compile(rb"[0-9][^0-9A-Za-z]{1,16}[0-9]")
_NUMBERS = re.compile(rb"-?\d{1,3}(?:[^0-9A-Za-z-]{1,16}-?\d{1,3}){6,}")
_NUMBER = re.compile(rb"-?\d{1,3}")

# --- escapes

_PRINTABLE = re.compile(rb"=[0-9A-F]{2}[^=]{0,8}=[0-9A-F]{2}[^=]{0,8}=[0-9A-F]{2}")
# Begins with a set of characters, so that the engine skips to the next of them instead of trying each alternative.
_ESCAPE = re.compile(
    rb"[%\\&](?:(?<=%)([0-9A-Fa-f]{2})"
    rb"|(?<=\\)(?:[xX]([0-9A-Fa-f]{2})|u\{?0*([0-9A-Fa-f]{2})(?![0-9A-Fa-f])\}?|u00([0-9A-Fa-f]{2})|([0-7]{3})"
    rb"|([abtnvfrABTNVFR])|([^0-9A-Za-z\s]))"
    rb"|(?<=&)(?:#[xX]0*([0-9A-Fa-f]{1,2});|#0*(\d{1,3});|(lt|gt|quot|apos|amp);))"
)
_PAIR = re.compile(rb"=([0-9A-F]{2})")
_NAMED = {b"a": 7, b"b": 8, b"t": 9, b"n": 10, b"v": 11, b"f": 12, b"r": 13}
_ENTITIES = {b"lt": b"<", b"gt": b">", b"quot": b'"', b"apos": b"'", b"amp": b"&"}


def layers(data: bytes) -> Iterator[bytes]:
    """The bytes themselves, and what is encoded in them, layer by layer; everything of one depth in one piece."""
    total = len(data)
    yield data
    for _ in range(DEPTH):
        if b"\0" in data:
            data = data.translate(None, FILLING)
            yield data
        # The bytes of all runs in one piece: one look at them costs less than one at each.
        layer = b"\n".join(_inside(data))
        total += len(layer)
        if not layer:
            return
        yield layer
        if total > MOST_BYTES:
            return
        # What was decoded at a wrong beginning is noise, and in noise there is no text.
        data = b"\n".join(_texts(layer))


def _texts(layer: bytes) -> Iterator[bytes]:
    """What reads like text for a while; in noise, which most of a layer is, one look finds that there is none."""
    classes = layer.translate(_TEXTUAL)
    start = classes.find(_SOME_TEXT)
    while start >= 0:
        end = classes.find(b"n", start)
        end = len(layer) if end < 0 else end
        yield layer[start:end]
        start = classes.find(_SOME_TEXT, end)


def _inside(data: bytes) -> Iterator[bytes]:
    if b"%" in data or b"\\" in data or b"&" in data or _PRINTABLE.search(data):
        plain = unescaped(data)
        if plain != data:
            yield plain
    # UUIDs are runs; they would make every document look as if something in it were separated.
    classes = data.translate(_CLASSES).replace(_UUID_CLASSES, b"").replace(b"-", b" ")
    if b"hh" in classes and any(shape in classes for shape in _SEPARATED_SHAPES):
        yield from _hexadecimal(_MARKERS.sub(b"", data).translate(None, _NOT_ALNUM))
    yield from _listed(data)
    yield from _decoded(_RUN.findall(data.translate(None, b"\\") if b"\\" in data else data))


def decodings(run: bytes) -> Iterator[bytes]:
    """What a run of letters and digits may stand for, in every notation and at every beginning that fits."""
    return _decoded([run])


def _decoded(runs: list[bytes]) -> Iterator[bytes]:
    """The same of many runs at once: one look for each notation costs less than one for each run."""
    uuids = [run for run in runs if len(run) == 36 and _DASHED.fullmatch(run)]
    if uuids:
        yield binascii.unhexlify(b"".join(uuids).replace(b"-", b""))
        known = set(uuids)
        runs = [run for run in runs if run not in known]
    if not runs:
        return
    words = b" ".join(runs)
    bodies = [run.translate(_STANDARD, _NOT_BASE64) for run in runs]
    yield from _hexadecimal(b" ".join(bodies))
    if b"-" in words:
        # Groups of digits with dashes between them.
        yield from _hexadecimal(b" ".join([run.replace(b"-", b"") for run in runs if b"-" in run]))
    if _SHORTEST_DECIMAL in words.translate(_DIGITS):
        for digits in _DECIMAL.findall(words):
            yield _big(int(digits))
    for word in words.split():
        if word.isupper() or word.islower():
            yield from _base32(word)
    # A run may begin inside a path or a name, and what looks like its padding may be none.
    for start in range(4):
        yield binascii.a2b_base64(b"".join([body[start:] + _FILLED[(len(body) - start) % 4] for body in bodies]))


def _hexadecimal(data: bytes) -> Iterator[bytes]:
    for match in _HEX.finditer(data):
        digits = match.group()
        even = len(digits) & ~1
        yield binascii.unhexlify(digits[:even])
        yield binascii.unhexlify(digits[1:] if len(digits) & 1 else digits[1:-1])


def _base32(word: bytes) -> Iterator[bytes]:
    """A word in one case as one number, shifted to each beginning that a byte may have."""
    bare = word.strip(b"+/-_=")
    if len(bare) <= _LONGEST_BASE32 and not bare.translate(None, _BASE32):
        number = int(bare.upper().translate(_BASE32_DIGITS), 32)
        yield from (_big(number >> shift) for shift in range(8))


def _listed(data: bytes) -> Iterator[bytes]:
    """Lists of decimal numbers, signed ones among them."""
    if not _SOME_DIGITS.search(data):
        return
    shape = data.translate(_DIGITS, b"-").replace(b"ddd", b"d").replace(b"dd", b"d")
    for blanks in (b" " * 8, b" " * 4, b"  ", b"  "):
        shape = shape.replace(blanks, b" ")
    if any(one in shape for one in _LIST_SHAPES):
        for match in _NUMBERS.finditer(data):
            yield bytes(int(number) & 0xFF for number in _NUMBER.findall(match.group()))


def _big(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8 or 1, "big")


def unescaped(data: bytes) -> bytes:
    """The bytes with one layer of escapes undone: of URLs, JSON, PHP, .NET, C, HTML and quoted-printable."""
    if _PRINTABLE.search(data):
        data = _PAIR.sub(lambda match: bytes([int(match[1], 16)]), data)
    return _ESCAPE.sub(_undone, data)


def _undone(match: re.Match[bytes]) -> bytes:
    percent, hexed, braced, unicode, octal, named, itself, entity16, entity10, word = match.groups()
    digits = percent or hexed or braced or unicode or entity16
    if digits:
        return bytes([int(digits, 16)])
    if octal:
        return bytes([int(octal, 8) & 0xFF])
    if named:
        # Beside other escapes it is one; in a path it is none, and nothing is lost by reading it as one.
        return bytes([_NAMED[named.lower()]])
    if entity10:
        return bytes([int(entity10) & 0xFF])
    return itself or _ENTITIES[word]
