from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from assessments.models import Municipality, remove


class Command(BaseCommand):
    help = (
        "Löscht eine Kommune, die Charta-Check nicht mehr nutzt, mit allem, was von ihr gespeichert ist: "
        "Einschätzungen, auch abgeschlossene, Berichte, Belege, Team und Protokoll. Das lässt sich nicht zurücknehmen."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("ags", metavar="AGS", help="Amtlicher Gemeindeschlüssel.")
        parser.add_argument("--yes", action="store_true", help="Nicht nachfragen.")

    def handle(self, *args: Any, ags: str, yes: bool, **options: Any) -> None:
        town = Municipality.objects.filter(ags=ags).first()
        if town is None:
            raise CommandError(f"Eine Kommune mit dem AGS {ags} gibt es nicht.")
        if not yes and _typed(str(town)) != ags:
            raise CommandError("Die Schlüssel stimmen nicht überein. Es ist nichts geschehen.")
        people = get_user_model().objects.filter(memberships__municipality=town).order_by("email")
        team = list(people.values_list("pk", flat=True))
        gone = remove(town)
        self.stdout.write(f"Gelöscht: {town}")
        for kind, rows in gone.items():
            if rows:
                self.stdout.write(f"  {rows:>6} {kind}")
        left = get_user_model().objects.filter(pk__in=team, memberships=None).order_by("email")
        if left:
            self.stdout.write(
                "Diese Zugänge gehören jetzt zu keiner Kommune (manage.py person_erase löscht sie):"
            )
            for person in left:
                self.stdout.write(f"  {person.email}")
        self.stdout.write("In Sicherungen bleibt alles, bis Sie sie löschen.")


def _typed(town: str) -> str:
    """The key as typed once more; nothing where nobody sits at the keyboard."""
    try:
        return input(
            f"{town} mit allen Einschätzungen löschen? Zur Bestätigung den AGS noch einmal: "
        ).strip()
    except EOFError:
        return ""
