"""Files of the command line: a path, or "-" for the standard streams."""

from __future__ import annotations

import sys
from pathlib import Path

from django.core.management.base import CommandError


def write(name: str, data: bytes) -> None:
    """Write the whole file. Raises `CommandError`."""
    if name == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        Path(name).write_bytes(data)
    except OSError as error:
        raise CommandError(f"{name} lässt sich nicht schreiben: {error.strerror}") from error


def read(name: str, *, at_most: int) -> bytes:
    """The first bytes of a file. Raises `CommandError`."""
    if name == "-":
        return sys.stdin.buffer.read(at_most)
    try:
        with Path(name).open("rb") as file:
            return file.read(at_most)
    except OSError as error:
        raise CommandError(f"{name} lässt sich nicht lesen: {error.strerror}") from error
