"""What is stored about a person, handed out and erased."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import models
from django.test import Client

from assessments.models import Answer, Assignment, AuditEntry, Comment, Invitation, Membership, Reminder
from charta_app.models import AccessToken, User
from charta_app.people import FORMER, heading, references
from tests.pages import form_data

NAME = "Bärbel Großmann"
EMAIL = "baerbel@musterstadt.example"
PASSWORD = "ein-langes-Passwort-2026"


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def baerbel(assess, town, person, edition) -> User:
    """A contributor who has left traces everywhere."""
    admin = User.objects.create_superuser("admin@example.org", name="Admin")
    by_admin = Client()
    by_admin.force_login(admin)
    add, page = "/redaktion/charta_app/user/add/", f"/redaktion/assessments/municipality/{town.pk}/change/"
    by_admin.post(add, form_data(by_admin.get(add)) | {"email": EMAIL, "name": NAME})
    her = User.objects.get(email=EMAIL)
    her.set_password(PASSWORD)
    her.save()
    role = {"person": her.pk, "municipality": town.pk, "role": "contributor"}
    row = {f"memberships-0-{name}": value for name, value in role.items()}
    data = form_data(by_admin.get(page), "memberships-TOTAL_FORMS")
    by_admin.post(page, data | row | {"memberships-TOTAL_FORMS": "1"})
    membership = Membership.objects.get(person=her)
    change = f"/redaktion/assessments/membership/{membership.pk}/change/"
    by_admin.post(change, role | {"role": "officer"})
    assessment = assess(in_charge=())
    Assignment.objects.put_in_charge(assessment.targets.filter(clause__code="2.1"), membership, None)
    client = Client()
    client.post("/konto/login/", {"login": EMAIL, "password": PASSWORD})
    question = f"/einschaetzungen/{assessment.pk}/fragen/2.1/"
    said = {"frage-2.1-1-choice": "3", "frage-2.1-1-comment": "Seit Mai"}
    client.post(question, form_data(client.get(question), "version") | said)
    words = {"role": "contributor", "text": "Siehe oben", "audience": "internal"}
    Comment.objects.write(answer=assessment.answers.first(), by=her, notify=[her.pk], **words)
    Authenticator.objects.create(user=her, type="totp", data={"secret": "STRENGGEHEIM"})
    client.post(f"/kommunen/{town.pk}/team/einladen/", {"email": "gast@example.org", "role": "council"})
    Invitation.objects.invite(municipality=town, email=EMAIL, role="council", by=person("officer"))
    Reminder.objects.create(person=her, day="2026-01-01")
    AccessToken.objects.issue(person=her, label="Dashboard", valid_days=90)
    return her


def everything() -> str:
    """Every value of every row of every table."""
    return "\n".join(
        str(row)
        for model in apps.get_models(include_auto_created=True)
        for row in model._base_manager.values()
    )


def export(tmp_path: Any) -> dict[str, Any]:
    call_command("person_export", EMAIL, out=str(tmp_path / "auskunft.json"))
    return json.loads((tmp_path / "auskunft.json").read_text(encoding="utf-8"))


def test_the_export_holds_all_there_is_in_words(baerbel, tmp_path):
    found = export(tmp_path)

    assert found["Auskunft über"] == EMAIL
    assert found["Zugang"]["Name"] == NAME
    stored = found["Gespeichert"]
    text = json.dumps(stored, ensure_ascii=False)
    for words in (
        "Seit Mai",  # the answer and its history
        "2.1-1",
        "Siehe oben",
        "Digitalbeauftragte Person",
        "gast@example.org",
        "Anmeldung",
        "TOTP",
        "Dashboard",
    ):
        assert words in text, words
    assert {
        "Zuteilungen",
        "Einladungen an diese Adresse",
        "Änderungen am Zugang durch die Verwaltung",
    } <= set(stored)
    assert "histor" not in text
    for secret in (
        "STRENGGEHEIM",
        baerbel.password,
        Invitation.objects.first().token_hash,
        AccessToken.objects.first().token_hash,
    ):
        assert secret not in json.dumps(found)


def test_every_table_that_points_at_a_person_is_looked_at(baerbel, tmp_path):
    stored = export(tmp_path)["Gespeichert"]

    for field in references():
        if field.model._default_manager.filter(**{field.name: baerbel}).exists():
            assert heading(field) in stored, field


def test_nothing_of_an_erased_person_is_left_in_any_table(baerbel, sign_in, town):
    before = everything()
    assert NAME in before
    assert EMAIL in before

    call_command("person_erase", EMAIL, yes=True, stdout=io.StringIO())

    after = everything()
    for trace in (NAME, EMAIL, json.dumps(NAME)[1:-1], "STRENGGEHEIM", "gast@example.org"):
        assert trace not in after
    baerbel.refresh_from_db()
    assert (baerbel.name, baerbel.is_active, baerbel.has_usable_password()) == (FORMER, False, False)
    assert not Membership.objects.filter(person=baerbel).exists()
    assert not AccessToken.objects.exists()
    assert not Assignment.objects.exists()
    page = sign_in("officer").get(f"/kommunen/{town.pk}/protokoll/").content.decode()
    assert f"hat die Rolle entzogen: {FORMER}, bisher Digitalbeauftragte Person" in page


def test_what_an_erased_person_wrote_stays(baerbel):
    call_command("person_erase", EMAIL, yes=True, stdout=io.StringIO())

    answer = Answer.objects.get(criterion__code="2.1-1")
    assert (answer.level, answer.comment, str(answer.changed_by)) == (3, "Seit Mai", FORMER)
    assert [str(past.changed_by) for past in Answer.history.filter(id=answer.pk)] == [FORMER]
    assert str(Comment.objects.get().author) == FORMER
    assert AuditEntry.objects.filter(person=baerbel, kind="sign_in").exists()


def test_an_erased_person_is_out_at_once_and_cannot_come_back(baerbel):
    client = Client()
    client.force_login(baerbel)

    call_command("person_erase", EMAIL, yes=True, stdout=io.StringIO())

    assert client.get("/einschaetzungen/").status_code == 302
    for address in (EMAIL, User.objects.get(pk=baerbel.pk).email):
        Client().post("/konto/password/reset/", {"email": address})
    assert [message for message in mail.outbox if "/konto/password/reset/key/" in message.body] == []


def test_two_people_can_be_erased_and_an_address_used_again(person):
    first, second = person("contributor"), person("reviewer")
    address = first.email

    for one in (first, second):
        call_command("person_erase", one.email, yes=True, stdout=io.StringIO())

    assert User.objects.filter(name=FORMER).count() == 2
    User.objects.create_user(address, name="Neu")


@pytest.mark.parametrize(
    ("typed", "goes"), [("contributor@musterstadt.example", True), ("ja", False), ("", False)]
)
def test_the_address_is_typed_again(typed, goes, person, monkeypatch):
    her = person("contributor")
    monkeypatch.setattr("builtins.input", lambda _prompt: typed)

    if goes:
        call_command("person_erase", her.email, stdout=io.StringIO())
    else:
        with pytest.raises(CommandError, match="nichts geschehen"):
            call_command("person_erase", her.email)

    assert User.objects.filter(email=her.email).exists() is not goes


@pytest.mark.parametrize(("role", "warns"), [("officer", True), ("contributor", False)])
def test_erasing_the_only_officer_warns(role, warns, person):
    err = io.StringIO()

    call_command("person_erase", person(role).email, yes=True, stdout=io.StringIO(), stderr=err)

    assert ("hat danach keine digitalbeauftragte Person mehr" in err.getvalue()) is warns


@pytest.mark.parametrize("command", ["person_erase", "person_export"])
def test_an_unknown_address_is_told(command, db, tmp_path):
    options = {"out": str(tmp_path / "x")} if command == "person_export" else {"yes": True}

    with pytest.raises(CommandError, match="keinen Zugang"):
        call_command(command, "niemand@example.org", **options)


def test_what_goes_and_what_stays_is_decided_for_every_table():
    """A new table that points at people has to choose: CASCADE is theirs and goes, anything else is kept for others."""
    goes = {
        field.model._meta.label for field in references() if field.remote_field.on_delete is models.CASCADE
    }

    assert goes == {
        "account.EmailAddress",
        "admin.LogEntry",  # stays all the same: it is the history of the site
        "assessments.Invitation",
        "assessments.Membership",
        "assessments.Mention",
        "assessments.Presence",
        "assessments.Reminder",
        "charta_app.AccessToken",
        "charta_app.User_groups",
        "charta_app.User_user_permissions",
        "mfa.Authenticator",
        "socialaccount.SocialAccount",
        "usersessions.UserSession",
    }
