"""`python -m benchmarks.serving DELAY`: the reference key server, until it is killed."""

from __future__ import annotations

import sys

from conformance.refserver import Server
from conformance.run.built_in import built_in_config
from conformance.run.profile import load_profile


def main() -> None:
    """Serve with so many milliseconds of delay; the first line printed is the URL."""
    with Server(built_in_config(load_profile("reference")), delay_ms=int(sys.argv[1])) as server:
        print(server.url, flush=True)
        server.wait()


if __name__ == "__main__":
    main()
