"""Printing the documents of final assessments in the background, each exactly once.

Many may try at the same time, on many machines: whoever takes the turn prints (`Report.objects.take`). Somebody who
dies with a turn leaves it to the next one who looks after `LEFT_BEHIND_AFTER`.
"""

from __future__ import annotations

import logging

from django_tasks import task

from assessments.models import Assessment, Report
from assessments.reports.documents import document
from assessments.reports.kinds import KEPT, ReportKind
from assessments.reports.press import RenderingFailed
from assessments.reports.report import file_name

logger = logging.getLogger(__name__)

UNEXPECTED = (
    "Beim Erzeugen ist ein unerwarteter Fehler aufgetreten. Bitte versuchen Sie es erneut; "
    "bleibt der Fehler, melden Sie ihn."
)


def order_reports(assessment: Assessment) -> None:
    """Queue the documents of an assessment that has just become final. Not inside its transaction."""
    for report in Report.objects.order(assessment, KEPT):
        print_report.enqueue(report.pk)


@task()
def print_report(pk: int) -> None:
    """Print a document if it is still waiting, then what others have left behind."""
    _print(pk)
    while left := Report.objects.left_behind().values_list("pk", flat=True).first():
        _print(left)


def print_now(assessment: Assessment, kind: ReportKind) -> Report:
    """The document of a final assessment, printed at once if nobody has begun it; see its `state`.

    One that was queued a moment ago is left to the background.
    """
    report, is_new = Report.objects.listed().get_or_create(assessment=assessment, kind=kind)
    if is_new or Report.objects.left_behind().filter(pk=report.pk).exists():
        _print(report.pk)
        report = Report.objects.get(pk=report.pk)
    return report


def try_again(report: Report) -> None:
    """Queue a failed document once more."""
    if Report.objects.take_again(report.pk):
        print_report.enqueue(report.pk)


def _print(pk: int) -> None:
    report = Report.objects.take(pk)
    if report is None:
        return
    kind = ReportKind(report.kind)
    try:
        report.store(document(report.assessment, kind), file_name(report.assessment.record(), kind))
    except RenderingFailed as error:
        report.fail(str(error))
    except Exception:
        logger.exception("Bericht %s", pk)
        report.fail(UNEXPECTED)
