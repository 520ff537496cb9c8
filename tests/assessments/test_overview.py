from __future__ import annotations

from datetime import date

import pytest

from assessments.models import Assessment, Membership, Municipality
from guidelines.models import Edition

OVERVIEW = "/einschaetzungen/"
START = "/einschaetzungen/neu/"


def filled_in(town, **fields):
    """A complete form to start with, with these fields changed."""
    return {
        "municipality": town.pk,
        "title": "Erste",
        "reference_date": "2026-06-30",
        "form": "short",
    } | fields


# The overview


def test_assessments_stand_with_their_progress_and_the_next_step(assess, sign_in):
    draft = assess(levels={"1.1-1": 3, "1.2-1": 2}, title="Laufende")

    response = sign_in("officer").get(OVERVIEW)

    html = response.content.decode()
    assert "Laufende" in html
    assert "2 von 24 Fragen beantwortet" in html
    assert "Weiter, wo Sie aufgehört haben" in html
    assert f'href="/einschaetzungen/{draft.pk}/fragen/1.3/"' in html


def test_the_newest_reference_date_comes_first(assess, sign_in):
    for year in (2024, 2026, 2025):
        assess(year=year)

    town = sign_in("officer").get(OVERVIEW).context["towns"][0]

    assert [row.assessment.reference_date.year for row in town.rows] == [2026, 2025, 2024]


@pytest.mark.parametrize("role", ["officer", "contributor", "reviewer"])
def test_insiders_see_drafts_and_final_ones(role, assess, sign_in):
    assess(title="Entwurf der Stadt")
    assess(title="Fertige der Stadt", final=True, year=2025)

    html = sign_in(role).get(OVERVIEW).content.decode()

    assert "Entwurf der Stadt" in html
    assert "Fertige der Stadt" in html


def test_council_members_see_final_ones_alone(assess, sign_in):
    assess(title="Entwurf der Stadt")
    assess(title="Fertige der Stadt", final=True, year=2025)

    html = sign_in("council").get(OVERVIEW).content.decode()

    assert "Entwurf der Stadt" not in html
    assert "Fertige der Stadt" in html


def test_nobody_sees_another_town(assess, other_town, sign_in):
    assess(title="Geheim in Nachbarstadt", at=other_town)

    html = sign_in("officer").get(OVERVIEW).content.decode()

    assert "Nachbarstadt" not in html


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("officer", "Beginnen Sie mit der Kurzform"),
        ("contributor", "Die digitalbeauftragte Person Ihrer Kommune kann eine beginnen"),
        ("council", "Hier ist noch keine Einschätzung abgeschlossen"),
        ("nobody", "Ihr Zugang gehört noch zu keiner Kommune"),
    ],
)
def test_an_empty_overview_says_what_to_do(role, words, sign_in):
    response = sign_in(role).get(OVERVIEW)

    assert response.status_code == 200
    assert words in response.content.decode()


@pytest.mark.parametrize(("role", "may"), [("officer", True), ("contributor", False), ("reviewer", False)])
def test_officers_alone_are_invited_to_start(role, may, sign_in):
    html = sign_in(role).get(OVERVIEW).content.decode()

    assert ("Neue Einschätzung beginnen" in html) is may


@pytest.mark.parametrize("count", [1, 30])
def test_the_overview_takes_nine_queries_however_many(count, assess, sign_in, django_assert_num_queries):
    for number in range(count):
        assess(year=2001 + number, in_charge=("1.1", "b"))
    client = sign_in("contributor")

    # session, person, memberships, assessments with their progress, states of all answers;
    # own clauses, answers sent back, assessments to review, mentions
    with django_assert_num_queries(9):
        response = client.get(OVERVIEW)

    assert len(response.context["towns"][0].rows) == count
    assert len(response.context["tasks"]) == 2 * count


# Starting


def test_an_officer_starts_an_assessment(town, edition, sign_in, person):
    response = sign_in("officer").post(START, filled_in(town, title="  Erste  ", form="full"))

    assessment = Assessment.objects.get()
    assert response["Location"] == f"/einschaetzungen/{assessment.pk}/fragen/"
    assert (assessment.title, assessment.form, assessment.reference_date) == (
        "Erste",
        "full",
        date(2026, 6, 30),
    )
    assert (assessment.municipality, assessment.edition) == (town, edition)
    assert assessment.created_by == person("officer")
    assert assessment.answers.count() > 24


