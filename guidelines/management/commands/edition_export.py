"""Write an edition to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from guidelines.models import Edition
from guidelines.transfer import write


class Command(BaseCommand):
    help = "Schreibt eine Ausgabe der Charta vollständig in eine Datei (YAML)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", help="Kürzel der Ausgabe, etwa 2021")
        parser.add_argument("--out", metavar="DATEI", help="ohne Angabe: auf die Standardausgabe")

    def handle(self, *args: Any, **options: Any) -> None:
        edition = Edition.objects.filter(code=options["code"]).first()
        if edition is None:
            raise CommandError(f"Die Ausgabe {options['code']} gibt es nicht.")
        text = write(edition)
        if options["out"] is None:
            self.stdout.write(text, ending="")
            return
        try:
            Path(options["out"]).write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{options['out']}: {error.strerror}") from error
        self.stdout.write(f"Ausgabe {edition.code} steht in {options['out']}.")
