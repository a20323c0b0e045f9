"""Certificates of recipients: read, and refused where they are not fit to protect a key."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa

from conformance.refserver.reading import bytes_of
from conformance.refserver.refusals import Refusal


def public_key(text: str, minimum_bits: int, hashes: tuple[str, ...]) -> rsa.RSAPublicKey:
    """Read the RSA key of a certificate given as base64 of DER; raise Refusal for any other or for a short key.

    `hashes` are those with which a certificate may be signed.
    """
    der = bytes_of(text)
    if der is None:
        raise Refusal("certificate", "An X509Certificate is not base64 of a DER certificate.")
    try:
        certificate = x509.load_der_x509_certificate(der)
        key, signed_with = certificate.public_key(), certificate.signature_hash_algorithm
    except (ValueError, UnsupportedAlgorithm):
        raise Refusal("certificate", "An X509Certificate is not a certificate that can be read.") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise Refusal("certificate", "A certificate for key encryption needs an RSA key.")
    if key.key_size < minimum_bits:
        raise Refusal("certificate", f"A certificate for key encryption needs an RSA key of {minimum_bits} bits.")
    if signed_with is None or signed_with.name not in hashes:
        raise Refusal("certificate", f"A certificate for key encryption is signed with {' or '.join(hashes)}.")
    return key
