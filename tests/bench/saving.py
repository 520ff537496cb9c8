"""Saving an answer, against the smallest view that updates one row for somebody signed in."""

from __future__ import annotations

from django.urls import reverse

from tests.bench.ground import SMALLEST_UPDATE, checked, compare, post, prepare, say_where
from tests.pages import form_data


def main() -> None:
    client, assessment = prepare()
    page = reverse("assessments:question", args=[assessment.pk, "1.2"])
    fields = form_data(client.get(page), "version")
    version = next(name for name in fields if name.endswith("1.2-1-version"))
    comment = next(name for name in fields if name.endswith("1.2-1-comment"))

    def save(n: int) -> None:
        fields[comment] = f"Fassung {n}"
        checked(post(client, page, fields), 302)
        fields[version] = str(int(fields[version]) + 1)

    compare(
        "Antwort speichern (Formular) gegen kleinste Änderung einer Zeile",
        save,
        lambda n: checked(post(client, SMALLEST_UPDATE, {"name": f"Name {n}"}), 204),
        1.5,
        after=lambda: client.get(
            page
        ),  # as a browser: it shows "Gespeichert", else the messages would pile up
    )
    say_where()


if __name__ == "__main__":
    main()
