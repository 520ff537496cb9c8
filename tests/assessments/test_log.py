"""The audit log: what leaves a line, who reads it, and that nobody changes it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client

from assessments.models import AuditEntry, Membership, Role
from charta_app.models import User
from tests.database import POSTGRES
from tests.pages import form_data


@pytest.fixture
def admin(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("admin@example.org", name="Admin"))
    return client


def lines(town: Any) -> list[tuple[str, str]]:
    """Who did what, the newest first."""
    return [(entry.who, entry.what) for entry in AuditEntry.objects.of(town)]


@pytest.mark.parametrize(
    "change",
    [
        *("save", "update", "delete", "delete all", "sql"),
        pytest.param("replace", marks=pytest.mark.skipif(POSTGRES, reason="SQLite's own")),
    ],
)
def test_the_database_refuses_to_change_or_delete_a_line(change, town, person):
    AuditEntry.objects.sign_in(person("officer"), [town.pk])
    entry = AuditEntry.objects.get()

    def do() -> None:
        match change:
            case "save":
                entry.kind = "other"
                entry.save()
            case "update":
                AuditEntry.objects.update(person=None)
            case "delete":
                entry.delete()
            case "delete all":
                AuditEntry.objects.all().delete()
            case "sql":
                with connection.cursor() as cursor:
                    cursor.execute("DELETE FROM assessments_auditentry")
            case "replace":
                with connection.cursor() as cursor:
                    cursor.execute("REPLACE INTO assessments_auditentry SELECT * FROM assessments_auditentry")

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        do()

    assert AuditEntry.objects.values_list("kind", "person", "municipality").get() == (
        "sign_in",
        person("officer").pk,
        town.pk,
    )


def test_postgresql_refuses_to_empty_the_table(town, person):
    if connection.vendor != "postgresql":
        return  # SQLite knows no TRUNCATE
    log = import_module("assessments.migrations.0004_log_is_append_only")
    with connection.cursor() as cursor:
        for statement in log.POSTGRESQL:  # an earlier test that emptied all tables took the trigger away
            cursor.execute(statement)
    AuditEntry.objects.sign_in(person("officer"), [town.pk])

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("TRUNCATE assessments_auditentry")

    assert AuditEntry.objects.count() == 1


def test_finalising_stands_in_the_log_once(assess, town, person):
    assess(levels=2, final=True, title="Einschätzung 2026")

    assert lines(town) == [(person("officer").name, "hat abgeschlossen: „Einschätzung 2026“")]


def test_fetching_data_stands_in_the_log_with_what_was_fetched(assess, town, person, sign_in):
    assessment = assess(levels=2, title="Entwurf")
    client = sign_in("reviewer")

    for file in ("berichte/daten.ods", "berichte/antworten.csv"):
        client.get(f"/einschaetzungen/{assessment.pk}/{file}")
    client.get(f"/api/v1/assessments/{assessment.pk}/record")

    assert lines(town) == [
        (person("reviewer").name, f"hat die Daten heruntergeladen: „Entwurf“, {what}")
        for what in ("API", "antworten.csv", "daten.ods")
    ]


@pytest.mark.django_db(transaction=True)  # no transaction waits while the PDF is printed
def test_fetching_a_report_stands_in_the_log(assess, town, person, sign_in):
    assessment = assess(levels=2, title="Entwurf")

    sign_in("reviewer").get(f"/einschaetzungen/{assessment.pk}/berichte/ratsbericht.pdf")

    assert lines(town) == [(person("reviewer").name, "hat den Bericht abgerufen: „Entwurf“, ratsbericht.pdf")]


def test_a_report_refused_leaves_no_line(assess, town, other_town, sign_in):
    assessment = assess(levels=2)

    sign_in("officer", other_town).get(f"/einschaetzungen/{assessment.pk}/berichte/ratsbericht.pdf")
    sign_in("council").get(f"/einschaetzungen/{assessment.pk}/berichte/ratsbericht.pdf")

    assert not AuditEntry.objects.exists()


@pytest.mark.django_db(transaction=True)  # no transaction waits while the PDF is printed
@pytest.mark.parametrize(
    ("command", "file", "what", "item"),
    [
        ("export", "x.json", "die Daten heruntergeladen", "daten.json"),
        ("export", "x.csv", "die Daten heruntergeladen", "antworten.csv"),
        ("export", "x.zip", "die Daten heruntergeladen", "daten.zip"),
        ("report", "x.pdf", "den Bericht abgerufen", "ratsbericht.pdf"),
    ],
)
def test_commands_on_the_server_stand_in_the_log(command, file, what, item, assess, town, tmp_path):
    assessment = assess(levels=2, title="Entwurf")

    call_command(command, assessment.pk, out=str(tmp_path / file))

    assert lines(town) == [("Befehl auf dem Server", f"hat {what}: „Entwurf“, {item}")]


def test_roles_given_by_command_stand_in_the_log(town, capsys):
    for role in ("contributor", "contributor", "officer"):
        call_command("member_add", "neu@example.org", name="Neu Hier", municipality=town.ags, role=role)

    assert lines(town) == [
        (
            "Befehl auf dem Server",
            "hat die Rolle geändert: Neu Hier, Digitalbeauftragte Person (bisher Fachamt)",
        ),
        ("Befehl auf dem Server", "hat die Rolle gegeben: Neu Hier, Fachamt"),
    ]


class TestRolesInTheAdmin:
    """Three places where memberships are edited; each leaves the same lines."""

    def test_on_their_own_page(self, admin, town, other_town, person):
        officer = person("officer")
        add = {"person": officer.pk, "municipality": other_town.pk, "role": "reviewer"}

        admin.post("/redaktion/assessments/membership/add/", add)
        pk = Membership.objects.get(municipality=other_town).pk
        admin.post(f"/redaktion/assessments/membership/{pk}/change/", add | {"role": "council"})
        admin.post(f"/redaktion/assessments/membership/{pk}/change/", add | {"role": "council"})
        admin.post(f"/redaktion/assessments/membership/{pk}/delete/", {"post": "yes"})

        assert lines(other_town) == [
            ("Admin", f"hat die Rolle entzogen: {officer}, bisher Ratsmitglied"),
            ("Admin", f"hat die Rolle geändert: {officer}, Ratsmitglied (bisher Prüfende Person)"),
            ("Admin", f"hat die Rolle gegeben: {officer}, Prüfende Person"),
        ]

    def test_moved_to_another_municipality(self, admin, town, other_town, person):
        officer = person("officer")
        pk = Membership.objects.get(person=officer).pk

        admin.post(
            f"/redaktion/assessments/membership/{pk}/change/",
            {"person": officer.pk, "municipality": other_town.pk, "role": "officer"},
        )

        assert lines(town) == [
            ("Admin", f"hat die Rolle entzogen: {officer}, bisher Digitalbeauftragte Person")
        ]
        assert lines(other_town) == [
            ("Admin", f"hat die Rolle gegeben: {officer}, Digitalbeauftragte Person")
        ]

    def test_several_at_once(self, admin, town, person):
        chosen = [Membership.objects.get(person=person(role)).pk for role in ("officer", "council")]

        admin.post(
            "/redaktion/assessments/membership/",
            {"action": "delete_selected", "_selected_action": chosen, "post": "yes"},
        )

        assert [what.split(":")[0] for _who, what in lines(town)] == ["hat die Rolle entzogen"] * 2

    @pytest.mark.parametrize("page", ["municipality", "person"])
    def test_within_a_municipality_or_a_person(self, page, admin, town, person):
        officer = person("officer")
        url = (
            f"/redaktion/assessments/municipality/{town.pk}/change/"
            if page == "municipality"
            else f"/redaktion/charta_app/user/{officer.pk}/change/"
        )
        data = form_data(admin.get(url), "memberships-TOTAL_FORMS")

        admin.post(url, data | {"memberships-0-role": "reviewer"})
        admin.post(url, data | {"memberships-0-role": "reviewer", "memberships-0-DELETE": "on"})

        assert lines(town) == [
            ("Admin", f"hat die Rolle entzogen: {officer}, bisher Prüfende Person"),
            (
                "Admin",
                f"hat die Rolle geändert: {officer}, Prüfende Person (bisher Digitalbeauftragte Person)",
            ),
        ]

    def test_with_the_whole_account(self, admin, town, person):
        council = person("council")

        admin.post(f"/redaktion/charta_app/user/{council.pk}/delete/", {"post": "yes"})

        assert not User.objects.filter(pk=council.pk).exists()
        assert lines(town) == [("Admin", "hat die Rolle entzogen: gelöschter Zugang, bisher Ratsmitglied")]


def test_a_line_holds_no_name_and_no_text(assess, town, person):
    assess(levels=2, final=True, title="Einschätzung 2026")
    AuditEntry.objects.sign_in(person("officer"), [town.pk])

    texts = {
        field.name
        for field in AuditEntry._meta.get_fields()
        if field.get_internal_type() in {"CharField", "TextField"}
    }

    assert texts == {"kind", "item", "role_before", "role_after"}
    assert set(AuditEntry.objects.values_list("role_before", "role_after")) == {("", "")}


def test_a_line_stays_when_its_person_goes(town, person, sign_in):
    council = person("council")
    AuditEntry.objects.sign_in(council, [town.pk])

    council.delete()

    assert lines(town) == [("gelöschter Zugang", "hat sich angemeldet")]


def test_officers_read_the_log_of_their_own_municipality_alone(town, other_town, person, sign_in):
    AuditEntry.objects.sign_in(person("council"), [town.pk])
    AuditEntry.objects.sign_in(person("council", other_town), [other_town.pk])

    page = sign_in("officer").get(f"/kommunen/{town.pk}/protokoll/").content.decode()

    assert person("council").name in page
    assert person("council", other_town).name not in page


@pytest.mark.parametrize("count", [1, 3])
def test_the_log_takes_the_same_queries_however_long(
    count, town, person, assess, sign_in, django_assert_num_queries
):
    for year in range(count):
        assessment = assess(year=2020 + year)
        AuditEntry.objects.of_assessment("report", assessment, person("council"))
        Membership.objects.assign(
            person=User.objects.create(email=f"{year}@example.org"),
            municipality=town,
            role=Role.COUNCIL,
            by=person("officer"),
        )
    client = sign_in("officer")

    # session, person, membership with municipality, count of lines, lines
    with django_assert_num_queries(5):
        response = client.get(f"/kommunen/{town.pk}/protokoll/")

    assert len(response.context["page"]) == 2 * count


@pytest.mark.parametrize("page", ["1", "2", "99", "x", "-1", "\x00"])
def test_whatever_page_of_the_log_is_asked_for_there_is_one(page, town, person, sign_in):
    for _ in range(60):
        AuditEntry.objects.sign_in(person("officer"), [town.pk])

    response = sign_in("officer").get(f"/kommunen/{town.pk}/protokoll/", {"seite": page})

    assert response.status_code == 200
    assert len(response.context["page"]) == (10 if page in {"2", "99", "-1"} else 50)


def test_the_admin_shows_the_log_and_changes_nothing(admin, town, person):
    AuditEntry.objects.sign_in(person("officer"), [town.pk])
    pk = AuditEntry.objects.get().pk

    page = admin.get("/redaktion/assessments/auditentry/")

    assert person("officer").name in page.content.decode()
    assert "delete_selected" not in page.content.decode()
    for way in ("add/", f"{pk}/delete/"):
        assert admin.get(f"/redaktion/assessments/auditentry/{way}").status_code == 403
    assert admin.post(f"/redaktion/assessments/auditentry/{pk}/change/", {"kind": "final"}).status_code == 403
