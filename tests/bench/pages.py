"""The pages people look at most, against the smallest page for somebody signed in to a plain Django site."""

from __future__ import annotations

from itertools import count, cycle

from django.urls import reverse

from tests.bench.ground import SMALLEST, checked, compare, plain_client, prepare, say_where
from tests.bench.saving import typing


def main() -> None:
    client, assessment = prepare()
    plain = plain_client(assessment.created_by)
    codes = cycle(assessment.edition.clauses.values_list("code", flat=True))
    results = reverse("assessments:results", args=[assessment.pk])
    save = typing(client, assessment, "1.1-1", assessment.created_by_id)
    number = count()

    def question(_n: int) -> None:
        checked(client.get(reverse("assessments:question", args=[assessment.pk, next(codes)])), 200)

    def result(_n: int) -> None:
        checked(client.get(results), 200)

    def least(_n: int) -> None:
        checked(plain.get(SMALLEST), 200)

    def change() -> None:
        save(next(number))

    compare(
        "Frageseite, eine nach der anderen, dazwischen gespeichert",
        question,
        least,
        4.0,
        after=change,
    )
    compare("Ergebnisseite (Entwurf)", result, least, 5.0, rounds=40)
    compare("Ergebnisseite (Entwurf), jedes Mal geändert", result, least, 15.0, rounds=40, after=change)
    say_where()


if __name__ == "__main__":
    main()
