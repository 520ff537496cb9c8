"""The site as it runs at an operator's, with all its processes, on the database of the test; and who saves there."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.db import connection

HOST = "127.0.0.1"
PATIENCE = 60  # seconds until a server that does not come up fails its test
TOKEN = "t" * 32


def database_url() -> str:
    """The address of the test's own database, for another process."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return os.environ["DATABASE_URL"].replace("/postgres?", f"/{name}?")


class Server:
    """`with Server() as server:` gunicorn with two workers, on a free port."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            self.port = probe.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start all processes, and wait until they answer."""
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "charta_app.wsgi",
            "--preload",
            "--log-level",
            "critical",
        ]
        self.process = subprocess.Popen(
            [*command, "--workers", "2", "--threads", "4", "--bind", f"{HOST}:{self.port}"],
            cwd=Path(__file__).parent.parent,
            env=os.environ | {"DATABASE_URL": database_url()},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # so that `kill` reaches the workers, too
        )
        until = time.monotonic() + PATIENCE
        while not self._answers():
            assert time.monotonic() < until, "Der Server kommt nicht hoch"
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self.port}/gesund/", timeout=PATIENCE):
                return True
        except (OSError, HTTPException):
            return False

    def kill(self) -> None:
        """`kill -9` for every process, in the middle of whatever they do."""
        assert self.process
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Saver:
    """Somebody who saves one answer over and over, each save again until the server has acknowledged it."""

    def __init__(self, server: Server, session: str, person: int, address: str, prefix: str) -> None:
        self.url = f"http://{HOST}:{server.port}{address}"
        self.person, self.prefix = person, prefix
        self.headers = {"Cookie": f"sessionid={session}; csrftoken={TOKEN}", "X-CSRFToken": TOKEN}
        self.acknowledged: list[tuple[int, UUID, str]] = []
        self.times: list[float] = []
        self.retries = 0
        self.refused: list[tuple[int, str]] = []

    def save(self, times: int) -> None:
        """Save this many texts, one after the other."""
        for n in range(times):
            key, text = uuid4(), f"Fassung {n} – „geprüft“"
            told = None
            while told is None:
                told = self._post(key, text)
            self.acknowledged.append((told["version"], key, text))
            self.times.append(time.monotonic())

    def _post(self, key: UUID, text: str) -> dict[str, Any] | None:
        version = self.acknowledged[-1][0] if self.acknowledged else 0
        request = urllib.request.Request(  # noqa: S310
            self.url,
            urlencode({"person": self.person, f"{self.prefix}-comment": text}).encode(),
            self.headers | {"If-Match": f'"{version}"', "Idempotency-Key": str(key)},
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:  # noqa: S310
                return json.load(response)
        except HTTPError as error:
            self.refused.append((error.code, json.load(error)["kind"]))
            if error.code != 503:
                raise
        except (OSError, HTTPException):
            pass
        self.retries += 1
        time.sleep(0.05)
        return None
