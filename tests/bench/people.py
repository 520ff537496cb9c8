"""Simulated people who ask as fast as the answers come, from a process of their own.

They speak HTTP by hand, each on a connection that is kept open, so that they cost next to nothing beside the site.
"""

from __future__ import annotations

import multiprocessing
import socket
import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

TOKEN = "x" * 32  # the cookie and the header against forged requests only have to be the same


@dataclass
class Reader:
    """Somebody who opens the same page again and again."""

    path: str
    session: str
    answers: int = 0  # so far

    def request(self) -> bytes:
        return self._bytes("GET", {})

    def _bytes(self, method: str, headers: dict[str, str], body: str = "") -> bytes:
        lines = {
            "Host": "127.0.0.1",
            "Cookie": f"sessionid={self.session}; csrftoken={TOKEN}",
            "Content-Length": str(len(body)),
        } | headers
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"{method} {self.path} HTTP/1.1\r\n{head}\r\n{body}".encode()


@dataclass
class Writer(Reader):
    """Somebody who types one answer; each save rests on the one before."""

    prefix: str = ""
    person: int = 0
    first: int = 0  # the version before the first save

    def request(self) -> bytes:
        version = self.first + self.answers
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-CSRFToken": TOKEN,
            "If-Match": f'"{version}"',
            "Idempotency-Key": str(uuid4()),
        }
        fields = {"choice": "2", "comment": f"Fassung {version}"}
        named = {f"{self.prefix}{name}": text for name, text in fields.items()}
        return self._bytes("POST", headers, urlencode(named | {"person": self.person}))


class Line:
    """A connection to the site that is kept open."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = self.socket.makefile("rb")

    def ask(self, request: bytes) -> int:
        """Send a request, read the whole answer, return its status."""
        self.socket.sendall(request)
        status, length = int(self.stream.readline().split()[1]), 0
        while (line := self.stream.readline()) not in {b"\r\n", b""}:
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        self.stream.read(length)
        return status


def let_ask(port: int, people: list[Reader], seconds: float) -> float:
    """Let all of them ask for so long, in a process of their own; returns the answers of a second.

    Each of `people` has counted its `answers` afterwards. Raises `RuntimeError` on any answer but 200.
    """
    processes = multiprocessing.get_context("spawn")
    here, there = processes.Pipe()
    process = processes.Process(target=_ask, args=(port, people, seconds, there))
    process.start()
    counts, duration = here.recv()
    process.join()
    if duration is None:
        raise RuntimeError(counts)
    for person, count in zip(people, counts, strict=True):
        person.answers += count
    return float(sum(counts) / duration)


def _ask(port: int, people: list[Reader], seconds: float, answer: Any) -> None:
    before = [person.answers for person in people]
    refused: list[int] = []
    end = time.monotonic() + seconds

    def go(person: Reader) -> None:
        line = Line(port)
        while time.monotonic() < end and not refused:
            status = line.ask(person.request())
            if status != 200:
                refused.append(status)
            person.answers += 1

    threads = [threading.Thread(target=go, args=(person,)) for person in people]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    duration = time.monotonic() - start
    counts = [person.answers - earlier for person, earlier in zip(people, before, strict=True)]
    answer.send((refused, None) if refused else (counts, duration))
