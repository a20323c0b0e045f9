"""Files that a case or a profile names: they stay inside their folder, are regular, and have a bounded size.

Cases and profiles come from strangers, too. What they name is read and may be sent to a server and kept in a report, so
`/etc/passwd` is out of reach, and a device or a pipe that never ends hangs nothing.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

LARGEST = 4 * 1024 * 1024


class Refused(Exception):
    """The file is not read; the text says why and continues "the file …"."""


def read_regular(path: Path, largest: int = LARGEST) -> bytes:
    """The bytes of a regular file of bounded size; raises Refused."""
    try:
        # Without O_NONBLOCK a pipe that nobody writes to would hang right here.
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(number, "rb") as file:
            if not stat.S_ISREG(os.fstat(number).st_mode):
                raise Refused("is no regular file")
            data = file.read(largest + 1)
    except IsADirectoryError:
        raise Refused("is a folder") from None
    except OSError as error:
        raise Refused(f"cannot be read ({error.strerror or error})") from None
    except ValueError:
        raise Refused("cannot be read (its name holds a NUL character)") from None
    if len(data) > largest:
        raise Refused(f"is larger than {largest} bytes")
    return data


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
