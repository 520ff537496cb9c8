"""The whole main job as a person does it: sign in, answer the 24 questions, see the gaps, finalise, hold the PDF."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import expect

from assessments.models import Answer, Assessment, Report
from assessments.tasks import print_report
from tests.browser.steps import click_card, main, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.django_db(transaction=True)

LONG_WAY = "Weiter, wo Sie aufgehört haben"


def be_at(page: Page, clause: Any) -> None:
    """Wait for the page of this clause, and for its script where there is one."""
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{clause.code} {clause.title}")
    page.wait_for_load_state()


def choose(page: Page, level: int, *, script: bool) -> None:
    """By the number key; without JavaScript by a click on the card."""
    if script:
        page.keyboard.press(str(level))
    else:
        click_card(page, f"Stufe {level}")
    expect(page.get_by_role("radio", name=f"Stufe {level}")).to_be_checked()


def save_and_go_on(page: Page) -> None:
    main(page).get_by_role("button", name=re.compile("^Speichern und (weiter|zur Liste)")).click()


def figure(page: Page, label: str) -> Locator:
    tile = page.locator(".charta-figure").filter(has=page.get_by_text(label, exact=True))
    return tile.locator(".charta-figure__number")


def pdf_of(page: Page) -> bytes:
    """The PDF behind the page's link, fetched with the session of this browser."""
    address = main(page).get_by_role("link", name=re.compile("PDF")).first.get_attribute("href")
    response = page.request.get(urljoin(page.url, address), timeout=60_000)
    assert (response.status, response.headers["content-type"]) == (200, "application/pdf")
    return response.body()


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_the_main_job(script, open_page, credentials, edition):
    clauses = list(edition.clauses.all())
    page = open_page(None, java_script_enabled=script)

    # sign in and begin
    sign_in(page, *credentials("officer"))
    main(page).get_by_role("link", name="Neue Einschätzung beginnen").click()
    page.get_by_label("Stichtag").fill("2026-06-30")
    main(page).get_by_role("button", name="Einschätzung anlegen").click()
    main(page).get_by_role("link", name="Mit der ersten Frage beginnen").click()

    # the first five in order, with everything one can say about them
    be_at(page, clauses[0])
    choose(page, 3, script=script)
    page.get_by_label("Erläuterung").fill("Der Rat hat es am 3. Mai beschlossen.\nEinstimmig.")
    page.get_by_label("Beleg", exact=True).select_option(label="Dokument")
    page.get_by_label("Welcher Beleg?").fill("Ratsbeschluss 2026/17")
    save_and_go_on(page)

    be_at(page, clauses[1])
    click_card(page, "Trifft nicht zu")
    page.get_by_label("Warum trifft das nicht zu?").fill("Das gibt es in Musterstadt nicht.")
    save_and_go_on(page)

    be_at(page, clauses[2])
    click_card(page, "Andere Ebene zuständig")
    page.get_by_label("Wer ist zuständig?").fill("Musterkreis")
    page.get_by_label("Was fordern Sie von dort?").fill("Der Kreis soll seine Daten offenlegen.")
    save_and_go_on(page)

    be_at(page, clauses[3])
    choose(page, 3, script=script)
    page.get_by_label("Ziel", exact=True).select_option(label="Stufe 4")
    page.get_by_label("bis zum Jahr").fill("2028")
    save_and_go_on(page)

    be_at(page, clauses[4])
    choose(page, 3, script=script)
    save_and_go_on(page)

    # a jump by the task list, home, and on where one stopped
    be_at(page, clauses[5])
    page.get_by_role("complementary").get_by_role("link", name=clauses[12].title).click()
    be_at(page, clauses[12])
    choose(page, 2, script=script)
    save_and_go_on(page)
    be_at(page, clauses[13])
    page.get_by_role("link", name="Übersicht").first.click()
    expect(main(page).get_by_text("6 von 24 Fragen beantwortet")).to_be_visible()
    main(page).get_by_role("link", name=LONG_WAY).click()

    for clause in clauses[13:]:
        be_at(page, clause)
        choose(page, 2, script=script)
        save_and_go_on(page)
    expect(main(page).get_by_text("17 von 24 Fragen beantwortet")).to_be_visible()
    main(page).get_by_role("link", name=LONG_WAY).click()
    for clause in clauses[5:12]:
        be_at(page, clause)
        choose(page, 3, script=script)
        save_and_go_on(page)

    # the result: ten principles on level 3, twelve recommendations on level 2
    be_at(page, clauses[12])
    page.get_by_role("link", name="Einschätzung 20").first.click()
    main(page).get_by_role("link", name="Alles beantwortet: Ergebnis ansehen").click()
    expect(figure(page, "Leitlinienindex")).to_have_text("3,0 von 4")
    expect(figure(page, "Umsetzungsindex")).to_have_text("2,0 von 4")
    expect(figure(page, "Fragen beantwortet")).to_have_text(re.compile("^100\\s%$"))
    expect(page.get_by_role("region", name="Forderungen an andere")).to_contain_text("seine Daten offenlegen")
    expect(page.get_by_role("region", name="Was nicht zutrifft")).to_contain_text("in Musterstadt nicht")
    assert pdf_of(page).startswith(b"%PDF-1.7")

    # final: nothing can be changed any more
    main(page).get_by_role("link", name="Einschätzung abschließen").click()
    main(page).get_by_role("button", name="Endgültig abschließen").click()
    expect(main(page).get_by_text("abgeschlossen am").first).to_be_visible()
    expect(main(page).get_by_role("link", name="Fragen beantworten")).to_have_count(0)
    results = page.url
    page.goto(f"{results}fragen/1.1/")
    expect(page).to_have_url(results)
    expect(main(page).get_by_role("textbox").or_(main(page).get_by_role("radio"))).to_have_count(0)
    print_report.call(Report.objects.get(kind="council").pk)  # the background's part
    final = pdf_of(page)
    assert final.startswith(b"%PDF-1.7")

    # a council member sees the same
    council = open_page("council", java_script_enabled=script)
    main(council).get_by_role("link", name="Ergebnis ansehen").click()
    expect(figure(council, "Leitlinienindex")).to_have_text("3,0 von 4")
    assert pdf_of(council) == final

    # and what was typed is what is stored
    assessment = Assessment.objects.get()
    first = assessment.answers.get(criterion__code="1.1-1")
    assert first.comment == "Der Rat hat es am 3. Mai beschlossen.\nEinstimmig."
    assert (first.evidence, first.evidence_grade) == ("Ratsbeschluss 2026/17", Answer.EvidenceGrade.DOCUMENT)
    target = assessment.targets.get(clause=clauses[3])
    assert (target.level, target.year) == (4, 2028)
