"""What goes between the site and the PDF program, and the files both know. Nothing heavy: the program loads it."""

from __future__ import annotations

import json
from enum import IntEnum
from pathlib import Path
from typing import IO, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
STYLESHEET = "https://charta.invalid/report.css"  # never fetched: the name of our own file inside the program
ARMS = "https://charta.invalid/arms.png"  # never fetched either: the picture of the job
OWN_FILES = {STYLESHEET: ROOT / "static/charta/report.css"}
TYPEFACE = ROOT / "static/vendor/fira-sans/ttf"
LENGTH = 8  # bytes


class Verdict(IntEnum):
    """How a job ended."""

    DONE = 0
    FAILED = 1
    OUT_OF_TIME = 2
    OUT_OF_MEMORY = 3


class Job(NamedTuple):
    """Everything one PDF is made of.

    `day` is an ISO date and time, written into the file instead of the clock's; `arms` a PNG in base64, or empty.
    """

    html: str
    record: str
    record_name: str
    day: str
    seconds: int
    mebibytes: int
    arms: str = ""

    def to_bytes(self) -> bytes:
        return json.dumps(self._asdict()).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Job:
        return cls(**json.loads(data))


def read_frame(stream: IO[bytes]) -> bytes:
    """One message; empty at the end of the stream."""
    length = int.from_bytes(stream.read(LENGTH), "big")
    data = stream.read(length)
    return data if len(data) == length else b""


def write_frame(stream: IO[bytes], data: bytes) -> None:
    stream.write(len(data).to_bytes(LENGTH, "big") + data)
    stream.flush()
