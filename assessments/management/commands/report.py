"""Write a document of an assessment."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assessments.management.files import write
from assessments.models import Assessment, AuditEntry, Report
from assessments.reports.documents import document
from assessments.reports.kinds import PRINTED, ReportKind
from assessments.reports.press import RenderingFailed
from assessments.tasks import print_now

MOTION = "motion"
MOTIONS = {".odt": ReportKind.MOTION_ODT, ".docx": ReportKind.MOTION_DOCX}


class Command(BaseCommand):
    help = "Schreibt ein Dokument einer Einschätzung, dieselbe Datei wie auf der Seite."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("assessment", type=int, help="Nummer der Einschätzung, wie in ihrer Adresse")
        parser.add_argument(
            "--kind",
            choices=[*(kind.value for kind in PRINTED), MOTION],
            default=ReportKind.COUNCIL.value,
            help="; ".join(f"{kind.value}: {kind.label}" for kind in PRINTED)
            + f"; {MOTION}: {ReportKind.MOTION_ODT.label}, als ODT oder DOCX nach der Endung der Zieldatei",
        )
        parser.add_argument(
            "--out", required=True, metavar="DATEI", help="Zieldatei, „-“ für die Standardausgabe"
        )

    def handle(self, *args: Any, assessment: int, kind: str, out: str, **options: Any) -> None:
        rows = Assessment.objects.select_related("municipality", "edition", "predecessor")
        found = rows.filter(pk=assessment).first()
        if found is None:
            raise CommandError(f"Eine Einschätzung mit der Nummer {assessment} gibt es nicht.")
        document_kind = _kind(kind, out)
        try:
            write(out, _content(found, document_kind))
        except RenderingFailed as error:
            raise CommandError(str(error)) from error
        AuditEntry.objects.of_assessment(AuditEntry.Kind.REPORT, found, None, document_kind.file)


def _kind(name: str, out: str) -> ReportKind:
    if name != MOTION:
        return ReportKind(name)
    for ending, kind in MOTIONS.items():
        if out.lower().endswith(ending):
            return kind
    raise CommandError(f"Eine Ratsvorlage gibt es als .odt oder .docx; {out} endet anders.")


def _content(assessment: Assessment, kind: ReportKind) -> bytes:
    if not (assessment.is_final and kind.is_kept):
        return document(assessment, kind)
    report = print_now(assessment, kind)
    if report.is_failed:
        raise CommandError(report.reason)
    if not report.is_done:
        raise CommandError(
            "Dieses Dokument wird gerade erzeugt. Bitte versuchen Sie es in einer Minute erneut."
        )
    return bytes(Report.objects.values_list("content", flat=True).get(pk=report.pk) or b"")
