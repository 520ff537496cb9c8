"""Answers and figures as sheets: all that was written, as numbers and texts, in files that stay what they are."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import odfdo
import openpyxl
import pytest
from django.core.management import CommandError, call_command
from openpyxl.utils.escape import unescape

from assessments.exchange.sheets.contents import answers, figures, on_its_own, workbook
from assessments.exchange.sheets.ods import ods_file
from assessments.exchange.sheets.plain import csv_file
from assessments.exchange.sheets.workbook import Change, Head, Share, Sheet, Workbook
from assessments.exchange.sheets.xlsx import CUT, LONGEST, xlsx_file
from assessments.record import (
    AnswerState,
    AnswerValue,
    ExhibitKind,
    ExhibitValue,
    Record,
    RemarkValue,
    TargetValue,
)
from assessments.reports.documents import document
from assessments.reports.kinds import DATA, ReportKind
from assessments.scoring import evaluate, printed
from tests.charta_record import charta_record

if TYPE_CHECKING:
    from django.test import Client

    from assessments.models import Assessment

ROOT = Path(__file__).resolve().parents[2]
FINAL = datetime(2026, 7, 14, 9, 30, tzinfo=UTC)
WRITERS = pytest.mark.parametrize("write", [xlsx_file, ods_file])
NASTY = (
    '=HYPERLINK("https://boese.example")',
    "+49 30 1234",
    "-1",
    "@SUM(A1:A9)",
    "\t=1+1",
    "＝1+1",
    "\u200b=1+1",
    "#N/A",
    "_x0041_",
    "<b>&amp;</b>",
    "drei   Zwischenräume ",
    "Zeile 1\nZeile 2\tSpalte",
    'Semikolon; "Zitat"',
    "007",
)


def written(number: int) -> AnswerValue:
    """An answer with a word of its own in each of its texts."""
    states = (AnswerState.RATED, AnswerState.NOT_APPLICABLE, AnswerState.NOT_OUR_COMPETENCE, AnswerState.OPEN)
    state = states[number % 4]
    return AnswerValue(
        state=state,
        level=number % 5 if state is AnswerState.RATED else None,
        reason=f"Grund{number}x",
        competent_body=f"Stelle{number}x",
        demand=f"Forderung{number}x",
        evidence_grade=number % 5,
        evidence=f"Beleg{number}x",
        comment=f"Erläuterung{number}x",
        answered_by=f"Rolle{number}x",
        confirmed_by=f"Prüfung{number}x",
        remarks=(RemarkValue(role=f"Amt{number}x", text=f"Wort{number}x", day=date(2026, 5, 3)),),
        exhibits=(
            ExhibitValue(
                kind=ExhibitKind.LINK, title=f"Link{number}x", address=f"https://a.example/{number}x"
            ),
            ExhibitValue(
                kind=ExhibitKind.PDF, title=f"Titel{number}x", file_name=f"{number}x.pdf", sha256="ab" * 32
            ),
        ),
    )


@pytest.fixture(scope="module")
def value() -> Record:
    """Every kind of answer, every text filled."""
    target = [TargetValue(level=n % 5, year=2030, reason=f"Ziel{n}x") for n in range(24)]
    return charta_record(answer=written, target=lambda n: target[n]).model_copy(
        update={"open_reason": "Offenx"}
    )


@pytest.fixture(scope="module")
def book(value: Record) -> Workbook:
    return workbook(evaluate(value), start=evaluate(charta_record()), finalised_at=FINAL)


def table(*cells: Any) -> Workbook:
    """A workbook of one sheet with one column."""
    sheet = Sheet("Blatt", (Head("Kopf", 20),), tuple((cell,) for cell in cells))
    return Workbook("Titel", "Kopfzeile", "Siegel", FINAL, (sheet,))


def of_xlsx(data: bytes) -> dict[str, list[list[Any]]]:
    """The cells of each sheet, as somebody reads them who knows the format."""
    read = openpyxl.load_workbook(io.BytesIO(data))
    return {
        sheet.title: [
            [unescape(c) if isinstance(c, str) else c for c in row]
            for row in sheet.iter_rows(values_only=True)
        ]
        for sheet in read.worksheets
    }


def of_ods(data: bytes) -> dict[str, list[list[Any]]]:
    read = odfdo.Document(io.BytesIO(data))
    return {sheet.name: sheet.get_values() for sheet in read.body.tables}


def of_csv(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


def cells_of(data: bytes, write: Callable[[Workbook], bytes]) -> dict[str, list[list[Any]]]:
    return of_xlsx(data) if write is xlsx_file else of_ods(data)


def texts_of(value: Record) -> set[str]:
    """What was written, and what it answers."""
    found = {value.title, value.open_reason, value.municipality.name, value.municipality.ags, value.sha256}
    for clause in value.clauses:
        found |= {clause.code, clause.title, clause.target.reason}
        for c in clause.criteria:
            found |= {c.code, c.short_title, c.question, *c.levels, c.place}
            found |= {
                text
                for text in c.answer.model_dump(exclude={"remarks", "exhibits", "state"}).values()
                if isinstance(text, str)
            }
            found |= {text for remark in c.answer.remarks for text in (remark.role, remark.text)}
            found |= {
                text
                for exhibit in c.answer.exhibits
                for text in (exhibit.title, exhibit.address, exhibit.file_name, exhibit.sha256)
            }
    return found


# What they say


@WRITERS
def test_everything_written_stands_in_the_workbook(
    write: Callable[..., bytes], book: Workbook, value: Record
) -> None:
    cells = cells_of(write(book), write)

    said = "\n".join(str(cell) for rows in cells.values() for row in rows for cell in row)
    assert [text for text in texts_of(value) if text not in said] == []
    assert list(cells) == [
        "Überblick",
        "Kennzahlen",
        "Leitbilder",
        "Antworten",
        "Lücken",
        "Pflichten",
        "Forderungen",
        "Fortschritt",
        "Stufen",
    ]


def test_every_answer_stands_in_the_csv(value: Record) -> None:
    rows = of_csv(csv_file(on_its_own(answers(evaluate(value)), value, is_final=True)))

    criteria = [criterion for clause in value.clauses for criterion in clause.criteria]
    said = "\n".join(" ".join(row) for row in rows)
    assert len(rows) == 1 + len(criteria)
    assert [row[5].split()[0] for row in rows[1:]] == [criterion.code for criterion in criteria]
    for n in range(len(criteria)):
        assert [
            w
            for w in ("Grund", "Stelle", "Forderung", "Beleg", "Erläuterung", "Wort", "Titel")
            if f"{w}{n}x" not in said
        ] == []
    assert {tuple(row[:5]) for row in rows[1:]} == {
        ("Musterstadt", "99000001", value.title, "2026-06-30", "abgeschlossen")
    }


@WRITERS
def test_numbers_are_numbers_and_days_are_days(
    write: Callable[..., bytes], book: Workbook, value: Record
) -> None:
    cells, result = cells_of(write(book), write), evaluate(value)

    overview = {(row[0], row[1]): row[2] for row in cells["Überblick"]}
    day = overview["Einschätzung", "Stichtag"]
    assert (day.year, day.month, day.day) == (2026, 6, 30)
    assert overview["Einschätzung", "Amtlicher Gemeindeschlüssel"] == "99000001"
    assert overview["Einschätzung", "Einwohnerzahl"] == 12_000
    rank, _clause, score, target, year = cells["Lücken"][1][:5]
    first = result.gaps[0].result
    assert (rank, target, year) == (1, first.target, 2030)
    assert f"{float(score):.1f}".replace(".", ",") == printed(first.score)


def test_a_provisional_index_is_no_number() -> None:
    few = charta_record(answer=lambda n: AnswerValue() if n % 2 else AnswerValue(state="rated", level=3))

    heads, first, *_rest = of_csv(csv_file(figures(evaluate(few))))

    row = dict(zip(heads, first, strict=True))
    index = evaluate(few).principles.index
    assert (row["Ist"], row["Belegt"], row["Ziele erreicht"]) == ("vorläufig",) * 3
    assert (row["Spanne von"], row["Spanne bis"]) == tuple(
        printed(bound, comma=False) for bound in (index.lower, index.upper)
    )
    assert row["Anteil beantwortet"] == "0.511"


def test_where_there_is_no_figure_stands_a_dash() -> None:
    none = charta_record(answer=lambda _n: AnswerValue(state=AnswerState.NOT_APPLICABLE, reason="nein"))

    rows = of_csv(csv_file(figures(evaluate(none))))

    assert {tuple(row[2:6]) for row in rows[1:]} == {("–",) * 4}


def test_a_draft_says_so_in_each_file(value: Record) -> None:
    draft = workbook(evaluate(value))

    assert ["Einschätzung", "Stand", "Entwurf"] in of_xlsx(xlsx_file(draft))["Überblick"]
    assert openpyxl.load_workbook(io.BytesIO(xlsx_file(draft)))["Lücken"].oddHeader.left.text.count("Entwurf")
    assert (
        "Entwurf" in odfdo.Document(io.BytesIO(ods_file(draft))).get_part("styles.xml").serialize().decode()
    )
    assert {
        row[4] for row in of_csv(csv_file(on_its_own(answers(evaluate(value)), value, is_final=False)))[1:]
    } == {"Entwurf"}


# What cannot be done to them


@WRITERS
def test_a_text_stays_the_text_it_was(write: Callable[..., bytes]) -> None:
    data = write(table(*NASTY))

    assert cells_of(data, write)["Blatt"] == [["Kopf"], *([text] for text in NASTY)]
    if write is xlsx_file:
        kinds = {cell.data_type for cell in openpyxl.load_workbook(io.BytesIO(data))["Blatt"]["A"]}
        assert kinds == {"s"}
    else:
        assert b"formula" not in zipfile.ZipFile(io.BytesIO(data)).read("content.xml")


def test_the_csv_comes_back_whole_and_defused() -> None:
    data = csv_file(table(*NASTY).sheets[0])

    defused = {text for text in NASTY if text.lstrip("\t\u200b")[0] in "=+-@＝"}
    assert of_csv(data) == [["Kopf"], *([f"'{text}" if text in defused else text] for text in NASTY)]
    assert len(defused) == 7
    assert data.startswith(b"Kopf\r\n")


def test_what_xml_cannot_hold_is_left_out() -> None:
    hostile = "Anf\x00ang\x0b\ufffe\r\nEnde"
    value = charta_record(answer=lambda _n: AnswerValue(comment=hostile))
    book = workbook(evaluate(value))

    for cells in (of_xlsx(xlsx_file(book)), of_ods(ods_file(book))):
        at = cells["Antworten"][0].index("Erläuterung")
        assert {row[at] for row in cells["Antworten"][1:]} == {"Anfang\nEnde"}


def test_a_text_too_long_for_excel_is_cut_and_says_so() -> None:
    book = table("ä" * LONGEST, "😀" * LONGEST)

    fits, cut = (row[0] for row in of_xlsx(xlsx_file(book))["Blatt"][1:])

    assert fits == "ä" * LONGEST
    assert len(cut.encode("utf-16-le")) // 2 <= LONGEST
    assert cut.startswith("😀😀")
    assert cut.endswith(CUT)
    assert of_ods(ods_file(book))["Blatt"][2] == ["😀" * LONGEST]


def test_a_name_cannot_break_the_header_of_a_page() -> None:
    book = workbook(evaluate(charta_record().model_copy(update={"title": "A & B &P " + "lang " * 40})))

    read = openpyxl.load_workbook(io.BytesIO(xlsx_file(book)))

    assert len(str(read["Antworten"].oddHeader)) < 255
    assert "&&" in read["Antworten"].oddHeader.left.text


# What the files are


@WRITERS
def test_the_same_workbook_gives_the_same_bytes(write: Callable[..., bytes], book: Workbook) -> None:
    made = write(book)

    assert write(book) == made
    assert {entry.date_time for entry in zipfile.ZipFile(io.BytesIO(made)).infolist()} == {
        (1980, 1, 1, 0, 0, 0)
    }


MAKE = """
import hashlib, sys, django
django.setup()
from datetime import datetime, timezone
from assessments.exchange.sheets.contents import answers, workbook
from assessments.exchange.sheets.ods import ods_file
from assessments.exchange.sheets.plain import csv_file
from assessments.exchange.sheets.xlsx import xlsx_file
from assessments.record import Record
from assessments.scoring import evaluate
from tests.charta_record import charta_record
result = evaluate(Record.model_validate_json(sys.stdin.read()))
book = workbook(result, start=evaluate(charta_record()), finalised_at=datetime(2026, 7, 14, 9, 30, tzinfo=timezone.utc))
for data in (xlsx_file(book), ods_file(book), csv_file(answers(result))):
    print(hashlib.sha256(data).hexdigest())
