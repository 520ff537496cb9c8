"""The documents against WeasyPrint alone and Chromium on the same HTML, and how a stored one is served.

A full-size report says everything that can be said of the whole Charter. "Cold" is a process of its own for one
document; "warm" is the PDF program that runs beside the site.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bench.ground import FOLDER, SMALLEST_FILE, checked, prepare  # isort: skip  # sets up the site for what follows

from django.urls import reverse

from assessments.reports.job import OWN_FILES, ROOT, STYLESHEET, Job, write_frame
from assessments.reports.kinds import ReportKind
from assessments.reports.press import environment, press
from assessments.reports.report import report_job
from assessments.tasks import print_now
from tests.bench.ground import compare, median_ratio, report, say_where
from tests.charta_record import charta_record

ROUNDS = int(os.environ.get("CHARTA_ROUNDS", "7"))
FOLDER_PATH = Path(FOLDER.name)
CHROMIUM = [
    *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *(
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-pdf-header-footer",
    ),
]
ENGINE_ALONE = f"""
import sys
from weasyprint import CSS, HTML
from assessments.reports.job import OWN_FILES
html = open(sys.argv[1]).read()
HTML(string=html).write_pdf(sys.argv[2], stylesheets=[CSS(OWN_FILES[{STYLESHEET!r}])], pdf_variant="pdf/a-3a")
"""
WARM_ENGINE_ALONE = """
import gc, os, sys
import pyphen
from weasyprint import CSS, HTML
from assessments.reports.job import OWN_FILES, STYLESHEET
pyphen.Pyphen(lang="de")
gc.disable()
gc.freeze()
for line in sys.stdin:
    source, target = line.split()
    child = os.fork()
    if child == 0:
        html = open(source).read()
        HTML(string=html).write_pdf(target, stylesheets=[CSS(OWN_FILES[STYLESHEET])], pdf_variant="pdf/a-3a")
        os._exit(0)
    os.waitpid(child, 0)
    print("da", flush=True)
"""


def full_size(kind: ReportKind) -> Job:
    """The job of a full-size document."""
    return report_job(charta_record().canonical(), kind=kind)


def ran(command: Sequence[str | Path], given: bytes = b"") -> tuple[float, float]:
    """Wall seconds and peak MiB of a process and its children."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(given)
    process.stdin.close()
    process.stdout.read()
    _pid, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return time.perf_counter() - start, used.ru_maxrss / 1024


def cold_processes(kind: ReportKind) -> dict[str, Callable[[], tuple[float, float]]]:
    """By name, what prints one full-size document in a process of its own."""
    job = full_size(kind)
    html, printable = FOLDER_PATH / f"{kind}.html", FOLDER_PATH / f"{kind}-browser.html"
    html.write_text(job.html)
    style = OWN_FILES[STYLESHEET].read_text()
    printable.write_text(job.html.replace("</head>", f"<style>{style}</style></head>"))
    frame = FOLDER_PATH / f"{kind}.job"
    with frame.open("wb") as file:
        write_frame(file, job.to_bytes())
    target = FOLDER_PATH / "out.pdf"
    ways = {
        "ours": lambda: ran([sys.executable, "-m", "assessments.reports.pdf"], frame.read_bytes()),
        "engine": lambda: ran([sys.executable, "-c", ENGINE_ALONE, html, target]),
    }
    if shutil.which("chromium"):
        profile = FOLDER_PATH / "chromium"
        browser = [*CHROMIUM, f"--user-data-dir={profile}", f"--print-to-pdf={target}", printable.as_uri()]
        ways["chromium"] = lambda: ran(browser)
    return ways


def in_rounds(ways: dict[str, Callable[[], tuple[float, float]]]) -> dict[str, list[tuple[float, float]]]:
    """Wall seconds and peak of each way, round by round.

    Both documents by one way, then by the next, and backwards every other time: a browser takes a while to go, and
    whatever comes after one would pay for it.
    """
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    in_turn = sorted(ways.items(), key=lambda way: way[0].split()[::-1])
    for number in range(ROUNDS + 1):
        for name, way in in_turn[:: 1 if number % 2 else -1]:
            took = way()
            if number:  # the first round fills the caches of the file system
                runs[name].append(took)
    return runs


