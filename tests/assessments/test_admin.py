"""The admin: municipalities, memberships and people, and a look at assessments. And making members by command."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from assessments.models import Membership, Municipality, Role
from charta_app.models import User


@pytest.fixture
def admin(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("admin@example.org", name="Admin"))
    return client


@pytest.fixture
def towns(town: Municipality) -> Callable[[int], list[Municipality]]:
    """`towns(3)`: so many municipalities of the register, each with a member."""

    def make(count: int) -> list[Municipality]:
        made = []
        for number in range(count):
            place = Municipality.objects.create(
                ags=f"9810100{number}",
                name="Neustadt",
                kind=Municipality.Kind.TOWN,
                federal_state="Bergland",
                district=f"Kreis {number}",
                population=4_000,
                as_of=date(2030, 1, 1),
            )
            person = User.objects.create(email=f"person{number}@example.org", name=f"Person {number}")
            Membership.objects.create(person=person, municipality=place, role=Role.OFFICER)
            made.append(place)
        return made

    return make


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("path", "queries"),
    [
        # session, person, newest Gebietsstand, count of the found, count of all, rows, Länder for the filter
        ("municipality", 7),
        # session, person, count of the found, count of all, rows
        ("membership", 5),
        # session, person, editions for the filter, count of the found, count of all, rows
        ("assessment", 6),
    ],
)
def test_lists_take_the_same_queries_however_many(
    count, path, queries, admin, towns, assess, django_assert_num_queries
):
    towns(count)
    for year in range(2024, 2024 + count):
        assess(year=year)

    with django_assert_num_queries(queries):
        response = admin.get(f"/redaktion/assessments/{path}/")

    assert response.status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_people_takes_the_same_queries_however_many(
    count, admin, towns, django_assert_num_queries
):
    towns(count)

    # session, person, groups for the filter, count of the found, count of all, rows
    with django_assert_num_queries(6):
        response = admin.get("/redaktion/charta_app/user/")

    assert response.status_code == 200


def test_namesakes_are_listed_with_county_and_land_and_the_source_is_named(admin, towns):
    towns(2)

    page = admin.get("/redaktion/assessments/municipality/?q=neustadt").content.decode()

    assert "Kreis 0" in page
    assert "Kreis 1" in page
    assert page.count("Bergland") >= 2
    assert (
        "© Statistisches Bundesamt (Destatis), Gemeindeverzeichnis GV100AD, Gebietsstand 01.01.2030" in page
    )
    assert "Musterstadt" not in page


def test_municipalities_are_found_by_the_beginning_of_their_key(admin, towns):
    towns(2)

    page = admin.get("/redaktion/assessments/municipality/?q=98101001").content.decode()

    assert "98101001" in page
    assert "98101000" not in page


@pytest.mark.parametrize(("choice", "found"), [("ja", True), ("nein", False)])
def test_municipalities_with_members_can_be_listed(choice, found, admin, towns, town):
    towns(1)

    page = admin.get(f"/redaktion/assessments/municipality/?mitglieder={choice}").content.decode()

    assert ("98101000" in page) is found
    assert (town.ags in page) is not found


def test_facts_of_the_register_are_read_only_and_those_added_by_hand_are_not(admin, towns, town):
    from_register = admin.get(f"/redaktion/assessments/municipality/{towns(1)[0].pk}/change/")
    by_hand = admin.get(f"/redaktion/assessments/municipality/{town.pk}/change/")

    assert 'name="name"' not in from_register.content.decode()
    assert 'name="name"' in by_hand.content.decode()


def test_an_officer_is_made_with_name_and_address_alone(admin, town):
    response = admin.post(
        "/redaktion/charta_app/user/add/",
        {
            "email": "Eva@Example.org",
            "name": "Eva Test",
            "password1": "",
            "password2": "",
            "memberships-TOTAL_FORMS": "1",
            "memberships-INITIAL_FORMS": "0",
            "memberships-0-municipality": str(town.pk),
            "memberships-0-role": "officer",
        },
    )

    assert response.status_code == 302
    eva = User.objects.get(email="eva@example.org")
    assert not eva.has_usable_password()
    assert [(m.municipality, m.role) for m in eva.memberships.all()] == [(town, Role.OFFICER)]


def test_a_replaced_address_opens_the_account_no_longer(admin, client):
    eva = User.objects.create_user("alt@example.org", "drei-blaue-Elche", name="Eva Test")
    client.post("/konto/password/reset/", {"email": "alt@example.org"})  # allauth notes the address
    page = f"/redaktion/charta_app/user/{eva.pk}/change/"
    fields = {"email": "neu@example.org", "name": "Eva Test", "is_active": "on"}
    inline = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}

    response = admin.post(page, fields | inline)
    client.post("/konto/login/", {"login": "alt@example.org", "password": "drei-blaue-Elche"})
    old_address_opens = "_auth_user_id" in client.session
    client.post("/konto/password/reset/", {"email": "alt@example.org"})

    assert response.status_code == 302
    assert not old_address_opens
    assert "/konto/password/reset/key/" not in str(mail.outbox[-1].body)
    client.post("/konto/login/", {"login": "neu@example.org", "password": "drei-blaue-Elche"})
    assert "_auth_user_id" in client.session


def test_a_municipality_of_the_register_cannot_be_deleted_and_one_added_by_hand_can(admin, towns, town):
    from_register = towns(1)[0]
    Membership.objects.all().delete()

    for place in (from_register, town):
        admin.post(f"/redaktion/assessments/municipality/{place.pk}/delete/", {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": from_register.pk, "post": "yes"}
    admin.post("/redaktion/assessments/municipality/", chosen)

    assert list(Municipality.objects.all()) == [from_register]


def test_a_second_role_in_the_same_municipality_is_refused_in_german(admin, person, town):
    response = admin.post(
        "/redaktion/assessments/membership/add/",
        {"person": person("officer").pk, "municipality": town.pk, "role": "council"},
    )

    assert "Diese Person hat in dieser Kommune schon eine Rolle." in response.content.decode()
    assert Membership.objects.count() == 1


@pytest.mark.parametrize("final", [False, True])
def test_assessments_are_shown_and_never_changed(final, admin, assess):
    assessment = assess(levels=2, final=final)
    path = f"/redaktion/assessments/assessment/{assessment.pk}"

    assert admin.get(f"{path}/change/").status_code == 200
    assert admin.post(f"{path}/change/", {"title": "Anders"}).status_code == 403
    assert admin.post(f"{path}/delete/", {"post": "yes"}).status_code == 403
    assert admin.get("/redaktion/assessments/assessment/add/").status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": assessment.pk, "post": "yes"}
    admin.post("/redaktion/assessments/assessment/", chosen)
    assessment.refresh_from_db()
    assert assessment.title == "Einschätzung 2026"


def test_an_editor_of_content_sees_neither_people_nor_assessments(sign_in, assess):
    assess()
    client = sign_in("editor")

    for model in (
        "assessments/assessment",
        "assessments/municipality",
        "assessments/membership",
        "charta_app/user",
    ):
        assert client.get(f"/redaktion/{model}/").status_code == 403


def add(capsys: Any, *arguments: str) -> str:
    call_command("member_add", *arguments)
    return str(capsys.readouterr().out)


def test_a_member_is_made_by_command_and_signs_in_through_the_printed_link(town, client, capsys):
    out = add(
        capsys, "Eva@Example.org", "--name", "Eva Test", "--municipality", town.ags, "--role", "officer",
        "--address", "https://charta.example/",
    )  # fmt: skip

    link = re.search(r"https://charta\.example(/konto/password/reset/key/\S+)", out)
    assert link
    page = client.get(link[1], follow=True)
    client.post(page.request["PATH_INFO"], {"password1": "drei-blaue-Elche", "password2": "drei-blaue-Elche"})
    assert client.login(email="eva@example.org", password="drei-blaue-Elche")
    assert client.get(link[1], follow=True).context["token_fail"]


def test_adding_the_same_member_again_changes_nothing(town, capsys):
    arguments = ("eva@example.org", "--name", "Eva Test", "--municipality", town.ags, "--role", "officer")
    add(capsys, *arguments)
    before = [list(User.objects.values()), list(Membership.objects.values())]

    out = add(capsys, *arguments)

    assert [list(User.objects.values()), list(Membership.objects.values())] == before
    assert "Eva Test war schon in Musterstadt (Musterkreis, Musterland): Digitalbeauftragte Person" in out


def test_another_role_takes_the_place_of_the_first(town, person, capsys):
    person("council")

    out = add(capsys, "council@musterstadt.example", "--municipality", town.ags, "--role", "reviewer")

    assert Membership.objects.get().role == Role.REVIEWER
    assert "Prüfende Person (bisher: Ratsmitglied)" in out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("keine-adresse", "--municipality", "99000001"), "Das ist keine E-Mail-Adresse: keine-adresse"),
        (("eva@example.org", "--municipality", "99000001"), "Für einen neuen Zugang fehlt der Name"),
        (
            ("eva@example.org", "--municipality", "1", "--name", "Eva"),
            "Eine Kommune mit dem AGS 1 gibt es nicht",
        ),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_written(arguments, complaint, town):
    with pytest.raises(CommandError, match=complaint):
        call_command("member_add", *arguments, "--role", "officer")

    assert not User.objects.exists()