"""


@pytest.mark.once
def test_two_processes_make_the_same_bytes(book: Workbook, value: Record) -> None:
    environment = os.environ | {
        "PYTHONHASHSEED": "77",
        "DJANGO_SETTINGS_MODULE": "charta_app.settings",
        "TZ": "Pacific/Auckland",
        "LC_ALL": "C.UTF-8",
    }
    mine = (xlsx_file(book), ods_file(book), csv_file(answers(evaluate(value))))

    made = subprocess.run(
        [sys.executable, "-c", MAKE],
        check=True,
        input=value.canonical().encode(),
        env=environment,
        cwd=ROOT,
        capture_output=True,
    )

    assert made.stdout.decode().split() == [hashlib.sha256(data).hexdigest() for data in mine]


def test_the_files_name_no_person_and_no_other_date(book: Workbook) -> None:
    properties = openpyxl.load_workbook(io.BytesIO(xlsx_file(book))).properties
    document = odfdo.Document(io.BytesIO(ods_file(book)))

    assert properties.title == document.meta.title == book.title
    assert properties.creator == properties.lastModifiedBy == document.meta.generator == "Charta-Check"
    assert (
        properties.created == properties.modified == document.meta.creation_date == FINAL.replace(tzinfo=None)
    )
    assert (document.meta.initial_creator, document.meta.creator, document.language) == (None, None, "de-DE")


def test_heads_stay_in_sight_and_filter(book: Workbook) -> None:
    sheets = openpyxl.load_workbook(io.BytesIO(xlsx_file(book))).worksheets
    content = zipfile.ZipFile(io.BytesIO(ods_file(book))).read("content.xml").decode()

    for sheet, made in zip(book.sheets, sheets, strict=True):
        assert made.freeze_panes == f"{'ABC'[sheet.fixed]}2"
        assert made.auto_filter.ref == made.dimensions
        assert made["A1"].font.bold
    assert (
        content.count("table:display-filter-buttons")
        == content.count("<table:table-header-rows>")
        == len(sheets)
    )


def test_figures_are_shown_as_on_the_page() -> None:
    book = table(Share("1"), Share("0.667"), Change("0.5"), Change("-0.5"))

    formats = [
        cell.number_format for cell in openpyxl.load_workbook(io.BytesIO(xlsx_file(book)))["Blatt"]["A"][1:]
    ]
    content = zipfile.ZipFile(io.BytesIO(ods_file(book))).read("content.xml").decode()
    shown = re.findall("<text:p>([^<]*)</text:p>", content)[1:]

    assert formats == [r"0\ %", r"0.0\ %", "+0.0;-0.0;0.0", "+0.0;-0.0;0.0"]
    assert shown == ["100 %", "66,7 %", "+0,5", "-0,5"]


# In the product


def page(assessment: Assessment, kind: ReportKind) -> str:
    return f"/einschaetzungen/{assessment.pk}/berichte/{kind.file}"


def test_the_page_offers_the_data(assess: Callable[..., Assessment], sign_in: Callable[..., Client]) -> None:
    assessment = assess(levels=2, final=True)

    html = sign_in("council").get(assessment.get_absolute_url()).content.decode()

    data = html.split('id="daten"')[1].split("</section>")[0]
    assert [page(assessment, kind) in data for kind in DATA] == [True] * 5


@pytest.mark.parametrize("kind", DATA)
def test_what_one_downloads_is_what_is_exported(
    kind: ReportKind, assess: Callable[..., Assessment], sign_in: Callable[..., Client], tmp_path: Path
) -> None:
    assess(levels=1, final=True, year=2025)
    assessment = assess(levels={"1.1-1": 3})
    target = tmp_path / kind.file

    response = sign_in("officer").get(page(assessment, kind))

    name = f"{kind.slug}-musterstadt-2026-06-30.{kind.ending}"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response["Content-Type"] == kind.content_type
    assert response.content == document(assessment, kind)
    if kind is not ReportKind.FIGURES_CSV:
        call_command("export", str(assessment.pk), "--out", str(target))
        assert target.read_bytes() == response.content


def test_a_final_assessment_keeps_its_sheets_whatever_editors_do(
    assess: Callable[..., Assessment], edition: Any
) -> None:
    assessment = assess(levels=2, final=True)
    before = document(assessment, ReportKind.SHEETS_ODS)

    edition.clauses.update(title="Anders")

    assert document(type(assessment).objects.get(pk=assessment.pk), ReportKind.SHEETS_ODS) == before


@pytest.mark.parametrize("kind", [ReportKind.SHEETS_XLSX, ReportKind.ANSWERS_CSV])
def test_data_of_a_final_assessment_take_five_queries(
    kind: ReportKind,
    assess: Callable[..., Assessment],
    sign_in: Callable[..., Client],
    django_assert_num_queries: Callable[..., Any],
) -> None:
    assessment = assess(levels=2, final=True)
    client = sign_in("council")

    # session, person, assessment with its predecessor, snapshot, a line in the log
    with django_assert_num_queries(5):
        client.get(page(assessment, kind))


def test_an_ending_nobody_knows_is_refused(assess: Callable[..., Assessment], tmp_path: Path) -> None:
    with pytest.raises(
        CommandError, match=r"\.json, \.xlsx, \.ods, \.csv und \.zip; .*daten\.xls endet anders"
    ):
        call_command("export", str(assess().pk), "--out", str(tmp_path / "daten.xls"))
