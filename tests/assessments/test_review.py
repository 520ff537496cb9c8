"""The review as people see it: handing over, confirming, sending back, mending, and who hears of it."""

from __future__ import annotations

import re

import pytest

from assessments.models import Answer, Assessment, Seen, Verdict
from tests.assessments.test_questionnaire import as_filled_in

SEEN = re.compile(r'name="(frage-[\w.-]+-seen)" value="([\d-]+)"')


def path(assessment: Assessment, step: str = "pruefung/") -> str:
    """Where the assessment is reviewed, or another step of it."""
    return f"/einschaetzungen/{assessment.pk}/{step}"


def shown(client, assessment) -> dict[str, str]:
    """What the review page sends along, whichever button is pressed."""
    return dict(SEEN.findall(client.get(path(assessment)).content.decode()))


def stands(assessment) -> dict[str, str]:
    """The review of every answer that has one, by code."""
    answers = assessment.answers.exclude(verdict=None).select_related("criterion", "verdict")
    return {answer.criterion.code: answer.review.value for answer in answers}


@pytest.fixture
def review(assess) -> Assessment:
    """Three answers, all by the officer, handed over."""
    return assess(levels={"1.1-1": 2, "1.2-1": 3, "1.3-1": 1}, review=True)


# Handing over


def test_handing_over_tells_the_reviewers_and_nobody_else(assess, sign_in, person, mailoutbox):
    person("reviewer"), person("contributor"), person("council")
    assessment = assess(levels=2, title="Einschätzung der Stadt")

    response = sign_in("officer").post(path(assessment, "uebergeben/"), follow=True)

    assert "Zur Prüfung übergeben." in response.content.decode()
    assert [mail.to for mail in mailoutbox] == [["reviewer@musterstadt.example"]]
    assert mailoutbox[0].subject == "Zu prüfen: Einschätzung der Stadt"
    assert f"http://testserver/einschaetzungen/{assessment.pk}/pruefung/" in mailoutbox[0].body


