"""Write the Record of an assessment as JSON."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assessments.exchange.record_json import to_json
from assessments.management.files import write
from assessments.models import Assessment, AuditEntry


class Command(BaseCommand):
    help = "Schreibt den Datensatz einer Einschätzung als JSON; „evaluate“ rechnet ihn nach."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("assessment", type=int, help="Nummer der Einschätzung, wie in ihrer Adresse")
        parser.add_argument(
            "--out", required=True, metavar="DATEI", help="Zieldatei, „-“ für die Standardausgabe"
        )

    def handle(self, *args: Any, assessment: int, out: str, **options: Any) -> None:
        found = Assessment.objects.select_related("municipality", "edition").filter(pk=assessment).first()
        if found is None:
            raise CommandError(f"Eine Einschätzung mit der Nummer {assessment} gibt es nicht.")
        write(out, to_json(found).encode())
        AuditEntry.objects.of_assessment(AuditEntry.Kind.EXPORT, found, by=None)
