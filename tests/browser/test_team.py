"""Coming into a team: invited by mail, an account made with the keyboard alone, the own clause answered."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from playwright.sync_api import expect

from tests.browser.steps import click_card, main
from tests.browser.test_keyboard import tab_to

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "ein-langes-Passwort-2026"


def test_invited_by_mail_one_answers_what_is_ones_own(
    open_page, assess, answer_of, audit, live_server, edition
):
    assessment = assess(in_charge=())
    officer, guest = open_page("officer"), open_page(None)

    officer.get_by_role("link", name="Team", exact=True).click()
    officer.get_by_role("link", name="Person einladen").click()
    officer.get_by_label("E-Mail-Adresse").fill("neu@musterstadt.example")
    officer.get_by_text("gleich zuteilen").click()
    officer.get_by_role("group", name=re.compile("^Leitlinie 2")).get_by_label(re.compile("^Alle 3")).check()
    officer.get_by_role("button", name="Einladung verschicken").click()
    expect(officer.get_by_text("Die Einladung an neu@musterstadt.example ist verschickt.")).to_be_visible()
    audit(officer)

    link = re.search(r"http\S+/einladung/\S+", mail.outbox[-1].body)[0]
    guest.goto(link)
    audit(guest)
    tab_to(guest, "Ihr Name")
    guest.keyboard.type("Nina Neu")
    for name in ("Passwort", "Passwort noch einmal"):
        tab_to(guest, name)
        guest.keyboard.type(PASSWORD)
    tab_to(guest, "Zugang anlegen und annehmen")
    guest.keyboard.press("Enter")
    expect(guest.get_by_role("heading", name="Meine Aufgaben")).to_be_visible()
    audit(guest)

    guest.get_by_role("link", name=re.compile("^2.1 ")).click()
    click_card(guest, "umgesetzt und verankert")
    guest.get_by_role("button", name="Speichern und weiter").click()
    expect(guest.get_by_role("heading", level=1)).to_contain_text("2.2 ")
    assert answer_of(assessment, "2.1-1").level == 3

    guest.goto(f"{live_server.url}/einschaetzungen/{assessment.pk}/fragen/1.1/")
    expect(guest.get_by_text("Dieser Abschnitt ist noch niemandem zugeteilt.")).to_be_visible()
    expect(main(guest).get_by_role("button", name=re.compile("^Speichern"))).to_have_count(0)
    guest.goto(link)
    expect(guest.get_by_role("heading", name="Dieser Link gilt nicht mehr")).to_be_visible()
    audit(guest)
