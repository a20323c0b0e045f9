"""Where the files come from: an in-toto statement with SLSA's predicate. It is unsigned; the publisher signs it."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from releasing.distributions import sha256
from releasing.source import Source

BUILD_TYPE = "urn:speke-conformance:make-release:1"
BUILDER = "urn:speke-conformance:builder:unidentified"
"""Used if the variable RELEASE_BUILDER does not name the machine or CI job. RELEASE_SOURCE names the repository."""


def provenance(source: Source, files: Mapping[str, bytes]) -> bytes:
    """The statement about all files of the release; the same for the same commit, builder and tools."""
    tools = {name: version(name) for name in ("build", "hatchling", "cyclonedx-python-lib")}
    where = os.environ.get("RELEASE_SOURCE")
    commit: dict[str, Any] = {"uri": f"git+{where}"} if where else {"name": "source"}
    lock = {"name": "requirements-dev.lock", "digest": {"sha256": sha256(source.file("requirements-dev.lock"))}}
    dependencies = [commit | {"digest": {"gitCommit": source.commit}}, lock]
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": name, "digest": {"sha256": sha256(files[name])}} for name in sorted(files)],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {"tag": source.tag, "version": source.version},
                "internalParameters": {"SOURCE_DATE_EPOCH": source.epoch, "python": platform.python_version(), **tools},
                "resolvedDependencies": dependencies,
            },
            "runDetails": {"builder": {"id": os.environ.get("RELEASE_BUILDER") or BUILDER}},
        },
    }
    return (json.dumps(statement, indent=2) + "\n").encode()
