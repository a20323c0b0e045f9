"""`evidence`: one zip with everything that somebody else needs to rely on a run."""

from __future__ import annotations

import argparse
from pathlib import Path

from conformance.cli.command import Command
from conformance.cli.common import write_file
from conformance.evidence.pack import evidence, refusals
from conformance.evidence.product import read_product
from conformance.evidence.signing import fingerprint, read_private
from conformance.results.reader import read_results
from conformance.wire.errors import OptionError


def declare(parser: argparse.ArgumentParser) -> None:
    """Options: product, run, key and file."""
    parser.add_argument(
        "--product",
        type=Path,
        required=True,
        metavar="product.yaml",
        help="product, version and key-provider; contact, deployment and statement may be added",
    )
    parser.add_argument("--results", metavar="DIR", default="reports", help="the run's reports (default: the latest)")
    parser.add_argument("--key", type=Path, metavar="PEM", help="an Ed25519 private key to sign with")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.zip", help="the zip to be written")


def run(options: argparse.Namespace) -> int:
    """Write the evidence, or refuse and say why."""
    product = read_product(options.product)
    key = read_private(options.key) if options.key else None
    document = read_results(options.results)
    reasons = list(refusals(document))
    if reasons:
        raise OptionError(f"No evidence can be made of this run: {'; '.join(reasons)}.")
    write_file("--output", options.output, evidence(document, product, key))
    signed = f", signed with the key {fingerprint(key.public_key())[:16]}" if key else ", not signed"
    print(f"{options.output}: {document.outcome} for {product.product} {product.version}{signed}")
    return 0


COMMAND = Command("evidence", "pack a complete run for those who rely on it", declare, run)
