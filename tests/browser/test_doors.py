"""Second factors and passkeys in a real browser, with a key that Chromium plays; and the pages of the account."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def visit(open_page: Any, credentials: Any, edition: Any, live_server: Any) -> Any:
    """`visit("officer")`: signed in through the page, with a key plugged in; `visit.home` is the site's address."""

    def go(role: str) -> Page:
        page = open_page(None)
        session = page.context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        sign_in(page, *credentials(role))
        return page

    go.home = live_server.url
    return go


def sign_in(page: Page, email: str, password: str) -> None:
    page.get_by_label("E-Mail").fill(email)
    page.get_by_label("Passwort", exact=True).fill(password)
    page.get_by_role("button", name="Anmelden", exact=True).click()


def confirm(page: Page, password: str) -> None:
    page.get_by_label("Passwort", exact=True).fill(password)
    page.get_by_role("button", name="Bestätigen").click()


def code(secret: str) -> str:
    counter = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    place = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[place : place + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def test_an_officer_of_a_strict_town_sets_up_an_app_and_goes_on(visit, town, audit):
    town.requires_second_factor = True
    town.save()

    page = visit("officer")
    expect(page.get_by_text("Bitte richten Sie jetzt einen zweiten Faktor ein.")).to_be_visible()
    audit(page)
    page.get_by_role("link", name="App einrichten").click()
    audit(page)
    confirm(page, PASSWORD)
    audit(page)
    page.get_by_label("Code aus der App").fill(code(page.locator("[data-charta-secret]").inner_text()))
    page.get_by_role("button", name="App einrichten").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Wiederherstellungs")
    audit(page)
    page.get_by_role("link", name="Fertig").click()
    audit(page)
    page.get_by_role("link", name="Weiter zur Übersicht").click()

    expect(page.get_by_role("heading", name="Ihre Einschätzungen")).to_be_visible()


def test_a_passkey_is_set_up_used_renamed_and_removed(visit, person, audit):
    page = visit("officer")
    page.goto(f"{visit.home}/konto/zweiter-faktor/webauthn/add/")
    confirm(page, PASSWORD)
    audit(page)
    page.get_by_label("Name").fill("Diensthandy")
    page.get_by_label("Auch ohne Passwort").check()
    page.get_by_role("button", name="Schlüssel hinzufügen").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Wiederherstellungs")

    # as a second factor
    page.get_by_role("button", name="Abmelden").click()
    page.goto(f"{visit.home}/konto/login/")
    sign_in(page, person("officer").email, PASSWORD)
    expect(page.get_by_role("heading", name="Zweiter Schritt")).to_be_visible()
    audit(page)
    page.get_by_role("button", name="Schlüssel verwenden").click()
    expect(page.get_by_role("heading", name="Ihre Einschätzungen")).to_be_visible()

    # alone
    page.get_by_role("button", name="Abmelden").click()
    page.goto(f"{visit.home}/konto/login/")
    page.get_by_role("button", name="Mit Passkey anmelden").click()
    expect(page.get_by_role("heading", name="Ihre Einschätzungen")).to_be_visible()

    # saying who one is once more, with the key
    page.goto(f"{visit.home}/konto/zweiter-faktor/webauthn/")
    audit(page)
    page.get_by_role("link", name="Umbenennen: Diensthandy").click()
    page.get_by_role("link", name="Mit einem Schlüssel").click()
    audit(page)
    page.get_by_role("button", name="Schlüssel verwenden").click()
    expect(page.get_by_role("heading", name="Schlüssel umbenennen")).to_be_visible()
    audit(page)
    page.get_by_label("Name").fill("Altes Handy")
    page.get_by_role("button", name="Namen speichern").click()
    page.get_by_role("link", name="Entfernen: Altes Handy").click()
    audit(page)
    page.get_by_role("button", name="Schlüssel entfernen").click()
    expect(page.get_by_text("Es ist noch kein Schlüssel eingerichtet.")).to_be_visible()


def test_a_key_that_does_not_fit_is_told_in_words(visit, audit):
    page = visit("officer")
    page.get_by_role("button", name="Abmelden").click()
    page.goto(f"{visit.home}/konto/login/")

    page.get_by_role("button", name="Mit Passkey anmelden").click()

    expect(page.get_by_role("alert")).to_contain_text("Der Schlüssel hat nicht geantwortet")
    audit(page)


def test_the_account_leads_everywhere(visit, audit):
    page = visit("officer")

    page.get_by_role("link", name="Ihr Konto").click()
    audit(page)
    page.get_by_role("link", name="Protokoll").click()
    expect(page.get_by_text("hat sich angemeldet")).to_be_visible()
    audit(page)
    page.go_back()
    page.get_by_role("link", name="Sitzungen").click()
    expect(page.get_by_text("diese Sitzung")).to_be_visible()
    audit(page)
    page.get_by_role("button", name="Alle anderen abmelden").click()
    expect(page.get_by_text("Alle anderen Sitzungen sind abgemeldet.")).to_be_visible()


def test_saving_without_the_second_factor_is_refused_in_words(visit, town, assess, audit):
    assessment = assess()
    page = visit("officer")
    page.goto(f"{visit.home}/einschaetzungen/{assessment.pk}/fragen/1.1/")
    town.requires_second_factor = True
    town.save()

    page.get_by_label("Erläuterung").fill("Beschluss vom 3. Mai")
    expect(page.get_by_text("verlangt von Ihnen einen zweiten Faktor")).to_be_visible()
    page.get_by_role("button", name="Speichern", exact=True).click()

    expect(page.get_by_role("heading", name="Zweiter Faktor fehlt")).to_be_visible()
    audit(page)
