"""Files that a case or a profile names: they stay inside their folder, are regular, and have a bounded size.

Cases and profiles come from strangers, too. What they name is read and may be sent to a server and kept in a report, so
`/etc/passwd` is out of reach, and a device or a pipe that never ends hangs nothing.
"""

from __future__ import annotations

from pathlib import Path

from conformance.catalogue import regular_file

LARGEST = 4 * 1024 * 1024


class Refused(Exception):
    """The file is not read; the text says why and continues "the file …"."""


def read_regular(path: Path, largest: int = LARGEST) -> bytes:
    """The bytes of a regular file of bounded size; raises Refused."""
    try:
        return regular_file.read_regular(path, largest)
    except IsADirectoryError:
        raise Refused("is a folder") from None
    except regular_file.NoRegularFile:
        raise Refused("is a folder" if Path(path).is_dir() else "is not a regular file") from None
    except regular_file.TooLarge:
        raise Refused(f"is larger than {largest} bytes") from None
    except OSError as error:
        raise Refused(f"cannot be read ({error.strerror or error})") from None
    except ValueError:
        raise Refused("cannot be read (its name holds a NUL character)") from None


def inside(name: str, beside: Path, home: Path) -> Path:
    """The file of that name, seen from `beside`; raises Refused where it, or what it links to, is outside `home`."""
    path = beside / name
    try:
        real = path.resolve()
    except (OSError, ValueError, RuntimeError):
        raise Refused("cannot be read (its name leads nowhere)") from None
    if not real.is_relative_to(home.resolve()):
        raise Refused(f"is outside the folder {home.name}")
    return path
