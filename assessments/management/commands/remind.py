from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.utils import timezone

from assessments.mails import tell
from assessments.models import Assignment, Invitation, Reminder, tasks_of


class Command(BaseCommand):
    help = (
        "Erinnert per E-Mail an zugeteilte Abschnitte, die bald fällig oder überfällig sind: eine E-Mail je Person, "
        "höchstens eine am Tag. Für cron. Löscht außerdem Einladungen, die seit 30 Tagen abgelaufen sind."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=3, help="So viele Tage vor dem Termin (Vorgabe: 3).")
        parser.add_argument(
            "--address",
            default="http://127.0.0.1:8000",
            help="Adresse der Seite, für die Links: https://charta.example",
        )
        parser.add_argument("--dry-run", action="store_true", help="Nur zählen, nichts verschicken.")

    def handle(self, *args: Any, days: int, address: str, dry_run: bool, **options: Any) -> None:
        today = timezone.localdate()
        people = get_user_model().objects.filter(
            is_active=True, pk__in=Assignment.objects.due_for(today + timedelta(days))
        )
        if dry_run:
            number = people.count()
            self.stdout.write(f"{number} {'Person würde' if number == 1 else 'Personen würden'} erinnert.")
            return
        sent = failed = 0
        for person in people.order_by("pk"):
            if not Reminder.objects.claim(person.pk, today):
                continue
            tasks = tasks_of(person)
            context = {
                "person": person,
                "tasks": tasks,
                "overdue": sum(task.is_overdue for task in tasks),
                "address": address.rstrip("/"),
            }
            if tell([person], "reminder", context):
                sent += 1
            else:
                failed += 1
                Reminder.objects.filter(person=person).delete()  # the next run tries again
        Invitation.objects.clear_out()
        self.stdout.write(
            f"{sent} {'Erinnerung' if sent == 1 else 'Erinnerungen'} verschickt"
            + (f", {failed} ging nicht hinaus" if failed else "")
            + "."
        )
