"""Reads files that strangers hand over: regular ones, of bounded size; nothing that could be waited for."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


class NoRegularFile(OSError):
    """A pipe, a device, a socket or a folder; or a link to one."""


class TooLarge(OSError):
    """More bytes than anybody wants to read."""


def read_regular(path: Path, most: int) -> bytes:
    """The content of a regular file of at most so many bytes; raises OSError at once for anything else.

    It is opened without waiting, so that a pipe without a writer costs nothing, and looked at when it is open, so
    that nobody can exchange it in between. Bytes are counted as they come: a file may grow while it is read.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
    with os.fdopen(descriptor, "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise NoRegularFile(errno.EINVAL, "it is not a regular file")
        if about.st_size > most:
            raise TooLarge(errno.EFBIG, "it is too large")
        data = file.read(most + 1)
    if len(data) > most:
        raise TooLarge(errno.EFBIG, "it is too large")
    return data
