from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from assessments.models import Membership
from charta_app.models import User
from charta_app.people import FORMER, erase


class Command(BaseCommand):
    help = (
        "Löscht die Angaben zu einer Person (Art. 17 DSGVO): Name, Adresse, Passwort, Rollen, Zuteilungen, Sitzungen, "
        f"zweite Faktoren. Was sie geschrieben hat, bleibt und nennt „{FORMER}“. Das lässt sich nicht zurücknehmen."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="E-Mail-Adresse, mit der sich die Person anmeldet.")
        parser.add_argument("--yes", action="store_true", help="Nicht nachfragen.")

    def handle(self, *args: Any, email: str, yes: bool, **options: Any) -> None:
        email = email.strip().lower()
        person = User.objects.filter(email=email).first()
        if person is None:
            raise CommandError("Unter dieser Adresse gibt es keinen Zugang.")
        for membership in Membership.objects.sole_officer(person).select_related("municipality"):
            self.stderr.write(
                f"Achtung: {membership.municipality} hat danach keine digitalbeauftragte Person mehr "
                "(manage.py member_add gibt jemandem diese Rolle)."
            )
        if not yes and _typed() != email:
            raise CommandError("Die Adressen stimmen nicht überein. Es ist nichts geschehen.")
        erase(person)
        self.stdout.write(
            f"Gelöscht. Was die Person geschrieben hat, nennt jetzt „{FORMER}“. "
            "Texte, in denen andere sie mit Namen nennen, bleiben; prüfen Sie, ob das nötig ist."
        )


def _typed() -> str:
    """The address as typed once more; nothing where nobody sits at the keyboard."""
    try:
        return input("Zur Bestätigung die Adresse noch einmal: ").strip().lower()
    except EOFError:
        return ""
