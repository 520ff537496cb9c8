"""What makes the PDF program start quickly changes nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pyphen
import pytest

from assessments.reports.engine import Patterns, load_hyphenation
from tests.charta_record import FIXTURE

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
