"""The report: what it says, how it is built, and that nothing in it can do harm."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request

import page
import pydyf
import pypdf
import pytest

from assessments.exchange.paper import short_code, target_code
from assessments.record import AdviceValue, AnswerState, AnswerValue, Record
from assessments.reports import checks, tagging
from assessments.reports.job import Job
from assessments.reports.kinds import ReportKind
from assessments.reports.press import Press, RenderingFailed, press
from assessments.reports.report import report_job, report_name
from assessments.reports.typesetting import fit
from assessments.scoring import evaluate, percent, printed
from tests import pdf_structure
from tests.assessments.values import OPEN, PRINCIPLES, RECOMMENDATIONS, clause, rated, record

if TYPE_CHECKING:
    from django.test import Client

    from assessments.models import Assessment, Municipality

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
PRINTED = [ReportKind.COUNCIL, ReportKind.FULL, ReportKind.PAPER]
FINAL = datetime(2026, 7, 14, 9, 30, tzinfo=UTC)
FOOTER = re.compile(r"Musterstadt,Stichtag30\.06\.2026,Charta2021Prüfsumme[0-9a-f]{12}Seite\d+von\d+")
LATIN = frozenset(range(0x20, 0x250)) | frozenset(map(ord, "–—„“”‚‘’…•→÷×−\N{ZERO WIDTH SPACE}"))


def text_of(pdf: bytes) -> str:
    """The text without what only breaks lines, so that a sentence can be found however it was set."""
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    sheets = [plain(sheet.extract_text()) for sheet in reader.pages]
    return "".join(FOOTER.sub("", sheet) for sheet in sheets)


def plain(text: str) -> str:
    return re.sub(r"\s+", "", text.replace("\N{SOFT HYPHEN}", "").replace("\N{ZERO WIDTH SPACE}", ""))


def printed_job(value: Record, *, final: bool = True) -> bytes:
    return press.print_pdf(
        report_job(value.canonical(), kind=ReportKind.FULL, finalised_at=FINAL if final else None)
    )


def rich() -> Record:
    """A Record that shows everything a report can hold; every text of a person is a word of its own."""
    clauses = []
    for n, code in enumerate(PRINCIPLES + RECOMMENDATIONS):
        answers = [
            AnswerValue(
                state=AnswerState.RATED,
                level=n % 5,
                evidence_grade=n % 4,
                evidence=f"Nachweis{n:02}x",
                comment=f"Bemerkung{n:02}x\n\nNachsatz{n:02}x",
            ),
            AnswerValue(state=AnswerState.NOT_APPLICABLE, reason=f"Grund{n:02}x", comment=f"Zusatz{n:02}x"),
            AnswerValue(
                state=AnswerState.NOT_OUR_COMPETENCE, competent_body=f"Stelle{n:02}x", demand=f"Wunsch{n:02}x"
            ),
            OPEN if n % 6 == 0 else rated(3),
        ]
        value = clause(code, answers, level=n % 4 + 1, year=2030, reason=f"Zielgrund{n:02}x")
        advice = (AdviceValue(stakeholders=("Bund",), text=f"Empfehlung{n:02}x"),)
        clauses.append(value.model_copy(update={"advice": advice}))
    return record(clauses)


@pytest.fixture(scope="module")
def value() -> Record:
    return rich()


@pytest.fixture(scope="module")
def prints(value: Record) -> Callable[[ReportKind], bytes]:
    """Each document of the rich Record, made once."""
    return cache(lambda kind: press.print_pdf(report_job(value.canonical(), kind=kind, finalised_at=FINAL)))


@pytest.fixture(scope="module")
def pdf(prints: Callable[[ReportKind], bytes]) -> bytes:
    """The full report, which holds everything."""
    return prints(ReportKind.FULL)


@pytest.fixture(scope="module")
def reader(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf))


@pytest.fixture(scope="module")
def council(prints: Callable[[ReportKind], bytes]) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(prints(ReportKind.COUNCIL)))


def tiny(answer: AnswerValue) -> Record:
    """A Record of few pages with this answer, and as open as it."""
    advice = (AdviceValue(stakeholders=("Bund",), text="Der Bund hilft."),)
    other = clause("a", [OPEN if answer == OPEN else rated(1)]).model_copy(update={"advice": advice})
    return record([clause("1.1", [answer]), other])


def small(comment: str = "", evidence: str = "") -> Record:
    """A Record of few pages with one answer that holds these texts."""
    return tiny(AnswerValue(state=AnswerState.RATED, level=2, comment=comment, evidence=evidence))


# What it says


def test_it_names_the_municipality_the_date_and_the_figures(pdf: bytes, value: Record) -> None:
    text, result = text_of(pdf), evaluate(value)

    assert "Musterstadt" in text
    assert plain("Stichtag 30. Juni 2026") in text
    assert plain("abgeschlossen am 14. Juli 2026") in text
    for part in (result.principles, result.recommendations):
        figures = f"angegeben {printed(part.index.value)} / belegt {printed(part.index.evidenced)}"
        assert plain(figures) in text
        assert plain(f"Ziele zu {percent(part.attainment)} erreicht") in text
    for item in result.clauses:
        heading = f"{item.clause.code} {item.clause.title}"
        assert plain(f"{heading} Ist {printed(item.score)}, belegt {printed(item.evidenced)}") in text


WORDS = (
    "Nachweis",
    "Bemerkung",
    "Nachsatz",
    "Grund",
    "Zusatz",
    "Stelle",
    "Wunsch",
    "Zielgrund",
    "Empfehlung",
)
FOR_THE_COUNCIL = ("Stelle", "Wunsch", "Zielgrund", "Empfehlung")


def markers(*words: str) -> list[str]:
    return [f"{word}{n:02}x" for word in words for n in range(24)]


def test_everything_that_was_written_stands_in_the_full_report(pdf: bytes) -> None:
    text = text_of(pdf)

    assert [marker for marker in markers(*WORDS) if marker not in text] == []


def test_an_answer_is_told_once(pdf: bytes) -> None:
    text = text_of(pdf)

    for marker in markers("Nachweis", "Bemerkung", "Nachsatz", "Grund", "Zusatz", "Wunsch", "Empfehlung"):
        assert (marker, text.count(marker)) == (marker, 1)


def test_the_council_report_holds_what_the_council_decides_on(
    prints: Callable[[ReportKind], bytes],
) -> None:
    text = text_of(prints(ReportKind.COUNCIL))

    assert [marker for marker in markers(*FOR_THE_COUNCIL) if marker not in text] == []


def test_the_questionnaire_holds_the_answers_so_far_and_a_blank_one_none(
    prints: Callable[[ReportKind], bytes], value: Record
) -> None:
    filled = text_of(prints(ReportKind.PAPER))
    blank = report_job(value.canonical(), kind=ReportKind.BLANK).html

    answered = markers("Nachweis", "Bemerkung", "Nachsatz", "Grund", "Zusatz", "Stelle", "Wunsch")
    assert [marker for marker in answered if marker not in filled] == []
    assert [marker for marker in answered if marker in blank] == []
    for code in (criterion.code for item in value.clauses for criterion in item.criteria):
        assert short_code(code) in filled
        assert short_code(code) in blank
    for code in (target_code(item.code) for item in value.clauses):
        assert short_code(code) in filled
        assert short_code(code) in blank


def test_a_blank_questionnaire_carries_no_answer_along(value: Record) -> None:
    assert "Bemerkung" not in report_job(value.canonical(), kind=ReportKind.BLANK).record


def test_two_pages_stand_alone_and_the_calculation_is_one(council: pypdf.PdfReader) -> None:
    firsts = [sheet.extract_text().split("\n")[0].strip() for sheet in council.pages]

    assert "Auf einen Blick" in council.pages[0].extract_text()
    assert firsts[1:3] == ["Was daraus folgt", "Inhalt"]
    assert firsts[-1] == "So wird gerechnet"


def test_each_leitlinie_stands_on_a_page(council: pypdf.PdfReader) -> None:
    pages = [number for title, number in outline(council) if re.match(r"Leitlinie \d: ", title)]

    assert pages == list(range(pages[0], pages[0] + 4))


def test_every_page_carries_the_checksum_and_its_number(reader: pypdf.PdfReader, value: Record) -> None:
    count = len(reader.pages)

    for number, sheet in enumerate(reader.pages, 1):
        footer = plain(sheet.extract_text())
        assert f"Prüfsumme{value.sha256[:12]}" in footer
        assert f"Seite{number}von{count}" in footer
        assert "Musterstadt,Stichtag30.06.2026,Charta2021" in footer
        assert "Entwurf" not in footer


def test_a_draft_says_so_on_every_page(value: Record) -> None:
    reader = pypdf.PdfReader(io.BytesIO(printed_job(value, final=False)))

    for sheet in reader.pages:
        text = plain(sheet.extract_text())
        assert "Entwurf:AntwortenundZahlenkönnensichnochändern" in text
        assert value.sha256[:12] in text


@pytest.mark.parametrize("kind", PRINTED)
def test_no_page_is_blank(kind: ReportKind, prints: Callable[[ReportKind], bytes]) -> None:
    pages = pypdf.PdfReader(io.BytesIO(prints(kind))).pages

    assert min(len(sheet.extract_text()) for sheet in pages) > 200


def outline(reader: pypdf.PdfReader) -> list[tuple[str, int]]:
    """Each bookmark with its page, chapters and clauses in one row."""
    entries: list[tuple[str, int]] = []

    def collect(items: list) -> None:
        for item in items:
            if isinstance(item, list):
                collect(item)
            else:
                number = reader.get_destination_page_number(item)
                assert number is not None
                entries.append((" ".join(item.title.split()), number + 1))

    collect(reader.outline)
    return entries


@pytest.mark.parametrize("kind", [ReportKind.COUNCIL, ReportKind.FULL])
def test_bookmarks_lead_to_the_pages_that_the_contents_name(
    kind: ReportKind, prints: Callable[[ReportKind], bytes], value: Record
) -> None:
    reader = pypdf.PdfReader(io.BytesIO(prints(kind)))
    chapters = dict(outline(reader))
    named = {plain(line) for sheet in reader.pages[2:4] for line in sheet.extract_text().splitlines()}

    assert list(chapters)[:4] == [
        "Auf einen Blick",
        "Was daraus folgt",
        "Inhalt",
        "Lücken nach Priorität",
    ]
    if kind is ReportKind.FULL:
        assert {f"{c.code} {c.title}" for c in value.clauses} <= set(chapters)
    for title, number in chapters.items():
        assert plain(title) in plain(reader.pages[number - 1].extract_text())
        if title != "Inhalt":  # which does not name itself
            assert f"{plain(title)}{number}" in named


def test_it_carries_the_record_it_was_made_of(reader: pypdf.PdfReader, value: Record) -> None:
    attached = reader.attachments["charta-check-musterstadt-2026-06-30.json"]

    assert list(reader.attachments) == ["charta-check-musterstadt-2026-06-30.json"]
    assert Record.model_validate_json(attached[0]) == value
    assert hashlib.sha256(attached[0]).hexdigest() == value.sha256
    assert any(value.sha256 in plain(sheet.extract_text()) for sheet in reader.pages)
    attachments: Any = reader.root_object["/AF"]
    assert len(attachments) == 1


def test_its_dates_are_those_of_the_assessment(reader: pypdf.PdfReader) -> None:
    assert reader.metadata is not None
    assert reader.metadata.creation_date == FINAL
    assert reader.metadata.modification_date == FINAL


# How it is built


def test_the_mends_belong_to_this_very_version() -> None:
    pinned = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]

    assert version("weasyprint") == tagging.WEASYPRINT
    assert f"weasyprint=={tagging.WEASYPRINT}" in pinned


@pytest.mark.parametrize("kind", PRINTED)
def test_a_screen_reader_finds_its_way(kind: ReportKind, prints: Callable[[ReportKind], bytes]) -> None:
    assert pdf_structure.faults(prints(kind)) == []


def test_the_tree_has_what_the_page_shows(pdf: bytes) -> None:
    roles = pdf_structure.roles(pdf)

    assert roles["Figure"] == 2
    assert roles["H1"] == 1
    assert roles["TOCI"] == 17 + 24
    assert roles["H4"] == 24 * 4 + 1  # and whom the Charter asks


@pytest.mark.parametrize("profile", ["ua1", "3a"])
@pytest.mark.parametrize("kind", PRINTED)
def test_it_is_accessible_and_fit_for_the_archive(
    kind: ReportKind, profile: str, prints: Callable[[ReportKind], bytes]
) -> None:
    report = page.validate_pdf_bytes(prints(kind), profile=profile)

    assert [f"{failure.rule_id}: {failure.message}" for failure in report.failures] == []


@pytest.mark.parametrize("extra", [{"Type": "/ObjStm"}, {}], ids=["objects", "data"])
def test_no_stream_seems_a_byte_short_because_its_data_end_like_a_line(extra: dict[str, str]) -> None:
    ends = b"\r\nendstream"
    words = [str(n).encode() for n in range(60_900, 61_100)]
    short = [word for word in words if pydyf.Stream([word], extra, compress=True).data.endswith(ends)]
    assert short

    with tagging.parting():
        mended = [pydyf.Stream([word], extra, compress=True).data for word in words]

    assert not [data for data in mended if data.endswith(ends)]


def test_an_empty_draft_is_as_sound() -> None:
    made = printed_job(tiny(OPEN), final=False)

    assert pdf_structure.faults(made) == []
    assert page.is_pdf_compliant_bytes(made, profile="ua1")


def test_progress_since_the_predecessor_is_a_chapter_of_its_own(value: Record) -> None:
    start = record([clause(code, [rated(1)]) for code in PRINCIPLES + RECOMMENDATIONS])

    made = press.print_pdf(report_job(value.canonical(), start=start, finalised_at=FINAL))

    assert "Fortschritt" in dict(outline(pypdf.PdfReader(io.BytesIO(made))))
    assert pdf_structure.faults(made) == []


def test_only_our_typeface_is_used_and_all_of_it_is_embedded(reader: pypdf.PdfReader) -> None:
    fonts = {}
    for sheet in reader.pages:
        resources: Any = sheet["/Resources"]
        for font in resources["/Font"].values():
            descendant = font.get_object()["/DescendantFonts"][0].get_object()
            fonts[str(font.get_object()["/BaseFont"])] = (
                "/FontFile2" in descendant["/FontDescriptor"].get_object()
            )

    assert all("Fira-Sans" in name for name in fonts)
    assert all(fonts.values())


MAKE = """
import sys, django
django.setup()
from datetime import datetime, timezone
from assessments.reports.kinds import ReportKind
from assessments.reports.report import report_job
from assessments.reports.press import press
job = report_job(sys.stdin.read(), kind=ReportKind.FULL, finalised_at=datetime(2026, 7, 14, 9, 30, tzinfo=timezone.utc))
sys.stdout.buffer.write(press.print_pdf(job))
"""


def test_two_processes_make_the_same_bytes(pdf: bytes, value: Record) -> None:
    environment = os.environ | {
        "PYTHONHASHSEED": "77",
        "DJANGO_SETTINGS_MODULE": "charta_app.settings",
        "TZ": "Pacific/Auckland",
        "LC_ALL": "C",
        "HOME": "/nonexistent",
    }

    made = subprocess.run(
        [sys.executable, "-c", MAKE],
        check=True,
        input=value.canonical().encode(),
        env=environment,
        cwd=ROOT,
        capture_output=True,
    )

    assert made.stdout == pdf


# What cannot be done to it

MARKUP = (
    '</div></section><script>alert(1)</script><img src="file:///etc/passwd"><link rel=attachment '
    'href="file:///etc/passwd"><style>@import "http://127.0.0.1/x.css"; p{display:none}</style><object '
    "data='file:///etc/hostname'></object><base href='file:///etc/'>&lt;b&gt;"
)


def test_markup_is_printed_as_it_was_typed_and_does_nothing() -> None:
    made = printed_job(small(comment=MARKUP, evidence=MARKUP))

    assert text_of(made).count(plain(MARKUP)) == 2
    assert list(pypdf.PdfReader(io.BytesIO(made)).attachments) == ["charta-check-musterstadt-2026-06-30.json"]
    assert pdf_structure.roles(made)["Figure"] == 2
    assert page.is_pdf_compliant_bytes(made, profile="ua1")


def test_long_words_and_long_notes_are_printed_whole_and_stay_on_the_page() -> None:
    word, note = "Ä" * 300, "Wort & Satz. " * 300 + "Ende"

    made = printed_job(small(comment=word, evidence=note))

    assert word in text_of(made)
    assert plain(note) in text_of(made)
    assert pdf_structure.faults(made) == []


def test_a_note_over_several_pages_is_one_paragraph() -> None:
    lines = printed_job(small(comment="Zeile für Zeile " * 900 + "Ende"))
    short = printed_job(small(comment="Ende"))

    assert pdf_structure.roles(lines)["P"] == pdf_structure.roles(short)["P"]
    assert pdf_structure.faults(lines) == []


def test_a_row_over_several_pages_is_one_row() -> None:
    def demand(text: str) -> Record:
        return tiny(AnswerValue(state=AnswerState.NOT_OUR_COMPETENCE, competent_body="Land", demand=text))

    made = printed_job(demand("Bitte regeln Sie das bald. " * 300 + "Ende"))
    short = printed_job(demand("Ende"))

    for role in ("TR", "TD", "THead", "Table"):
        assert pdf_structure.roles(made)[role] == pdf_structure.roles(short)[role]
    assert pdf_structure.faults(made) == []
    assert page.is_pdf_compliant_bytes(made, profile="ua1")


def test_a_row_taller_than_a_page_keeps_its_head_in_front() -> None:
    table = (
        "<table><caption>Lang</caption><thead><tr><th scope=col>Kopf</th></tr></thead><tbody>"
        f"<tr><td>{'Zeile für Zeile ' * 1200}</td></tr></tbody></table>"
    )

    made = press.print_pdf(job(f"<html lang=de><title>x</title><h1>Hallo</h1><p>Davor</p>{table}"))

    roles = pdf_structure.roles(made)
    assert (roles["Table"], roles["THead"], roles["TBody"], roles["TR"], roles["TD"]) == (1, 1, 1, 2, 1)
    assert pdf_structure.faults(made) == []


def test_characters_outside_the_typeface_are_named() -> None:
    made = printed_job(
        small(comment="Жанна Ελλάδα 中 ✓ 🙂 e\N{COMBINING ACUTE ACCENT} ﬁ \N{RIGHT-TO-LEFT OVERRIDE}x")
    )

    assert "ЖаннаΕλλάδα[U+4E2D][x][U+1F642]" in text_of(made)
    assert page.is_pdf_compliant_bytes(made, profile="ua1")


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/",
        "https://charta.invalid/other.css",
        "https://charta.invalid/report.css?x=1",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "data:text/css,p{}",
        "report.css",
        "",
    ],
)
def test_the_fetcher_knows_our_stylesheet_and_nothing_else(address: str) -> None:
    from assessments.reports.pdf import OwnFiles

    fetcher = OwnFiles()

    for way in (fetcher, fetcher.fetch, fetcher.open):
        with pytest.raises(PermissionError):
            way(address)


def test_the_fetcher_follows_no_redirect() -> None:
    from assessments.reports.pdf import OwnFiles

    with pytest.raises(PermissionError):
        OwnFiles().open(Request("http://127.0.0.1/elsewhere"))


def test_the_fetcher_hands_out_our_stylesheet() -> None:
    from assessments.reports.pdf import OwnFiles

    assert b"@page" in OwnFiles()("https://charta.invalid/report.css").read()


def job(html: str, *, seconds: int = 60, mebibytes: int = 1024) -> Job:
    return Job(html, "{}", "a.json", "2026-06-30T00:00:00Z", seconds, mebibytes)


ENDLESS = "<p>Wort für Wort</p>" * 30_000
PLAIN = "<html lang=de><title>x</title><h1>Hallo</h1>"


def test_a_report_that_computes_too_long_is_given_up() -> None:
    with pytest.raises(RenderingFailed, match="nach der erlaubten Rechenzeit nicht fertig"):
        press.print_pdf(job(ENDLESS, seconds=1))

    assert press.print_pdf(job(PLAIN)).startswith(b"%PDF-1.7")


def test_a_report_that_needs_too_much_memory_is_given_up() -> None:
    with pytest.raises(RenderingFailed, match="mehr Speicher als erlaubt"):
        press.print_pdf(job(ENDLESS, mebibytes=64))

    assert press.print_pdf(job(PLAIN)).startswith(b"%PDF-1.7")


def test_the_log_names_the_fault_of_a_report_and_none_of_its_words(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(RenderingFailed, match="ließ sich nicht erzeugen"):
        press.print_pdf(job(PLAIN)._replace(day="Erika Beispiel"))

    assert caplog.messages == ["Kein PDF: FAILED ValueError"]


def test_the_program_is_started_again_when_it_has_died() -> None:
    own = Press()
    first = own.print_pdf(job(PLAIN))
    assert own._program is not None
    own._program.kill()
    own._program.wait()

    again = own.print_pdf(job(PLAIN))

    assert again == first
    own.stop()


def test_threads_take_turns() -> None:
    made: list[bytes] = []
    threads = [threading.Thread(target=lambda: made.append(press.print_pdf(job(PLAIN)))) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(made) == 4
    assert len(set(made)) == 1


def test_the_program_knows_no_secret_of_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    from assessments.reports.press import environment

    monkeypatch.setenv("SECRET_KEY", "geheim")
    monkeypatch.setenv("DATABASE_URL", "postgres://geheim")

    assert "geheim" not in str(environment())


def test_a_missing_library_is_a_warning_with_the_command_that_mends_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert checks.native_libraries() == []

    monkeypatch.setattr(checks, "LIBRARIES", ("libgibtesnicht.so.0",))

    (warning,) = checks.native_libraries()
    assert "libgibtesnicht.so.0" in warning.msg
    assert warning.hint == "sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


# Words and characters


def test_a_long_word_may_break_every_forty_characters() -> None:
    assert fit(f"<p>{'a' * 81}</p>", LATIN) == f"<p>{'a' * 40}&#8203;{'a' * 40}&#8203;a</p>"


def test_a_word_of_forty_characters_is_left_alone() -> None:
    assert fit(f"<p>{'a' * 40} b</p>", LATIN) == f"<p>{'a' * 40} b</p>"


def test_an_escaped_character_is_never_torn() -> None:
    assert fit(f"<p>{'a' * 39}&amp;&lt;b</p>", LATIN) == f"<p>{'a' * 39}&amp;&#8203;&lt;b</p>"


def test_tags_and_checksums_are_left_alone() -> None:
    html = f'<title>{"t" * 50}</title><p class="{"c" * 50}"><code>{"0" * 64}</code></p>'

    assert fit(html, LATIN) == html


@pytest.mark.parametrize(
    ("typed", "set_"),
    [
        ("Straße – „gut“", "Straße – „gut“"),
        ("a\N{NON-BREAKING HYPHEN}b", "a-b"),
        ("1\N{NARROW NO-BREAK SPACE}000", "1\N{NO-BREAK SPACE}000"),
        ("✔ ja", "[x] ja"),
        ("ﬁn", "fin"),
        ("x\N{ZERO WIDTH JOINER}\N{VARIATION SELECTOR-16}y\x07", "xy"),
        ("Ж", "[U+0416]"),
        ("\N{FULLWIDTH LESS-THAN SIGN}b>", "[U+FF1C]b>"),
    ],
)
def test_characters_are_drawn_as_far_as_the_typeface_goes(typed: str, set_: str) -> None:
    assert fit(typed, LATIN) == set_


# The page


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("Musterstadt", "charta-check-musterstadt-2026-06-30"),
        ("Größlingen a. d. Öde", "charta-check-groesslingen-a-d-oede-2026-06-30"),
        ("../../etc", "charta-check-etc-2026-06-30"),
        ("中", "charta-check-99000001-2026-06-30"),
    ],
)
def test_the_name_of_the_file_is_plain(place: str, name: str) -> None:
    value = small()
    there = value.model_copy(update={"municipality": value.municipality.model_copy(update={"name": place})})

    assert report_name(there) == name


def test_the_page_sends_the_report(assess: Callable[..., Assessment], sign_in: Callable[..., Client]) -> None:
    assessment = assess(levels=2, final=True)

    response = sign_in("council").get(f"/einschaetzungen/{assessment.pk}/berichte/ratsbericht.pdf")

    assert response.status_code == 200
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'inline; filename="ratsbericht-musterstadt-2026-06-30.pdf"'
    assert response["Cache-Control"] == "no-cache, private"
    assert assessment.record().sha256[:12] in text_of(response.content)


def test_a_final_report_stays_the_same_when_the_wording_changes(
    assess: Callable[..., Assessment], sign_in: Callable[..., Client]
) -> None:
    from guidelines.models import Criterion

    assessment, client = assess(levels=2, final=True), sign_in("officer")
    before = client.get(f"/einschaetzungen/{assessment.pk}/berichte/ratsbericht.pdf").content

    Criterion.objects.update(short_title="Geändert")

    assert client.get(f"/einschaetzungen/{assessment.pk}/berichte/ratsbericht.pdf").content == before


def test_the_council_sees_no_draft_and_strangers_see_nothing(
    assess: Callable[..., Assessment], sign_in: Callable[..., Client], other_town: Municipality
) -> None:
    draft, final = assess(), assess(levels=1, final=True)

    assert sign_in("council").get(f"/einschaetzungen/{draft.pk}/berichte/ratsbericht.pdf").status_code == 404
    assert (
        sign_in("officer", other_town)
        .get(f"/einschaetzungen/{final.pk}/berichte/ratsbericht.pdf")
        .status_code
        == 404
    )
    assert sign_in(None).get(f"/einschaetzungen/{final.pk}/berichte/ratsbericht.pdf").status_code == 302


def test_a_report_that_fails_is_a_page_that_says_why(
    assess: Callable[..., Assessment], sign_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assessments.reports.report.MEBIBYTES", 64)

    response = sign_in("officer").get(f"/einschaetzungen/{assess().pk}/berichte/ratsbericht.pdf")

    assert response.status_code == 503
    assert response["Retry-After"] == "60"
    assert "braucht mehr Speicher als erlaubt" in response.content.decode()
