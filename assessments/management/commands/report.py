"""Write a document of an assessment as PDF."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assessments.management.files import write
from assessments.models import Assessment, AuditEntry
from assessments.reports import RenderingFailed, ReportKind, report_pdf


class Command(BaseCommand):
    help = "Schreibt einen Bericht oder Fragebogen einer Einschätzung, dieselbe Datei wie auf der Seite."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("assessment", type=int, help="Nummer der Einschätzung, wie in ihrer Adresse")
        parser.add_argument(
            "--kind",
            choices=[kind.value for kind in ReportKind],
            default=ReportKind.COUNCIL.value,
            help="; ".join(f"{kind.value}: {kind.label}" for kind in ReportKind),
        )
        parser.add_argument(
            "--out", required=True, metavar="DATEI", help="Zieldatei, „-“ für die Standardausgabe"
        )

    def handle(self, *args: Any, assessment: int, kind: str, out: str, **options: Any) -> None:
        rows = Assessment.objects.select_related("municipality", "edition", "predecessor")
        found = rows.filter(pk=assessment).first()
        if found is None:
            raise CommandError(f"Eine Einschätzung mit der Nummer {assessment} gibt es nicht.")
        try:
            write(out, report_pdf(found, ReportKind(kind)))
        except RenderingFailed as error:
            raise CommandError(str(error)) from error
        AuditEntry.objects.of_assessment(AuditEntry.Kind.REPORT, found, by=None)
