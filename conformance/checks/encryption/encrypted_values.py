"""Encrypted content keys: cipher, IV, padding and MAC of each, all of them opened as a recipient does."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.context import Context
from conformance.checks.encryption.encryption_problems import encrypted, found, openings, problems
from conformance.checks.registry import NotApplicable, check
from conformance.cpix.xml import PSKC
from conformance.model import Finding


@check("encryption.content-keys-aes-256-cbc", "SPK20-CKE-006", applies=encrypted)
def content_keys_aes_256_cbc(ctx: Context) -> Iterator[Finding]:
    """Every content key is declared as encrypted with AES-256 in CBC mode."""
    yield from found(ctx, "content-key-algorithm")


@check("encryption.iv-before-ciphertext", "CPX-E10", applies=encrypted)
def iv_before_ciphertext(ctx: Context) -> Iterator[Finding]:
    """Every CipherValue of a content key is base64 of its 16-byte IV followed by the ciphertext."""
    yield from found(ctx, "cipher-length", "iv-missing")
    content_keys = tuple(key.where for key in ctx.document.content_keys)
    for one in found(ctx, "cipher-value"):
        if one.where.startswith(content_keys):
            yield one


@check("encryption.pkcs7-padding", "CPX-E11", applies=encrypted)
def pkcs7_padding(ctx: Context) -> Iterator[Finding]:
    """Every content key is padded as PKCS#7 says: each padding byte is their number."""
    yield from found(ctx, "xmlenc-padding", "zero-padding", "no-padding", "padding")


@check("encryption.ivs-distinct", "CPX-E12", applies=encrypted)
def ivs_distinct(ctx: Context) -> Iterator[Finding]:
    """Every encrypted content key has an IV of its own that is not zero."""
    yield from found(ctx, "iv-reused", "iv-zero")


@check("encryption.mac-method-present", "SPK20-CKE-007", applies=encrypted)
def mac_method_present(ctx: Context) -> Iterator[Finding]:
    """Every DeliveryData has a MACMethod with HMAC-SHA512."""
    yield from found(ctx, "mac-method-missing", "mac-algorithm")


@check("encryption.value-mac-on-every-key", "SPK20-CKE-007", "CPX-E13-ALL", applies=encrypted)
def value_mac_on_every_key(ctx: Context) -> Iterator[Finding]:
    """Where there is a MACMethod, every encrypted content key has a ValueMAC."""
    if any(one.code == "encryption.mac-method-missing" for one in problems(ctx)):
        raise NotApplicable("there is no MACMethod, which encryption.mac-method-present reports")
    yield from found(ctx, "value-mac-missing")


@check("encryption.mac-key-wrapped", "CPX-E06", applies=encrypted)
def mac_key_wrapped(ctx: Context) -> Iterator[Finding]:
    """The MAC key is there, once, and encrypted to the recipient like the document key."""
    codes = ("mac-key-missing", "several-mac-keys", "mac-key-in-clear", "mac-key-not-encrypted", "mac-key-algorithm")
    yield from found(ctx, *codes)
    mac_keys = {key.where for delivery in ctx.document.delivery for key in delivery.mac_keys}
    for one in found(ctx, "wrapped-key-length", "cipher-value"):
        if any(one.where.startswith(place) for place in mac_keys):
            yield one


@check("encryption.mac-key-in-mackey", "CPX-E14", applies=encrypted)
def mac_key_in_mackey(ctx: Context) -> Iterator[Finding]:
    """The MAC key is in pskc:MACKey.

    Several servers write a cpix:Key instead; encryptors have learned to read both.
    """
    for delivery in ctx.document.delivery:
        for key in delivery.mac_keys:
            if key.layout != "pskc:MACKey":
                yield Finding(key.where, "pskc:MACKey", key.layout)


@check("encryption.mac-key-is-512-bit", "CPX-E15", applies=encrypted)
def mac_key_is_512_bit(ctx: Context) -> Iterator[Finding]:
    """The MAC key is 64 bytes long."""
    yield from found(ctx, "mac-key-length")


@check("encryption.value-macs-verify", "CPX-E16", applies=encrypted)
def value_macs_verify(ctx: Context) -> Iterator[Finding]:
    """Every ValueMAC is the HMAC-SHA512 of the decoded CipherValue, IV included."""
    yield from found(
        ctx,
        "value-mac-unreadable",
        "value-mac-length",
        "value-mac-input",
        "value-mac-hash",
        "value-mac-key",
        "value-mac-wrong",
    )


@check("encryption.other-macs-verify", "CPX-E17", applies=encrypted)
def other_macs_verify(ctx: Context) -> Iterator[Finding]:
    """A ValueMAC beside the document key or the MAC key, where there is one, verifies."""
    yield from found(ctx, "wrapped-key-mac")


@check("encryption.mac-after-value", "CPX-E17", applies=encrypted)
def mac_after_value(ctx: Context) -> Iterator[Finding]:
    """In every pskc:Secret the ValueMAC follows the EncryptedValue."""
    openings(ctx)
    for key in ctx.document.content_keys:
        for value in key.encrypted:
            secret = value.element.getparent()
            names = [] if secret is None else [child.tag for child in secret.iterchildren("*")]
            mac, sealed = f"{{{PSKC}}}ValueMAC", f"{{{PSKC}}}EncryptedValue"
            if mac in names and names.index(mac) < names.index(sealed):
                yield Finding(key.where, "pskc:EncryptedValue, then pskc:ValueMAC", "the other way round")
