"""Access tokens: made, used, revoked."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from assessments.models import AuditEntry, Municipality
from charta_app import settings as site
from charta_app.models import AccessToken
from tests.pages import form_data

LIST = "/api/v1/assessments"
PAGE = "/konto/zugriffstoken/"
PASSWORD = "ein-langes-Passwort-2026"


@pytest.fixture
def token(person: Any) -> Any:
    """`token("officer")`: the text of a token of that person."""

    def issue(role: str, at: Municipality | None = None, label: str = "Dashboard", days: int = 90) -> str:
        return AccessToken.objects.issue(person=person(role, at), label=label, valid_days=days)

    return issue


def ask(text: str, where: str = LIST, client: Client | None = None, scheme: str = "Bearer") -> Any:
    return (client or Client()).get(where, headers={"authorization": f"{scheme} {text}"})


@pytest.fixture
def confirmed(person: Any, settings: Any, client: Client) -> Client:
    """The officer, who has just said once more who they are."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    officer = person("officer")
    officer.set_password(PASSWORD)
    officer.save()
    client.force_login(officer)
    client.post("/konto/reauthenticate/", {"password": PASSWORD})
    return client


class TestUse:
    """What a token opens, and what not."""

    def test_it_reads_what_its_person_may_read(self, token, assess, other_town, person):
        mine = assess(levels=2, final=True)
        assess(title="Entwurf", year=2027)
        foreign = assess(at=other_town, title="Kanarienvogel")

        council, officer = token("council"), token("officer")

        assert [item["id"] for item in ask(council).json()["items"]] == [mine.pk]
        assert ask(officer).json()["count"] == 2
        assert ask(council, f"{LIST}/{mine.pk}/record").content.decode() == mine.frozen.body
        missing = ask(officer, f"{LIST}/0/record")
        for part in ("", "/record", "/result"):
            refused = ask(officer, f"{LIST}/{foreign.pk}{part}")
            assert (refused.status_code, refused.content) == (404, missing.content)

    def test_it_takes_as_many_queries_as_a_session(self, token, assess, django_assert_num_queries):
        assess()
        text = token("officer")
        ask(text)

        # token, person, their number, the assessments
        with django_assert_num_queries(4):
            ask(text)

    def test_it_opens_no_page_and_writes_nothing(self, token, assess):
        assessment, text = assess(), token("officer")

        for where in ("/einschaetzungen/", assessment.get_absolute_url(), "/konto/", PAGE, "/redaktion/"):
            assert "/login/" in ask(text, where).url, where
        saved = Client().post(
            f"/einschaetzungen/{assessment.pk}/antworten/1.1-1/speichern/",
            headers={"authorization": f"Bearer {text}"},
        )
        assert saved.status_code == 401
        assert Client().post(LIST, headers={"authorization": f"Bearer {text}"}).status_code == 405

    @pytest.mark.parametrize(
        "text", ["", "x", "charta_" + "x" * 43, "ü" * 10, "x" * 5_000, "a b c", "\x00", "' OR 1=1 --"]
    )
    def test_a_wrong_one_opens_nothing_not_even_with_a_session(self, text, sign_in):
        response = ask(text, client=sign_in("officer"))

        assert (response.status_code, response.json()["kind"]) == (401, "token")
        assert response["WWW-Authenticate"] == 'Bearer error="invalid_token"'

    def test_another_scheme_is_no_token(self, token, sign_in):
        text = token("officer")

        assert ask(text, scheme="Basic").json()["kind"] == "signed-out"
        assert ask(text, scheme="bearer").status_code == 200
        assert ask("irgendwas", scheme="Basic", client=sign_in("officer")).status_code == 200

    def test_its_person_counts_not_the_session(self, token, sign_in, assess, other_town):
        assess()

        response = ask(token("officer", other_town), client=sign_in("officer"))

        assert response.json()["count"] == 0

    def test_it_ends_with_its_last_day(self, token):
        text = token("officer", days=30)
        row = AccessToken.objects.get()
        for age, status in ((30, 200), (31, 401)):
            AccessToken.objects.update(created_on=timezone.localdate() - timedelta(days=age))
            assert ask(text).status_code == status
        assert row.expires_on == row.created_on + timedelta(days=30)

    def test_it_ends_with_the_account(self, token, person):
        text, officer = token("officer"), person("officer")
        officer.is_active = False
        officer.save()

        assert ask(text).json()["kind"] == "token"

    def test_it_is_no_way_around_the_second_factor(self, token, town):
        text = token("officer")
        Municipality.objects.filter(pk=town.pk).update(requires_second_factor=True)

        assert ask(text).json()["kind"] == "second-factor"

    def test_the_day_of_its_use_is_kept_and_no_more(self, token, django_assert_num_queries):
        text = token("officer")
        AccessToken.objects.update(last_used_on=date(2020, 1, 1))

        # as above, and the day
        with django_assert_num_queries(5):
            ask(text)

        assert AccessToken.objects.get().last_used_on == timezone.localdate()

    def test_it_is_not_needed_for_the_charter(self, edition, django_assert_num_queries):
        with django_assert_num_queries(1):
            assert ask("falsch", "/api/v1/editions").status_code == 200

    def test_whoever_guesses_is_put_off(self, settings, token):
        settings.ACCOUNT_RATE_LIMITS = site.ACCOUNT_RATE_LIMITS
        cache.clear()
        text = token("officer")

        found = [ask(f"falsch-{number}").status_code for number in range(22)]

        last = ask("falsch")
        assert found == [401] * 20 + [429] * 2
        assert (last.json()["kind"], last["Retry-After"]) == ("too-many", "60")
        assert ask(text).status_code == 200  # who has the true one is not locked out by others
        cache.clear()


