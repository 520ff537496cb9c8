"""Make the site ready for `make run`: a free port, the tables, the Charter, the demo data."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

HOST = "127.0.0.1"


def port_is_free(port: int) -> bool:
    """Whether a server could listen there, asked the way gunicorn will."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def prepare(address: str) -> None:
    """Migrate, load the Charter once, and print the demo sign-ins. What editors have mended stays."""
    from guidelines.models import Edition

    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # and var/ above it, for the database
    call_command("migrate", verbosity=0)
    if not Edition.objects.exists():
        print("Lade die Inhalte der Charta …", flush=True)
        call_command("loaddata", "charta-2021", verbosity=0)
    call_command("demo", address=address)


def main() -> None:
    port = int(sys.argv[1])
    if not port_is_free(port):
        sys.exit(
            f"Port {port} ist belegt – vielleicht läuft Charta-Check dort schon: http://{HOST}:{port}/\n"
            f"Mit einem anderen Port starten: make run PORT={port + 1}"
        )
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "charta_app.settings")
    django.setup()
    address = f"http://{HOST}:{port}"
    prepare(address)
    print(f"\nCharta-Check läuft: {address}/   (beenden mit Strg+C)\n", flush=True)


main()
