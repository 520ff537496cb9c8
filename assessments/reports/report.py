"""What a report holds: the context of its template, its name, and the finished file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.text import slugify

from assessments.record import Record
from assessments.reports.press import Job, press
from assessments.scoring import RankedGap, Result, evaluate, progress

if TYPE_CHECKING:
    from assessments.models import Assessment  # only a name here: the PDF program imports this package without Django

NAMED_GAPS = 3
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})


def report_pdf(assessment: Assessment) -> bytes:
    """The report as PDF/UA-1 and PDF/A-3a with the Record attached; equal bytes for an equal assessment.

    Raises `RenderingFailed`, whose text is meant for the person who asked. Costs about 0.1 s a page, in a process of
    its own; never call it inside a transaction.
    """
    press.start()  # loads while the rows are read
    record = assessment.record()
    job = Job(
        html=report_html(assessment, record),
        record=record.canonical(),
        record_name=f"{report_name(record)}.json",
        day=_day(assessment, record),
    )
    return press.print_pdf(job)


def report_name(record: Record) -> str:
    """Name of the file without its ending, ASCII alone: "charta-check-musterstadt-2026-06-30"."""
    place = slugify(record.municipality.name.translate(UMLAUTS)) or record.municipality.ags
    return f"charta-check-{place}-{record.reference_date.isoformat()}"


def report_html(assessment: Assessment, record: Record) -> str:
    """The whole report as one HTML document. Three queries with a predecessor, else none."""
    result = evaluate(record)
    start = evaluate(assessment.predecessor.record()) if assessment.predecessor else None
    context: dict[str, Any] = {
        "record": record,
        "result": result,
        "start": start,
        "progress": progress(result, start) if start else (),
        "is_final": assessment.is_final,
        "finalised_on": timezone.localdate(assessment.finalised_at) if assessment.finalised_at else None,
        "sha256": record.sha256,
        "day": _day(assessment, record),
        "name": report_name(record),
    }
    return render_to_string("reports/report.html", context | _summary(result))


def _summary(result: Result) -> dict[str, Any]:
    """What the first page names: the most urgent gaps, and how many more are just as urgent as the last of them."""
    named = result.gaps[:NAMED_GAPS]
    last: RankedGap | None = named[-1] if named else None
    further = result.gaps[NAMED_GAPS:]
    return {
        "named_gaps": named,
        "tied_gaps": [gap for gap in further if last and gap.rank == last.rank],
        "unanswered": [clause for clause in result.clauses if clause.answered < clause.asked],
    }


def _day(assessment: Assessment, record: Record) -> str:
    """The date written into the file: of finalising, or of a draft its reference date; never the clock's."""
    if assessment.finalised_at:
        return assessment.finalised_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{record.reference_date.isoformat()}T00:00:00Z"