class TestPage:
    """Where a person makes and revokes them."""

    def make(self, client: Client, **fields: str) -> Any:
        return client.post(PAGE, form_data(client.get(PAGE), "label") | {"label": "Dashboard"} | fields)

    def test_it_is_shown_once_and_works(self, confirmed):
        response = self.make(confirmed, valid_days="365")

        text = re.search(r">(charta_[\w-]{43})</code>", response.content.decode())[1]
        assert ask(text).status_code == 200
        assert "no-store" in response["Cache-Control"]
        assert text not in confirmed.get(PAGE).content.decode()
        row = AccessToken.objects.get()
        assert (row.label, row.valid_days) == ("Dashboard", 365)
        assert text not in str(AccessToken.objects.values().get())

    def test_it_is_made_only_after_saying_once_more_who_one_is(self, person, settings, client):
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        officer = person("officer")
        officer.set_password(PASSWORD)
        officer.save()
        client.force_login(officer)

        asked = self.make(client)
        made_before = AccessToken.objects.exists()
        shown = client.post(asked.url, {"password": PASSWORD})

        assert asked.url.startswith("/konto/reauthenticate/")
        assert not made_before
        assert "Ihr neues Token" in shown.content.decode()  # what was typed is not lost
        assert AccessToken.objects.get().label == "Dashboard"

    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ({"label": ""}, "Bitte schreiben Sie, wofür das Token ist."),
            ({"label": "x" * 61}, "höchstens 60 Zeichen"),
            ({"label": " Vergeben "}, "haben Sie schon"),
            ({"valid_days": "366"}, "gültige Auswahl"),
            ({"valid_days": "x"}, "gültige Auswahl"),
        ],
    )
    def test_what_does_not_go_is_told(self, fields, message, confirmed, token):
        token("officer", label="Vergeben")

        response = self.make(confirmed, **fields)

        assert response.status_code == 422
        assert message in response.content.decode()
        assert AccessToken.objects.count() == 1

    def test_there_are_not_endlessly_many(self, confirmed, token):
        for number in range(20):
            token("officer", label=f"Token {number}")

        assert "Widerrufen Sie erst eines" in self.make(confirmed).content.decode()

    def test_what_is_revoked_opens_nothing(self, sign_in, token):
        text, client = token("officer"), sign_in("officer")
        row = AccessToken.objects.get()

        page = client.post(f"{PAGE}{row.pk}/widerrufen/", follow=True).content.decode()

        assert "Widerrufen: „Dashboard“" in page
        assert ask(text).json()["kind"] == "token"
        assert not AccessToken.objects.exists()

    def test_nobody_sees_or_revokes_the_token_of_another(self, sign_in, token):
        token("officer", label="Kanarienvogel")
        row, other = AccessToken.objects.get(), sign_in("reviewer")

        assert "Kanarienvogel" not in other.get(PAGE).content.decode()
        assert other.post(f"{PAGE}{row.pk}/widerrufen/").status_code == 404
        assert AccessToken.objects.exists()

    def test_the_log_tells_of_both(self, sign_in, token, town):
        token("officer")
        client = sign_in("officer")
        client.post(f"{PAGE}{AccessToken.objects.get().pk}/widerrufen/")

        page = client.get(f"/kommunen/{town.pk}/protokoll/").content.decode()

        assert "hat ein Zugriffstoken angelegt" in page
        assert "hat ein Zugriffstoken widerrufen" in page
        assert AuditEntry.objects.filter(kind__startswith="token").count() == 2

    @pytest.mark.parametrize("count", [1, 15])
    def test_the_page_takes_the_same_queries_however_many(
        self, count, sign_in, token, django_assert_num_queries
    ):
        for number in range(count):
            token("officer", label=f"Token {number}")
        client = sign_in("officer")

        # session, person, tokens
        with django_assert_num_queries(3):
            client.get(PAGE)


def test_the_database_lets_none_live_longer_than_a_year(person):
    for days in (0, 366):
        with pytest.raises(IntegrityError), transaction.atomic():
            AccessToken.objects.issue(person=person("officer"), label=f"{days}", valid_days=days)
