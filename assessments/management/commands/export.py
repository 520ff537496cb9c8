"""Write the Record of an assessment as JSON, or with all its files as a package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assessments.exchange.package import Incomplete, write_package
from assessments.exchange.record_json import to_json
from assessments.management.files import write
from assessments.models import Assessment, AuditEntry


class Command(BaseCommand):
    help = (
        "Schreibt den Datensatz einer Einschätzung als JSON; „evaluate“ rechnet ihn nach. Heißt die Zieldatei „….zip“, "
        "kommen alle Dateien der Belege mit."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("assessment", type=int, help="Nummer der Einschätzung, wie in ihrer Adresse")
        parser.add_argument(
            "--out",
            required=True,
            metavar="DATEI",
            help="Zieldatei: JSON, oder ein Paket, wenn sie auf .zip endet; „-“ für JSON auf die Standardausgabe",
        )

    def handle(self, *args: Any, assessment: int, out: str, **options: Any) -> None:
        found = Assessment.objects.select_related("municipality", "edition").filter(pk=assessment).first()
        if found is None:
            raise CommandError(f"Eine Einschätzung mit der Nummer {assessment} gibt es nicht.")
        if out.lower().endswith(".zip"):
            self.pack(found, Path(out))
        else:
            write(out, to_json(found).encode())
        AuditEntry.objects.of_assessment(AuditEntry.Kind.EXPORT, found, by=None)

    def pack(self, assessment: Assessment, path: Path) -> None:
        """Write beside the target first: an unfinished package never bears its name. Raises `CommandError`."""
        unfinished = path.with_name(f"{path.name}.teil")
        try:
            with unfinished.open("wb") as file:
                write_package(assessment, file)
            unfinished.replace(path)
        except Incomplete as error:
            raise CommandError(
                f"Eine Datei fehlt oder ist beschädigt, das Paket ist nicht geschrieben: {error}"
            ) from error
        except OSError as error:
            raise CommandError(f"{path} lässt sich nicht schreiben: {error.strerror}") from error
        finally:
            unfinished.unlink(missing_ok=True)
