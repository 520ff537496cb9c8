"""Make every stored document that is still missing."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from assessments.models import Assessment, Report
from assessments.reports.kinds import KEPT
from assessments.tasks import print_report


class Command(BaseCommand):
    help = (
        "Erzeugt alle Dokumente abgeschlossener Einschätzungen, die noch fehlen oder liegen geblieben sind; "
        "darf jederzeit laufen, auch mehrfach zugleich."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for assessment in Assessment.objects.filter(state=Assessment.State.FINAL):
            Report.objects.order(assessment, KEPT)
        for pk in list(Report.objects.waiting().values_list("pk", flat=True)):
            print_report.call(pk)
        failed = Report.objects.listed().filter(state=Report.State.FAILED)
        for report in failed:
            self.stderr.write(f"Einschätzung {report.assessment_id}, {report.kind}: {report.reason}")
        if failed:
            raise CommandError(f"{len(failed)} Dokumente ließen sich nicht erzeugen.")
