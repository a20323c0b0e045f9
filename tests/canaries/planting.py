"""A pytest plugin for the canary runs: the run's RSA keys are known, and a check breaks with a key in hand.

The file that `CANARY_RSA` names holds the private key in PEM.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from conformance.checks import load_checks, registry
from conformance.checks.context import Context
from conformance.checks.registry import Check
from conformance.model import Finding

BROKEN = "keys.values-distinct"


def _known_key(public_exponent: int, key_size: int) -> rsa.RSAPrivateKey:
    pem = Path(os.environ["CANARY_RSA"]).read_bytes()
    key = serialization.load_pem_private_key(pem, None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def _breaking(context: Context) -> Iterator[Finding]:
    for kid, key in context.keys.items():
        raise ValueError(f"the key of {kid} is {key!r} or {key.hex()}")
    yield from ()


def pytest_configure(config: pytest.Config) -> None:
    """Plant the key and break the check; nothing happens to whoever merely imports this module."""
    setattr(rsa, "generate_private_key", _known_key)  # noqa: B010 - a function of a library is replaced
    load_checks()
    known = cast(dict[str, Check], registry.CHECKS.by_id)
    known[BROKEN] = replace(known[BROKEN], ask=_breaking)