def test_a_mail_server_that_is_away_keeps_nobody_from_handing_over(assess, sign_in, person, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    person("reviewer")
    assessment = assess(levels=2)

    response = sign_in("officer").post(path(assessment, "uebergeben/"))

    assert response.status_code == 302
    assert Assessment.objects.get(pk=assessment.pk).is_in_review


def test_back_in_the_draft_everybody_reads_why(review, sign_in, mailoutbox):
    response = sign_in("reviewer").post(
        path(review, "pruefung/zurueck/"), {"reason": "Abschnitt 3 fehlt"}, follow=True
    )

    assert "Abschnitt 3 fehlt" in response.content.decode()
    assert "Abschnitt 3 fehlt" in sign_in("contributor").get(path(review, "fragen/")).content.decode()
    assert [mail.to for mail in mailoutbox] == [["officer@musterstadt.example"]]
    assert "Abschnitt 3 fehlt" in mailoutbox[0].body


@pytest.mark.parametrize("reason", ["", "   ", "a" * 4_001, "Null\x01zeichen"])
def test_without_a_proper_reason_it_stays_in_review(reason, review, sign_in):
    response = sign_in("reviewer").post(path(review, "pruefung/zurueck/"), {"reason": reason})

    assert response.status_code == 422
    assert Assessment.objects.get(pk=review.pk).is_in_review


# Judging


def test_the_page_shows_every_answer_with_its_words(review, sign_in, person, answer_of):
    answer = answer_of(review, "1.2-1")
    Verdict.objects.give("returned", [Seen(answer.pk, 1, None)], person("reviewer"), "Beleg?")
    answer.refresh_from_db()
    answer.comment, answer.evidence = "Seit Mai in Kraft", "Beschluss 12/2026"
    answer.save_based_on(1, person("officer"))

    html = sign_in("reviewer").get(path(review)).content.decode()

    assert "0 von 24 Antworten bestätigt" in html
    assert "3 zu prüfen" in html
    assert "21 nicht beantwortet" in html
    assert answer.criterion.levels[3] in html
    assert "Seit Mai in Kraft" in html
    assert "Beschluss 12/2026" in html
    assert "überarbeitet, zu prüfen" in html


def test_one_answer_is_confirmed_and_the_page_goes_on_with_the_next(review, sign_in):
    client = sign_in("reviewer")

    response = client.post(path(review), shown(client, review) | {"confirm": "1.1-1"})

    assert response.headers["Location"] == f"{path(review)}#frage-1.2-1"
    assert stands(review) == {"1.1-1": "confirmed"}


def test_an_answer_goes_back_with_a_reason_and_who_gave_it_hears_of_it(
    review, sign_in, person, answer_of, mailoutbox
):
    client = sign_in("reviewer")

    client.post(
        path(review), shown(client, review) | {"return": "1.2-1", "frage-1.2-1-reason": "Beleg fehlt"}
    )

    assert stands(review) == {"1.2-1": "returned"}
    assert [mail.to for mail in mailoutbox] == [["officer@musterstadt.example"]]
    assert "Beleg fehlt" in mailoutbox[0].body
    assert "Beleg fehlt" in sign_in("officer").get(path(review, "fragen/1.2/")).content.decode()
    assert "zurückgegeben" in sign_in("officer").get(path(review, "fragen/")).content.decode()


def test_an_answer_does_not_go_back_without_a_reason(review, sign_in):
    client = sign_in("reviewer")

    response = client.post(
        path(review), shown(client, review) | {"return": "1.2-1", "frage-1.2-1-reason": " "}
    )

    assert response.status_code == 422
    assert "Bitte schreiben Sie, was fehlt oder nicht stimmt." in response.content.decode()
    assert stands(review) == {}


@pytest.mark.parametrize(
    ("pressed", "verdicts"),
    [
        ({"confirm": "1.1-1"}, {"1.1-1": "confirmed"}),
        ({"return": "1.1-1", "frage-1.1-1-reason": "Beleg fehlt"}, {"1.1-1": "returned"}),
    ],
)
def test_a_reason_typed_for_another_answer_stays_in_its_field(pressed, verdicts, assess, sign_in):
    review = assess(form="full", levels=2, review=True)
    client = sign_in("reviewer")
    typed = {"frage-1.1-2-reason": "Seit wann gilt das?"}

    page = client.post(path(review), shown(client, review) | typed | pressed).content.decode()

    assert stands(review) == verdicts
    assert "Noch nicht abgeschickt, aber noch in seinem Feld: Ihr Grund zu 1.1-2." in page
    assert "Seit wann gilt das?</textarea>" in page
    assert "nicht gespeichert" not in page


def test_a_section_is_confirmed_at_once_but_not_what_was_sent_back(assess, sign_in, person, answer_of):
    assessment = assess(form="full", levels=2, review=True)
    answer = answer_of(assessment, "1.1-2")
    Verdict.objects.give("returned", [Seen(answer.pk, 1, None)], person("reviewer"), "Beleg fehlt")
    client = sign_in("reviewer")

    client.post(path(assessment), shown(client, assessment) | {"confirm_all": "1.1"})

    found = stands(assessment)
    asked = assessment.answers.filter(criterion__clause__code="1.1").count()
    assert found.pop("1.1-2") == "returned"
    assert set(found.values()) == {"confirmed"}
    assert len(found) == asked - 1


def test_a_button_pressed_twice_is_one_verdict(review, sign_in):
    client = sign_in("reviewer")
    sent = shown(client, review) | {"confirm": "1.1-1"}

    first, second = client.post(path(review), sent), client.post(path(review), sent)

    assert first.status_code == second.status_code == 302
    assert Verdict.objects.count() == 1


def test_a_verdict_on_words_that_have_changed_is_refused(review, sign_in, person, answer_of):
    client = sign_in("reviewer")
    answer = answer_of(review, "1.1-1")
    Verdict.objects.give("returned", [Seen(answer.pk, 1, None)], person("reviewer"), "Beleg fehlt")
    sent = shown(client, review) | {"confirm": "1.1-1"}
    answer.refresh_from_db()
    answer.comment = "ganz anders"
    answer.save_based_on(1, person("officer"))

    response = client.post(path(review), sent)

    assert response.status_code == 409
    assert "inzwischen geändert oder von jemand anderem geprüft wurde: 1.1-1" in response.content.decode()
    assert "ganz anders" in response.content.decode()
    assert stands(review) == {"1.1-1": "mended"}


def test_a_verdict_that_passes_over_another_ones_is_refused(review, sign_in, person, answer_of):
    client = sign_in("officer")
    answer = answer_of(review, "1.1-1")
    sent = shown(client, review) | {"return": "1.1-1", "frage-1.1-1-reason": "Ich sehe das anders"}
    Verdict.objects.give("confirmed", [Seen(answer.pk, 1, None)], person("reviewer"))

    response = client.post(path(review), sent)

    assert response.status_code == 409
    assert stands(review) == {"1.1-1": "confirmed"}


def test_nobody_confirms_their_own_answer(review, sign_in):
    client = sign_in("officer")

    page = client.get(path(review)).content.decode()
    response = client.post(path(review), shown(client, review) | {"confirm": "1.1-1"})

    assert 'name="confirm" value="1.1-1"' not in page
    assert "Bestätigen kann sie nur eine andere Person." in page
    assert response.status_code == 409
    assert stands(review) == {}


def test_an_officer_confirms_what_a_colleague_answered(assess, sign_in, person, answer_of):
    assessment = assess()
    answer = answer_of(assessment, "1.1-1")
    answer.state, answer.level = Answer.State.RATED, 2
    answer.save_based_on(0, person("contributor"))
    assessment.hand_over(person("officer"))
    client = sign_in("officer")

    client.post(path(assessment), shown(client, assessment) | {"confirm": "1.1-1"})

    assert stands(assessment) == {"1.1-1": "confirmed"}


@pytest.mark.parametrize(
    "sent",
    [
        {"confirm": "9.9-9"},
        {"confirm": "\x00"},
        {"confirm_all": "1.1", "frage-1.1-1-seen": "1"},
        {"confirm": "1.1-1", "frage-1.1-1-seen": "99999999999-1"},
        {"confirm": "1.1-1", "frage-1.1-1-seen": "1-" + "9" * 40},
        {"return": ["1.1-1", "1.2-1"]},
    ],
)
def test_what_no_browser_sends_is_refused(sent, review, sign_in):
    response = sign_in("reviewer").post(path(review), sent)

    assert response.status_code == 422
    assert not Verdict.objects.exists()


def test_a_reason_that_comes_after_somebody_elses_verdict_stays_in_its_field(
    review, sign_in, person, answer_of
):
    client = sign_in("officer")
    sent = shown(client, review) | {"return": "1.1-1", "frage-1.1-1-reason": "Ich sehe das anders"}
    Verdict.objects.give("confirmed", [Seen(answer_of(review, "1.1-1").pk, 1, None)], person("reviewer"))

    page = client.post(path(review), sent).content.decode()

    assert "Ich sehe das anders</textarea>" in page


def test_a_reason_for_what_another_sent_back_first_is_shown(review, sign_in, person, answer_of):
    client = sign_in("officer")
    sent = shown(client, review) | {"return": "1.1-1", "frage-1.1-1-reason": "Ich sehe das anders"}
    Verdict.objects.give(
        "returned", [Seen(answer_of(review, "1.1-1").pk, 1, None)], person("reviewer"), "Nein"
    )

    page = client.post(path(review), sent).content.decode()

    assert 'Ihr Grund, nicht gespeichert:</strong> <span class="charta-pre">Ich sehe das anders' in page


@pytest.mark.parametrize(
    ("moved", "heading"),
    [("finalise", "ist abgeschlossen"), ("take_back", "ist wieder ein Entwurf")],
)
@pytest.mark.parametrize(
    ("step", "sent"),
    [
        ("pruefung/zurueck/", {"reason": "Abschnitt 3 fehlt"}),
        ("pruefung/", {"return": "1.1-1", "frage-1.1-1-reason": "Abschnitt 3 fehlt"}),
    ],
)
def test_a_reason_typed_while_it_moved_on_is_shown(review, sign_in, person, step, sent, moved, heading):
    if moved == "finalise":
        review.finalise(person("officer"))
    else:
        review.take_back(person("officer"), "Versehen")

    response = sign_in("reviewer").post(path(review, step), sent)

    assert response.status_code == 409
    assert f"Nicht gespeichert: Die Einschätzung {heading}" in response.content.decode()
    assert "Abschnitt 3 fehlt" in response.content.decode()


# Mending


def test_under_review_a_page_that_was_open_saves_nothing_and_loses_no_text(
    assess, sign_in, person, answer_of
):
    assessment, client = assess(levels={"1.1-1": 2}), sign_in("officer")
    opened = client.get(path(assessment, "fragen/1.1/"))
    assessment.hand_over(person("officer"))

    response = client.post(path(assessment, "fragen/1.1/"), as_filled_in(opened, comment="Noch ein Satz"))

    assert response.status_code == 409
    assert "Nicht gespeichert: Die Einschätzung wird geprüft" in response.content.decode()
    assert "Noch ein Satz" in response.content.decode()
    assert answer_of(assessment, "1.1-1").version == 1


def test_what_was_sent_back_is_mended_and_waits_again(review, sign_in, person, answer_of):
    answer = answer_of(review, "1.1-1")
    Verdict.objects.give("returned", [Seen(answer.pk, 1, None)], person("reviewer"), "Beleg fehlt")
    client = sign_in("officer")
    opened = client.get(path(review, "fragen/1.1/"))

    response = client.post(path(review, "fragen/1.1/"), as_filled_in(opened, evidence="Beschluss 7/2026"))

    assert response.status_code == 302
    assert answer_of(review, "1.1-1").evidence == "Beschluss 7/2026"
    assert stands(review) == {"1.1-1": "mended"}


def test_what_was_not_sent_back_offers_no_fields(review, sign_in):
    html = sign_in("officer").get(path(review, "fragen/1.1/")).content.decode()

    assert html.count("<fieldset") == len(re.findall(r"<fieldset[^>]* disabled", html))
    assert "data-charta-save-next" not in html


# Tasks


def test_a_reviewer_finds_the_review_among_the_tasks_until_all_is_judged(review, sign_in, person):
    client = sign_in("reviewer")

    assert "3 Antworten prüfen" in client.get("/einschaetzungen/").content.decode()

    answers = review.answers.exclude(state="open")
    seen = [Seen(answer.pk, answer.version, None) for answer in answers]
    Verdict.objects.give("confirmed", seen, person("reviewer"))
    assert "Antworten prüfen</a>" not in client.get("/einschaetzungen/").content.decode()


def test_what_was_sent_back_is_a_task_of_who_gave_it_and_of_the_officer(
    assess, sign_in, person, answer_of, other_town
):
    assessment = assess()
    answer = answer_of(assessment, "1.1-1")
    answer.state, answer.level = Answer.State.RATED, 2
    answer.save_based_on(0, person("contributor"))
    assessment.hand_over(person("officer"))
    Verdict.objects.give("returned", [Seen(answer.pk, 1, None)], person("reviewer"), "Beleg fehlt")

    def sees(client):
        return "zurückgegeben · " in client.get("/einschaetzungen/").content.decode()

    assert sees(sign_in("contributor"))
    assert sees(sign_in("officer"))
    assert not sees(sign_in("reviewer"))
    assert not sees(sign_in("officer", other_town))
    answer.refresh_from_db()
    answer.comment = "ergänzt"
    answer.save_based_on(1, person("contributor"))
    assert not sees(sign_in("contributor"))


# Cost


@pytest.mark.parametrize("form", ["short", "full"])
def test_the_page_takes_the_same_queries_however_many_answers(
    form, assess, sign_in, django_assert_num_queries
):
    assessment = assess(form=form, levels=2, review=True)
    client = sign_in("reviewer")

    # session, person, assessment, answers
    with django_assert_num_queries(4):
        client.get(path(assessment))


def test_confirming_a_section_takes_the_same_queries_as_confirming_one(
    assess, sign_in, django_assert_num_queries
):
    assessment = assess(form="full", levels=2, review=True)
    client = sign_in("reviewer")
    sent = shown(client, assessment)

    for button in ({"confirm": "1.1-1"}, {"confirm_all": "1.2"}):
        # session, person, assessment, answers; savepoint, answers to lock, verdicts, the answers' pointers, savepoint
        with django_assert_num_queries(9):
            client.post(path(assessment), sent | button)
