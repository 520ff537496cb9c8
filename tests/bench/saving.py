"""Saving an answer, against the smallest view that updates one row for somebody signed in to a plain Django site."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from django.test import Client
from django.urls import reverse

from tests.bench.ground import SMALLEST_UPDATE, checked, compare, plain_client, post, prepare, say_where
from tests.pages import form_data

from assessments.models import Assessment  # isort: skip  # the line above sets up the site


def typing(client: Client, assessment: Assessment, code: str, person: int) -> Callable[[int], None]:
    """Saves one answer again and again, as the browser does while somebody types."""
    page = reverse("assessments:question", args=[assessment.pk, code.split("-", maxsplit=1)[0]])
    whole = form_data(client.get(page), "version")
    prefix = f"frage-{code}-"
    fields = {name: text for name, text in whole.items() if name.startswith(prefix)} | {"person": str(person)}
    seen = int(fields.pop(f"{prefix}version"))
    address = reverse("assessments:save_answer", args=[assessment.pk, code])

    def save(n: int) -> None:
        nonlocal seen
        fields[f"{prefix}comment"] = f"Fassung {n} {seen}"
        headers = {"If-Match": f'"{seen}"', "Idempotency-Key": str(uuid4())}
        checked(post(client, address, fields, headers=headers), 200)
        seen += 1

    return save


def by_form(client: Client, page: str, code: str) -> Callable[[int], None]:
    """Sends the whole page with one answer changed, as a browser does without JavaScript."""
    fields = form_data(client.get(page), "version")

    def save(n: int) -> None:
        fields[f"frage-{code}-comment"] = f"Fassung {n}"
        checked(post(client, page, fields), 302)
        fields[f"frage-{code}-version"] = str(int(fields[f"frage-{code}-version"]) + 1)

    return save


def main() -> None:
    client, assessment = prepare()
    plain = plain_client(assessment.created_by)
    page = reverse("assessments:question", args=[assessment.pk, "1.2"])

    def least(n: int) -> None:
        checked(post(plain, SMALLEST_UPDATE, {"name": f"Name {n}"}), 204)

    compare(
        "Antwort speichern (eine Antwort, wie der Browser beim Tippen)",
        typing(client, assessment, "1.1-1", assessment.created_by_id),
        least,
        1.5,
    )
    compare(
        "Antwort speichern (ganze Seite, ohne JavaScript)",
        by_form(client, page, "1.2-1"),
        least,
        1.5,
        after=lambda: client.get(page),  # as a browser: it shows "Gespeichert", else the messages pile up
    )
    say_where()


if __name__ == "__main__":
    main()
