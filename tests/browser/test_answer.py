"""The page of one answer as two people use it: asking, adding evidence, bringing an earlier text back."""

from __future__ import annotations

import pytest
from django.core import mail
from playwright.sync_api import expect

from assessments.models import Exhibit
from tests.browser.steps import main

pytestmark = pytest.mark.django_db(transaction=True)

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def test_asking_showing_evidence_and_bringing_a_text_back(
    open_page, assess, person, answer_of, audit, live_server, edition, settings, tmp_path
):
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    assessment = assess()
    for text in ("Der Beschluss liegt vor.", "Der Beschluss fehlt."):
        answer = answer_of(assessment, "1.1-1")
        answer.state, answer.level, answer.comment = "rated", 2, text
        answer.save_based_on(answer.version, person("contributor"))
    person("reviewer")
    questions = f"{live_server.url}/einschaetzungen/{assessment.pk}/fragen/1.1/"
    reviewer, officer = open_page("reviewer"), open_page("officer")

    reviewer.goto(questions)
    expect(main(reviewer).get_by_text("Zuletzt geändert von Contributor Musterstadt")).to_be_visible()
    officer.goto(questions)
    expect(
        officer.get_by_role("status").filter(has_text="Gerade auch hier: Reviewer Musterstadt")
    ).to_be_visible()

    officer.get_by_role("link", name="Kommentare · Belege · Verlauf zu 1.1-1").click()
    officer.get_by_label("Ihr Kommentar").fill("Genügt dieser Beleg?")
    officer.get_by_label("Reviewer Musterstadt").check()
    officer.get_by_role("button", name="Kommentar speichern").click()
    expect(main(officer).get_by_text("Genügt dieser Beleg?")).to_be_visible()
    assert [sent.to for sent in mail.outbox] == [[person("reviewer").email]]

    officer.locator("summary", has_text="Datei hinzufügen").click()
    officer.get_by_label("Datei", exact=True).set_input_files(
        {"name": "Beschluss.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    officer.get_by_role("button", name="Datei hinzufügen").click()
    expect(main(officer).get_by_role("link", name="Beschluss.pdf")).to_be_visible()
    officer.locator("summary", has_text="Link hinzufügen").click()
    officer.get_by_label("Bezeichnung").last.fill("Vorlage 112")
    officer.get_by_label("Adresse").fill("http://rat.musterstadt.example/112")
    officer.get_by_role("button", name="Link hinzufügen").click()
    expect(officer.get_by_role("alert")).to_contain_text("https://")
    audit(officer)
    officer.get_by_label("Adresse").fill("https://rat.musterstadt.example/112")
    officer.get_by_role("button", name="Link hinzufügen").click()
    expect(main(officer).get_by_role("link", name="Vorlage 112")).to_be_visible()

    reviewer.goto(f"{live_server.url}/einschaetzungen/")
    main(reviewer).get_by_role("link", name="Officer Musterstadt fragt Sie").click()
    with reviewer.expect_download() as download:
        reviewer.get_by_role("link", name="Beschluss.pdf").click()
    assert download.value.suggested_filename == "Beschluss.pdf"
    assert download.value.path().read_bytes() == PDF == Exhibit.objects.first().content()
    reviewer.get_by_role("button", name="Erledigt").click()
    expect(main(reviewer).get_by_text("bittet Sie")).to_have_count(0)

    officer.locator("summary", has_text="Fassung 1 ganz lesen").click()
    officer.get_by_role("button", name="Fassung 1 zurückholen").click()
    expect(main(officer).get_by_text("Fassung 1 ist zurückgeholt.")).to_be_visible()
    assert answer_of(assessment, "1.1-1").comment == "Der Beschluss liegt vor."