@pytest.mark.parametrize("role", ["contributor", "reviewer", "council", "nobody", "editor"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_others_may_not_start(role, method, town, edition, sign_in):
    response = getattr(sign_in(role), method)(START, filled_in(town))

    assert response.status_code == 403
    assert not Assessment.objects.exists()


def test_an_officer_of_two_towns_chooses(edition, town, other_town, person, sign_in):
    Membership.objects.create(person=person("officer"), municipality=other_town, role="officer")
    client = sign_in("officer")

    html = client.get(f"{START}?kommune={other_town.pk}").content.decode()
    client.post(START, filled_in(other_town))

    assert f'<option value="{other_town.pk}" selected>' in html
    assert Assessment.objects.get().municipality == other_town


def test_an_officer_of_one_town_is_not_asked(edition, town, sign_in):
    html = sign_in("officer").get(START).content.decode()

    assert f'<input type="hidden" name="municipality" value="{town.pk}"' in html
    assert "<select" not in html


def test_an_officer_starts_nothing_elsewhere(edition, other_town, sign_in):
    response = sign_in("officer").post(START, filled_in(other_town))

    assert response.status_code == 422
    assert "In dieser Kommune können Sie keine Einschätzung beginnen." in response.content.decode()
    assert not Assessment.objects.exists()


def test_a_colleague_of_one_town_does_not_start_there(edition, town, other_town, person, sign_in):
    Membership.objects.create(person=person("officer"), municipality=other_town, role="contributor")

    response = sign_in("officer").post(START, filled_in(other_town))

    assert response.status_code == 422
    assert Municipality.objects.count() == 2
    assert not Assessment.objects.exists()


def test_without_a_published_edition_the_page_says_so(edition, town, sign_in):
    Edition.objects.update(state=Edition.State.DRAFT)
    client = sign_in("officer")

    opened, posted = client.get(START), client.post(START, filled_in(town))

    assert "Zurzeit ist keine Ausgabe der Charta veröffentlicht." in opened.content.decode()
    assert "Zurzeit ist keine Ausgabe der Charta veröffentlicht." in posted.content.decode()
    assert not Assessment.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 121),
        ("title", "Null \x00"),
        ("reference_date", ""),
        ("reference_date", "31.02.2026"),
        ("reference_date", "0001-01-01"),
        ("reference_date", "2101-01-01"),
        ("form", "huge"),
        ("municipality", "abc"),
        ("municipality", "9" * 30),
        ("municipality", "Null \x00"),
        ("municipality", ""),
    ],
)
def test_a_refused_start_keeps_what_was_typed(field, value, edition, town, sign_in):
    response = sign_in("officer").post(START, filled_in(town, **{"title": "Mein Titel", field: value}))

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {field}
    assert "Bitte prüfen Sie Ihre Angaben" in response.content.decode()
    assert ("Mein Titel" in response.content.decode()) is (field != "title")
    assert not Assessment.objects.exists()


def test_two_assessments_of_a_town_have_two_names(assess, town, sign_in):
    assess(title="Erste")

    response = sign_in("officer").post(START, filled_in(town, title="Erste"))

    assert set(response.context["form"].errors) == {"title"}


def test_a_title_is_one_line_and_spaces_tell_no_two_apart(town, edition, sign_in):
    officer = sign_in("officer")
    officer.post(START, filled_in(town, title="Erste\r\n  Bilanz"))

    again = officer.post(START, filled_in(town, title="Erste Bilanz"))

    assert Assessment.objects.get().title == "Erste Bilanz"
    assert set(again.context["form"].errors) == {"title"}


def test_the_suggested_title_is_still_free(assess, town, edition, sign_in):
    client = sign_in("officer")
    suggested = client.get(START).context["form"].initial["title"]
    assess(title=suggested)

    again = client.get(START).context["form"].initial["title"]

    assert again != suggested
    assert client.post(START, filled_in(town, title=again)).status_code == 302
