"""`evidence`: one zip with everything that somebody else needs to rely on a run."""

from __future__ import annotations

import argparse
import os
import shlex
from pathlib import Path

from conformance.cli.command import Command
from conformance.cli.common import write_file
from conformance.evidence.pack import evidence, refusals
from conformance.evidence.product import read_product
from conformance.evidence.signing import VARIABLE, fingerprint, make_key, private_key
from conformance.results.reader import read_results
from conformance.wire.errors import OptionError


def declare(parser: argparse.ArgumentParser) -> None:
    """Options: product, run, key and file; or the name of a key that is to be made."""
    parser.add_argument("action", nargs="*", metavar="keygen FILE", help="create a signing key in a new file")
    parser.add_argument(
        "--product",
        type=Path,
        metavar="product.yaml",
        help="product, version and key-provider; contact, deployment and statement are optional",
    )
    parser.add_argument("--results", metavar="DIR", default="reports", help="the run's reports (default: the latest)")
    parser.add_argument(
        "--key", type=Path, metavar="PEM", help=f"an Ed25519 private key to sign with (default: ${VARIABLE})"
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE.zip", help="the zip file to write")


def run(options: argparse.Namespace) -> int:
    """Write the evidence or a key, or refuse and say why."""
    if options.action:
        return _keygen(options.action)
    if options.product is None or options.output is None:
        raise OptionError("evidence needs --product and -o; `evidence keygen FILE` makes a key.")
    product = read_product(options.product)
    key = private_key(options.key, os.environ)
    document = read_results(options.results)
    reasons = list(refusals(document))
    if reasons:
        raise OptionError(f"No evidence can be made of this run: {'; '.join(reasons)}.")
    write_file("--output", options.output, evidence(document, product, key))
    signed = f"signed with the key {fingerprint(key.public_key())[:16]}" if key else "UNSIGNED"
    print(f"{options.output}: {document.outcome} for {product.product} {product.version}, {signed}")
    return 0


def _keygen(action: list[str]) -> int:
    if action[0] != "keygen" or len(action) != 2:
        raise OptionError("beside options, evidence takes only `keygen FILE`: the word and one new file.")
    print(f"{action[1]}: a key with the fingerprint {make_key(Path(action[1]))}")
    print("Keep it secret. Others verify with the public key:")
    print(f"  openssl pkey -in {shlex.quote(action[1])} -pubout -out signer.pem")
    return 0


COMMAND = Command("evidence", "pack a complete run into a zip file that others can verify", declare, run)
