"""The doors: second factor, sessions, single sign-on, limits, and the account page."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import re
import struct
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import oidc_provider_mock
import pytest
import requests
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from assessments.models import AuditEntry
from charta_app import settings as site
from charta_app.models import User

PASSWORD = "drei-blaue-Elche"
SECRET = "JBSWY3DPEHPK3PXP"
BYTES = '"clientDataJSON": "AA", "authenticatorData": "AA", "signature": "AA", "userHandle": "____"'
HOSTILE = [
    "", "{}", "[]", "null", "1", '"x"', "NaN", "{", "\x00", "x" * 30_000, "[" * 5_000, '{"response": ' * 1_000,
    '{"response": {}}', '{"response": null}', '{"response": {"userHandle": 1}}',
    '{"response": {"userHandle": "\\ud800"}}', '{"id": "\\ud800", "rawId": 1, "response": {"userHandle": "AA"}}',
    f'{{"id": "AA", "rawId": "AA", "type": "public-key", "response": {{{BYTES}}}}}',
]  # fmt: skip


@pytest.fixture
def eva(person: Callable[..., User], settings: Any) -> User:
    """The officer of Musterstadt, with a password."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    officer = person("officer")
    officer.set_password(PASSWORD)
    officer.save()
    return officer


@pytest.fixture
def strict(town: Any) -> Any:
    """Musterstadt asks its officers for a second factor."""
    town.requires_second_factor = True
    town.save()
    return town


@pytest.fixture
def limits(settings: Any) -> Iterator[None]:
    """The site's own rate limits, which the other tests switch off."""
    settings.ACCOUNT_RATE_LIMITS = site.ACCOUNT_RATE_LIMITS
    cache.clear()
    yield
    cache.clear()


