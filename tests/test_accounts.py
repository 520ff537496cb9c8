"""Signing in, signing out and setting a new password, through allauth, in German."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from charta_app import settings as site_settings
from charta_app.models import User

PASSWORD = "drei-blaue-Elche"


@pytest.fixture
def eva(db: None, settings: Any) -> User:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return User.objects.create_user("eva@example.org", PASSWORD, name="Eva Test")


@pytest.fixture
def limits(settings: Any) -> Any:
    """The site's own rate limits, which the other tests switch off."""
    settings.ACCOUNT_RATE_LIMITS = site_settings.ACCOUNT_RATE_LIMITS
    cache.clear()
    yield
    cache.clear()


def enter(client: Client, password: str = PASSWORD, email: str = "eva@example.org", **more: str) -> Any:
    return client.post("/konto/login/", {"login": email, "password": password, **more})


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("email", ["eva@example.org", "Eva@Example.ORG", " eva@example.org "])
def test_a_person_signs_in_by_e_mail_however_it_is_typed(email, eva, client):
    response = enter(client, email=email)

    assert is_signed_in(client)
    assert response.url == "/einschaetzungen/"


def test_signing_in_leads_back_to_the_page_that_asked_for_it(eva, client):
    asked = client.get("/einschaetzungen/neu/")
    response = enter(client, next="/einschaetzungen/neu/")

    assert asked.url == "/konto/login/?next=/einschaetzungen/neu/"
    assert response.url == "/einschaetzungen/neu/"


def test_signing_in_never_leads_to_another_site(eva, client):
    response = enter(client, next="https://boese.example/")

    assert response.url == "/einschaetzungen/"


@pytest.mark.parametrize(
    ("email", "password"),
    [("eva@example.org", "falsch"), ("niemand@example.org", PASSWORD), ("eva@example.org", "")],
)
def test_a_wrong_password_and_an_unknown_address_are_answered_alike(email, password, eva, client):
    response = enter(client, password, email)

    assert not is_signed_in(client)
    assert response.status_code == 200
    errors = response.context["form"].errors
    assert list(errors) == (["__all__"] if password else ["password"])
    if password:
        assert errors["__all__"] == ["Die E-Mail-Adresse und/oder das Passwort sind leider falsch."]


def test_a_session_ends_when_its_time_is_over(eva, client):
    enter(client)
    Session.objects.update(expire_date=timezone.now() + timedelta(minutes=1))
    before = client.get("/konto/").status_code
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    after = client.get("/konto/")

    assert before == 200
    assert after.url == "/konto/login/?next=/konto/"


@pytest.mark.parametrize("key", ["erfunden" * 4, "kurz", "ä" * 32, "' OR 1=1 --" * 3])
def test_a_made_up_session_opens_nothing(key, eva, client):
    enter(client)
    client.cookies["sessionid"] = key

    assert client.get("/konto/").url == "/konto/login/?next=/konto/"


@pytest.mark.parametrize(
    ("path", "status"), [("/", 200), ("/einschaetzungen/", 302), ("/gibt-es-nicht/", 404)]
)
def test_browsers_are_told_what_a_page_may_load(path, status, db, client):
    response = client.get(path)

    rules = dict(rule.split(" ", maxsplit=1) for rule in response["Content-Security-Policy"].split("; "))
    assert response.status_code == status
    assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"


def test_a_closed_account_cannot_sign_in(eva, client):
    eva.is_active = False
    eva.save()

    enter(client)

    assert not is_signed_in(client)


def test_nobody_signs_in_without_a_password_having_been_set(db, client):
    User.objects.create_user("neu@example.org", name="Neu")

    enter(client, "", "neu@example.org")
    enter(client, "!", "neu@example.org")

    assert not is_signed_in(client)


def test_signing_out_takes_a_click_on_a_button(eva, client):
    enter(client)

    client.get("/konto/logout/")
    still = is_signed_in(client)
    response = client.post("/konto/logout/")

    assert still
    assert not is_signed_in(client)
    assert response.url == "/konto/abgemeldet/"  # forgets what lies on the device, then leads on


def test_nobody_signs_up(db, client):
    before = User.objects.count()

    page = client.get("/konto/signup/")
    client.post(
        "/konto/signup/", {"email": "fremd@example.org", "password1": PASSWORD, "password2": PASSWORD}
    )

    assert page.templates[0].name == "account/signup_closed.html"
    assert User.objects.count() == before


def test_a_forgotten_password_is_replaced_through_a_mail(eva, client):
    client.post("/konto/password/reset/", {"email": "eva@example.org"})
    (message,) = mail.outbox
    link = re.search(r"http://testserver(/konto/password/reset/key/\S+)", str(message.body))
    assert link
    page = client.get(link[1], follow=True)
    client.post(page.request["PATH_INFO"], {"password1": "vier-rote-Igel", "password2": "vier-rote-Igel"})

    assert message.to == ["eva@example.org"]
    assert str(message.subject).startswith("Charta-Check: ")
    assert "neues Passwort" in str(message.body)
    enter(client)
    assert not is_signed_in(client)
    enter(client, "vier-rote-Igel")
    assert is_signed_in(client)


def test_the_link_of_a_mail_works_once(eva, client):
    client.post("/konto/password/reset/", {"email": "eva@example.org"})
    link = re.search(r"http://testserver(/konto/password/reset/key/\S+)", str(mail.outbox[0].body))
    assert link
    page = client.get(link[1], follow=True)
    client.post(page.request["PATH_INFO"], {"password1": "vier-rote-Igel", "password2": "vier-rote-Igel"})

    again = Client().get(link[1], follow=True)

    assert again.context["token_fail"]


def test_asking_for_a_new_password_does_not_tell_who_has_an_account(eva, client):
    known = client.post("/konto/password/reset/", {"email": "eva@example.org"})
    unknown = client.post("/konto/password/reset/", {"email": "niemand@example.org"})

    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert [message.to for message in mail.outbox] == [["eva@example.org"], ["niemand@example.org"]]
    assert "/konto/password/reset/key/" not in str(mail.outbox[1].body)


@pytest.mark.parametrize("password", ["kurz", "qwerty123456", "eva@example.org"])
def test_a_weak_password_is_refused(password, eva, client):
    enter(client)

    response = client.post(
        "/konto/password/change/", {"oldpassword": PASSWORD, "password1": password, "password2": password}
    )

    assert response.status_code == 200
    assert response.context["form"].errors
    eva.refresh_from_db()
    assert eva.check_password(PASSWORD)


def test_guessing_passwords_is_slowed_down(eva, limits, client):
    for _ in range(5):
        enter(client, "falsch")

    response = enter(client)

    assert not is_signed_in(client)
    assert "Zu viele" in response.content.decode()


def test_asking_for_mails_is_slowed_down(eva, limits, client):
    answers = [
        client.post("/konto/password/reset/", {"email": "eva@example.org"}).status_code for _ in range(25)
    ]

    assert 429 in answers
    assert len(mail.outbox) < 25


def test_the_admin_has_the_same_door(eva, client):
    page = client.get("/redaktion/", follow=True)

    assert page.request["PATH_INFO"] == "/konto/login/"


def test_a_person_who_is_no_editor_stays_outside_the_admin(eva, client):
    enter(client)

    assert client.get("/redaktion/").status_code in {302, 403}
    assert client.get("/redaktion/assessments/municipality/").status_code in {302, 403}
