from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from assessments.models import Membership, Municipality, Role


class Command(BaseCommand):
    help = (
        "Gibt einer Person eine Rolle in einer Kommune und legt ihren Zugang an, falls er fehlt. "
        "Ein zweiter Aufruf ändert nichts."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="E-Mail-Adresse, mit der sich die Person anmeldet.")
        parser.add_argument("--name", default="", help="Vor- und Nachname; nötig für einen neuen Zugang.")
        parser.add_argument(
            "--municipality", required=True, metavar="AGS", help="Amtlicher Gemeindeschlüssel."
        )
        parser.add_argument(
            "--role",
            choices=Role.values,
            required=True,
            help=", ".join(f"{role.value} = {role.label}" for role in Role),
        )
        parser.add_argument(
            "--address", default="http://127.0.0.1:8000", help="Adresse der Seite, für den Link zum Passwort."
        )

    def handle(
        self, *args: Any, email: str, name: str, municipality: str, role: str, address: str, **options: Any
    ) -> None:
        email, name = email.strip().lower(), name.strip()
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"Das ist keine E-Mail-Adresse: {email}") from None
        town = Municipality.objects.filter(ags=municipality).first()
        if town is None:
            raise CommandError(
                f"Eine Kommune mit dem AGS {municipality} gibt es nicht (manage.py register_import)."
            )
        with transaction.atomic():
            people = get_user_model().objects
            person = people.filter(email=email).first()
            if person is None:
                if not name:
                    raise CommandError("Für einen neuen Zugang fehlt der Name: --name „Vorname Nachname“")
                person = people.create_user(email, name=name)
                self.stdout.write(f"Zugang angelegt: {person.name}, {email}")
            _membership, before = Membership.objects.assign(
                person=person, municipality=town, role=role, by=None
            )
        now = Role(role)
        if not before:
            self.stdout.write(f"{person} ist jetzt in {town}: {now.label}")
        elif before == now:
            self.stdout.write(f"{person} war schon in {town}: {now.label}")
        else:
            self.stdout.write(f"{person} ist jetzt in {town}: {now.label} (bisher: {Role(before).label})")
        if person.has_usable_password():
            self.stdout.write("Die Person meldet sich mit ihrem bisherigen Passwort an.")
        else:
            self._invite(person, address.rstrip("/"))

    def _invite(self, person: Any, address: str) -> None:
        """Print the link that "Passwort vergessen" would send: it works once, and for three days."""
        key = default_token_generator.make_token(person)
        link = reverse(
            "account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(person), "key": key}
        )
        self.stdout.write(
            "\nSo geht es weiter: Geben Sie der Person diesen Link, mit dem sie ihr Passwort setzt. "
            "Er gilt drei Tage und nur einmal.\n"
            f"  {address}{link}\n"
            f"Oder sie fordert selbst einen an: {address}{reverse('account_reset_password')}"
        )
