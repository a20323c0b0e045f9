"""Answers as bytes, from RFC 9112 and from what gateways do: those that a client must read, and those that it must not.

Written before the client was looked at. Each name says what is unusual; the body of a right one is `hello`.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
PLAIN = OK + b"Content-Length: 5\r\n\r\nhello"
LAST = b"0\r\n\r\n"


def packed(data: bytes) -> bytes:
    """Gzip without a time in it: test ids are made of names, but the bytes shall be the same everywhere too."""
    return gzip.compress(data, mtime=0)


def coded(coding: str, body: bytes) -> bytes:
    """A complete answer with a Content-Encoding."""
    return OK + f"Content-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


RIGHT: Mapping[str, bytes] = {
    "100 Continue unasked": b"HTTP/1.1 100 Continue\r\n\r\n" + PLAIN,
    "102 Processing": b"HTTP/1.1 102 Processing\r\n\r\n" + PLAIN,
    "103 Early Hints": b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n" + PLAIN,
    "100, 102 and 103": b"HTTP/1.1 100 \r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103\r\nA: b\r\n\r\n" + PLAIN,
    "an interim answer that nobody knows": b"HTTP/1.1 199 Thinking\r\nX-Load: 0.7\r\n\r\n" + PLAIN,
    "thousands of interim answers": b"HTTP/1.1 102 Processing\r\nX-Pad: 0123456789\r\n\r\n" * 4000 + PLAIN,
    "interim answer with a length that means nothing": b"HTTP/1.1 102 P\r\nContent-Length: 0\r\n\r\n" + PLAIN,
    "no reason": b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello",
    "lines end with LF": b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
    "no blank behind the colon": b"HTTP/1.1 200 OK\r\nContent-Length:5\r\n\r\nhello",
    "tabs around a value": b"HTTP/1.1 200 OK\r\nContent-Length:\t5\t\r\n\r\nhello",
    "the same length twice": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "the same length in a list": b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello",
    "length with leading zeros": b"HTTP/1.1 200 OK\r\nContent-Length: 0005\r\n\r\nhello",
    "until the end of the connection": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello",
    "until the end, unannounced": b"HTTP/1.1 200 OK\r\n\r\nhello",
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\nhello",
    "HTTP/1.0 with keep-alive": b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello",
    "Transfer-Encoding: identity": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello",
    "both kinds of framing": OK + b"Content-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n" + LAST,
    "Chunked with a capital": OK + b"Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n" + LAST,
    "several chunks": CHUNKED + b"1\r\nh\r\n3\r\nell\r\n1\r\no\r\n" + LAST,
    "chunk size with zeros": CHUNKED + b"00000005\r\nhello\r\n000\r\n\r\n",
    "chunk size padded behind": CHUNKED + b"5   \r\nhello\r\n0  \r\n\r\n",
    "chunk extensions": CHUNKED + b'5;a=b;c="d e"\r\nhello\r\n0;last\r\n\r\n',
    "chunk extension behind blanks": CHUNKED + b"5 ; a = b\r\nhello\r\n" + LAST,
    "chunk lines end with LF": b"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nhello\n0\n\n",
    "last chunk, and then the end": CHUNKED + b"5\r\nhello\r\n0\r\n",
    "trailers": CHUNKED + b"5\r\nhello\r\n0\r\nX-Checksum: 1\r\nX-Time: 2\r\n\r\n",
    "gzip": coded("gzip", packed(b"hello")),
    "GZIP in capitals": coded("GZIP", packed(b"hello")),
    "x-gzip in two members": coded("x-gzip", packed(b"he") + packed(b"llo")),
    "deflate": coded("deflate", zlib.compress(b"hello")),
    "identity": coded("identity", b"hello"),
    "an empty Content-Encoding": coded("", b"hello"),
    "a folded header": b"HTTP/1.1 200 OK\r\nX-Long: a\r\n b\r\nContent-Length: 5\r\n\r\nhello",
    "an empty header": b"HTTP/1.1 200 OK\r\nX-Empty:\r\nContent-Length: 5\r\n\r\nhello",
    "a line end behind the answer": PLAIN + b"\r\n",
}
"""What a client must read. An interim answer (1xx) is no answer; whoever cannot use it reads over it.
By RFC 9112, section 8, chunks are complete with the one of size zero, whether or not an empty line follows it."""

WRONG: Mapping[str, bytes] = {
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
    "HTTP/2 in words": b"HTTP/2 200\r\nContent-Length: 5\r\n\r\nhello",
    "ICY": b"ICY 200 OK\r\n\r\nhello",
    "no status": b"HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
    "status of two digits": b"HTTP/1.1 20 OK\r\nContent-Length: 5\r\n\r\nhello",
    "status of four digits": b"HTTP/1.1 2000 OK\r\nContent-Length: 5\r\n\r\nhello",
    "status with a sign": b"HTTP/1.1 +200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "status with an underscore": b"HTTP/1.1 2_00 OK\r\nContent-Length: 5\r\n\r\nhello",
    "interim answer cut off": b"HTTP/1.1 102 Processing\r\nX-A: b",
    "interim answers only": b"HTTP/1.1 103 Early Hints\r\n\r\n" * 3,
    "switched to another protocol": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n\x00\x00\x00",
    "negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
    "length with a sign": b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
    "length in words": b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello",
    "length in hex": b"HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\nhello",
    "length with a fraction": b"HTTP/1.1 200 OK\r\nContent-Length: 5.0\r\n\r\nhello",
    "an empty length": b"HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\nhello",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "two lengths in a list": b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello!",
    "length in other digits": "HTTP/1.1 200 OK\r\nContent-Length: ²\r\n\r\nhello".encode("latin-1"),
    "length of a thousand digits": b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\nhello",
    "shorter than its length": b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello",
    "negative chunk size": CHUNKED + b"-5\r\nhello\r\n" + LAST,
    "negative first chunk size of one": CHUNKED + b"-1\r\nhello\r\n" + LAST,
    "chunk size with a sign": CHUNKED + b"+5\r\nhello\r\n" + LAST,
    "chunk size with 0x": CHUNKED + b"0x5\r\nhello\r\n" + LAST,
    "chunk size with an underscore": CHUNKED + b"0_5\r\nhello\r\n" + LAST,
    "chunk size behind a blank": CHUNKED + b" 5\r\nhello\r\n" + LAST,
    "empty chunk size": CHUNKED + b"\r\nhello\r\n" + LAST,
    "only an extension": CHUNKED + b";a=b\r\nhello\r\n" + LAST,
    "chunk size no number": CHUNKED + b"five\r\nhello\r\n" + LAST,
    "chunk size in UTF-8": CHUNKED + "５\r\nhello\r\n".encode() + LAST,
    "chunk size beyond all bounds": CHUNKED + b"F" * 4000 + b"\r\nhello\r\n" + LAST,
    "chunk longer than its size": CHUNKED + b"3\r\nhello\r\n" + LAST,
    "chunk shorter than its size": CHUNKED + b"7\r\nhello\r\n" + LAST,
    "no last chunk": CHUNKED + b"5\r\nhello\r\n",
    "a body where chunks are promised": CHUNKED + b"<?xml version='1.0'?><a/>",
    "transfer coding nobody asked for": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n" + LAST,
    "chunked, but not last": OK + b"Transfer-Encoding: chunked, gzip\r\n\r\n5\r\nhello\r\n" + LAST,
    "chunked twice": OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n" + LAST,
    "brotli": coded("br", b"\x8b\x02\x80hello\x03"),
    "zstd": coded("zstd", b"\x28\xb5\x2f\xfd\x20\x05\x29\x00\x00hello"),
    "compress": coded("compress", b"hello"),
    "a coding that does not exist": coded("rot13", b"uryyb"),
    "a coding of UTF-8": coded("utf-8", b"hello"),
    "gzip over brotli": coded("br, gzip", packed(b"hello")),
    "gzip that is none": coded("gzip", b"hello"),
    "gzip cut off": coded("gzip", packed(b"hello" * 50)[:-9]),
    "blank before the colon": b"HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello",
    "a header without a colon": b"HTTP/1.1 200 OK\r\nContent-Length 5\r\n\r\nhello",
    "a header without a name": b"HTTP/1.1 200 OK\r\n: 5\r\n\r\nhello",
    "cut inside the head": b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n",
    "a single byte": b"H",
}
"""What a client must not read as an answer; each begins, so none of it may look as if nobody were there."""
