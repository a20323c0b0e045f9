"""Certificates of recipients: read, and refused where they are not fit to protect a key."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa

from conformance.refserver.reading import bytes_of
from conformance.refserver.refusals import Refusal


def public_key(text: str, minimum_bits: int) -> rsa.RSAPublicKey:
    """Read the RSA key of a certificate given as base64 of DER; raise Refusal for any other or for a short key."""
    der = bytes_of(text)
    if der is None:
        raise Refusal("certificate", "An X509Certificate is not base64 of a DER certificate.")
    try:
        key = x509.load_der_x509_certificate(der).public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise Refusal("certificate", "An X509Certificate is not a certificate that can be read.") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise Refusal("certificate", "A certificate for key encryption needs an RSA key.")
    if key.key_size < minimum_bits:
        raise Refusal("certificate", f"A certificate for key encryption needs an RSA key of {minimum_bits} bits.")
    return key