def cold() -> None:
    """One process for one document."""
    council, full = cold_processes(ReportKind.COUNCIL), cold_processes(ReportKind.FULL)
    names = {f"council {name}": way for name, way in council.items()}
    found = in_rounds(names | {f"full {name}": way for name, way in full.items()})
    seconds = {name: [wall for wall, _peak in runs] for name, runs in found.items()}

    def ratio(name: str, one: str, other: str, target: float) -> None:
        if one in found and other in found:
            ours, least = (statistics.median(seconds[way]) for way in (one, other))
            told = f"Ziel ≤ {target:.1f} ×; {ours:.2f} s gegen {least:.2f} s"
            report(name, f"{median_ratio(seconds[one], seconds[other]):.2f} ×", told)

    ratio("Gesamtbericht kalt gegen Chromium", "full ours", "full chromium", 2.5)
    ratio("Ratsbericht kalt gegen Chromium", "council ours", "council chromium", 2.5)
    ratio("Gesamtbericht kalt gegen WeasyPrint allein", "full ours", "full engine", 1.1)
    ratio("Ratsbericht kalt gegen WeasyPrint allein", "council ours", "council engine", 1.1)
    ratio("Ratsbericht kalt gegen Gesamtbericht", "council ours", "full ours", 0.5)
    peak = max(peak for _wall, peak in found["full ours"])
    report("Gesamtbericht, Spitze des Speichers", f"{peak:.0f} MiB", "Ziel ≤ 200 MiB")


def warm() -> None:
    """The program beside the site, against the engine kept as warm."""
    engine = subprocess.Popen(
        [sys.executable, "-c", WARM_ENGINE_ALONE],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )

    def engine_alone(kind: ReportKind) -> None:
        assert engine.stdin is not None
        assert engine.stdout is not None
        engine.stdin.write(f"{FOLDER_PATH / f'{kind}.html'} {FOLDER_PATH / 'out.pdf'}\n")
        engine.stdin.flush()
        assert engine.stdout.readline() == "da\n"

    jobs = {kind: full_size(kind) for kind in (ReportKind.COUNCIL, ReportKind.FULL)}
    for kind, job in jobs.items():
        (FOLDER_PATH / f"{kind}.html").write_text(job.html)
        compare(
            f"{kind.label} warm gegen WeasyPrint allein",
            lambda _n, job=job: press.print_pdf(job),
            lambda _n, kind=kind: engine_alone(kind),
            1.1,
            rounds=ROUNDS,
            warm_up=1,
            counts_calls=False,  # other programs' are not seen from here
        )
    compare(
        "Ratsbericht warm gegen Gesamtbericht",
        lambda _n: press.print_pdf(jobs[ReportKind.COUNCIL]),
        lambda _n: press.print_pdf(jobs[ReportKind.FULL]),
        0.5,
        rounds=ROUNDS,
        warm_up=1,
        counts_calls=False,
    )
    press.stop()
    engine.kill()
    engine.communicate()


def stored() -> None:
    """A stored council report, with its line in the log, against a small file behind the same sign-in."""
    client, assessment = prepare()
    assessment.finalise(assessment.created_by)
    made = print_now(assessment, ReportKind.COUNCIL)
    assert made.is_done, made.reason
    address = reverse("assessments:report", args=[assessment.pk, ReportKind.COUNCIL])
    compare(
        f"Gespeicherter Ratsbericht ({made.size // 1024} KiB) gegen kleine Datei",
        lambda _n: checked(client.get(address), 200),
        lambda _n: checked(client.get(SMALLEST_FILE), 200).getvalue(),
        1 / 0.6,
    )


def main() -> None:
    stored()
    warm()
    cold()
    say_where()


if __name__ == "__main__":
    main()
