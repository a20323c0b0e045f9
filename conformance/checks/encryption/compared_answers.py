"""Encrypted answers compared: with the clear answer, with each other, and from recipient to recipient."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.context import Context
from conformance.checks.encryption.encryption_problems import encrypted, forgotten, openings
from conformance.checks.keys.answered_keys import readable_keys
from conformance.checks.keys.key_comparison import changed
from conformance.checks.registry import Need, NotApplicable, Untestable, check
from conformance.checks.relations import encrypted_before, in_the_clear_before
from conformance.cpix.encryption import Opened
from conformance.cpix.reader import DrmSystem
from conformance.model import Finding

KEY_BYTES = 16


@check("encryption.secrets-fresh", "CPX-E08", applies=encrypted, partners=encrypted_before)
def secrets_fresh(ctx: Context) -> Iterator[Finding]:
    """Document key and MAC key are new in every answer.

    Compared with the first answer of the case, which was made for the same request.
    """
    for before, after in _repeated(ctx):
        if after.document_key is not None and after.document_key == before.document_key:
            yield Finding("/CPIX/DeliveryDataList/DeliveryData/DocumentKey", "a new document key", "the same as before")
        if after.mac_key is not None and after.mac_key == before.mac_key:
            yield Finding("/CPIX/DeliveryDataList/DeliveryData/MACMethod", "a new MAC key", "the same as before")


def _repeated(ctx: Context) -> Iterator[tuple[Opened, Opened]]:
    first = encrypted_before(ctx)[0]
    before = openings(first)
    for name, after in openings(ctx).items():
        if name in before:
            yield before[name], after


@check("encryption.ivs-fresh", "CPX-E12", applies=encrypted, partners=encrypted_before)
def ivs_fresh(ctx: Context) -> Iterator[Finding]:
    """No IV of the first answer is used again when the request is repeated."""
    for before, after in _repeated(ctx):
        again = set(before.ivs) & set(after.ivs)
        if again:
            where = "/CPIX/ContentKeyList/ContentKey//enc:CipherValue"
            yield Finding(where, "new IVs in every answer", f"{len(again)} of {len(after.ivs)} as before")


@check("encryption.same-keys-for-all-recipients", "CPX-E18", applies=encrypted)
def same_keys_for_all_recipients(ctx: Context) -> Iterator[Finding]:
    """All recipients decrypt the same content keys."""
    opened = [(name, one.keys) for name, one in openings(ctx).items() if not forgotten(one)]
    if len(opened) < 2:
        raise NotApplicable("there are not two recipients with a DeliveryData")
    reader, reference = max(opened, key=lambda pair: len(pair[1]))
    if ctx.closed:
        raise Untestable(ctx.closed)
    if not reference:
        raise Untestable("no recipient can decrypt a content key")
    for name, keys in opened:
        wrong = [kid for kid in reference if keys.get(kid) != reference[kid]]
        if wrong:
            seen = "no key" if wrong[0] not in keys else "another key"
            expected = f"the recipient {name} gets the key of KID {wrong[0]} as {reader} does"
            yield Finding("/CPIX/DeliveryDataList", expected, seen)


@check(
    "encryption.decrypted-equals-clear", "SAFE-KEY-009", need=Need.KEYS, applies=encrypted, partners=in_the_clear_before
)
def decrypted_equals_clear(ctx: Context) -> Iterator[Finding]:
    """The decrypted content keys are those that the server answers in the clear for the same request.

    Compared with the first answer in the clear to the same request.
    """
    clear, *repeated = in_the_clear_before(ctx)
    reference = readable_keys(clear)
    if any(not one.missing_for(Need.KEYS) and any(changed(one, clear)) for one in repeated):
        raise Untestable("already the clear answer has other keys when it is repeated")
    for asked, kid in ctx.pairs.kid_map.items():
        if clear.pairs.kid_map.get(asked, asked) != kid:
            raise Untestable(f"KID {asked} is answered as another KID than in the clear")
        decrypted, plain = ctx.keys.get(kid, b""), reference.get(kid, b"")
        # Values of a wrong length are reported by keys.value-is-16-bytes.
        if len(decrypted) == len(plain) == KEY_BYTES and decrypted != plain:
            yield Finding(
                "/CPIX/ContentKeyList",
                f"the content key of KID {kid} as in the clear answer",
                "another value after decryption",
                "Either the key depends on encryption, or something other than the key was encrypted.",
            )


@check("encryption.rest-as-in-clear", "SPK20-CKE-009", applies=encrypted, partners=in_the_clear_before)
def rest_as_in_clear(ctx: Context) -> Iterator[Finding]:
    """With encrypted keys every DRMSystem is filled, and every period and rule is there, as in the clear answer.

    Compared with the first answer in the clear to the same request.
    """
    clear = in_the_clear_before(ctx)[0]
    for what in ("drm_systems", "periods", "rules"):
        ours, theirs = len(getattr(ctx.document, what)), len(getattr(clear.document, what))
        if ours != theirs:
            yield Finding("/CPIX", f"{theirs} {what.replace('_', ' ')}, as in the clear", f"{ours}")
    reference = {(pair.asked.kid, pair.asked.system_id): pair.answered for pair in clear.pairs.drm}
    for pair in ctx.pairs.drm:
        there = reference.get((pair.asked.kid, pair.asked.system_id))
        if pair.answered is None or there is None:
            continue
        missing = [name for name in filled(there) if name not in filled(pair.answered)]
        if missing:
            yield Finding(pair.answered.where, f"{' and '.join(missing)} filled, as in the clear", "empty or absent")


def filled(system: DrmSystem) -> list[str]:
    """The kinds of signalling data that a DRMSystem carries with content."""
    kinds = {
        "PSSH": system.pssh,
        "ContentProtectionData": system.content_protection,
        "HLSSignalingData": system.hls,
        "SmoothStreamingProtectionHeaderData": system.smooth,
    }
    return [name for name, elements in kinds.items() if elements and all(one.text for one in elements)]
