"""`speke-conformance`: tells you whether a SPEKE v2 key server conforms, and if not, why."""

from __future__ import annotations

import sys
from collections.abc import Sequence

_INTERRUPTED = 2
"""`judge.INTERRUPTED`, before anything is imported."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; its exit status."""
    try:
        # Importing all of it takes a second or more, and Ctrl-C may come meanwhile.
        from conformance.cli.command_line import run_command

        about = __doc__.partition(":")[2].strip()
        return run_command(sys.argv[1:] if arguments is None else arguments, about)
    except KeyboardInterrupt:
        return _INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
