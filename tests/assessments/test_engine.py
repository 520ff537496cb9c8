"""What makes the PDF program start quickly changes nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pyphen
import pytest

from assessments.record import Form
from assessments.reports.engine import Patterns, _read_as_xml, load_hyphenation
from assessments.reports.kinds import ReportKind
from assessments.reports.press import environment
from assessments.reports.report import report_job
from tests.charta_record import FIXTURE, charta_record

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
NO_PROGRAM = """
import sys

def watch(event, arguments):
    if event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"):
        raise RuntimeError(f"{event} {arguments}")

sys.addaudithook(watch)
import assessments.reports.pdf
"""
PRINT = """
import sys
from weasyprint import CSS, HTML
from assessments.reports.job import OWN_FILES, STYLESHEET

style = CSS(OWN_FILES[STYLESHEET])
HTML(string=sys.stdin.read()).write_pdf(sys.stdout.buffer, stylesheets=[style], pdf_variant="pdf/a-3a")
"""
CHART = re.compile(r"<figure.*?</figure>", re.DOTALL)
HASTEN = "from assessments.reports.engine import load_hyphenation\nload_hyphenation('de')"


def test_words_are_parted_where_pyphen_parts_them() -> None:
    path = pyphen.LANGUAGES["de"]
    own, theirs = Patterns(path), pyphen.HyphDict(path)
    words = {*re.findall(r"\w+", FIXTURE.read_text()), "Donaudampfschifffahrt", "ideal", "x1y", "a", ""}

    for word in words:
        assert (word, own.positions(word)) == (word, theirs.positions(word))


def test_weasyprint_hyphenates_with_them() -> None:
    load_hyphenation("de")

    assert isinstance(pyphen.Pyphen(lang="de").hd, Patterns)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="libraries have other names elsewhere")
def test_the_pdf_program_starts_without_asking_other_programs_for_its_libraries() -> None:
    subprocess.run([sys.executable, "-c", NO_PROGRAM], check=True, cwd=ROOT)


@pytest.mark.parametrize("kind", [ReportKind.COUNCIL, ReportKind.FULL, ReportKind.PAPER, ReportKind.BLANK])
def test_every_document_is_read_by_the_quick_parser(kind: ReportKind) -> None:
    def slow_parser(_text: str) -> None:
        raise AssertionError("not well-formed, or an entity that XML does not know")

    page = _read_as_xml(slow_parser)(StringIO(report_job(charta_record().canonical(), kind=kind).html))

    assert page.tag == "html"


@pytest.mark.parametrize("kind", [ReportKind.FULL, ReportKind.PAPER])
def test_its_shortcuts_change_no_byte_but_in_charts(kind: ReportKind) -> None:
    whole = charta_record(form=Form.SHORT)
    part = whole.model_copy(update={"clauses": whole.clauses[:5], "links": ()})
    html = CHART.sub("", report_job(part.canonical(), kind=kind).html)

    files = [
        subprocess.run(
            [sys.executable, "-c", program],
            check=True,
            input=html.encode(),
            env=environment(),
            cwd=ROOT,
            capture_output=True,
        ).stdout
        for program in (PRINT, HASTEN + PRINT)
    ]

    assert files[0].startswith(b"%PDF")
    assert files[0] == files[1]
