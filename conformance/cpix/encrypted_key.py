"""Opens one encrypted content key: checks its MAC first, then decrypts it, and names each departure it finds.

A content key travels as base64(IV || AES-256-CBC(document key, IV, key with PKCS#7 padding)), and its ValueMAC is the
HMAC-SHA512 of those same bytes under the MAC key.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from conformance.cpix import b64
from conformance.cpix.errors import DecodeError
from conformance.cpix.keywrap import cipher_bytes, described_length, mac_fits, quoted_uri
from conformance.cpix.problem import Problem
from conformance.cpix.reader import ContentKey, EncryptedValue

AES256_CBC_URI = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"

BLOCK = 16
CONTENT_KEY_LENGTH = 16
SEALED_LENGTH = 48
MAC_LENGTH = 64
_FULL_PAD = bytes([BLOCK]) * BLOCK
_RIGHT_MAC = "HMAC-SHA512 with the MAC key over IV and ciphertext"
NOT_BY_CHANCE = 3
"""Bytes of padding, or of content keys padded alike, that bytes decrypted with a wrong key do not show by accident.

One byte is right in one case of 256, and an encryptor asks for many keys."""

DAMAGED = "its ValueMAC does not fit"
NOT_ITS_OWN = "nothing shows that the document key it was opened with is its own"

Form = Literal["none", "pkcs7", "xmlenc", "other"]
"""How the end of a decrypted content key looks."""

_HASHES = (("sha512", "HMAC-SHA512"), ("sha256", "HMAC-SHA256"), ("sha1", "HMAC-SHA1"))


@dataclass(frozen=True, slots=True)
class Opening:
    """What came out of one ContentKey: the key and its IV (None where there is none), and what was wrong."""

    key: bytes | None = field(repr=False)
    iv: bytes | None = field(repr=False)
    problems: tuple[Problem, ...]
    mac_fits: bool = True
    """False where there is a ValueMAC that vouches for the bytes in no way that is known."""
    form: Form = "none"
    shown: int = 0
    """Bytes at the end that are what they have to be; with a wrong document key they are so by chance only."""
    document_key: bytes | None = field(default=None, repr=False)


def doubts(openings: Sequence[Opening]) -> list[str]:
    """Why the key of each opening of a document is not to be judged; empty where it is.

    Whatever comes out is bytes, and a wrong document key or damaged ciphertext gives bytes too: some of them unpad.
    """
    xmlenc = Counter(one.document_key for one in openings if one.form == "xmlenc")
    proven = {one.document_key for one in openings if one.form == "pkcs7" and one.shown >= NOT_BY_CHANCE}
    # Where each value ends as it should, a few bytes of padding in all are as good as many at one of them.
    ends: dict[bytes | None, list[Opening]] = {}
    for one in openings:
        ends.setdefault(one.document_key, []).append(one)
    proven |= {
        key
        for key, alike in ends.items()
        if all(one.form == "pkcs7" for one in alike) and sum(one.shown for one in alike) >= NOT_BY_CHANCE
    }
    found = []
    for one in openings:
        # A short key: one block instead of two, which no wrong document key makes of a sound answer.
        short = one.form == "pkcs7" and one.key is not None and len(one.key) < BLOCK and one.document_key in proven
        own = short or one.shown >= NOT_BY_CHANCE or one.form in ("none", "other")
        own = own or (one.form == "xmlenc" and xmlenc[one.document_key] >= NOT_BY_CHANCE)
        found.append(DAMAGED if not one.mac_fits else "" if own else NOT_ITS_OWN)
    return found


def open_key(content_key: ContentKey, document_key: bytes | None, mac_key: bytes | None) -> Opening:
    """Open one ContentKey with keys that were unwrapped before; either may be None, then less is checked.

    Problems: ``encryption.plain-value``, ``value-missing``, ``content-key-algorithm``, ``cipher-reference``,
    ``cipher-value``, ``cipher-length``, ``iv-missing``, ``value-mac-missing``, ``value-mac-unreadable``,
    ``value-mac-length``, ``value-mac-input``, ``value-mac-hash``, ``value-mac-key``, ``value-mac-wrong``,
    ``xmlenc-padding``, ``zero-padding``, ``no-padding``, ``padding``, ``content-key-length``. Never raises.
    """
    problems: list[Problem] = []
    if content_key.plain_values:
        problems.append(_problem("plain-value", content_key, "encrypted values only", "a PlainValue"))
    if not content_key.encrypted:
        if not problems:
            problems.append(_problem("value-missing", content_key, "an EncryptedValue", "no value"))
        return Opening(None, None, tuple(problems))
    encrypted = content_key.encrypted[0]
    right_algorithm = encrypted.algorithm == AES256_CBC_URI
    if not right_algorithm:
        seen = quoted_uri(encrypted.algorithm)
        problems.append(_problem("content-key-algorithm", encrypted, AES256_CBC_URI, seen))
    sealed, unreadable = cipher_bytes(encrypted)
    problems += unreadable
    if sealed is None:
        return Opening(None, None, tuple(problems))
    mac_is_right, mac, mac_problems = _read_mac(content_key, mac_key, sealed)
    problems += mac_problems
    key, form, shown, decrypting = _decrypt(sealed, document_key, encrypted)
    if decrypting and not right_algorithm:
        # The algorithm is the root cause; what its bytes look like as AES-256-CBC says nothing.
        key, form, decrypting = None, "none", ()
    vouched = mac_is_right or mac_key is None or not content_key.value_mac
    if mac is not None and mac_key is not None and not mac_is_right:
        diagnosis, vouched = _diagnose_mac(content_key, mac, mac_key, document_key, sealed, key)
        problems.append(diagnosis)
    problems += decrypting
    iv = sealed[:BLOCK] if len(sealed) > 2 * BLOCK else None
    return Opening(key, iv, tuple(problems), vouched, form, shown, document_key)


def _read_mac(
    content_key: ContentKey, mac_key: bytes | None, sealed: bytes
) -> tuple[bool, bytes | None, tuple[Problem, ...]]:
    """Whether the ValueMAC is right, its bytes if they are worth a diagnosis, and what is wrong with its form."""
    if not content_key.value_mac:
        return False, None, (_problem("value-mac-missing", content_key, "a ValueMAC", "none, or an empty one"),)
    try:
        mac = b64.decode(content_key.value_mac).data
    except DecodeError as error:
        return False, None, (_problem("value-mac-unreadable", content_key, "base64", error.code),)
    if mac_key is not None and mac_fits(mac_key, sealed, mac):
        return True, mac, ()
    if len(mac) != MAC_LENGTH:
        return False, mac, (_problem("value-mac-length", content_key, f"{MAC_LENGTH} bytes", f"{len(mac)} bytes"),)
    return False, mac, ()


def _diagnose_mac(
    content_key: ContentKey,
    mac: bytes,
    mac_key: bytes,
    document_key: bytes | None,
    sealed: bytes,
    key: bytes | None,
) -> tuple[Problem, bool]:
    """Name the departure of a MAC that does not verify, by trying what others have been seen to do.

    And whether one of them explains it: then the bytes are those that the server made.
    """
    text = content_key.encrypted[0].cipher_value or ""
    inputs = [
        ("IV and ciphertext", sealed),
        ("the ciphertext without its IV", sealed[BLOCK:]),
        ("the base64 text instead of its bytes", text.encode()),
        ("the base64 text without its line breaks", "".join(text.split()).encode()),
    ]
    if key is not None:
        inputs.append(("the content key in the clear", key))
        inputs.append(("the padded content key in the clear", key + _FULL_PAD))
    for key_name, one_key in (("the MAC key", mac_key), ("the document key", document_key)):
        for input_name, message in inputs if one_key is not None else ():
            for algorithm, hash_name in _HASHES:
                full = hmac.digest(one_key or b"", message, algorithm)
                if not (mac == full or (len(mac) in (16, 20, 32) and mac == full[: len(mac)])):
                    continue
                cut = "" if mac == full else f", cut to {len(mac)} bytes"
                code = _mac_code(key_name, hash_name + cut, input_name)
                seen = f"{hash_name}{cut} with {key_name} over {input_name}"
                return _problem(code, content_key, _RIGHT_MAC, seen), True
    return _problem("value-mac-wrong", content_key, _RIGHT_MAC, "a value that no usual mistake explains"), False


def _mac_code(key_name: str, hash_name: str, input_name: str) -> str:
    if key_name != "the MAC key":
        return "value-mac-key"
    if hash_name != "HMAC-SHA512":
        return "value-mac-hash"
    return "value-mac-input" if input_name != "IV and ciphertext" else "value-mac-wrong"


def _decrypt(
    sealed: bytes, document_key: bytes | None, encrypted: EncryptedValue
) -> tuple[bytes | None, Form, int, tuple[Problem, ...]]:
    expected = f"{SEALED_LENGTH} bytes: an IV of {BLOCK} and {2 * BLOCK} of ciphertext"
    if len(sealed) % BLOCK or len(sealed) < 2 * BLOCK:
        return None, "none", 0, (_problem("cipher-length", encrypted, expected, f"{len(sealed)} bytes"),)
    if document_key is None or len(document_key) not in (16, 24, 32):
        return None, "none", 0, _length_problem(sealed, encrypted, expected)
    if len(sealed) == 2 * BLOCK and _cbc(document_key, bytes(BLOCK), sealed).endswith(_FULL_PAD):
        # The last block decrypts with the block before it, whatever the IV: the padding shows that both are
        # ciphertext. The IV itself is not there to be found.
        seen = f"{2 * BLOCK} bytes of ciphertext without an IV"
        return None, "none", 0, (_problem("iv-missing", encrypted, expected, seen),)
    padded = _cbc(document_key, sealed[:BLOCK], sealed[BLOCK:])
    key, form, shown, wrong = _unpad(padded, encrypted)
    problems = [*wrong]
    if key is not None and len(key) != CONTENT_KEY_LENGTH:
        expected_key = f"{CONTENT_KEY_LENGTH} bytes"
        problems.append(_problem("content-key-length", encrypted, expected_key, described_length(key)))
    return key, form, shown, tuple(problems)


def _length_problem(sealed: bytes, encrypted: EncryptedValue, expected: str) -> tuple[Problem, ...]:
    if len(sealed) == SEALED_LENGTH:
        return ()
    return (_problem("cipher-length", encrypted, expected, f"{len(sealed)} bytes"),)


def _unpad(padded: bytes, encrypted: EncryptedValue) -> tuple[bytes | None, Form, int, tuple[Problem, ...]]:
    """Take PKCS#7 padding off, or the kind of padding that stands there instead; and how many bytes of it show."""
    expected = "PKCS#7 padding: each padding byte is their number"
    length = padded[-1]
    if 1 <= length <= BLOCK and padded.endswith(bytes([length]) * length):
        return padded[:-length], "pkcs7", length, ()
    if len(padded) == CONTENT_KEY_LENGTH:
        return padded, "other", 0, (_problem("no-padding", encrypted, expected, "a bare key without padding"),)
    if len(padded) == 2 * BLOCK and padded.endswith(bytes(BLOCK)):
        return padded[:BLOCK], "other", BLOCK, (_problem("zero-padding", encrypted, expected, "padding with zeros"),)
    if len(padded) == 2 * BLOCK and length == BLOCK:
        seen = "XML Encryption padding: the last byte is the number, the others are arbitrary"
        shown = BLOCK if not any(padded[BLOCK:-1]) else 1
        return padded[:BLOCK], "xmlenc", shown, (_problem("xmlenc-padding", encrypted, expected, seen),)
    seen = "no padding that is known: another document key, another mode or damaged bytes"
    return None, "none", 0, (_problem("padding", encrypted, expected, seen),)


def _cbc(key: bytes, iv: bytes, ciphertext: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    return decryptor.update(ciphertext) + decryptor.finalize()


def _problem(code: str, node: ContentKey | EncryptedValue, expected: str, seen: str) -> Problem:
    return Problem(code=f"encryption.{code}", where=node.where, expected=expected, seen=seen)
