"""What a document holds: the context of its template, its name, and the job of printing it."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.text import slugify

from assessments.exchange.record_json import to_json
from assessments.record import AnswerValue, Record, fingerprint
from assessments.reports.job import ARMS, Job
from assessments.reports.kinds import ReportKind
from assessments.reports.press import MEBIBYTES, SECONDS, press
from assessments.scoring import Result, evaluate, progress

if TYPE_CHECKING:
    from assessments.models import (
        Assessment,  # only a name here: the PDF program reads this module without a site
    )

NAMED_GAPS = 3
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})


def report_pdf(assessment: Assessment, kind: ReportKind = ReportKind.COUNCIL) -> bytes:
    """A document as PDF/UA-1 and PDF/A-3a with the Record attached; equal bytes for an equal assessment.

    Raises `RenderingFailed`, whose text is meant for the person who asked. Costs about 0.1 s a page in a process of
    its own, and the queries of `record()`, twice with a predecessor; never call it inside a transaction.
    """
    press.start()  # loads while the rows are read
    return press.print_pdf(
        report_job(
            to_json(assessment),
            kind=kind,
            start=assessment.predecessor.record() if assessment.predecessor else None,
            finalised_at=assessment.finalised_at,
            arms=assessment.arms(),
        )
    )


def report_job(
    text: str,
    *,
    kind: ReportKind = ReportKind.COUNCIL,
    start: Record | None = None,
    finalised_at: datetime | None = None,
    arms: bytes = b"",
) -> Job:
    """The job that prints a Record's JSON. Without `finalised_at` every page says that it is a draft.

    `arms` is the PNG whose SHA-256 the Record names; any other picture is left out. The file's date is the day of
    finalising, or a draft's reference date; never the clock's.
    """
    record = Record.model_validate_json(text)
    if kind is ReportKind.BLANK:
        record = blank(record)
        text = record.canonical()
    day = (
        finalised_at.strftime("%Y-%m-%dT%H:%M:%SZ") if finalised_at else f"{record.reference_date}T00:00:00Z"
    )
    if hashlib.sha256(arms).hexdigest() != record.municipality.arms:
        arms = b""
    result = evaluate(record)
    before = evaluate(start) if start else None
    context: dict[str, Any] = {
        "kind": kind,
        "record": record,
        "result": result,
        "start": before,
        "progress": progress(result, before) if before else None,
        "is_final": finalised_at is not None,
        "finalised_on": timezone.localdate(finalised_at) if finalised_at else None,
        "sha256": fingerprint(text),
        "arms": ARMS if arms else "",
        "day": day,
        "name": report_name(record),
    }
    return Job(
        html=render_to_string(kind.template, context | _summary(result)),
        record=text,
        record_name=f"{report_name(record)}.json",
        day=day,
        seconds=SECONDS,
        mebibytes=MEBIBYTES,
        arms=base64.b64encode(arms).decode(),
    )


def blank(record: Record) -> Record:
    """The same questions, none of them answered."""
    clauses = []
    for clause in record.clauses:
        criteria = tuple(c.model_copy(update={"answer": AnswerValue()}) for c in clause.criteria)
        clauses.append(clause.model_copy(update={"criteria": criteria}))
    return record.model_copy(update={"clauses": tuple(clauses)})


def report_name(record: Record) -> str:
    """Name of the attached data without its ending, ASCII alone: "charta-check-musterstadt-2026-06-30"."""
    return f"charta-check-{_place(record)}-{record.reference_date}"


def file_name(record: Record, kind: ReportKind) -> str:
    """Name of the file, ASCII alone: "ratsbericht-musterstadt-2026-06-30.pdf"."""
    return f"{kind.slug}-{_place(record)}-{record.reference_date}.{kind.ending}"


def _place(record: Record) -> str:
    return slugify(record.municipality.name.translate(UMLAUTS)) or record.municipality.ags


def _summary(result: Result) -> dict[str, Any]:
    """What the first page names: the most urgent gaps, and those just as urgent as the last of them."""
    named, further = result.gaps[:NAMED_GAPS], result.gaps[NAMED_GAPS:]
    return {
        "named_gaps": named,
        "tied_gaps": [gap for gap in further if gap.rank == named[-1].rank],
        "unanswered": [clause for clause in result.clauses if clause.answered < clause.asked],
    }
