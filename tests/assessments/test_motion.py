"""The motion for the council: the same figures as everywhere, in files one can go on writing in."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import docx
import odfdo
import pytest
from django.core.management import CommandError, call_command

from assessments.record import AnswerState, AnswerValue, Binding, LinkKind, LinkValue, Record
from assessments.reports.motion import DRAFT, Heading, Items, Motion, Table, motion
from assessments.reports.motion_files import docx_file, odt_file
from assessments.scoring import evaluate, percent, printed
from tests.assessments.values import OPEN, PRINCIPLES, RECOMMENDATIONS, clause, rated, record, with_answers

if TYPE_CHECKING:
    from assessments.models import Assessment

FINAL = datetime(2026, 7, 14, 9, 30, tzinfo=UTC)
CHAPTERS = ["Beschlussvorschlag", "Sachdarstellung", "Finanzielle Auswirkungen", "Anlagen"]
DEMAND = AnswerValue(
    state=AnswerState.NOT_OUR_COMPETENCE, competent_body="Land\x07 Nord", demand="Bitte <regeln> & zahlen"
)


@pytest.fixture(scope="module")
def value() -> Record:
    clauses = [
        clause(
            code, [rated(n % 4, n % 5), rated(3)], binding=Binding.MUST, level=3, year=2030, effort=1 + n % 3
        )
        for n, code in enumerate(PRINCIPLES + RECOMMENDATIONS)
    ]
    whole = with_answers(record(clauses), {"2.1-2": DEMAND})
    weigh = LinkValue(
        criterion="1.1-1", kind=LinkKind.WEIGH, other="3.2-1", sentence="Das eine kostet das andere."
    )
    return whole.model_copy(update={"links": (weigh,)})


@pytest.fixture(scope="module")
def content(value: Record) -> Motion:
    return motion(evaluate(value), finalised_at=FINAL)


def words(made: Motion) -> str:
    """Everything it says, in order."""
    lines: list[str] = []
    for block in made.blocks:
        match block:
            case Items(texts):
                lines += texts
            case Table():
                lines += [block.caption, *block.head, *(cell for row in block.rows for cell in row)]
            case _:
                lines.append(block.text)
    return "\n".join(lines)


def rows(made: Motion, caption: str) -> tuple[tuple[str, ...], ...]:
    return next(block.rows for block in made.blocks if isinstance(block, Table) and block.caption == caption)


# What it says


def test_it_has_the_chapters_of_a_motion(content: Motion) -> None:
    assert [b.text for b in content.blocks if isinstance(b, Heading) and b.level == 1] == CHAPTERS


def test_its_figures_are_those_of_the_result(content: Motion, value: Record) -> None:
    result = evaluate(value)
    part, index = result.principles, result.principles.index

    assert rows(content, "Die beiden Indizes")[0] == (
        "Leitlinienindex",
        printed(index.value),
        printed(index.evidenced),
        f"{printed(index.lower)} bis {printed(index.upper)}",
        percent(part.attainment),
    )
    assert rows(content, "Die dringendsten Lücken") == tuple(
        (
            str(gap.rank),
            f"{gap.result.clause.code} {gap.result.clause.short_title}",
            printed(gap.result.score),
            "3",
            printed(gap.result.gap),
            printed(gap.result.priority),
        )
        for gap in result.gaps[:3]
    )
    assert len(rows(content, "Unerfüllte Pflichten")) == len(result.duties.unmet) == 12
    assert value.sha256 in words(content)


def test_it_names_next_steps_conflicts_and_demands(content: Motion) -> None:
    assert "Kurz 1.1-1: planen" in words(content)
    assert rows(content, "Ziele, die sich im Weg stehen können") == (
        ("Kurz 1.1-1", "Kurz 3.2-1", "Das eine kostet das andere."),
    )
    assert rows(content, "Was die Kommune von anderen braucht")[0][1] == "Bitte <regeln> & zahlen"


def test_a_provisional_result_names_no_index() -> None:
    few = record([clause("1.1", [rated(2)]), *(clause(code, [OPEN]) for code in PRINCIPLES[1:])])

    said = motion(evaluate(few))

    assert "Leitlinienindex: vorläufig, Spanne" in words(said)
    assert rows(said, "Die beiden Indizes")[0][1:3] == ("vorläufig", "vorläufig")


def test_where_nothing_is_below_its_target_nothing_is_asked_for() -> None:
    said = motion(evaluate(record([clause(code, [rated(4)]) for code in PRINCIPLES])))

    assert "Kein bewerteter Abschnitt liegt unter seinem Ziel." in words(said)
    assert "dringendsten Lücken Maßnahmen" not in words(said)


def test_a_draft_says_so(value: Record) -> None:
    said = motion(evaluate(value))

    assert said.notice == DRAFT
    assert DRAFT in odfdo.Document(io.BytesIO(odt_file(said))).get_part("styles.xml").serialize().decode()
    assert DRAFT in docx.Document(io.BytesIO(docx_file(said))).sections[0].header.paragraphs[0].text


# How it is written down


def test_the_odt_has_real_headings_tables_with_heads_and_is_german(content: Motion) -> None:
    document = odfdo.Document(io.BytesIO(odt_file(content)))
    tables = document.body.get_elements("//table:table")

    headings = [(h.level, str(h).strip()) for h in document.body.get_headers()]
    assert [text for level, text in headings if str(level) == "1"] == CHAPTERS
    assert len(tables) == sum(isinstance(block, Table) for block in content.blocks)
    assert all(table.get_element("table:table-header-rows") is not None for table in tables)
    assert document.language == "de-DE"
    assert "Bitte <regeln> & zahlen" in document.get_formatted_text()


def test_the_docx_has_real_headings_tables_with_heads_and_is_german(content: Motion) -> None:
    document = docx.Document(io.BytesIO(docx_file(content)))

    assert [p.text for p in document.paragraphs if p.style.name == "Heading 1"] == CHAPTERS
    assert len(document.tables) == sum(isinstance(block, Table) for block in content.blocks)
    assert all(table.rows[0]._tr.trPr.xpath("w:tblHeader") for table in document.tables)
    assert document.styles.element.xpath("//w:lang/@w:val") == ["de-DE"]
    assert any("Bitte <regeln> & zahlen" in cell.text for t in document.tables for cell in t.column_cells(1))


def test_the_files_name_no_person_and_no_other_date(content: Motion) -> None:
    meta = odfdo.Document(io.BytesIO(odt_file(content))).meta
    properties = docx.Document(io.BytesIO(docx_file(content))).core_properties

    assert meta.title == properties.title == "Ratsvorlage: Musterstadt"
    assert meta.creation_date == properties.created.replace(tzinfo=None) == FINAL.replace(tzinfo=None)
    assert (meta.initial_creator, meta.creator) == (None, None)
    assert (properties.author, properties.last_modified_by) == ("Charta-Check", "Charta-Check")


@pytest.mark.parametrize("write", [odt_file, docx_file])
def test_the_same_motion_gives_the_same_bytes(write: Callable[[Motion], bytes], content: Motion) -> None:
    made = write(content)

    assert write(content) == made
    assert {entry.date_time for entry in zipfile.ZipFile(io.BytesIO(made)).infolist()} == {
        (1980, 1, 1, 0, 0, 0)
    }


def test_the_odt_says_first_what_it_is(content: Motion) -> None:
    first = zipfile.ZipFile(io.BytesIO(odt_file(content))).infolist()[0]

    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)


# The command


@pytest.mark.parametrize("ending", ["odt", "docx"])
def test_the_ending_chooses_the_format(
    ending: str, assess: Callable[..., Assessment], tmp_path: Path
) -> None:
    target = tmp_path / f"vorlage.{ending}"

    call_command("report", str(assess(levels=1).pk), "--kind", "motion", "--out", str(target))

    kind = zipfile.ZipFile(target).namelist()[0]
    assert kind == {"odt": "mimetype", "docx": "[Content_Types].xml"}[ending]


def test_another_ending_is_refused(assess: Callable[..., Assessment], tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"als \.odt oder \.docx"):
        call_command("report", str(assess().pk), "--kind", "motion", "--out", str(tmp_path / "vorlage.pdf"))
