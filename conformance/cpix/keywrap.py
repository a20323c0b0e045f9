"""Unwraps a document key or a MAC key with the recipient's private RSA key, and says what was done otherwise.

CPIX knows one way: RSA-OAEP with SHA-1, MGF1 with SHA-1 and no label. When that fails, the neighbours are tried, so
that the finding reads "OAEP with SHA-256" instead of "cannot be decrypted".
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from conformance.cpix import b64
from conformance.cpix.errors import DecodeError
from conformance.cpix.problem import Problem
from conformance.cpix.reader import EncryptedValue, WrappedKey
from conformance.model.quoted import excerpt

OAEP_URI = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
SHA1_URI = "http://www.w3.org/2000/09/xmldsig#sha1"

# Hash of OAEP, hash of MGF1, and what to call the pair; the first is the right one.
_OAEP: tuple[tuple[hashes.HashAlgorithm, hashes.HashAlgorithm, str], ...] = (
    (hashes.SHA1(), hashes.SHA1(), "OAEP with SHA-1 and MGF1 with SHA-1"),
    (hashes.SHA256(), hashes.SHA1(), "OAEP with SHA-256 and MGF1 with SHA-1"),
    (hashes.SHA256(), hashes.SHA256(), "OAEP with SHA-256 and MGF1 with SHA-256"),
    (hashes.SHA1(), hashes.SHA256(), "OAEP with SHA-1 and MGF1 with SHA-256"),
    (hashes.SHA384(), hashes.SHA1(), "OAEP with SHA-384 and MGF1 with SHA-1"),
    (hashes.SHA384(), hashes.SHA384(), "OAEP with SHA-384 and MGF1 with SHA-384"),
    (hashes.SHA512(), hashes.SHA1(), "OAEP with SHA-512 and MGF1 with SHA-1"),
    (hashes.SHA512(), hashes.SHA512(), "OAEP with SHA-512 and MGF1 with SHA-512"),
)
_RIGHT_WAY = _OAEP[0][2]

_LENGTHS_OF_KEYS = frozenset({16, 24, 32, 44, 48, 64, 88, 128})
"""Bytes of a key, or of one written as hexadecimal or base64 text.

Of 65,536 ciphertexts for somebody else one looks like PKCS#1 v1.5; hardly one of those holds so many bytes."""


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """The key that came out (None where none did), the ciphertext it came out of, and what was wrong on the way."""

    key: bytes | None = field(repr=False)
    ciphertext: bytes | None = field(repr=False)
    problems: tuple[Problem, ...]


def unwrap(
    wrapped: WrappedKey,
    private_key: RSAPrivateKey | None,
    *,
    what: str,
    length: int,
    public_key: RSAPublicKey | None = None,
) -> Unwrapped:
    """Unwrap one key that should have ``length`` bytes; ``what`` is ``document-key`` or ``mac-key``.

    Without the private key everything is looked at but what stands inside; the public one tells the length.

    Problems: ``encryption.<what>-in-clear``, ``-not-encrypted``, ``-algorithm``, ``-length``, and
    ``encryption.cipher-reference``, ``digest-method``, ``cipher-value``, ``wrapped-key-length``, ``oaep-digest``,
    ``pkcs1-padding``, ``unwrap``. Never raises.
    """
    problems: list[Problem] = []
    if wrapped.plain_value is not None:
        problems.append(_problem(f"{what}-in-clear", wrapped, "a key that only the recipient can read", "PlainValue"))
    if wrapped.encrypted is None:
        if not problems:
            problems.append(_problem(f"{what}-not-encrypted", wrapped, "an encrypted key", "no encrypted value"))
        return Unwrapped(None, None, tuple(problems))
    encrypted = wrapped.encrypted
    problems += _method_problems(encrypted, what)
    ciphertext, unreadable = cipher_bytes(encrypted)
    if ciphertext is None:
        return Unwrapped(None, None, (*problems, *unreadable))
    if private_key is None:
        sized = _length_problem(ciphertext, encrypted, public_key.key_size) if public_key is not None else ()
        return Unwrapped(None, ciphertext, (*problems, *unreadable, *sized))
    key, unwrapping = _decrypt(ciphertext, encrypted, private_key)
    problems += [*unreadable, *unwrapping]
    if key is not None and len(key) != length:
        problems.append(_problem(f"{what}-length", encrypted, f"{length} bytes", described_length(key)))
    return Unwrapped(key, ciphertext, tuple(problems))


