"""Key encryption: every recipient can unwrap the document key, verify each MAC and decrypt each content key.

Algorithms are those of CPIX: RSA-OAEP with SHA-1 for document and MAC key, AES-256-CBC with PKCS#7 padding for
content keys, HMAC-SHA512 over the bytes of each CipherValue. Here: what the DeliveryDataList holds for each recipient.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.context import Context
from conformance.checks.encryption.encryption_problems import encrypted, found, in_the_clear, openings
from conformance.checks.keys.answered_keys import base64_bytes
from conformance.checks.registry import NotApplicable, Untestable, check
from conformance.checks.shape import Shape
from conformance.cpix.encrypted_key import AES256_CBC_URI
from conformance.cpix.reader import uuid_of
from conformance.model import Finding
from conformance.model.quoted import excerpt


def _from_2_1(shape: Shape) -> bool:
    return shape.encrypted and shape.version == "2.1"


@check("encryption.not-in-the-clear", "SPK20-CKE-004", applies=encrypted)
def not_in_the_clear(ctx: Context) -> Iterator[Finding]:
    """A request for encrypted content keys is not answered with clear ones.

    The encryptor asked for encryption because it does not trust the way; a server that cannot do it has to refuse.
    """
    if in_the_clear(ctx):
        yield Finding("/CPIX", "encrypted content keys, or a refusal", "content keys in the clear")


@check("safety.encryption-claim-kept", "SAFE-CKE-002", applies=encrypted)
def encryption_claim_kept(ctx: Context) -> Iterator[Finding]:
    """A server that claims key encryption never answers a request for it with clear keys."""
    if not ctx.claims.has("key-encryption"):
        raise NotApplicable("key encryption is not claimed")
    if in_the_clear(ctx):
        yield Finding("/CPIX/ContentKeyList", "encrypted content keys", "content keys in the clear")


@check("encryption.values-encrypted", "SPK20-CKE-003", applies=encrypted)
def values_encrypted(ctx: Context) -> Iterator[Finding]:
    """Every content key is answered as a pskc:EncryptedValue.

    A server that claims key encryption and answers in the clear breaks its claim.
    """
    if not in_the_clear(ctx) or not ctx.claims.has("key-encryption"):
        openings(ctx)
    for key in ctx.document.content_keys:
        if key.secret_count and not key.encrypted:
            yield Finding(key.where, "a pskc:EncryptedValue", "a pskc:PlainValue" if key.plain_values else "none")


@check("encryption.no-plain-value", "SPK20-CKE-003", "SAFE-LEAK-002", applies=encrypted)
def no_plain_value(ctx: Context) -> Iterator[Finding]:
    """An answer with a DeliveryDataList holds no content key in the clear."""
    yield from found(ctx, "plain-value", hint="The clear value makes the encryption useless.")


@check("encryption.delivery-data-per-recipient", "SPK20-CKE-002", applies=encrypted)
def delivery_data_per_recipient(ctx: Context) -> Iterator[Finding]:
    """Every recipient of the request has a DeliveryData in the answer."""
    yield from found(ctx, "delivery-data-missing", "recipient-missing")


@check("encryption.certificate-unchanged", "SPK20-CKE-002", applies=encrypted)
def certificate_unchanged(ctx: Context) -> Iterator[Finding]:
    """Every recipient's certificate comes back byte for byte, and no stranger's beside it."""
    yield from found(ctx, "certificate-altered", "certificate-unreadable")
    sent = {base64_bytes(text) for delivery in ctx.request.delivery for text in delivery.certificates}
    for delivery in ctx.document.delivery:
        ours = [base64_bytes(text) in sent for text in delivery.certificates]
        if any(ours) and not all(ours):
            yield Finding(delivery.where, "the certificate that was sent", f"{ours.count(False)} more beside it")


@check("encryption.delivery-data-id-unchanged", "SPK20-CKE-002", applies=encrypted)
def delivery_data_id_unchanged(ctx: Context) -> Iterator[Finding]:
    """Every DeliveryData of the request comes back under its id.

    They are paired by their certificate. A recipient that looks for its DeliveryData by the id would otherwise get
    somebody else's keys.
    """
    openings(ctx)
    if len(ctx.document.delivery) < len(ctx.request.delivery):
        raise Untestable("a DeliveryData is missing, which encryption.delivery-data-per-recipient reports")
    everywhere = {delivery.id for delivery in ctx.document.delivery}
    of_certificate: dict[bytes | None, set[str | None]] = {}
    for delivery in ctx.document.delivery:
        for one in delivery.certificates:
            of_certificate.setdefault(base64_bytes(one), set()).add(delivery.id)
    for asked in ctx.request.delivery:
        certificates = filter(None, map(base64_bytes, asked.certificates))
        ids = next((of_certificate[one] for one in certificates if one in of_certificate), everywhere)
        if asked.id is not None and asked.id not in ids:
            seen = "that id beside another certificate" if asked.id in everywhere else "none with that id"
            yield Finding("/CPIX/DeliveryDataList", f"a DeliveryData with the id {asked.id!r}", seen)


@check("encryption.no-recipient-added", "SPK20-CKE-002", applies=encrypted)
def no_recipient_added(ctx: Context) -> Iterator[Finding]:
    """The keys are encrypted to the recipients of the request and to nobody else."""
    openings(ctx)
    extra = len(ctx.document.delivery) - len(ctx.request.delivery)
    if extra > 0:
        yield Finding("/CPIX/DeliveryDataList", f"{len(ctx.request.delivery)} DeliveryData", f"{extra} more")


@check("encryption.delivery-key-has-certificate", "CPX-E02", applies=encrypted)
def delivery_key_has_certificate(ctx: Context) -> Iterator[Finding]:
    """Every DeliveryData has its certificate in DeliveryKey/ds:X509Data/ds:X509Certificate."""
    openings(ctx)
    for delivery in ctx.document.delivery:
        if not any(delivery.certificates):
            yield Finding(delivery.where, "a ds:X509Certificate in DeliveryKey", "none")


@check("encryption.one-document-key", "CPX-E04", applies=encrypted)
def one_document_key(ctx: Context) -> Iterator[Finding]:
    """Every DeliveryData has a DocumentKey; exactly one in CPIX 2.3."""
    yield from found(ctx, "document-key-missing", "several-document-keys")


@check("encryption.document-key-wrapped", "SPK20-CKE-006", applies=encrypted)
def document_key_wrapped(ctx: Context) -> Iterator[Finding]:
    """The document key is encrypted, declared as rsa-oaep-mgf1p, and as long as the RSA modulus."""
    yield from found(ctx, "document-key-in-clear", "document-key-not-encrypted", "document-key-algorithm")
    document_keys = {key.where for delivery in ctx.document.delivery for key in delivery.document_keys}
    for one in found(ctx, "wrapped-key-length", "cipher-value"):
        if any(one.where.startswith(place) for place in document_keys):
            yield one


@check("encryption.oaep-with-sha1", "CPX-E06", applies=encrypted)
def oaep_with_sha1(ctx: Context) -> Iterator[Finding]:
    """Document key and MAC key can be unwrapped with RSA-OAEP, SHA-1 in both places and no label."""
    yield from found(ctx, "oaep-digest", "digest-method", "pkcs1-padding", "unwrap")


@check("encryption.document-key-is-256-bit", "CPX-E07", applies=encrypted)
def document_key_is_256_bit(ctx: Context) -> Iterator[Finding]:
    """The document key is 32 bytes long."""
    yield from found(ctx, "document-key-length")


@check("encryption.document-key-says-aes-256", "CPX-E07-ALGORITHM", applies=encrypted)
def document_key_says_aes_256(ctx: Context) -> Iterator[Finding]:
    """The Algorithm of each DocumentKey, where present, is the one with which the content keys are encrypted."""
    openings(ctx)
    told = [one for delivery in ctx.document.delivery for one in delivery.document_keys if one.element.get("Algorithm")]
    if not told:
        raise NotApplicable("no DocumentKey has an Algorithm")
    for one in told:
        seen = one.element.get("Algorithm") or ""
        if seen != AES256_CBC_URI:
            yield Finding(f"{one.where}/@Algorithm", AES256_CBC_URI, excerpt(seen, 80))


@check("encryption.document-keys-cover-all", "CPX-E19", applies=_from_2_1)
def document_keys_cover_all(ctx: Context) -> Iterator[Finding]:
    """Several DocumentKeys name with encryptsKey what each is for, and leave no content key out."""
    yield from found(ctx, "encrypts-key-missing", "encrypts-key-uncovered")


@check("encryption.document-keys-name-known-keys", "CPX-E19-KNOWN", applies=_from_2_1)
def document_keys_name_known_keys(ctx: Context) -> Iterator[Finding]:
    """Each DocumentKey that says with encryptsKey what it is for names at least one content key of the document."""
    naming = [one for delivery in ctx.document.delivery for one in delivery.document_keys if one.encrypts_key]
    if not naming:
        raise NotApplicable("no DocumentKey has an encryptsKey")
    known = {uuid_of(key.kid) for key in ctx.document.content_keys} - {None}
    for one in naming:
        named = (one.encrypts_key or "").split()
        if not any(uuid_of(text) in known for text in named):
            yield Finding(f"{one.where}/@encryptsKey", "the KID of a content key", f"{len(named)} other names")


@check("encryption.only-document-key-names-all-keys", "CPX-E19-ONE", applies=_from_2_1)
def only_document_key_names_all_keys(ctx: Context) -> Iterator[Finding]:
    """The only DocumentKey of a recipient, where it says what it is for, names every content key of the document.

    The schema of CPIX 2.4 has room for one KID only, where the text has a list.
    """
    alone = [one.document_keys[0] for one in ctx.document.delivery if len(one.document_keys) == 1]
    naming = [one for one in alone if one.encrypts_key]
    if not naming:
        raise NotApplicable("no DocumentKey that is the only one has an encryptsKey")
    known = {uuid_of(key.kid) for key in ctx.document.content_keys} - {None}
    for one in naming:
        named = {uuid_of(text) for text in (one.encrypts_key or "").split()}
        if named & known and known - named:
            yield Finding(f"{one.where}/@encryptsKey", "the KIDs of all content keys", f"{len(known - named)} left out")


@check("encryption.no-external-references", "CPX-E22", applies=encrypted)
def no_external_references(ctx: Context) -> Iterator[Finding]:
    """Ciphertext is in the document, not behind a URI."""
    yield from found(ctx, "cipher-reference")
