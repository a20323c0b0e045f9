"""Evidence: one zip with everything that somebody else needs to rely on a run, or to doubt it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec.structs import replace

from conformance.evidence.archive import pack
from conformance.evidence.product import Product
from conformance.evidence.readme import cover, readme
from conformance.evidence.signing import public_pem
from conformance.model import Outcome, Verdict
from conformance.reporting.writer import views
from conformance.results.bodies import WARNING
from conformance.results.document import Document

SUMS = "SHA256SUMS"
SIGNATURE = "SHA256SUMS.sig"
SIGNER = "signer.pem"
README = "README.md"
PRODUCT = "product.json"
CLAIMS = "claims.json"
PROOF = "proof.json"
LARGEST_DOCUMENT = 16 << 20
"""Bytes of results.json; a run of all cases writes about 5 million for each endpoint. To read them takes twenty times
as many."""


def refusals(document: Document) -> Iterator[str]:
    """Why nobody may rely on a run, a sentence each; none where there is no such reason."""
    run = document.run
    if run.interrupted:
        yield "the run was interrupted"
    if run.incomplete:
        yield f"the run is incomplete: {run.incomplete.rstrip('.')}"
    elif document.outcome is Outcome.INCOMPLETE or document.counts.get(Verdict.ERROR):
        yield "the run is incomplete: some required checks did not run"
    if run.partial:
        yield "the run is partial: only a selection of the checks ran"
    if run.insecure:
        yield "the run is insecure: the server's certificate was not verified"
    if document.claims.discovered:
        yield "the claims were discovered: name a profile that says what the product claims, and run again"
    if run.target.built_in:
        yield "the run was against the built-in reference key server, which is not a product"
    if run.target.faults:
        yield "the run was against the reference key server with a fault switched on"
    if document.replay is not None:
        yield "this is a replay: no server was contacted"
    yield from (one.text for one in document.warnings if one.id == WARNING)
    if not document.exchanges:
        yield "the run recorded no exchange"


def evidence(document: Document, product: Product, key: Ed25519PrivateKey | None = None) -> bytes:
    """The zip: README, product, claims, proof of the suite, every view, every exchange, sums, and a signature.

    The same document, product and key give the same bytes. Whoever calls this has asked `refusals` before.
    """
    files = files_of(document, product, key.public_key() if key else None)
    files[SUMS] = sums(files)
    if key is not None:
        files[SIGNATURE] = key.sign(files[SUMS])
    return pack(files)


def files_of(document: Document, product: Product, signer: Ed25519PublicKey | None) -> dict[str, bytes]:
    """Every file but sums and signature: whoever checks the evidence makes them again, and compares.

    What changed since another run is left out: that run is not part of the evidence, so nobody could judge it again.
    """
    document = replace(document, previous=None)
    files = dict(views(document, cover(product, signer)))
    files[PRODUCT] = _json(product.told())
    files |= extracts(document)
    files[README] = readme(document, product, signer).encode("utf-8", "backslashreplace")
    if signer is not None:
        files[SIGNER] = public_pem(signer)
    return files


def extracts(document: Document) -> dict[str, bytes]:
    """Parts of the document that somebody may want to read alone."""
    return {
        CLAIMS: _json({"profile": document.profile, "claims": document.claims}),
        PROOF: _json(document.proof),
    }


def sums(files: Mapping[str, bytes]) -> bytes:
    """What `sha256sum` prints for these files, in order of their names."""
    return "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)).encode()


def _json(value: object) -> bytes:
    return json.dumps(msgspec.to_builtins(value), indent=2, sort_keys=True).encode() + b"\n"
