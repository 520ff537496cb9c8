"""HTML -> PDF: the program that runs beside the site, one for each server process (`press` starts it).

It imports WeasyPrint, whose native libraries may be missing, so nothing of the site imports this module. It loads
everything once, then forks a child for each job: a child that runs into a limit dies alone. The file is PDF/UA-1 and
PDF/A-3a, with the Record attached.

Nothing is read but our own stylesheet and typeface: no network, no other file, no font of the machine. So the same
job gives the same bytes on every machine.
"""

from __future__ import annotations

import base64
import gc
import logging
import os
import resource
import signal
import sys
from datetime import datetime
from functools import cache, cached_property
from string import printable
from typing import IO, Any, NoReturn

from assessments.reports import tagging
from assessments.reports.engine import (
    TTFont,
    URLFetcher,
    URLFetcherResponse,
    load_hyphenation,
    tags,
    weasyprint,
)
from assessments.reports.job import (
    ARMS,
    OWN_FILES,
    STYLESHEET,
    TYPEFACE,
    Job,
    Verdict,
    read_frame,
    write_frame,
)
from assessments.reports.typesetting import fit

MEBIBYTE = 1 << 20
USUAL = frozenset(map(ord, printable.strip() + " \N{NO-BREAK SPACE}ÄÖÜäöüß§€°×÷−–…•„“”‚‘’"))


class OwnFiles(URLFetcher):
    """Knows the files of `OWN_FILES` and the job's arms, and refuses every other address.

    So a report cannot reach out or read along.
    """

    def __init__(self, arms: bytes = b"") -> None:
        super().__init__()
        self.arms = arms

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:  # noqa: ARG002
        """The file behind one of our own addresses. Raises `PermissionError` for any other."""
        if url == ARMS and self.arms:
            return URLFetcherResponse(url, self.arms, {"Content-Type": "image/png"})
        path = OWN_FILES.get(url)
        if path is None:
            raise PermissionError("Nur eigene Dateien")
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": "text/css"})


class Typeface:
    """The code points that every font of our typeface can draw; it is asked for what no German text holds."""

    def __contains__(self, point: object) -> bool:
        return point in USUAL or point in self.drawn

    @cached_property
    def drawn(self) -> frozenset[int]:
        """All of them, out of the fonts; takes as long as half a page."""
        fonts = (TTFont(path, lazy=True) for path in sorted(TYPEFACE.glob("*.ttf")))
        return frozenset.intersection(*(frozenset(font.getBestCmap()) for font in fonts))


@cache
def stylesheet() -> Any:
    """Our rules, parsed."""
    return weasyprint.CSS(string=OWN_FILES[STYLESHEET].read_text(), url_fetcher=OwnFiles())


def write_pdf(job: Job) -> bytes:
    """The finished file. Costs about 0.05 s a page."""
    fetcher = OwnFiles(base64.b64decode(job.arms))
    day = datetime.fromisoformat(job.day)
    record = weasyprint.Attachment(
        string=job.record,
        name=job.record_name,
        description="Alle Angaben dieses Berichts als JSON",
        relationship="Source",
        created=day,
        modified=day,
        url_fetcher=fetcher,
    )
    with tagging.recording(tags) as origins, tagging.parting():
        pdf: bytes = weasyprint.HTML(string=fit(job.html, Typeface()), url_fetcher=fetcher).write_pdf(
            stylesheets=[stylesheet()],
            attachments=[record],
            pdf_variant="pdf/a-3a",
            finisher=lambda _document, file: tagging.finish(file, origins),
        )
    return pdf


def work(job: Job) -> tuple[Verdict, bytes]:
    """Run one job in a child of its own, which the kernel ends when a limit is reached: the PDF, or a fault's name."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _be_the_child(job, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        told = answer.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status in {-signal.SIGXCPU, -signal.SIGALRM, -signal.SIGKILL}:
        return Verdict.OUT_OF_TIME, b""
    if status < 0:
        return Verdict.OUT_OF_MEMORY, b""  # a native library gives up by SIGABRT, SIGSEGV or SIGTRAP
    verdict = Verdict(status)
    return verdict, told if verdict in {Verdict.DONE, Verdict.FAILED} else b""


def _be_the_child(job: Job, writer: int) -> NoReturn:
    verdict = Verdict.FAILED
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (job.seconds, job.seconds + 1))
        resource.setrlimit(resource.RLIMIT_AS, (job.mebibytes * MEBIBYTE, job.mebibytes * MEBIBYTE))
        signal.alarm(3 * job.seconds)  # for a machine so busy that the child hardly gets to compute
        pdf = write_pdf(job)
        with os.fdopen(writer, "wb") as answer:
            answer.write(pdf)
        verdict = Verdict.DONE
    except BaseException as error:
        if _is_want_of_memory(error):
            verdict = Verdict.OUT_OF_MEMORY
        else:
            os.write(writer, type(error).__name__.encode())  # its text may hold words of a municipality
    finally:
        os._exit(verdict)


def _is_want_of_memory(error: BaseException | None) -> bool:
    """Whether a `MemoryError` is behind an error: WeasyPrint wraps what happens while it fetches."""
    while error is not None and not isinstance(error, MemoryError):
        error = error.__cause__ or error.__context__
    return error is not None


def serve(jobs: IO[bytes], answers: IO[bytes]) -> None:
    """Answer one job after the other until the site closes the pipe."""
    while frame := read_frame(jobs):
        verdict, told = work(Job.from_bytes(frame))
        write_frame(answers, bytes([verdict]) + told)


def main() -> NoReturn:
    """Load what every job needs, then serve; what a library prints never gets between the answers."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the site's: it closes the pipe
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL + 1)  # its warnings quote the report
    gc.disable()  # a tenth of the time; a child lives for one report
    load_hyphenation("de")
    stylesheet()
    gc.freeze()
    serve(sys.stdin.buffer, answers)
    os._exit(0)  # everything is sent; to take apart what was imported costs as much as a small table


if __name__ == "__main__":
    main()
