"""The pages people look at most, against the smallest page for somebody signed in to a plain Django site."""

from __future__ import annotations

from django.urls import reverse

from tests.bench.ground import SMALLEST, checked, compare, plain_client, prepare, say_where


def main() -> None:
    client, assessment = prepare()
    plain = plain_client(assessment.created_by)
    page = reverse("assessments:question", args=[assessment.pk, "1.2"])
    results = reverse("assessments:results", args=[assessment.pk])

    def least(_n: int) -> None:
        checked(plain.get(SMALLEST), 200)

    compare(
        "Frageseite gegen kleinste angemeldete Seite",
        lambda _n: checked(client.get(page), 200),
        least,
        4.0,
    )
    compare(
        "Ergebnisseite (Entwurf) gegen kleinste angemeldete Seite",
        lambda _n: checked(client.get(results), 200),
        least,
        5.0,
        rounds=40,
    )
    say_where()


if __name__ == "__main__":
    main()