def enter(client: Client, user: User, password: str = PASSWORD) -> Any:
    return client.post("/konto/login/", {"login": user.email, "password": password})


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def code(secret: str, steps: int = 0) -> str:
    """What an app would show (RFC 6238), so many half minutes from now."""
    counter = struct.pack(">Q", int(time.time()) // 30 + steps)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    place = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[place : place + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


class TestSecondFactor:
    """Apps and recovery codes; keys need a browser (tests/browser/test_doors.py)."""

    def test_setting_up_an_app_gives_recovery_codes(self, eva, client):
        enter(client, eva)

        asked = client.get("/konto/zweiter-faktor/totp/activate/")
        client.post(asked.url, {"password": PASSWORD})
        page = client.get("/konto/zweiter-faktor/totp/activate/")
        secret = page.context["form"].secret
        done = client.post("/konto/zweiter-faktor/totp/activate/", {"code": code(secret)}, follow=True)

        assert asked.url.startswith("/konto/reauthenticate/")
        assert secret in page.content.decode()
        assert len(done.context["unused_codes"]) == 10
        assert all(unused in done.content.decode() for unused in done.context["unused_codes"])

    def test_a_wrong_code_sets_nothing_up(self, eva, client):
        enter(client, eva)
        client.post("/konto/reauthenticate/", {"password": PASSWORD})
        client.get("/konto/zweiter-faktor/totp/activate/")

        response = client.post("/konto/zweiter-faktor/totp/activate/", {"code": "abcdef"})

        assert "Das hat nicht gestimmt" in response.content.decode()
        assert not Authenticator.objects.exists()

    def test_the_password_alone_no_longer_opens_the_account(self, eva, client):
        TOTP.activate(eva, SECRET)

        half = enter(client, eva)
        before = is_signed_in(client)
        elsewhere = client.get("/einschaetzungen/")
        wrong = client.post(half.url, {"code": "abcdef"})
        client.post(half.url, {"code": code(SECRET)})

        assert half.url == "/konto/zweiter-faktor/authenticate/"
        assert not before
        assert elsewhere.url.startswith("/konto/login/")
        assert "Das hat nicht gestimmt" in wrong.content.decode()
        assert is_signed_in(client)

    def test_a_code_works_once(self, eva, client):
        TOTP.activate(eva, SECRET)
        one = code(SECRET)
        client.post(enter(client, eva).url, {"code": one})

        other = Client()
        other.post(enter(other, eva).url, {"code": one})

        assert is_signed_in(client)
        assert not is_signed_in(other)

    def test_a_recovery_code_works_once(self, eva, client):
        TOTP.activate(eva, SECRET)
        one = RecoveryCodes.activate(eva).get_unused_codes()[0]

        client.post(enter(client, eva).url, {"code": one})
        other = Client()
        other.post(enter(other, eva).url, {"code": one})

        assert is_signed_in(client)
        assert not is_signed_in(other)

    def test_guessing_codes_is_slowed_down(self, eva, limits, client):
        TOTP.activate(eva, SECRET)
        half = enter(client, eva)

        for _ in range(5):
            client.post(half.url, {"code": "abcdef"})
        response = client.post(half.url, {"code": code(SECRET)})

        assert not is_signed_in(client)
        assert "Zu viele" in response.content.decode()

    @pytest.mark.parametrize("credential", HOSTILE)
    def test_hostile_answers_of_a_browser_are_refused(self, credential, eva, client):
        client.get("/konto/zweiter-faktor/webauthn/login/", headers={"accept": "application/json"})

        response = client.post("/konto/zweiter-faktor/webauthn/login/", {"credential": credential})

        assert response.status_code == 302
        assert not is_signed_in(client)

    def test_an_administrator_helps_who_has_lost_everything(self, eva, town, client):
        TOTP.activate(eva, SECRET)
        RecoveryCodes.activate(eva)
        admin = Client()
        admin.force_login(User.objects.create_superuser("admin@example.org", name="Admin"))

        admin.post(
            "/redaktion/charta_app/user/", {"action": "reset_second_factor", "_selected_action": [eva.pk]}
        )
        enter(client, eva)

        assert is_signed_in(client)
        assert ("Admin", f"hat den zweiten Faktor zurückgesetzt: {eva}") in [
            (entry.who, entry.what) for entry in AuditEntry.objects.of(town)
        ]


class TestRequiredSecondFactor:
    """A municipality asks its officers for a second factor."""

    def test_an_officer_sets_it_up_before_going_on(self, eva, strict, client):
        enter(client, eva)

        blocked = client.get("/einschaetzungen/neu/")
        page = client.get(blocked.url)
        TOTP.activate(eva, SECRET)
        after = client.get("/einschaetzungen/neu/")

        assert blocked.url == "/konto/zweiter-faktor/?next=%2Feinschaetzungen%2Fneu%2F"
        assert "Ihre Kommune verlangt ihn" in page.content.decode()
        assert after.status_code == 200

    def test_who_is_already_at_work_is_asked_at_once(self, eva, town, sign_in):
        client = sign_in("officer")
        before = client.get("/einschaetzungen/").status_code

        town.requires_second_factor = True
        town.save()

        assert (before, client.get("/einschaetzungen/").status_code) == (200, 302)

    def test_what_was_typed_is_not_lost_by_a_redirect(self, strict, assess, sign_in):
        assessment = assess()

        response = sign_in("officer").post(f"/einschaetzungen/{assessment.pk}/fragen/1.1/", {})

        assert response.status_code == 403
        assert "auf der vorigen Seite" in response.content.decode()

    @pytest.mark.parametrize(
        "path",
        ["/", "/impressum/", "/konto/", "/konto/zweiter-faktor/", "/konto/sitzungen/", "/konto/logout/"],
    )
    def test_the_way_to_it_stays_open(self, path, strict, edition, sign_in):
        assert sign_in("officer").get(path).status_code == 200

    def test_leaving_is_possible(self, strict, sign_in):
        client = sign_in("officer")

        client.post("/konto/logout/")

        assert not is_signed_in(client)

    def test_recovery_codes_alone_are_no_second_factor(self, eva, strict, sign_in):
        RecoveryCodes.activate(eva)

        assert sign_in("officer").get("/einschaetzungen/").status_code == 302

    @pytest.mark.parametrize("role", ["contributor", "reviewer", "council", "nobody"])
    def test_it_concerns_officers_alone(self, role, strict, sign_in):
        assert sign_in(role).get("/einschaetzungen/").status_code == 200

    def test_it_concerns_its_own_municipality_alone(self, strict, other_town, sign_in):
        assert sign_in("officer", other_town).get("/einschaetzungen/").status_code == 200

    def test_asking_costs_no_query(self, strict, sign_in, django_assert_num_queries):
        client = sign_in("officer")

        # session, person with the question
        with django_assert_num_queries(2):
            client.get("/einschaetzungen/")

    def test_the_administration_switches_it_on(self, town, db):
        from tests.pages import form_data

        admin = Client()
        admin.force_login(User.objects.create_superuser("admin@example.org", name="Admin"))
        url = f"/redaktion/assessments/municipality/{town.pk}/change/"

        page = admin.get(url)
        admin.post(url, form_data(page, "memberships-TOTAL_FORMS") | {"requires_second_factor": "on"})

        town.refresh_from_db()
        assert "Zweiter Faktor für digitalbeauftragte Personen verlangt" in page.content.decode()
        assert town.requires_second_factor


class TestSessions:
    def test_each_sign_in_is_listed(self, eva, client):
        enter(client, eva)
        Client(headers={"user-agent": "Anderer Browser"}).post(
            "/konto/login/", {"login": eva.email, "password": PASSWORD}
        )

        page = client.get("/konto/sitzungen/").content.decode()

        assert "Anderer Browser" in page
        assert page.count("diese Sitzung</span>") == 1

    def test_signing_out_elsewhere_leaves_this_one(self, eva, client):
        other = Client()
        enter(client, eva)
        enter(other, eva)

        client.post("/konto/sitzungen/")

        assert client.get("/einschaetzungen/").status_code == 200
        assert other.get("/einschaetzungen/").status_code == 302

    def test_nobody_sees_the_sessions_of_others(self, eva, sign_in):
        Client(headers={"user-agent": "Evas Browser"}).post(
            "/konto/login/", {"login": eva.email, "password": PASSWORD}
        )

        page = sign_in("reviewer").get("/konto/sitzungen/").content.decode()

        assert UserSession.objects.count() == 1
        assert "Evas Browser" not in page


class TestSignInsOnRecord:
    def test_a_sign_in_stands_in_the_log_of_each_municipality(self, eva, town, other_town, client):
        from assessments.models import Membership

        Membership.objects.create(person=eva, municipality=other_town, role="council")

        enter(client, eva)

        for place in (town, other_town):
            assert [(e.person, e.kind) for e in AuditEntry.objects.of(place)] == [(eva, "sign_in")]

    def test_a_sign_in_without_a_municipality_is_recorded_too(self, db, settings, client):
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        user = User.objects.create_user("allein@example.org", PASSWORD, name="Allein")

        enter(client, user)

        assert AuditEntry.objects.values_list("person", "municipality").get() == (user.pk, None)

    def test_a_failed_or_half_sign_in_is_none(self, eva, client):
        TOTP.activate(eva, SECRET)

        enter(client, eva, "falsch")
        enter(client, eva)

        assert not AuditEntry.objects.exists()

    def test_the_logs_of_the_server_name_nobody(self, eva, client, caplog):
        caplog.set_level(logging.DEBUG)

        enter(client, eva, "falsch")
        enter(client, eva)
        client.get("/konto/")

        assert is_signed_in(client)
        for word in (eva.email, eva.name, "127.0.0.1", PASSWORD):
            assert not [
                record
                for record in caplog.records
                if word in record.getMessage() and record.name != "django.db.backends"
            ]


class TestLimits:
    """Real requests against the site's own limits."""

    def test_many_addresses_tried_from_one_place(self, eva, limits, client):
        for number in range(10):
            client.post("/konto/login/", {"login": f"{number}@example.org", "password": "falsch"})

        response = enter(client, eva)

        assert not is_signed_in(client)
        assert "Zu viele" in response.content.decode()

    def test_one_account_tried_from_many_places(self, eva, limits):
        for number in range(5):
            Client(REMOTE_ADDR=f"192.0.2.{number}").post(
                "/konto/login/", {"login": eva.email, "password": "falsch"}
            )

        late = Client(REMOTE_ADDR="192.0.2.99")
        enter(late, eva)

        assert not is_signed_in(late)

    def test_others_sign_in_meanwhile(self, eva, limits, person):
        for _ in range(12):
            Client(REMOTE_ADDR="192.0.2.1").post(
                "/konto/login/", {"login": "x@example.org", "password": "falsch"}
            )

        elsewhere = Client(REMOTE_ADDR="192.0.2.2")
        enter(elsewhere, eva)

        assert is_signed_in(elsewhere)

    @pytest.mark.parametrize(
        ("path", "data", "allowed"),
        [
            ("/konto/password/change/", {"oldpassword": "falsch", "password1": "x", "password2": "x"}, 5),
            ("/konto/reauthenticate/", {"password": "falsch"}, 10),
        ],
    )
    def test_guessing_the_password_in_an_open_session(self, path, data, allowed, eva, limits, client):
        enter(client, eva)

        answers = [client.post(path, data).status_code for _ in range(allowed + 1)]

        assert answers[:allowed] == [200] * allowed or 429 not in answers[: allowed - 1]
        assert answers[-1] == 429 or "zu viele" in client.post(path, data).content.decode().lower()

    def test_passkeys_are_limited_too(self, db, limits, client):
        answers = [client.post("/konto/zweiter-faktor/webauthn/login/", {}).status_code for _ in range(11)]

        assert answers == [302] * 10 + [429]

    def test_every_limit_that_a_page_uses_is_set(self):
        assert set(site.ACCOUNT_RATE_LIMITS) == {
            "access_token",
            "login",
            "login_failed",
            "reset_password",
            "reset_password_from_key",
            "change_password",
            "reauthenticate",
        }


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """An OpenID provider that runs on this machine, with its own sign-in, codes, tokens and keys."""
    people = [
        oidc_provider_mock.User(
            sub="eva", claims={"email": "Officer@Musterstadt.example", "email_verified": True}
        ),
        oidc_provider_mock.User(
            sub="unbestaetigt", claims={"email": "officer@musterstadt.example", "email_verified": False}
        ),
        oidc_provider_mock.User(
            sub="halb", claims={"email": "officer@musterstadt.example", "email_verified": "false"}
        ),
        oidc_provider_mock.User(sub="ohne", claims={"email": "officer@musterstadt.example"}),
        oidc_provider_mock.User(sub="fremd", claims={"email": "fremd@example.org", "email_verified": True}),
    ]
    with oidc_provider_mock.run_server_in_thread(user_claims=people) as server:
        yield f"http://localhost:{server.server_port}"


class TestSingleSignOn:
    """Against a real provider: its pages, codes and tokens travel over HTTP."""

    @pytest.fixture(autouse=True)
    def _on(self, provider, settings):
        settings.SOCIALACCOUNT_PROVIDERS = site.single_sign_on(provider, "charta", "geheim", "Rathaus")

    def come(self, client: Client, sub: str, **query: str) -> Any:
        """Go to the provider, sign in there as `sub`, and come back."""
        there = client.get("/konto/oidc/sso/login/", query)
        back = requests.post(there.url, data={"sub": sub}, allow_redirects=False, timeout=10)
        return client.get(urljoin("/", re.sub(r"^http://testserver", "", back.headers["Location"])))

    def test_the_sign_in_page_offers_it(self, db, client):
        assert "Anmelden mit Rathaus" in client.get("/konto/login/").content.decode()

    def test_an_account_with_the_same_verified_address_opens(self, eva, town, client):
        response = self.come(client, "eva", next="/einschaetzungen/neu/")

        assert is_signed_in(client)
        assert response.url == "/einschaetzungen/neu/"
        assert [e.person for e in AuditEntry.objects.of(town)] == [eva]

    def test_nothing_about_the_other_account_is_kept_and_the_password_stays(self, eva, client):
        self.come(client, "eva")

        eva.refresh_from_db()
        assert eva.check_password(PASSWORD)
        assert not SocialAccount.objects.exists()

    @pytest.mark.parametrize("sub", ["unbestaetigt", "halb", "ohne", "fremd"])
    def test_everybody_else_stays_outside(self, sub, eva, client):
        before = User.objects.count()

        response = self.come(client, sub)

        assert response.url == "/konto/login/"
        assert "keinen Zugang mit bestätigter E-Mail-Adresse" in client.get(response.url).content.decode()
        assert not is_signed_in(client)
        assert User.objects.count() == before

    def test_a_closed_account_stays_closed(self, eva, client):
        eva.is_active = False
        eva.save()

        self.come(client, "eva")

        assert not is_signed_in(client)

    def test_the_second_factor_is_still_asked_for(self, eva, client):
        TOTP.activate(eva, SECRET)

        half = self.come(client, "eva")

        assert half.url == "/konto/zweiter-faktor/authenticate/"
        assert not is_signed_in(client)

    @pytest.mark.parametrize("process", ["connect", "redirect"])
    def test_it_never_connects_to_an_account_that_is_open(self, process, eva, person, sign_in):
        client = sign_in("reviewer")

        self.come(client, "eva", process=process)

        assert not SocialAccount.objects.exists()
        assert client.session["_auth_user_id"] == str(eva.pk)

    def test_an_answer_nobody_asked_for_is_refused(self, eva, client):
        other = Client()
        there = other.get("/konto/oidc/sso/login/")
        back = requests.post(there.url, data={"sub": "eva"}, allow_redirects=False, timeout=10)

        response = client.get(re.sub(r"^http://testserver", "", back.headers["Location"]))

        assert response.status_code == 401
        assert "nicht gelungen" in response.content.decode()
        assert not is_signed_in(client)

    def test_signing_in_can_be_broken_off_over_there(self, db, client):
        there = client.get("/konto/oidc/sso/login/")
        back = requests.post(there.url, data={"action": "deny"}, allow_redirects=False, timeout=10)
        (state,) = parse_qs(urlsplit(there.url).query)["state"]  # which this provider forgets when it says no

        response = client.get(
            re.sub(r"^http://testserver", "", back.headers["Location"]),
            {"error": "access_denied", "state": state},
            follow=True,
        )

        assert response.templates[0].name == "socialaccount/login_cancelled.html"

    def test_a_provider_that_is_away_is_a_clear_message(self, db, client, settings):
        settings.SOCIALACCOUNT_PROVIDERS = site.single_sign_on(
            "http://localhost:9", "charta", "geheim", "Rathaus"
        )

        response = client.get("/konto/oidc/sso/login/")

        assert response.status_code == 503
        assert "nicht gelungen" in response.content.decode()


def test_without_a_provider_there_is_no_single_sign_on(db, client):
    assert site.single_sign_on("", "", "", "") == {}
    assert client.get("/konto/oidc/sso/login/").status_code == 404
    assert "Anmelden mit" not in client.get("/konto/login/").content.decode()


def test_half_a_provider_stops_the_start():
    with pytest.raises(ImproperlyConfigured, match="OIDC_CLIENT_ID"):
        site.single_sign_on("https://sso.example", "", "", "")


def test_security_txt_names_the_operator(client, settings, db):
    settings.OPERATOR = {**site.OPERATOR, "email": "sicherheit@musterstadt.example"}

    text = client.get("/.well-known/security.txt")

    assert text["Content-Type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in text.content.decode().splitlines())
    assert fields["Contact"] == "mailto:sicherheit@musterstadt.example"
    left = time.mktime(time.strptime(fields["Expires"], "%Y-%m-%dT%H:%M:%SZ")) - time.time()
    assert 170 * 86_400 < left < 365 * 86_400
    assert fields["Canonical"] == "http://testserver/.well-known/security.txt"


def test_the_name_in_the_header_leads_to_the_account(eva, town, sign_in):
    page = sign_in("officer").get("/konto/").content.decode()

    assert re.search(rf'<a href="/konto/"[^>]*>.*{eva.name}</a>', page)
    for link in (
        "/konto/password/change/",
        "/konto/zweiter-faktor/",
        "/konto/sitzungen/",
        f"/kommunen/{town.pk}/protokoll/",
    ):
        assert f'href="{link}"' in page


def test_pages_of_the_account_say_sie(eva, client):
    TOTP.activate(eva, SECRET)
    RecoveryCodes.activate(eva)
    half = enter(client, eva)
    pages = [client.get(half.url)]
    client.post(half.url, {"code": code(SECRET)})
    client.post(
        "/konto/zweiter-faktor/reauthenticate/",
        {"code": RecoveryCodes(eva.authenticator_set.get(type="recovery_codes")).get_unused_codes()[0]},
    )
    for path in (
        "", "zweiter-faktor/", "zweiter-faktor/totp/deactivate/", "zweiter-faktor/recovery-codes/",
        "zweiter-faktor/recovery-codes/generate/", "zweiter-faktor/webauthn/", "zweiter-faktor/webauthn/add/",
        "zweiter-faktor/reauthenticate/", "reauthenticate/", "sitzungen/", "password/change/", "oidc/abgebrochen/",
    ):  # fmt: skip
        pages.append(client.get(f"/konto/{path}"))

    for page in pages:
        assert page.status_code in {200, 401}, page.request["PATH_INFO"]
        text = re.sub(r"<[^>]+>", " ", page.content.decode())
        assert not re.search(r"\b([Dd]u|[Dd]ein\w*|[Dd]ich|[Dd]ir|Security|Authenticat\w+)\b", text), (
            page.request["PATH_INFO"]
        )
