"""Saving in a browser: two people at once, a lost connection, leaving by mistake. Nothing typed gets lost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from assessments.models import Assessment
from tests.browser.steps import click_card, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Dialog, Page

pytestmark = pytest.mark.django_db(transaction=True)

MINE, THEIRS = "Wir haben eine Strategie.", "Die Strategie gilt seit März."


@pytest.fixture
def question(assess, live_server) -> str:
    """The address of the first question of an untouched assessment."""
    return f"{live_server.url}{assess().get_absolute_url()}fragen/1.1/"


def save(page: Page) -> None:
    page.get_by_role("button", name="Speichern", exact=True).click()


def comment(page: Page) -> Any:
    return page.get_by_label("Erläuterung")


def both_wrote(open_page: Any, question: str) -> Page:
    """The contributor was quicker; the officer's page, which says so."""
    officer, contributor = open_page("officer"), open_page("contributor")
    officer.goto(question)
    contributor.goto(question)
    comment(contributor).fill(THEIRS)
    save(contributor)
    expect(contributor.get_by_text("Gespeichert: ")).to_be_visible()
    comment(officer).fill(MINE)
    officer.get_by_label("bis zum Jahr").fill("2029")
    save(officer)
    expect(officer.get_by_role("heading", name="Inzwischen hat jemand anderes gespeichert")).to_be_visible()
    return officer


@pytest.mark.parametrize(
    ("button", "kept"), [("Meine Fassung speichern", MINE), ("Gespeicherte Fassung übernehmen", THEIRS)]
)
def test_two_people_answer_the_same_question(button, kept, open_page, question, audit, answer_of, edition):
    page = both_wrote(open_page, question)

    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("region", name="Ihre Fassung")).to_contain_text(MINE)
    expect(
        page.get_by_role("region", name="Gespeicherte Fassung von Contributor Musterstadt")
    ).to_contain_text(THEIRS)
    expect(comment(page)).to_have_value(MINE)
    expect(
        page.get_by_text("Was Sie sonst auf dieser Seite geändert haben, ist gespeichert.")
    ).to_be_visible()
    audit(page)

    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("region", name="Ihre Fassung")).to_have_count(0)
    expect(comment(page)).to_have_value(kept)
    answer = answer_of(Assessment.objects.get(), "1.1-1")
    texts = list(answer.history.order_by("history_id").values_list("comment", flat=True))
    assert answer.comment == kept
    assert texts[-1] == kept
    assert THEIRS in texts
    assert Assessment.objects.get().targets.get(clause__code="1.1").year == 2029


def test_a_refused_page_keeps_what_was_typed(page, question, audit, edition):
    page.goto(question)
    page.keyboard.press("3")
    comment(page).fill("x" * 4_001)

    save(page)

    expect(page.get_by_role("alert")).to_be_focused()
    expect(page).to_have_title(re.compile("^Fehler: "))
    expect(comment(page)).to_have_value("x" * 4_001)
    expect(page.get_by_role("radio", name="Stufe 3")).to_be_checked()
    audit(page)


def test_finalised_while_somebody_typed(page, question, audit, person, edition):
    page.goto(question)
    comment(page).fill(MINE)
    Assessment.objects.get().finalise(person("officer"))

    save(page)

    expect(page.get_by_role("heading", level=1)).to_contain_text("Nicht gespeichert")
    expect(page.get_by_text(MINE)).to_be_visible()
    audit(page)


def test_without_a_connection_the_text_stays(page, question, answer_of, edition):
    page.goto(question)
    page.keyboard.press("3")
    comment(page).fill(MINE)
    page.context.set_offline(True)
    save(page)
    expect(page.get_by_text("Keine Verbindung, noch nicht gespeichert.")).to_be_visible()
    expect(comment(page)).to_have_value(MINE)

    page.context.set_offline(False)
    save(page)

    expect(page.get_by_text("Gespeichert: ")).to_be_visible()
    answer = answer_of(Assessment.objects.get(), "1.1-1")
    assert (answer.level, answer.comment) == (3, MINE)


