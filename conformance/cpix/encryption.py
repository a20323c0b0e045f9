"""Opens an answer with encrypted content keys the way an encryptor does, and lists everything that is not as CPIX says.

Nothing here raises for wrong cryptography, and a departure that can be understood does not stop the rest: the keys
come out wherever they can, so that the other questions about them can still be asked.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from conformance.cpix import b64
from conformance.cpix.encrypted_key import DAMAGED, Opening, doubts, open_key
from conformance.cpix.errors import DecodeError
from conformance.cpix.keywrap import Unwrapped, mac_fits, quoted_uri, unwrap
from conformance.cpix.problem import Problem
from conformance.cpix.reader import ContentKey, Cpix, DeliveryData, MacKeyLayout, Node, WrappedKey, uuid_of

__all__ = ["Opened", "Problem", "open_document"]

HMAC_SHA512_URI = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha512"
DOCUMENT_KEY_LENGTH = 32
MAC_KEY_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Opened:
    """What a recipient gets out of a document.

    ``keys`` maps each KID to its content key in the clear, where what came out is the key that was encrypted;
    ``doubted`` maps those of which that is not known to the reason. ``document_key``, ``mac_key`` and ``ivs`` are
    there to be compared with those of another answer; ``mac_layout`` names the elements that held the MAC key. None
    of the bytes show in the representation.
    """

    document_key: bytes | None = field(repr=False)
    mac_key: bytes | None = field(repr=False)
    mac_layout: MacKeyLayout | None
    keys: Mapping[uuid.UUID, bytes] = field(repr=False)
    ivs: tuple[bytes, ...] = field(repr=False)
    problems: tuple[Problem, ...]
    doubted: Mapping[uuid.UUID, str] = field(default_factory=lambda: MappingProxyType({}))
    closed: bool = False
    """The private key was not there: what it would have shown is not among the problems."""

    def can_decrypt(self, kid: uuid.UUID) -> bool:
        """Whether a key comes out for that KID, be its MAC right or wrong."""
        return kid in self.keys or self.doubted.get(kid) == DAMAGED


def open_document(cpix: Cpix, private_key: RSAPrivateKey | None, certificate_der: bytes) -> Opened:
    """Open an answer for one recipient, known by private key and by the certificate that was sent (DER).

    Without the private key no key comes out, and everything that shows from outside is looked at all the same.

    Problems about the recipient: ``encryption.delivery-data-missing``, ``recipient-missing``,
    ``certificate-unreadable``, ``certificate-altered``; about document keys: ``document-key-missing``,
    ``several-document-keys`` (before CPIX 2.4), ``encrypts-key-missing``, ``encrypts-key-uncovered``; about the MAC:
    ``mac-method-missing``, ``mac-algorithm``, ``mac-key-missing``, ``several-mac-keys``, ``wrapped-key-mac``; about all
    keys together: ``iv-reused``, ``iv-zero``. The rest come from ``keywrap.unwrap`` and ``sealed.open_key``. Never
    raises.
    """
    problems: list[Problem] = []
    public_key = private_key.public_key() if private_key is not None else _public_key(certificate_der)
    delivery = _own_delivery(cpix, public_key, certificate_der, problems)
    document_keys = _document_keys(cpix, delivery, private_key, public_key, problems) if delivery else {}
    mac = _mac_key(delivery, private_key, public_key, problems) if delivery else None
    mac_bytes = mac[1].key if mac else None
    _check_wrapped_macs([*document_keys.items(), *([mac] if mac else [])], mac_bytes, problems)

    by_kid = _document_keys_by_kid(document_keys)
    first = next((one.key for one in document_keys.values() if one.key is not None), None)
    kids = [uuid_of(content_key.kid) for content_key in cpix.content_keys]
    openings = [
        open_key(content_key, by_kid.get(kid, first) if kid else first, mac_bytes)
        for kid, content_key in zip(kids, cpix.content_keys, strict=True)
    ]
    ivs: list[tuple[bytes, ContentKey]] = []
    for content_key, opening in zip(cpix.content_keys, openings, strict=True):
        problems += opening.problems
        if opening.iv is not None:
            ivs.append((opening.iv, content_key))
    keys, doubted = _believed(kids, openings)
    problems += _iv_problems(ivs)
    return Opened(
        document_key=first,
        mac_key=mac_bytes,
        mac_layout=_layout(mac[0]) if mac else None,
        keys=MappingProxyType(keys),
        ivs=tuple(iv for iv, _ in ivs),
        problems=tuple(problems),
        doubted=MappingProxyType(doubted),
        closed=private_key is None,
    )


def _public_key(certificate_der: bytes) -> RSAPublicKey | None:
    try:
        found = x509.load_der_x509_certificate(certificate_der).public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None
    return found if isinstance(found, RSAPublicKey) else None


def _believed(
    kids: list[uuid.UUID | None], openings: list[Opening]
) -> tuple[dict[uuid.UUID, bytes], dict[uuid.UUID, str]]:
    """The content keys that came out, and apart from them those that may be something else, each with the reason."""
    keys: dict[uuid.UUID, bytes] = {}
    doubted: dict[uuid.UUID, str] = {}
    for kid, opening, doubt in zip(kids, openings, doubts(openings), strict=True):
        if kid is None or opening.key is None or kid in keys or kid in doubted:
            continue
        if doubt:
            doubted[kid] = doubt
        else:
            keys[kid] = opening.key
    return keys, doubted


def _own_delivery(
    cpix: Cpix, public_key: RSAPublicKey | None, certificate_der: bytes, problems: list[Problem]
) -> DeliveryData | None:
    """Find the DeliveryData of this recipient: by the certificate, by the public key in one, or as the only one."""
    if not cpix.delivery:
        problems.append(_problem("delivery-data-missing", cpix, "a DeliveryData for the recipient", "none"))
        return None
    # The encoded public key occurs literally in any certificate for it, so no stranger's certificate is parsed.
    info = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) if public_key is not None else None
    unreadable: list[Problem] = []
    altered: DeliveryData | None = None
    for delivery in cpix.delivery:
        for text in delivery.certificates:
            try:
                der = b64.decode(text).data
            except DecodeError as error:
                seen = "PEM armour around it" if "BEGIN CERTIFICATE" in text else error.code
                unreadable.append(_problem("certificate-unreadable", delivery, "base64 of DER", seen))
                continue
            if der == certificate_der:
                return delivery
            if altered is None and info is not None and info in der:
                altered = delivery
    if altered is not None:
        seen = "another certificate for the same public key"
        problems.append(_problem("certificate-altered", altered, "the certificate as it was sent", seen))
        return altered
    problems += unreadable
    if not unreadable:
        seen = f"{len(cpix.delivery)} DeliveryData without it"
        problems.append(_problem("recipient-missing", cpix.delivery[0], "the certificate that was sent", seen))
    return cpix.delivery[0] if len(cpix.delivery) == 1 else None


def _document_keys(
    cpix: Cpix,
    delivery: DeliveryData,
    private_key: RSAPrivateKey | None,
    public_key: RSAPublicKey | None,
    problems: list[Problem],
) -> dict[WrappedKey, Unwrapped]:
    wrapped = delivery.document_keys
    if not wrapped:
        problems.append(_problem("document-key-missing", delivery, "a DocumentKey", "none"))
    if len(wrapped) > 1:
        problems += _several_document_keys(cpix, wrapped)
    keys = {
        one: unwrap(one, private_key, what="document-key", length=DOCUMENT_KEY_LENGTH, public_key=public_key)
        for one in wrapped
    }
    problems += (problem for unwrapped in keys.values() for problem in unwrapped.problems)
    return keys


def _several_document_keys(cpix: Cpix, wrapped: tuple[WrappedKey, ...]) -> Iterator[Problem]:
    """CPIX 2.4 allows several document keys, each of which says which content keys it encrypts."""
    if cpix.version != "2.4":
        yield _problem("several-document-keys", wrapped[1], "one DocumentKey", f"{len(wrapped)}")
    for one in wrapped:
        if not one.encrypts_key:
            yield _problem("encrypts-key-missing", one, "encryptsKey on each of several DocumentKeys", "none")
    covered = {uuid_of(kid) for one in wrapped for kid in (one.encrypts_key or "").split()}
    for content_key in cpix.content_keys:
        kid = uuid_of(content_key.kid)
        if covered and kid is not None and kid not in covered:
            yield _problem("encrypts-key-uncovered", content_key, "a DocumentKey whose encryptsKey names it", "none")


def _document_keys_by_kid(document_keys: Mapping[WrappedKey, Unwrapped]) -> dict[uuid.UUID, bytes | None]:
    named: dict[uuid.UUID, bytes | None] = {}
    for wrapped, unwrapped in document_keys.items():
        for text in (wrapped.encrypts_key or "").split():
            kid = uuid_of(text)
            if kid is not None:
                named.setdefault(kid, unwrapped.key)
    return named


def _mac_key(
    delivery: DeliveryData, private_key: RSAPrivateKey | None, public_key: RSAPublicKey | None, problems: list[Problem]
) -> tuple[WrappedKey, Unwrapped] | None:
    if not delivery.mac_method_count:
        problems.append(_problem("mac-method-missing", delivery, "a MACMethod", "none"))
        return None
    if delivery.mac_method_algorithm != HMAC_SHA512_URI:
        seen = quoted_uri(delivery.mac_method_algorithm)
        problems.append(_problem("mac-algorithm", delivery, HMAC_SHA512_URI, seen))
    if not delivery.mac_keys:
        problems.append(_problem("mac-key-missing", delivery, "pskc:MACKey in MACMethod", "none"))
        return None
    opened = [
        (wrapped, unwrap(wrapped, private_key, what="mac-key", length=MAC_KEY_LENGTH, public_key=public_key))
        for wrapped in delivery.mac_keys
    ]
    problems += opened[0][1].problems
    problems += _several_mac_keys(opened)
    return opened[0]


def _several_mac_keys(opened: Sequence[tuple[WrappedKey, Unwrapped]]) -> Iterator[Problem]:
    """A server may write one key in two layouts, for old readers and new ones; of anything else one cannot choose."""
    first_layout, first = opened[0][0].layout, opened[0][1].key
    for wrapped, unwrapped in opened[1:]:
        if wrapped.layout == first_layout or (first and unwrapped.key and unwrapped.key != first):
            yield _problem("several-mac-keys", wrapped, "one MAC key", f"{len(opened)}")
            return


def _check_wrapped_macs(
    wrapped_keys: list[tuple[WrappedKey, Unwrapped]], mac_key: bytes | None, problems: list[Problem]
) -> None:
    """CPIX asks for no MAC beside a wrapped key; where one stands, it should be true."""
    for wrapped, unwrapped in wrapped_keys:
        if wrapped.value_mac is None or mac_key is None or unwrapped.ciphertext is None:
            continue
        try:
            fits = mac_fits(mac_key, unwrapped.ciphertext, b64.decode(wrapped.value_mac).data)
        except DecodeError:
            fits = False
        if not fits:
            expected = "no ValueMAC, or HMAC-SHA512 over the wrapped key"
            problems.append(_problem("wrapped-key-mac", wrapped, expected, "a ValueMAC that does not verify"))


def _iv_problems(ivs: list[tuple[bytes, ContentKey]]) -> Iterator[Problem]:
    first_user: dict[bytes, ContentKey] = {}
    for iv, content_key in ivs:
        earlier = first_user.setdefault(iv, content_key)
        if earlier is not content_key:
            yield _problem("iv-reused", content_key, "an IV of its own", f"the IV of {earlier.where}")
        elif not any(iv):
            yield _problem("iv-zero", content_key, "an unpredictable IV", "all zeros")


def _layout(wrapped: WrappedKey) -> MacKeyLayout | None:
    return None if wrapped.layout == "cpix:DocumentKey" else wrapped.layout


def _problem(code: str, node: Node, expected: str, seen: str) -> Problem:
    return Problem(code=f"encryption.{code}", where=node.where, expected=expected, seen=seen)
