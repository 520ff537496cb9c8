"""The command line: export, evaluate, report."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pypdf
import pytest
from django.core.management import CommandError, call_command

from assessments.models import Snapshot
from assessments.record import Record
from assessments.reports.press import press
from assessments.reports.report import report_job
from assessments.scoring import evaluate, percent, printed
from tests.assessments.values import OPEN, PRINCIPLES, RECOMMENDATIONS, clause, rated, record

if TYPE_CHECKING:
    from django.test import Client

    from assessments.models import Assessment


def evaluated(file: Path) -> str:
    out = io.StringIO()
    call_command("evaluate", str(file), stdout=out)
    return out.getvalue()


def written(folder: Path, text: str | bytes) -> Path:
    file = folder / "datei.json"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


@pytest.fixture
def small() -> Record:
    return record([clause(code, [rated(n % 5)]) for n, code in enumerate(PRINCIPLES + RECOMMENDATIONS)])


def test_export_writes_the_very_text_the_checksum_is_taken_of(
    assess: Callable[..., Assessment], tmp_path: Path
) -> None:
    assessment = assess(levels=2, final=True)

    call_command("export", str(assessment.pk), "--out", str(tmp_path / "a.json"))

    data = (tmp_path / "a.json").read_bytes()
    assert hashlib.sha256(data).hexdigest() == Snapshot.objects.get().sha256
    assert Record.model_validate_json(data) == assessment.record()


def test_a_draft_is_exported_as_it_stands(assess: Callable[..., Assessment], tmp_path: Path) -> None:
    assessment = assess(levels={"1.1-1": 3})

    call_command("export", str(assessment.pk), "--out", str(tmp_path / "a.json"))

    assert Record.model_validate_json((tmp_path / "a.json").read_bytes()) == assessment.record()


def test_export_to_standard_output_is_the_same_file(
    assess: Callable[..., Assessment], capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    assessment = assess(levels=2)
    call_command("export", str(assessment.pk), "--out", str(tmp_path / "a.json"))

    call_command("export", str(assessment.pk), "--out", "-")

    assert capfdbinary.readouterr().out == (tmp_path / "a.json").read_bytes()


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["export", "report"])
def test_an_unknown_assessment_is_named(command: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Eine Einschätzung mit der Nummer 4711 gibt es nicht"):
        call_command(command, "4711", "--out", str(tmp_path / "a"))


def test_a_file_that_cannot_be_written_is_named(assess: Callable[..., Assessment], tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"fehlt/a\.json lässt sich nicht schreiben"):
        call_command("export", str(assess().pk), "--out", str(tmp_path / "fehlt" / "a.json"))


def test_evaluate_prints_every_figure_without_a_database(
    small: Record, tmp_path: Path
) -> None:  # pytest-django refuses any query here
    result = evaluate(small)

    text = evaluated(written(tmp_path, small.canonical()))

    assert f"Prüfsumme {small.sha256}" in text
    assert f"Leitlinienindex: angegeben {printed(result.principles.index.value)}," in text
    assert f"Umsetzungsindex: angegeben {printed(result.recommendations.index.value)}," in text
    assert f"Ziele erreicht: {percent(result.principles.attainment)}" in text
    rows = {line.split()[0]: line.split() for line in text.splitlines() if line.endswith("1 von 1")}
    for item in result.clauses:
        figures = [item.score, item.evidenced, item.lower, item.upper]
        assert rows[item.clause.code][3:7] == [printed(figure) for figure in figures]
        assert rows[item.clause.code][7:10] == [str(item.target), printed(item.gap), printed(item.priority)]


def test_evaluate_reads_what_export_wrote(assess: Callable[..., Assessment], tmp_path: Path) -> None:
    assessment = assess(levels=3, final=True)
    call_command("export", str(assessment.pk), "--out", str(tmp_path / "a.json"))

    text = evaluated(tmp_path / "a.json")

    assert text.startswith("Musterstadt (Stadt, Musterkreis, Musterland)\n")
    assert Snapshot.objects.get().sha256 in text


def test_evaluate_reads_the_data_out_of_a_report(small: Record, tmp_path: Path) -> None:
    pdf = press.print_pdf(report_job(small.canonical()))

    assert evaluated(written(tmp_path, pdf)) == evaluated(written(tmp_path, small.canonical()))


@pytest.mark.parametrize("attached", [[], [b"{}", b"{}"]])
def test_another_pdf_is_no_report(attached: list[bytes], tmp_path: Path) -> None:
    made, out = pypdf.PdfWriter(), io.BytesIO()
    made.add_blank_page(100, 100)
    for number, content in enumerate(attached):
        made.add_attachment(f"{number}.json", content)
    made.write(out)

    with pytest.raises(CommandError, match="kein Bericht von Charta-Check"):
        evaluated(written(tmp_path, out.getvalue()))


def test_below_four_fifths_only_the_range_is_printed(tmp_path: Path) -> None:
    value = record(
        [clause(code, [rated(4)]) for code in PRINCIPLES[:9]] + [clause(c, []) for c in PRINCIPLES[9:]]
    )
    open_ones = value.model_copy(
        update={"clauses": tuple(c if c.criteria else clause(c.code, [OPEN]) for c in value.clauses)}
    )

    text = evaluated(written(tmp_path, open_ones.canonical()))

    assert (
        "Leitlinienindex: vorläufig, Spanne 3,0 bis 4,0, beantwortet 9 von 12 (75\N{NO-BREAK SPACE}%)" in text
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "kein JSON"),
        ("{", "kein JSON"),
        (b"\xff\xfe{", "kein UTF-8"),
        (b"%PDF-1.7", "Das PDF lässt sich nicht lesen"),
        (b"%PDF-1.7" + b" " * (65 << 20), "zu groß"),
        ('{"format": NaN}', "NaN"),
        ('{"format": "charta-check/1", "title": "\\ud800"}', "kein UTF-8"),
        ('{"a": 1, "a": 2}', "doppelt"),
        ("[" * 100_000, "verschachtelt"),
        ('{"a":' * 100_000, "verschachtelt"),
        ("[]", "kein Datensatz von Charta-Check"),
        ('{"format": "anders/9"}', "kein Datensatz von Charta-Check"),
        ('{"format": "charta-check/1"}', "title: fehlt"),
        (b" " * (9 << 20), "zu groß"),
    ],
)
def test_a_file_that_is_no_record_gets_a_plain_answer(
    content: str | bytes, message: str, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match=message):
        evaluated(written(tmp_path, content))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"level": 5}, "zu groß"),
        ({"level": "3"}, "ganze Zahl"),
        ({"level": None}, "Eine Stufe gehört genau zu einer bewerteten Antwort"),
        ({"punkte": 3}, "punkte: ist unbekannt"),
    ],
)
def test_a_record_that_was_tampered_with_is_refused_at_the_place(
    change: dict[str, Any], message: str, small: Record, tmp_path: Path
) -> None:
    values = json.loads(small.canonical())
    values["clauses"][3]["criteria"][0]["answer"].update(change)

    with pytest.raises(CommandError, match=message) as caught:
        evaluated(written(tmp_path, json.dumps(values)))

    assert "clauses → 3 → criteria → 0 → answer" in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="lässt sich nicht lesen"):
        evaluated(tmp_path / "fehlt.json")


def test_report_writes_the_same_file_as_the_page(
    assess: Callable[..., Assessment], sign_in: Callable[..., Client], tmp_path: Path
) -> None:
    assessment = assess(levels=2, final=True)

    call_command("report", str(assessment.pk), "--out", str(tmp_path / "a.pdf"))

    page = sign_in("officer").get(f"/einschaetzungen/{assessment.pk}/berichte/ratsbericht.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == page.content


def test_a_report_that_fails_says_why(
    assess: Callable[..., Assessment], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assessments.reports.report.MEBIBYTES", 64)

    with pytest.raises(CommandError, match="mehr Speicher als erlaubt"):
        call_command("report", str(assess().pk), "--out", str(tmp_path / "a.pdf"))

    assert not (tmp_path / "a.pdf").exists()
