"""The site's side of the PDF program: start it, hand it a job, wait for the answer, survive whatever happens to it.

Importing WeasyPrint and the hyphenation takes a second, and a report may run into a limit: hence one warm program
for each server process, which forks a child for each report. It is a program of its own and no fork of the site,
because a site has threads and open connections; it is no `multiprocessing` server, because that imports the site's
main module again.
"""

from __future__ import annotations

import logging
import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path

from assessments.reports.job import LENGTH, ROOT, Job, Verdict, write_frame

logger = logging.getLogger(__name__)

FONTS_CONF = Path(__file__).with_name("fonts.conf")
SECONDS = 60  # of computing; a long report takes 5
MEBIBYTES = 1024  # of address space; a long report takes 400
PATIENCE = 60  # seconds to wait for a report that is being printed before
LARGEST_ANSWER = 200 << 20

INSTALL = "sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


class RenderingFailed(Exception):
    """There is no PDF; the text says why, in German, for the person who asked for it."""


REASONS = {
    Verdict.FAILED: "Das PDF ließ sich nicht erzeugen. Bitte versuchen Sie es erneut; "
    "bleibt der Fehler, melden Sie ihn.",
    Verdict.OUT_OF_TIME: "Der Bericht ist zu umfangreich: Das PDF war nach der erlaubten Rechenzeit nicht fertig. "
    "Bitte kürzen Sie sehr lange Texte.",
    Verdict.OUT_OF_MEMORY: "Der Bericht ist zu umfangreich: Das PDF braucht mehr Speicher als erlaubt. "
    "Bitte kürzen Sie sehr lange Texte.",
}
BUSY = "Gerade werden andere Berichte erzeugt. Bitte versuchen Sie es in einer Minute erneut."
MISSING = f"Auf dem Server fehlen Bibliotheken für die PDF-Berichte. Abhilfe: {INSTALL}"


class Press:
    """The PDF program of this process. Threads take turns: one report at a time."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._program: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the program if it does not run. Returns at once; it loads while the caller does something else."""
        with self._turn:
            self._running()

    def print_pdf(self, job: Job) -> bytes:
        """The PDF of a job. Raises `RenderingFailed`."""
        if not self._turn.acquire(timeout=PATIENCE):
            raise RenderingFailed(BUSY)
        try:
            answer = self._ask(job) or self._ask(
                job
            )  # again if the program died idle, say for want of memory
        finally:
            self._turn.release()
        if not answer:
            raise RenderingFailed(MISSING)
        verdict = Verdict(answer[0])
        if verdict is not Verdict.DONE:
            logger.warning("Kein PDF: %s", f"{verdict.name} {answer[1:].decode()}".strip())
            raise RenderingFailed(REASONS[verdict])
        return answer[1:]

    def stop(self) -> None:
        """End the program; it also ends by itself when this process does."""
        if self._program is not None:
            self._program.kill()
            self._program.communicate()
            self._program = None

    def forget(self) -> None:
        """After a fork the program belongs to the other process."""
        self._turn = threading.Lock()
        self._program = None

    def _ask(self, job: Job) -> bytes:
        """The answer, or nothing if the program is gone."""
        program = self._running()
        assert program.stdin is not None
        try:
            write_frame(program.stdin, job.to_bytes())
            answer = self._answer(program, deadline=time.monotonic() + 3 * job.seconds + 30)
        except OSError:
            answer = b""
        if not answer:
            self.stop()
        return answer

    def _answer(self, program: subprocess.Popen[bytes], deadline: float) -> bytes:
        assert program.stdout is not None
        source, received = program.stdout.fileno(), bytearray()
        while len(received) < LENGTH or len(received) < LENGTH + int.from_bytes(received[:LENGTH], "big"):
            if not select.select([source], [], [], max(0.0, deadline - time.monotonic()))[0]:
                self.stop()
                raise RenderingFailed(REASONS[Verdict.OUT_OF_TIME])
            chunk = os.read(source, 1 << 20)
            if not chunk or len(received) > LARGEST_ANSWER:
                return b""
            received += chunk
        return bytes(received[LENGTH:])

    def _running(self) -> subprocess.Popen[bytes]:
        if self._program is None or self._program.poll() is not None:
            self._program = subprocess.Popen(
                [sys.executable, "-m", "assessments.reports.pdf"],
                cwd=ROOT,
                env=environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        return self._program


def environment() -> dict[str, str]:
    """What the program may know: no secrets of the site, and nothing that could change a byte of the file."""
    kept = ("PATH", "HOME", "LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "VIRTUAL_ENV", "PYTHONPATH")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "FONTCONFIG_FILE": str(FONTS_CONF),
    }


press = Press()
os.register_at_fork(after_in_child=press.forget)
