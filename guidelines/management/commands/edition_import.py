"""Read an edition from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from guidelines.transfer import Faulty, decode, read


class Command(BaseCommand):
    help = "Liest eine Ausgabe der Charta aus einer Datei ein; eine fehlerhafte Datei ändert nichts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="DATEI")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            edition = read(decode(Path(options["file"]).read_bytes()))
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        except Faulty as error:
            raise CommandError("Die Datei wurde nicht eingelesen:\n" + "\n".join(error.faults)) from error
        self.stdout.write(f"Ausgabe {edition.code} ist eingelesen ({edition.get_state_display()}).")