def test_what_did_not_arrive_comes_back(page, question, answer_of, edition):
    page.goto(question)
    click_card(page, "Trifft nicht zu")
    page.get_by_label("Warum trifft das nicht zu?").fill(MINE)
    page.route(question, lambda route: route.abort("connectionreset"), times=1)
    save(page)
    page.wait_for_url("chrome-error://**")

    page.goto(question)

    expect(page.get_by_text("Ihre letzten Eingaben sind nicht angekommen.")).to_be_visible()
    expect(page.get_by_label("Warum trifft das nicht zu?")).to_have_value(MINE)
    save(page)
    expect(page.get_by_text("Gespeichert: ")).to_be_visible()
    assert answer_of(Assessment.objects.get(), "1.1-1").reason == MINE


def test_an_expired_session_loses_nothing(page, question, credentials, answer_of, edition):
    page.goto(question)
    comment(page).fill(MINE)
    page.context.clear_cookies()

    save(page)
    page.goto(question)
    sign_in(page, *credentials("officer"))

    expect(comment(page)).to_have_value(MINE)
    save(page)
    expect(page.get_by_text("Gespeichert: ")).to_be_visible()
    assert answer_of(Assessment.objects.get(), "1.1-1").comment == MINE


def test_without_javascript_a_reload_sends_what_did_not_arrive(open_page, question, answer_of, edition):
    page = open_page("officer", java_script_enabled=False)
    page.goto(question)
    comment(page).fill(MINE)
    page.context.set_offline(True)
    save(page)
    page.wait_for_url("chrome-error://**")

    page.context.set_offline(False)
    page.reload()

    expect(page.get_by_text("Gespeichert: ")).to_be_visible()
    assert answer_of(Assessment.objects.get(), "1.1-1").comment == MINE


def test_what_was_saved_or_given_up_does_not_come_back(page, question, edition):
    page.goto(question)
    comment(page).fill(MINE)
    save(page)
    expect(page.get_by_text("Gespeichert: ")).to_be_visible()

    page.goto(question)

    expect(comment(page)).to_have_value(MINE)
    expect(page.get_by_text("Zuletzt gespeichert am")).to_be_visible()


def test_leaving_with_unsaved_changes_is_asked_about(page, question, edition):
    asked: list[str] = []
    decide = ["dismiss", "accept"]

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        getattr(dialog, decide.pop(0))()

    page.on("dialog", answer)
    page.goto(question)
    comment(page).fill(MINE)
    expect(page.get_by_text("Noch nicht gespeichert.")).to_be_visible()

    page.get_by_role("link", name="Übersicht").first.click(no_wait_after=True)
    expect(comment(page)).to_have_value(MINE)
    expect(page).to_have_url(question)
    page.get_by_role("link", name="Übersicht").first.click()
    expect(page).to_have_url(re.compile("/einschaetzungen/$"))

    assert asked == ["beforeunload", "beforeunload"]


def test_leaving_without_changes_is_not_asked_about(page, question, edition):
    asked: list[Dialog] = []
    page.on("dialog", lambda dialog: (asked.append(dialog), dialog.accept()))
    page.goto(question)
    comment(page).fill(MINE)
    save(page)
    expect(page.get_by_text("Gespeichert: ")).to_be_visible()

    page.get_by_role("link", name="Übersicht").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ihre Einschätzungen")

    assert asked == []


def test_a_save_is_one_request(page, question, edition):
    page.goto(question)
    page.keyboard.press("3")
    comment(page).fill(MINE)
    asked: list[tuple[str, str]] = []
    page.on("request", lambda r: asked.append((r.method, r.url)) if "/static/" not in r.url else None)

    page.get_by_role("button", name="Speichern und weiter").click()
    expect(page.get_by_text("Gespeichert: ")).to_be_visible()
    page.wait_for_load_state("networkidle")

    assert asked == [("POST", question), ("GET", question.replace("1.1", "1.2"))]
