from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from assessments.exchange import register

NAMED = 100  # problems printed one by one; a file of another kind has thousands


class Command(BaseCommand):
    help = (
        "Übernimmt Gemeinden und Kreise aus dem amtlichen Gemeindeverzeichnis (GV100AD, Textdatei von Destatis). "
        "Ganz oder gar nicht; ein zweiter Lauf ändert nichts."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="Pfad zur Datei GV100AD_TTMMJJJJ.txt")

    def handle(self, *args: Any, path: Path, **options: Any) -> None:
        try:
            read = register.read(path)
        except register.RegisterError as error:
            raise CommandError(self._complaint(error.problems)) from None
        stored = register.store(read)
        self.stdout.write(
            f"{stored.new} neu, {stored.changed} geändert, {stored.unchanged} unverändert "
            f"(Gebietsstand {read.as_of:%d.%m.%Y})."
        )
        for town in stored.vanished:
            self.stdout.write(
                f"Nicht mehr im Verzeichnis, aber mit Mitgliedern: {town}, {town.ags}. Bleibt erhalten."
            )
        self.stdout.write(register.source_note(read.as_of))

    def _complaint(self, problems: tuple[register.Problem, ...]) -> str:
        rest = len(problems) - NAMED
        lines = [str(problem) for problem in problems[:NAMED]]
        if rest > 0:
            lines.append(f"… und {rest} weitere Zeilen.")
        return "\n".join([*lines, "Nichts wurde geschrieben."])
