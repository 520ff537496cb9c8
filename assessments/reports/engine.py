"""WeasyPrint and its hyphenation, loaded without what takes them a second and is not needed.

* `weasyprint.text.ffi` first tries the names that other systems give its libraries. For each that is missing, cffi
  asks ldconfig, gcc and ld where it might be: sixty processes, until the name that Linux knows is found at once.
* pyphen parses all 78,000 German patterns as it loads; the words of a report need a tenth of them (`Patterns`).

Nothing here changes a byte of a file; tests hold that, and the mends fall away when the libraries no longer need them.
"""

from __future__ import annotations

import ctypes.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyphen

BLANKS = b" \t\r"
DIGITS = b"0123456789"


@contextmanager
def _without_guessing_libraries() -> Iterator[None]:
    """On Linux a library is found by its name or not at all."""
    find = ctypes.util.find_library
    if sys.platform.startswith("linux"):
        ctypes.util.find_library = lambda name: None  # noqa: ARG005
    try:
        yield
    finally:
        ctypes.util.find_library = find


with _without_guessing_libraries():
    import weasyprint
    from weasyprint.pdf import tags
    from weasyprint.urls import URLFetcher, URLFetcherResponse

__all__ = ["URLFetcher", "URLFetcherResponse", "load_hyphenation", "tags", "weasyprint"]


class Patterns(pyphen.HyphDict):
    """The patterns of a language, each parsed when a word contains its letters."""

    def __init__(self, path: Path) -> None:
        encoding, _, lines = path.read_bytes().translate(None, BLANKS).partition(b"\n")
        letters, patterns = (
            text.decode(encoding.decode()).split("\n") for text in (lines.translate(None, DIGITS), lines)
        )
        self.unread = {
            key: pattern
            for key, pattern in zip(letters, patterns, strict=True)
            if key != pattern and pattern[0] != "#"
        }
        self.maxlen = max(map(len, self.unread))
        self.patterns: dict[str, tuple[int, tuple[int, ...]]] = {}
        self.cache: dict[str, list[int]] = {}

    def positions(self, word: str) -> list[int]:
        """Where a word can be parted: as pyphen says, which finds the patterns it needs here."""
        if word.lower() not in self.cache:
            self._read(f".{word.lower()}.")
        positions: list[int] = super().positions(word)
        return positions

    def _read(self, pointed: str) -> None:
        for start in range(len(pointed)):
            for end in range(start + 1, min(start + self.maxlen, len(pointed)) + 1):
                if pattern := self.unread.pop(pointed[start:end], ""):
                    values = [int(digit or 0) for digit, _letter in pyphen.parse(pattern)]
                    first = next((n for n, value in enumerate(values) if value), 0)
                    self.patterns[pointed[start:end]] = first, tuple(values[first:])


def load_hyphenation(language: str) -> None:
    """Make pyphen know the patterns of a language."""
    path = pyphen.LANGUAGES[language]
    pyphen.hdcache[path] = Patterns(path)
