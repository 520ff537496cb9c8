"""Every document of an assessment, whatever it is made with."""

from __future__ import annotations

from assessments.exchange.record_json import to_json
from assessments.exchange.sheets.contents import answers, figures, on_its_own, workbook
from assessments.exchange.sheets.plain import csv_file
from assessments.models import Assessment
from assessments.reports.kinds import PRINTED, ReportKind
from assessments.reports.motion import motion
from assessments.reports.report import report_pdf
from assessments.scoring import evaluate


def document(assessment: Assessment, kind: ReportKind) -> bytes:
    """The finished file; equal bytes for an equal assessment. Raises `RenderingFailed`. Never inside a transaction."""
    if kind in PRINTED:
        return report_pdf(assessment, kind)
    if kind is ReportKind.RECORD_JSON:
        return to_json(assessment).encode()
    return _sheets(assessment, kind) if kind.is_data else _motion(assessment, kind)


# The writers are imported where they write: python-docx, odfdo and openpyxl take each process of the site 17 MB that
# never makes such a file.


def _motion(assessment: Assessment, kind: ReportKind) -> bytes:
    from assessments.reports.motion_files import docx_file, odt_file  # noqa: PLC0415

    content = motion(evaluate(assessment.record()), finalised_at=assessment.finalised_at)
    return odt_file(content) if kind is ReportKind.MOTION_ODT else docx_file(content)


def _sheets(assessment: Assessment, kind: ReportKind) -> bytes:
    record = assessment.record()
    result = evaluate(record)
    if kind in {ReportKind.ANSWERS_CSV, ReportKind.FIGURES_CSV}:
        sheet = answers(result) if kind is ReportKind.ANSWERS_CSV else figures(result)
        return csv_file(on_its_own(sheet, record, is_final=assessment.is_final))
    start = evaluate(assessment.predecessor.record()) if assessment.predecessor else None
    book = workbook(result, start=start, finalised_at=assessment.finalised_at)
    if kind is ReportKind.SHEETS_ODS:
        from assessments.exchange.sheets.ods import ods_file  # noqa: PLC0415

        return ods_file(book)
    from assessments.exchange.sheets.xlsx import xlsx_file  # noqa: PLC0415

    return xlsx_file(book)
