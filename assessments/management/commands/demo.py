from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils import timezone

from assessments import demo
from guidelines.models import Edition


class Command(BaseCommand):
    help = "Legt die Demo-Stadt „Musterstadt“ an, falls sie fehlt, und nennt die Zugänge zum Ausprobieren."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--address", default="http://127.0.0.1:8000", help="Adresse der Seite, ohne Schrägstrich am Ende."
        )

    def handle(self, *args: Any, address: str, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError(
                "Die Demo-Daten haben öffentlich bekannte Passwörter. "
                "Auf einem öffentlichen Server werden sie deshalb nicht angelegt."
            )
        try:
            is_new = demo.build(timezone.localdate())
        except Edition.DoesNotExist:
            raise CommandError(
                "Die Charta ist noch nicht geladen. Bitte zuerst: manage.py loaddata charta-2021"
            ) from None
        address = address.rstrip("/")
        self.stdout.write(
            "Die Demo-Daten von Musterstadt sind angelegt." if is_new else "Musterstadt ist schon da."
        )
        self.stdout.write(f"\nAnmelden:  {address}{reverse('account_login')}")
        self.stdout.write(f"Passwort:  {demo.PASSWORD}   (für alle; nur zum Ausprobieren)\n\n")
        for sign_in in demo.SIGN_INS:
            role = (
                sign_in.role.label
                if sign_in.role
                else f"Redaktion der Inhalte unter {reverse('admin:index')}"
            )
            self.stdout.write(f"  {sign_in.email:<32}{sign_in.name:<18}{role}")
