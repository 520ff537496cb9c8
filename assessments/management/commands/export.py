"""Write what an assessment says as data: its Record, sheets of it, or a package with all its files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assessments.exchange.package import Incomplete, write_package
from assessments.management.files import write
from assessments.models import Assessment, AuditEntry
from assessments.reports.documents import document
from assessments.reports.kinds import ReportKind

PACKAGE = ".zip"
KINDS = {
    ".json": ReportKind.RECORD_JSON,
    ".xlsx": ReportKind.SHEETS_XLSX,
    ".ods": ReportKind.SHEETS_ODS,
    ".csv": ReportKind.ANSWERS_CSV,
}


class Command(BaseCommand):
    help = (
        "Schreibt die Daten einer Einschätzung. Die Endung der Zieldatei sagt, wie: .json der Datensatz, den "
        "„evaluate“ nachrechnet; .xlsx oder .ods alles auf Tabellenblättern; .csv die Antworten; .zip der Datensatz "
        "mit allen Dateien der Belege."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("assessment", type=int, help="Nummer der Einschätzung, wie in ihrer Adresse")
        parser.add_argument(
            "--out",
            required=True,
            metavar="DATEI",
            help=f"Zieldatei auf {', '.join(KINDS)} oder {PACKAGE}; „-“ für JSON auf die Standardausgabe",
        )

    def handle(self, *args: Any, assessment: int, out: str, **options: Any) -> None:
        rows = Assessment.objects.select_related("municipality", "edition", "predecessor")
        found = rows.filter(pk=assessment).first()
        if found is None:
            raise CommandError(f"Eine Einschätzung mit der Nummer {assessment} gibt es nicht.")
        ending = ".json" if out == "-" else Path(out).suffix.lower()
        if ending == PACKAGE:
            self.pack(found, Path(out))
            item = "daten.zip"
        elif ending in KINDS:
            write(out, document(found, KINDS[ending]))
            item = KINDS[ending].file
        else:
            raise CommandError(f"Daten gibt es als {', '.join(KINDS)} und {PACKAGE}; {out} endet anders.")
        AuditEntry.objects.of_assessment(AuditEntry.Kind.EXPORT, found, None, item)

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
