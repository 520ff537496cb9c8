"""Saving in a browser, as losses would happen: no connection, a slow server, a closed tab, a session that is over,
two people at once. Nothing typed gets lost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from assessments.models import Assessment
from tests.browser.steps import click_card, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Route

pytestmark = pytest.mark.django_db(transaction=True)

MINE, THEIRS = "Wir haben eine Strategie.", "Die Strategie gilt seit März."
SAVED = re.compile(r"^Gespeichert \d\d:\d\d$")
ON_THIS_DEVICE = "Text ist auf diesem Gerät gesichert"


@pytest.fixture
def question(assess, live_server) -> str:
    """The address of the first question of an untouched assessment."""
    return f"{live_server.url}{assess().get_absolute_url()}fragen/1.1/"


@pytest.fixture
def stored(answer_of) -> Any:
    """`stored()`: the answer to the first question as the database has it."""
    return lambda: answer_of(Assessment.objects.get(), "1.1-1")


def save(page: Page) -> None:
    page.get_by_role("button", name="Speichern", exact=True).click()


def comment(page: Page) -> Locator:
    return page.get_by_label("Erläuterung")


def state(page: Page) -> Locator:
    return page.get_by_role("status").and_(page.locator("[data-charta-save-state]"))


def kept(page: Page) -> list[str]:
    """What this browser keeps of what was typed."""
    return page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('charta-text:'))")


def both_wrote(open_page: Any, question: str) -> Page:
    """The contributor was quicker; the officer's page, which says so."""
    officer, contributor = open_page("officer"), open_page("contributor")
    officer.goto(question)
    contributor.goto(question)
    comment(contributor).fill(THEIRS)
    expect(state(contributor)).to_have_text(SAVED)
    expect(contributor.get_by_text("Zuletzt geändert von Contributor Musterstadt am")).to_be_visible()
    comment(officer).fill(MINE)
    officer.get_by_label("bis zum Jahr").fill("2029")
    expect(state(officer)).to_contain_text("Inzwischen hat jemand anderes gespeichert")
    return officer


@pytest.mark.parametrize(
    ("button", "result"), [("Meine Fassung speichern", MINE), ("Gespeicherte Fassung übernehmen", THEIRS)]
)
def test_two_people_answer_the_same_question(button, result, open_page, question, audit, stored, edition):
    page = both_wrote(open_page, question)

    expect(page.get_by_role("region", name="Ihre Fassung")).to_contain_text(MINE)
    theirs = page.get_by_role("region", name="Gespeicherte Fassung von Contributor Musterstadt")
    expect(theirs).to_contain_text(THEIRS)
    expect(comment(page)).to_have_value(MINE)
    assert stored().comment == THEIRS
    audit(page)

    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("region", name="Ihre Fassung")).to_have_count(0)
    expect(comment(page)).to_have_value(result)
    expect(state(page)).to_have_text(SAVED)
    texts = list(stored().history.order_by("history_id").values_list("comment", flat=True))
    assert texts == ([THEIRS, MINE] if result == MINE else [THEIRS])
    assert Assessment.objects.get().targets.get(clause__code="1.1").year == 2029
    assert kept(page) == []


def test_without_a_connection_the_text_waits_on_the_device(page, question, stored, edition):
    page.goto(question)
    page.keyboard.press("3")
    expect(state(page)).to_have_text(SAVED)
    page.context.set_offline(True)
    comment(page).fill(MINE)
    expect(state(page)).to_have_text(f"Keine Verbindung, {ON_THIS_DEVICE}")
    save(page)
    expect(comment(page)).to_have_value(MINE)

    page.context.set_offline(False)

    expect(state(page)).to_have_text(SAVED)
    assert (stored().level, stored().comment) == (3, MINE)
    assert kept(page) == []


def test_what_is_typed_during_a_slow_save_is_sent_after_it(page, question, stored, edition):
    page.goto(question)
    held: list[Route] = []
    page.route("**/speichern/", lambda route: held.append(route), times=1)  # noqa: PLW0108  # playwright marks what it is given
    comment(page).fill(MINE)
    with page.expect_request("**/speichern/"):
        comment(page).blur()
    comment(page).fill(f"{MINE} {THEIRS}")
    page.wait_for_timeout(2_000)  # longer than the pause after which it would be sent
    assert [stored().version, len(held)] == [0, 1]

    held[0].continue_()

    expect(state(page)).to_have_text(SAVED)
    expect(comment(page)).to_have_value(f"{MINE} {THEIRS}")
    texts = list(stored().history.order_by("version").values_list("comment", flat=True))
    assert texts == [MINE, f"{MINE} {THEIRS}"]


def test_a_server_that_starts_anew_while_it_saves(page, question, stored, edition):
    page.goto(question)
    page.context.clear_cookies(name="csrftoken")  # gone with its browser session, say: a new one is asked for

    def lose(route: Route) -> None:
        route.fetch()  # it arrives, and is stored
        route.abort("connectionreset")

    comment(page).fill(MINE)
    expect(state(page)).to_have_text(SAVED)
    page.route("**/speichern/", lambda route: route.abort("connectionrefused"), times=1)
    page.route("**/speichern/", lose, times=1)
    comment(page).fill(THEIRS)
    expect(state(page)).to_have_text(f"Der Server ist gerade nicht erreichbar, {ON_THIS_DEVICE}")
    expect(state(page)).to_have_text(SAVED)
    texts = list(stored().history.order_by("history_id").values_list("comment", flat=True))
    assert texts == [MINE, THEIRS]


