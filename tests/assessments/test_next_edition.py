"""The whole way into a new edition of the Charter: what comes along, what is asked anew, what stays as it was."""

from __future__ import annotations

import re

import pytest

from assessments.models import Answer, Assessment
from guidelines.models import Criterion, Edition
from guidelines.publishing import copy, publish
from tests.pages import form_data


@pytest.fixture
def newer(edition: Edition) -> Edition:
    """The edition 2027: of 2021's criteria 1.1-1 has another level 2, c-3 is gone, and 2.3-4 has come."""
    draft = copy(edition, "2027")
    criteria = Criterion.objects.filter(clause__edition=draft)
    changed = criteria.get(code="1.1-1")
    changed.level_2 = "Die fünf teuersten laufenden Digitalvorhaben sind schriftlich geprüft."
    changed.save()
    criteria.get(code="c-3").delete()
    added = criteria.get(code="2.3-3")
    ideals = list(added.ideals.all())
    added.pk, added._state.adding = None, True
    added.code, added.position, added.short_title = "2.3-4", 4, "Ganz neue Frage"
    added.save()
    added.ideals.set(ideals)
    return publish(draft)


def compared(page: str) -> list[str]:
    """The clauses in the table "Vorher und jetzt"."""
    table = page.partition("<caption>Vorher und jetzt</caption>")[2].partition("</table>")[0]
    return re.findall(r'<th scope="row">(\S+) ', table)


def test_from_a_final_assessment_into_a_new_edition(assess, edition, request, sign_in):
    old = assess(levels=2, form="full", final=True, year=2026)
    officer = sign_in("officer")
    record, page = old.frozen.body, officer.get(old.get_absolute_url()).content
    request.getfixturevalue("newer")

    # A new assessment uses the new edition and takes over what is asked as before
    start = officer.get("/einschaetzungen/neu/")
    assert "Smart City Charta 2027" in start.content.decode()
    officer.post("/einschaetzungen/neu/", form_data(start, "take_over") | {"form": "full"})
    new = Assessment.objects.order_by("pk").last()
    answers = {answer.criterion.code: answer for answer in new.answers.select_related("criterion")}
    assert (new.edition.code, new.predecessor) == ("2027", old)
    assert len(answers) == 72
    assert "c-3" not in answers
    untouched = {code for code, answer in answers.items() if answer.state == Answer.State.OPEN}
    assert untouched == {"1.1-1", "2.3-4"}
    taken = [answer for code, answer in answers.items() if code not in untouched]
    assert all(answer.level == 2 and answer.needs_confirmation for answer in taken)

    # The list names what is new or changed, the question what waits for confirmation
    questions = officer.get(f"/einschaetzungen/{new.pk}/fragen/").content.decode()
    assert "2 Fragen" in questions
    assert "1.1-1 Kein Schaden für Nachhaltigkeitsziele</a>: geändert" in questions
    assert "2.3-4 Ganz neue Frage</a>: neu" in questions
    assert "zu bestätigen" in questions
    first = officer.get(f"/einschaetzungen/{new.pk}/fragen/1.1/").content.decode()
    assert first.count("Übernommen aus der letzten Einschätzung") == 3

    # Progress speaks only of clauses that ask the same in both, and says so
    for code in ("1.1", "1.2", "2.3", "c"):
        address = f"/einschaetzungen/{new.pk}/fragen/{code}/"
        assert officer.post(address, form_data(officer.get(address), "version")).status_code == 302
    assert new.answers.filter(state=Answer.State.RATED, needs_confirmation=False).count() == 3 + 3 + 3 + 2
    result = officer.get(new.get_absolute_url()).content.decode()
    assert "Die Ausgaben der Charta unterscheiden sich. Nebeneinander steht nur" in result
    assert compared(result) == ["1.2"]
    assert "<strong>andere Fragen gestellt:</strong> 1.1&nbsp;" in result

    # The old assessment stays as it was
    unchanged = Assessment.objects.get(pk=old.pk)
    assert unchanged.edition == edition
    assert unchanged.frozen.body == record
    nonce = re.compile(rb'(nonce|csrfmiddlewaretoken" value)="[^"]*"')
    assert nonce.sub(b"", officer.get(old.get_absolute_url()).content) == nonce.sub(b"", page)