def cipher_bytes(encrypted: EncryptedValue) -> tuple[bytes | None, tuple[Problem, ...]]:
    """The bytes of a CipherValue, or why there are none; a CipherReference is never followed."""
    if encrypted.has_reference:
        problem = _problem("cipher-reference", encrypted, "the ciphertext itself", "a CipherReference, not followed")
        return None, (problem,)
    if not encrypted.cipher_value:
        return None, (_problem("cipher-value", encrypted, "a CipherValue", "none, or an empty one"),)
    try:
        return b64.decode(encrypted.cipher_value).data, ()
    except DecodeError as error:
        # The code only: the message may quote a character of the ciphertext.
        return None, (_problem("cipher-value", encrypted, "base64", error.code),)


def described_length(value: bytes) -> str:
    """The length of a value, and whether it looks like a key that was written out as text first."""
    length = f"{len(value)} bytes"
    try:
        text = value.decode("ascii")
    except UnicodeDecodeError:
        return length
    if len(text) >= 32 and all(character in "0123456789abcdefABCDEF" for character in text):
        return f"{length} that read as hexadecimal text of {len(text) // 2} bytes"
    try:
        inner = b64.decode(text).data
    except DecodeError:
        return length
    return f"{length} that read as base64 text of {len(inner)} bytes" if inner else length


def _method_problems(encrypted: EncryptedValue, what: str) -> Iterator[Problem]:
    if encrypted.algorithm != OAEP_URI:
        yield _problem(f"{what}-algorithm", encrypted, OAEP_URI, quoted_uri(encrypted.algorithm))
    if encrypted.digest_method not in (None, SHA1_URI):
        yield _problem(
            "digest-method", encrypted, f"no DigestMethod, or {SHA1_URI}", quoted_uri(encrypted.digest_method)
        )


def quoted_uri(uri: str | None) -> str:
    """An algorithm URI as a problem shows it: cut where a stranger wrote a novel."""
    return "no algorithm" if uri is None else f"{excerpt(uri, 120)}"


def _decrypt(
    ciphertext: bytes, encrypted: EncryptedValue, private_key: RSAPrivateKey
) -> tuple[bytes | None, tuple[Problem, ...]]:
    wrong_length = _length_problem(ciphertext, encrypted, private_key.key_size)
    if wrong_length:
        return None, wrong_length
    for digest, mgf_digest, name in _OAEP:
        scheme = padding.OAEP(mgf=padding.MGF1(mgf_digest), algorithm=digest, label=None)
        try:
            key = private_key.decrypt(ciphertext, scheme)
        except ValueError:
            continue
        wrong = () if name == _RIGHT_WAY else (_problem("oaep-digest", encrypted, _RIGHT_WAY, name),)
        return key, wrong
    key_v15 = _pkcs1_v15(ciphertext, private_key)
    if key_v15 is not None:
        return key_v15, (_problem("pkcs1-padding", encrypted, _RIGHT_WAY, "RSA with PKCS#1 v1.5 padding"),)
    seen = "another key, another label or damaged bytes: nothing that was tried decrypts it"
    return None, (_problem("unwrap", encrypted, _RIGHT_WAY, seen),)


def _length_problem(ciphertext: bytes, encrypted: EncryptedValue, bits: int) -> tuple[Problem, ...]:
    modulus = (bits + 7) // 8
    if len(ciphertext) == modulus:
        return ()
    seen = f"{len(ciphertext)} bytes"
    return (_problem("wrapped-key-length", encrypted, f"{modulus} bytes, as the RSA modulus", seen),)


def _pkcs1_v15(ciphertext: bytes, private_key: RSAPrivateKey) -> bytes | None:
    """The message under PKCS#1 v1.5 padding, if that is what the ciphertext holds.

    By hand, since libraries answer wrong padding with a random message on purpose. Timing does not matter: the key
    pair lives for one run and the sender is the only other party.
    """
    numbers = private_key.private_numbers()
    public = numbers.public_numbers
    size = (private_key.key_size + 7) // 8
    block = pow(int.from_bytes(ciphertext, "big"), numbers.d, public.n).to_bytes(size, "big")
    end = block.find(b"\x00", 2)
    message = block[end + 1 :]
    return message if block.startswith(b"\x00\x02") and end >= 10 and len(message) in _LENGTHS_OF_KEYS else None


def mac_fits(mac_key: bytes, message: bytes, mac: bytes) -> bool:
    """Whether a MAC is the HMAC-SHA512 of a message."""
    return hmac.compare_digest(hmac.digest(mac_key, message, "sha512"), mac)


def _problem(code: str, node: WrappedKey | EncryptedValue, expected: str, seen: str) -> Problem:
    return Problem(code=f"encryption.{code}", where=node.where, expected=expected, seen=seen)
