"""The public pages of the Charter: what stands there, who may see it, how many queries it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from guidelines.models import Criterion, CriterionLink, Edition, Paragraph
from guidelines.publishing import publish, withdraw

pytestmark = pytest.mark.django_db
SOURCE = "Alle Rechte an der Charta bei den Herausgebern; die Texte hier sind eigene Zusammenfassungen"
PAGES = (
    "/",
    "/charta/2021/",
    "/charta/2021/1.1/",
    "/charta/2021/e/",
    "/charta/2021/abdeckung/",
    "/charta/2021/pflichten/",
    "/charta/2021/vergleich/2021/",
)


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("page", PAGES)
def test_everybody_reads_and_sees_whose_the_charter_is(page: str, edition: Edition, client: Client) -> None:
    response = client.get(page)

    assert response.status_code == 200
    assert SOURCE in text_of(response)
    assert "Mai 2021" in text_of(response)


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_only_read(page: str, edition: Edition, client: Client) -> None:
    assert client.post(page).status_code == 405


@pytest.mark.parametrize(
    "page", ["/charta/1999/", "/charta/2021/9.9/", "/charta/1999/a/", "/charta/2021/vergleich/1999/"]
)
def test_what_is_not_there_is_not_found(page: str, edition: Edition, client: Client) -> None:
    assert client.get(f"/charta/{page}").status_code == 404


def test_the_landing_page_shows_the_whole_charter(
    edition: Edition, client: Client, django_assert_num_queries: Callable[..., Any]
) -> None:
    # edition, guidelines, their clauses, recommendations, their paragraphs, advice, stakeholders, ideals
    with django_assert_num_queries(8):
        response = client.get("/")

    page = text_of(response)
    parts: list[Any] = [*edition.guidelines.all(), *edition.clauses.all(), *edition.ideals.all()]
    for part in parts:
        assert part.title in page
    assert "/konto/login/" in page


def test_without_a_published_edition_the_landing_page_says_so(edition: Edition, client: Client) -> None:
    Edition.objects.filter(pk=edition.pk).update(state=Edition.State.DRAFT)

    assert "keine Ausgabe der Charta veröffentlicht" in text_of(client.get("/"))


def test_a_principle_shows_everything_it_asks(
    edition: Edition, client: Client, django_assert_num_queries: Callable[..., Any]
) -> None:
    CriterionLink.objects.filter(criterion__clause__edition=edition).delete()

    # edition, clauses; paragraphs, their criteria, further criteria, advice; criteria, their further paragraphs,
    # ideals, links to and from others
    with django_assert_num_queries(11):
        response = client.get("/charta/2021/1.1/")

    page = text_of(response)
    for criterion in Criterion.objects.filter(clause__edition=edition, clause__code="1.1"):
        for text in (
            criterion.question,
            *criterion.levels,
            *criterion.steps,
            criterion.help,
            criterion.evidence_hint,
        ):
            assert text in page
        assert criterion.binding_note in page
    assert "Weiter: 1.2" in page
    assert "Zurück:" not in page


def test_a_recommendation_says_who_is_addressed(
    edition: Edition, client: Client, django_assert_num_queries: Callable[..., Any]
) -> None:
    CriterionLink.objects.filter(criterion__clause__edition=edition).delete()

    # as for a principle, and the stakeholders
    with django_assert_num_queries(12):
        response = client.get("/charta/2021/l/")

    page = text_of(response)
    for paragraph in Paragraph.objects.filter(clause__edition=edition, clause__code="l"):
        assert paragraph.gist in page
        for advice in paragraph.advice.all():
            assert advice.text in page
            assert ", ".join(stakeholder.title for stakeholder in advice.stakeholders.all()) in page
    assert "Weiter:" not in page


def test_linked_criteria_point_at_each_other(edition: Edition, client: Client) -> None:
    CriterionLink.objects.filter(criterion__clause__edition=edition).delete()
    one, other = (Criterion.objects.get(clause__edition=edition, code=code) for code in ("1.1-1", "3.2-1"))
    CriterionLink.objects.create(criterion=one, other=other, kind="weigh", sentence="Beides kostet Zeit.")

    for clause, code in (("1.1", "3.2-1"), ("3.2", "1.1-1")):
        page = text_of(client.get(f"/charta/2021/{clause}/"))
        assert "Ist abzuwägen mit" in page
        assert f"#frage-{code}" in page
        assert "Beides kostet Zeit." in page


def test_the_coverage_names_criteria_or_the_reason_for_every_paragraph(
    edition: Edition, client: Client, django_assert_num_queries: Callable[..., Any]
) -> None:
    # edition, clauses, paragraphs, criteria, further criteria
    with django_assert_num_queries(5):
        response = client.get("/charta/2021/abdeckung/")

    rows = [row for group in response.context["table"] for row in group["rows"]]
    assert len(rows) == Paragraph.objects.filter(clause__edition=edition).count() == 52
    page = text_of(response)
    for row in rows:
        assert row["paragraph"].gist in page
        assert [c.code for c in row["criteria"]] or row["paragraph"].no_demand in page


def test_every_duty_stands_with_its_place_and_verb(
    edition: Edition, client: Client, django_assert_num_queries: Callable[..., Any]
) -> None:
    # edition, duties
    with django_assert_num_queries(2):
        response = client.get("/charta/2021/pflichten/")

    page = text_of(response)
    duties = Criterion.objects.filter(clause__edition=edition, binding="must").select_related(
        "clause", "place"
    )
    assert f"{len(duties)} Pflichten" in page
    for duty in duties:
        assert duty.question in page
        assert f"{duty.clause.code}, Absatz {duty.place.number}" in page
        assert duty.binding_note in page


def test_a_draft_is_seen_by_editors_alone(
    draft: Edition, client: Client, editor: Client, sign_in: Callable[..., Client]
) -> None:
    pages = ("", "1.1/", "abdeckung/", "pflichten/", "vergleich/2021/")
    officer = sign_in("officer")

    for page in pages:
        assert client.get(f"/charta/2027/{page}").status_code == 404
        assert officer.get(f"/charta/2027/{page}").status_code == 404
        response = editor.get(f"/charta/2027/{page}")
        assert response.status_code == 200
        assert "Entwurf" in text_of(response)
    assert client.get("/charta/2021/vergleich/2027/").status_code == 404


def test_a_withdrawn_edition_stays_readable_and_says_so(draft: Edition, client: Client) -> None:
    publish(draft)
    withdraw(draft)

    response = client.get("/charta/2027/1.1/")

    assert response.status_code == 200
    assert "Zurückgezogen." in text_of(response)


def test_the_newest_published_edition_is_the_current_one(draft: Edition, client: Client) -> None:
    Edition.objects.filter(pk=draft.pk).update(issued="2027-01-01")
    assert client.get("/").context["edition"].code == "2021"

    publish(draft)

    assert client.get("/").context["edition"].code == "2027"
