"""Compute all figures of an exported Record, from the file alone."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assessments.exchange.record_json import NotARecord, from_json
from assessments.exchange.record_pdf import LARGEST_PDF, from_pdf
from assessments.management.files import read
from assessments.reports.text import figures
from assessments.scoring import evaluate


class Command(BaseCommand):
    help = "Rechnet einen exportierten Datensatz oder den eines Berichts nach und gibt alle Zahlen aus, ohne Datenbank."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file",
            metavar="DATEI",
            help="JSON aus „export“ oder ein Bericht als PDF, „-“ für die Standardeingabe",
        )

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        try:
            data = read(file, at_most=LARGEST_PDF + 1)
            record = from_pdf(data) if data.startswith(b"%PDF") else from_json(data)
        except NotARecord as error:
            raise CommandError(str(error)) from error
        self.stdout.write(figures(evaluate(record)))
