"""Compute all figures of an exported Record, from the file alone."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assessments.exchange.record_json import LARGEST, NotARecord, from_json
from assessments.management.files import read
from assessments.reports.text import figures
from assessments.scoring import evaluate


class Command(BaseCommand):
    help = "Rechnet einen exportierten Datensatz nach und gibt alle Zahlen aus, ohne Datenbank."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="DATEI", help="JSON aus „export“, „-“ für die Standardeingabe")

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        try:
            record = from_json(read(file, at_most=LARGEST + 1))
        except NotARecord as error:
            raise CommandError(str(error)) from error
        self.stdout.write(figures(evaluate(record)))
