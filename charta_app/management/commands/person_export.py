from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from assessments.management import files
from charta_app.models import User
from charta_app.people import export


class Command(BaseCommand):
    help = "Schreibt alles, was über eine Person gespeichert ist, als lesbares JSON: für eine Auskunft (Art. 15 DSGVO)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="E-Mail-Adresse, mit der sich die Person anmeldet.")
        parser.add_argument("--out", required=True, help="Zieldatei; „-“ schreibt auf die Standardausgabe.")

    def handle(self, *args: Any, email: str, out: str, **options: Any) -> None:
        person = User.objects.filter(email=email.strip().lower()).first()
        if person is None:
            raise CommandError("Unter dieser Adresse gibt es keinen Zugang.")
        text = json.dumps(export(person), ensure_ascii=False, indent=2)
        files.write(out, f"{text}\n".encode())