def test_a_closed_tab_is_opened_again(page, question, stored, edition):
    page.goto(question)
    page.context.set_offline(True)
    click_card(page, "Trifft nicht zu")
    expect(state(page)).to_contain_text("„Warum trifft das nicht zu?“ fehlt noch")
    page.get_by_label("Warum trifft das nicht zu?").fill(MINE)
    page.close()

    again = page.context.new_page()
    again.context.set_offline(False)
    again.goto(question)

    expect(
        again.get_by_text(re.compile("Diese Eingaben vom .* waren noch nicht gespeichert"))
    ).to_be_visible()
    expect(again.get_by_label("Warum trifft das nicht zu?")).to_have_value(MINE)
    expect(state(again)).to_have_text(SAVED)
    assert (stored().state, stored().reason) == ("not_applicable", MINE)
    assert kept(again) == []


def test_leaving_at_once_loses_nothing(page, question, stored, edition):
    page.goto(question)
    comment(page).fill(MINE)

    page.get_by_role("link", name="Übersicht").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ihre Einschätzungen")
    page.goto(question)

    expect(comment(page)).to_have_value(MINE)
    assert stored().comment == MINE


def test_a_session_that_is_over_loses_nothing(page, question, credentials, stored, edition):
    page.goto(question)
    page.context.clear_cookies()
    comment(page).fill(MINE)
    expect(state(page)).to_contain_text(f"Ihre Anmeldung ist abgelaufen, {ON_THIS_DEVICE}")

    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Neu anmelden").click()
    sign_in(opened.value, *credentials("officer"))
    expect(comment(opened.value)).to_have_value(MINE)
    opened.value.close()
    page.bring_to_front()
    page.evaluate("dispatchEvent(new Event('focus'))")

    expect(state(page)).to_have_text(SAVED)
    assert (stored().comment, stored().history.count()) == (MINE, 1)


def test_texts_leave_the_device_with_their_author(page, question, credentials, person, edition):
    questions: list[str] = []
    page.on("dialog", lambda dialog: (questions.append(dialog.message), dialog.accept()))
    page.goto(question)
    click_card(page, "Trifft nicht zu")
    comment(page).fill(MINE)
    expect(state(page)).to_contain_text("fehlt noch")
    page.evaluate("localStorage.setItem('charta-text:0:/x/', '{}')")
    page.reload()
    expect(comment(page)).to_have_value(MINE)
    assert [key.split(":")[1] for key in kept(page)] == [str(person("officer").pk)]

    page.get_by_role("button", name="Abmelden").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Sie sind abgemeldet")
    assert kept(page) == []
    assert len(questions) == 1


def test_a_refused_page_keeps_what_was_typed(page, question, audit, edition):
    page.goto(question)
    page.keyboard.press("3")
    comment(page).fill("x" * 4_001)
    expect(state(page)).to_contain_text("„Erläuterung“ ist zu lang")

    save(page)

    expect(page.get_by_role("alert")).to_be_focused()
    expect(page).to_have_title(re.compile("^Fehler: "))
    expect(comment(page)).to_have_value("x" * 4_001)
    expect(page.get_by_role("radio", name="Stufe 3")).to_be_checked()
    audit(page)


def test_what_the_server_refuses_is_told_at_the_field(page, question, audit, edition):
    page.goto(question)
    year = page.get_by_label("bis zum Jahr")
    year.fill("1900")
    year.blur()

    expect(state(page)).to_contain_text("Bitte prüfen Sie Ihre Angaben")
    expect(year).to_have_accessible_description(re.compile("Das Jahr liegt vor dem Stichtag"))
    audit(page)
    year.fill("2030")
    expect(state(page)).to_have_text(SAVED)
    expect(year).not_to_have_attribute("aria-invalid", "true")


def test_handed_over_while_somebody_typed(page, question, audit, person, edition):
    page.goto(question)
    Assessment.objects.get().hand_over(person("officer"))
    comment(page).fill(MINE)
    expect(state(page)).to_contain_text("Die Einschätzung wird geprüft")

    save(page)

    expect(page.get_by_role("heading", level=1)).to_contain_text("Nicht gespeichert")
    expect(page.get_by_text(MINE)).to_be_visible()
    audit(page)

    page.goto(question)
    expect(page.get_by_role("status").filter(has_text="wurden nicht gespeichert")).to_contain_text(MINE)
    audit(page)

    Assessment.objects.get().finalise(person("officer"), "Ohne Antworten")
    page.goto(question)
    expect(page.get_by_role("region", name="Noch auf diesem Gerät")).to_contain_text(MINE)
    audit(page)


def test_without_javascript_a_reload_sends_what_did_not_arrive(open_page, question, stored, edition):
    page = open_page("officer", java_script_enabled=False)
    page.goto(question)
    comment(page).fill(MINE)
    page.context.set_offline(True)
    save(page)
    page.wait_for_url("chrome-error://**")

    page.context.set_offline(False)
    page.reload()

    expect(page.get_by_text("Gespeichert: ")).to_be_visible()
    assert stored().comment == MINE


def test_a_save_is_one_request(page, question, stored, edition):
    page.goto(question)
    asked: list[tuple[str, str]] = []
    beside = re.compile(r"/static/|/anwesend/$")  # and saying twice a minute who is here
    page.on("request", lambda r: None if beside.search(r.url) else asked.append((r.method, r.url)))
    page.keyboard.press("3")
    comment(page).fill(MINE)

    page.get_by_role("button", name="Speichern und weiter").click()
    page.wait_for_url("**/1.2/")
    page.wait_for_load_state("networkidle")

    to_save = question.replace("fragen/1.1/", "antworten/1.1-1/speichern/")
    assert asked == [("POST", to_save)] * stored().version + [("GET", question.replace("1.1", "1.2"))]
