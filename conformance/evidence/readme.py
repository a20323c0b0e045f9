"""The README of an evidence archive: what it is about, who may rely on it for what, and how to repeat it."""

from __future__ import annotations

from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from conformance.evidence.product import Product
from conformance.evidence.signing import fingerprint
from conformance.redaction.escaping import visible
from conformance.reporting.outcome_text import in_words
from conformance.results.document import Document


def readme(document: Document, product: Product, key: Ed25519PublicKey | None) -> str:
    """The text, in Markdown; what others wrote is shown as they wrote it, without control characters."""
    return "\n".join(visible(line) for line in _lines(document, product, key)) + "\n"


def cover(product: Product, signer: Ed25519PublicKey | None) -> tuple[str, ...]:
    """What page one says of an archive: the product, and who vouches for it."""
    return (f"{product.product} {product.version}, by {product.key_provider}", _vouching(signer))


def _vouching(signer: Ed25519PublicKey | None) -> str:
    if signer is None:
        return "UNSIGNED: the file does not prove who made it."
    return f"Signed with the key whose SHA-256 fingerprint is {fingerprint(signer)}."


def _lines(document: Document, product: Product, key: Ed25519PublicKey | None) -> Iterator[str]:
    run, words = document.run, in_words(document)
    yield f"# SPEKE v2 conformance of {product.product} {product.version}"
    yield ""
    yield f"Key provider: {product.key_provider}  "
    yield f"Outcome: **{words.outcome}**  "
    yield f"Judged: {run.started} to {run.finished} at {run.place}  "
    yield f"Suite: {document.tool.name} {document.tool.version}, baseline `{document.baseline[:16]}`  "
    yield _vouching(key)
    for name, text in product.told().items():
        if name in ("contact", "deployment", "statement"):
            yield ""
            yield f"{name.capitalize()}: {text}"
    yield ""
    yield words.meaning
    yield ""
    yield from _sets(document)
    yield from _reliance()
    yield from _repetition(document)
    yield from _contents(key)


def _sets(document: Document) -> Iterator[str]:
    yield "| requirement set | outcome |"
    yield "|---|---|"
    for one in document.sets:
        reported = "" if one.required else " (reported only)"
        yield f"| {one.id} {one.title}{reported} | {one.outcome.lower()} |"
    yield ""


def _reliance() -> Iterator[str]:
    yield "## Who can rely on this, and for what"
    yield ""
    yield "- A partner may rely on it for the claims in `claims.json`, but not for anything listed there as not"
    yield "  claimed or in `qualification.html` as not covered."
    yield "- It covers the version and the deployment named above, on the day of the run. It says nothing about later"
    yield "  versions, of load, or of licence delivery."
    yield "- It is the key provider's own statement. To check it, judge the recorded exchanges again, without a"
    yield "  server, or send the same requests (below)."
    yield "- The owner of the machine can invent exchanges. Only someone else's signature shows that these took place,"
    yield "  or a new run."
    yield "- `proof.json` says how many planted mistakes the suite detects by name: a green line could have been red."
    yield ""


def _repetition(document: Document) -> Iterator[str]:
    yield "## To repeat it"
    yield ""
    yield "The same requests, with `SPEKE_URL` set to the key server's URL and credentials in the environment:"
    yield ""
    yield f"    {document.run.command}"
    yield ""
    yield "The recorded exchanges again, with the installed version of the suite and without a server:"
    yield ""
    yield "    speke-conformance check-evidence FILE.zip --public-key KEY.pem"
    yield ""
    yield "One request again by hand: the scripts `exchanges/…/*.curl.sh`."
    yield ""


def _contents(key: Ed25519PublicKey | None) -> Iterator[str]:
    yield "## What is inside"
    yield ""
    yield "- `results.json`: everything that was recorded; all other views are made from it"
    yield "- `statement.html`: one page for decision makers"
    yield "- `qualification.html`, `summary.md`, `junit.xml`, `ctrf.json`, `badge.*`: the views"
    yield "- `exchanges/`: every request and answer, without content keys and credentials"
    yield "- `product.json`, `claims.json`, `proof.json`: product, profile and claims as run, proof of the suite"
    yield "- `SHA256SUMS`: `sha256sum -c SHA256SUMS` compares"
    if key is None:
        return
    yield "- `SHA256SUMS.sig`: an Ed25519 signature over `SHA256SUMS`, to be verified with"
    yield "  `openssl pkeyutl -verify -pubin -inkey KEY.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig`"
    yield "- `signer.pem`: the public key, as the signer gave it; anybody can put a key into a file"
    yield ""
    yield "Take the key itself from the signer, not from the person who handed you this file."
