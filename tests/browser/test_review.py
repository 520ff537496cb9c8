"""The review as two people do it, each in a browser of their own: hand over, send back, mend, confirm, finalise."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from assessments.models import Assessment
from tests.browser.steps import main

pytestmark = pytest.mark.django_db(transaction=True)


def test_from_handing_over_to_final(open_page, assess, person, town, live_server):
    town.four_eyes = True
    town.save()
    assessment = assess(levels={"1.1-1": 2, "1.2-1": 3})
    person("reviewer")
    officer, reviewer = open_page("officer", java_script_enabled=False), open_page("reviewer")
    at = f"{live_server.url}/einschaetzungen/{assessment.pk}/"

    # the officer hands over
    officer.goto(f"{at}fragen/")
    main(officer).get_by_role("link", name="Zur Prüfung übergeben").click()
    main(officer).get_by_role("button", name="Zur Prüfung übergeben").click()
    expect(main(officer).get_by_text("Zur Prüfung übergeben.")).to_be_visible()

    # the reviewer finds it, confirms one answer by keyboard and sends the other back
    reviewer.goto(f"{live_server.url}/einschaetzungen/")
    main(reviewer).get_by_role("link", name="2 Antworten prüfen").click()
    main(reviewer).get_by_role("button", name="Bestätigen: 1.1-1").press("Enter")
    expect(main(reviewer).get_by_text("1 von 24 Antworten bestätigt").first).to_be_visible()
    assert reviewer.url.endswith("#frage-1.2-1")
    card = main(reviewer).locator("[id='frage-1.2-1']")
    card.locator("summary").filter(has_text="Zurückgeben").click()
    card.get_by_label("Was fehlt oder stimmt nicht?").fill("Welcher Beschluss?")
    card.get_by_role("button", name="Mit diesem Grund zurückgeben: 1.2-1").click()
    expect(card.get_by_text("Welcher Beschluss?")).to_be_visible()

    # the officer cannot finalise yet, finds the task and mends
    officer.goto(f"{at}abschliessen/")
    expect(main(officer).get_by_text("Abschließen geht noch nicht.")).to_be_visible()
    officer.goto(f"{live_server.url}/einschaetzungen/")
    main(officer).get_by_role("link", name="1.2-1").click()
    expect(main(officer).get_by_text("Welcher Beschluss?")).to_be_visible()
    main(officer).get_by_label("Welcher Beleg?").first.fill("Ratsbeschluss 12/2026")
    main(officer).get_by_role("button", name="Speichern", exact=True).click()
    expect(main(officer).get_by_text("Überarbeitet, noch nicht wieder geprüft.")).to_be_visible()

    # the reviewer confirms the new text, the officer finalises with a reason
    reviewer.goto(f"{at}pruefung/")
    expect(card.get_by_text("Ratsbeschluss 12/2026")).to_be_visible()
    card.get_by_role("button", name="Bestätigen: 1.2-1").click()
    expect(main(reviewer).get_by_text("2 von 24 Antworten bestätigt").first).to_be_visible()
    officer.goto(f"{at}abschliessen/")
    main(officer).get_by_label("Warum bleiben diese Punkte offen?").fill("Der Rest folgt im Herbst.")
    main(officer).get_by_role("button", name="Endgültig abschließen").click()
    expect(main(officer).get_by_text("Der Rest folgt im Herbst.").first).to_be_visible()

    record = Assessment.objects.get(pk=assessment.pk).record()
    assert record.criterion("1.2-1").answer.confirmed_by == "Prüfende Person"
    assert len(record.open_points) == 22
