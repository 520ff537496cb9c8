from __future__ import annotations

import re

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assessments.models import Answer, Target

QUESTION = "/einschaetzungen/{}/fragen/{}/"


def page(assessment, code="1.1"):
    """The address of a question page."""
    return QUESTION.format(assessment.pk, code)


def as_filled_in(response, **fields):
    """What a browser without JavaScript sends from this page, with these fields filled in.

    Names are written short: `choice`, `comment` … of the first question, `target_level` … of the target.
    """
    data = {}
    for form in response.context["forms"]:
        for field in form:
            value = form.based_on if field.name == "version" else field.value()
            if value is not None:
                data[field.html_name] = value
    first = response.context["forms"][0].prefix
    for name, value in fields.items():
        key = f"ziel-{name.removeprefix('target_')}" if name.startswith("target_") else f"{first}-{name}"
        data[key] = value
    return data


def submitted_buttons(response):
    """The submit buttons of the question form in their order, as (name, value)."""
    return re.findall(r'<button class="kern-btn[^>]* name="(\w+)" value="([^"]*)"', response.content.decode())


# Answering


def test_an_answer_is_saved_with_everything_that_was_typed(assess, sign_in, person, answer_of):
    assessment, client = assess(), sign_in("officer")
    opened = client.get(page(assessment))

    response = client.post(
        page(assessment),
        as_filled_in(opened, choice="3", comment="Läuft", evidence_grade="2", evidence="Beschluss 12/2026"),
    )

    answer = answer_of(assessment, "1.1-1")
    assert response.status_code == 302
    assert (answer.state, answer.level, answer.comment) == (Answer.State.RATED, 3, "Läuft")
    assert (answer.evidence_grade, answer.evidence) == (2, "Beschluss 12/2026")
    assert (answer.version, answer.changed_by) == (1, person("officer"))


def test_a_target_is_saved_with_its_weight(assess, sign_in):
    assessment, client = assess(), sign_in("contributor")
    opened = client.get(page(assessment))

    client.post(
        page(assessment),
        as_filled_in(
            opened, target_level="4", target_year="2028", target_importance="3", target_reason="Ratsziel"
        ),
    )

    target = assessment.targets.get(clause__code="1.1")
    assert (target.level, target.year, target.importance, target.reason) == (4, 2028, 3, "Ratsziel")


def test_every_question_of_a_clause_is_saved_at_once(assess, sign_in):
    assessment, client = assess(form="full"), sign_in("officer")
    opened = client.get(page(assessment))
    codes = [form.criterion.code for form in opened.context["answers"]]

    client.post(page(assessment), as_filled_in(opened) | {f"frage-{code}-choice": "2" for code in codes})

    assert len(codes) > 1
    assert set(assessment.answers.filter(criterion__clause__code="1.1").values_list("level", flat=True)) == {
        2
    }
    assert not assessment.answers.exclude(criterion__clause__code="1.1").exclude(state="open").exists()


@pytest.mark.parametrize("form", ["short", "full"])
def test_what_nobody_changed_is_not_written(form, assess, sign_in, answer_of):
    assessment, client = assess(form=form, levels={"1.1-1": 2}), sign_in("officer")
    opened = client.get(page(assessment))

    response = client.post(page(assessment), as_filled_in(opened))

    assert response.status_code == 302
    assert answer_of(assessment, "1.1-1").version == 1
    assert not Target.history.exists()
    assert Answer.history.count() == 1


def test_an_answer_is_taken_back_and_its_text_stays(assess, sign_in, answer_of):
    assessment, client = assess(), sign_in("officer")
    client.post(page(assessment), as_filled_in(client.get(page(assessment)), choice="3", comment="bleibt"))

    client.post(page(assessment), as_filled_in(client.get(page(assessment)), choice="open"))

    answer = answer_of(assessment, "1.1-1")
    assert (answer.state, answer.level, answer.comment) == (Answer.State.OPEN, None, "bleibt")


def test_the_page_tells_who_saved_last(assess, sign_in):
    assessment, client = assess(), sign_in("contributor")

    assert "Hier hat noch niemand etwas gespeichert." in client.get(page(assessment)).content.decode()

    client.post(page(assessment), as_filled_in(client.get(page(assessment)), choice="3"))

    assert "Contributor Musterstadt" in client.get(page(assessment)).content.decode()
    assert "Zuletzt gespeichert am" in client.get(page(assessment)).content.decode()


def test_saving_says_so_on_the_next_page(assess, sign_in):
    assessment, client = assess(), sign_in("officer")

    response = client.post(page(assessment), as_filled_in(client.get(page(assessment)), choice="3"))

    assert [str(message) for message in get_messages(response.wsgi_request)] == [
        f"Gespeichert: {assessment.edition.clauses.get(code='1.1')}"
    ]


# Going on


@pytest.mark.parametrize(
    ("code", "buttons"),
    [
        ("1.1", ["1.2", ""]),
        ("1.3", ["2.1", "", "1.2"]),
        ("4.3", ["a", "", "4.2"]),
        ("l", ["liste", "", "k"]),
    ],
)
def test_a_page_saves_and_goes_on_stays_or_goes_back(code, buttons, assess, sign_in):
    assessment, client = assess(), sign_in("officer")

    response = client.get(page(assessment, code))

    assert submitted_buttons(response) == [("then", value) for value in buttons]
    for value in buttons:
        moved = client.post(page(assessment, code), as_filled_in(response) | {"then": value})
        to_the_list = f"/einschaetzungen/{assessment.pk}/fragen/"
        assert moved["Location"] == (to_the_list if value == "liste" else page(assessment, value or code))


@pytest.mark.parametrize("then", ["../../", "//boese.example", "1.2/../..", "x" * 5_000, "\n", "ä"])
def test_a_button_leads_nowhere_else(then, assess, sign_in):
    assessment, client = assess(), sign_in("officer")

    response = client.post(page(assessment), as_filled_in(client.get(page(assessment))) | {"then": then})

    assert response["Location"] == page(assessment)


def test_the_page_says_where_one_is_and_shows_every_question(assess, sign_in):
    assessment = assess(levels={"1.1-1": 3, "a-1": 1})

    response = sign_in("officer").get(page(assessment, "2.2"))

    html = response.content.decode()
    assert "Frage 5 von 24" in html
    assert html.count('class="charta-step ') == 24
    assert "Leitlinie 1 <span>1 von 3</span>" in html
    assert "Handlungsempfehlungen <span>1 von 12</span>" in html
    assert '1.1<span class="kern-sr-only"> Digitalisierung in die Stadtentwicklung' in html


def test_the_browser_may_not_bring_old_texts_back_under_a_new_version(assess, sign_in):
    response = sign_in("officer").get(page(assess()))

    assert '<form method="post" novalidate autocomplete="off"' in response.content.decode()


# Two people at once


@pytest.fixture
def overtaken(assess, sign_in):
    """Both have opened the page; the contributor was quicker with level 1 and a comment."""
    assessment = assess()
    officer, contributor = sign_in("officer"), sign_in("contributor")
    opened = officer.get(page(assessment))
    contributor.post(
        page(assessment),
        as_filled_in(contributor.get(page(assessment)), choice="1", comment="Text vom Fachamt"),
    )
    return assessment, officer, opened


def test_a_stale_save_overwrites_nothing_and_shows_both_texts(overtaken, answer_of):
    assessment, officer, opened = overtaken

    response = officer.post(
        page(assessment), as_filled_in(opened, choice="4", comment="Text der Beauftragten")
    )

    html = response.content.decode()
    answer = answer_of(assessment, "1.1-1")
    assert response.status_code == 409
    assert (answer.level, answer.comment, answer.version) == (1, "Text vom Fachamt", 1)
    assert "Gespeicherte Fassung von Contributor Musterstadt" in html
    assert html.count("Text vom Fachamt") == 1
    assert html.count("Text der Beauftragten") == 2  # in the comparison and, still, in the field
    assert [
        (difference.label, difference.mine, difference.theirs)
        for difference in response.context["conflicts"][0].differences()
    ] == [
        ("Antwort", "Stufe 4 – überprüft und verbessert", "Stufe 1 – geplant"),
        ("Erläuterung", "Text der Beauftragten", "Text vom Fachamt"),
    ]


def test_the_enter_key_in_a_conflict_saves_ones_own_text(overtaken):
    assessment, officer, opened = overtaken

    response = officer.post(page(assessment), as_filled_in(opened, choice="4"))

    assert submitted_buttons(response)[0] == ("then", "")


def test_saving_again_is_a_decision_for_ones_own_text(overtaken, answer_of):
    assessment, officer, opened = overtaken
    conflict = officer.post(
        page(assessment), as_filled_in(opened, choice="4", comment="Text der Beauftragten")
    )

    response = officer.post(page(assessment), as_filled_in(conflict))

    answer = answer_of(assessment, "1.1-1")
    assert response.status_code == 302
    assert (answer.level, answer.comment, answer.version) == (4, "Text der Beauftragten", 2)


def test_the_stored_text_can_be_taken_over(overtaken, answer_of):
    assessment, officer, opened = overtaken
    conflict = officer.post(
        page(assessment), as_filled_in(opened, choice="4", comment="Text der Beauftragten")
    )
    take = submitted_buttons(conflict)[1]

    response = officer.post(page(assessment), as_filled_in(conflict) | dict([take]))

    answer = answer_of(assessment, "1.1-1")
    assert take == ("take", "frage-1.1-1")
    assert response["Location"] == page(assessment)
    assert (answer.level, answer.comment, answer.version) == (1, "Text vom Fachamt", 1)


def test_who_only_added_a_comment_sees_that_the_other_one_also_answered(overtaken, answer_of):
    assessment, officer, opened = overtaken

    conflict = officer.post(page(assessment), as_filled_in(opened, comment="Text der Beauftragten"))

    first = conflict.context["conflicts"][0]
    assert [difference.label for difference in first.differences()] == ["Antwort", "Erläuterung"]
    assert first.take_back.checked
    assert answer_of(assessment, "1.1-1").level == 1


def test_a_third_save_in_between_is_a_conflict_again(overtaken, sign_in, answer_of):
    assessment, officer, opened = overtaken
    conflict = officer.post(page(assessment), as_filled_in(opened, choice="4"))
    contributor = sign_in("contributor")
    contributor.post(page(assessment), as_filled_in(contributor.get(page(assessment)), choice="2"))

    response = officer.post(page(assessment), as_filled_in(conflict))

    assert response.status_code == 409
    assert answer_of(assessment, "1.1-1").level == 2


def test_who_changed_nothing_has_no_conflict(overtaken, answer_of):
    assessment, officer, opened = overtaken

    response = officer.post(page(assessment), as_filled_in(opened) | {"then": "1.2"})

    assert response["Location"] == page(assessment, "1.2")
    assert "Sie hatten hier nichts geändert." in officer.get(response["Location"]).content.decode()
    assert answer_of(assessment, "1.1-1").comment == "Text vom Fachamt"


def test_who_changed_nothing_of_an_answered_question_has_no_conflict(assess, sign_in, answer_of):
    assessment = assess(levels={"1.1-1": 2})
    officer, contributor = sign_in("officer"), sign_in("contributor")
    opened = officer.get(page(assessment))
    contributor.post(page(assessment), as_filled_in(contributor.get(page(assessment)), choice="3"))

    response = officer.post(page(assessment), as_filled_in(opened))

    assert response.status_code == 302
    assert answer_of(assessment, "1.1-1").level == 3


def test_who_typed_the_same_has_no_conflict(overtaken):
    assessment, officer, opened = overtaken

    response = officer.post(page(assessment), as_filled_in(opened, choice="1", comment="Text vom Fachamt"))

    assert response.status_code == 302


def test_a_conflict_in_the_answer_does_not_lose_the_target(overtaken):
    assessment, officer, opened = overtaken

    response = officer.post(page(assessment), as_filled_in(opened, choice="4", target_level="2"))

    assert response.status_code == 409
    assert "Was Sie sonst auf dieser Seite geändert haben, ist gespeichert." in response.content.decode()
    assert assessment.targets.get(clause__code="1.1").level == 2
    again = officer.post(page(assessment), as_filled_in(response, target_year="2030"))
    assert again.status_code == 302
    assert assessment.targets.get(clause__code="1.1").year == 2030


def test_a_conflict_in_the_target_does_not_lose_the_answer(assess, sign_in, answer_of):
    assessment = assess()
    officer, contributor = sign_in("officer"), sign_in("contributor")
    opened = officer.get(page(assessment))
    contributor.post(page(assessment), as_filled_in(contributor.get(page(assessment)), target_level="1"))

    response = officer.post(page(assessment), as_filled_in(opened, choice="4", target_level="2"))

    assert response.status_code == 409
    assert [form.prefix for form in response.context["conflicts"]] == ["ziel"]
    assert answer_of(assessment, "1.1-1").level == 4
    assert assessment.targets.get(clause__code="1.1").level == 1


def test_one_conflict_among_the_questions_of_a_clause_loses_none_of_the_others(assess, sign_in, answer_of):
    assessment = assess(form="full")
    officer, contributor = sign_in("officer"), sign_in("contributor")
    opened = officer.get(page(assessment))
    contributor.post(
        page(assessment), as_filled_in(contributor.get(page(assessment))) | {"frage-1.1-2-choice": "1"}
    )

    response = officer.post(
        page(assessment),
        as_filled_in(opened) | {f"frage-1.1-{number}-choice": "4" for number in (1, 2, 3)},
    )

    assert response.status_code == 409
    assert [form.prefix for form in response.context["conflicts"]] == ["frage-1.1-2"]
    assert [answer_of(assessment, f"1.1-{number}").level for number in (1, 2, 3)] == [4, 1, 4]
    assert Answer.history.count() == 3


def test_who_is_overtaken_between_reading_and_writing_has_a_conflict(assess, sign_in, person, answer_of):
    """The comparison is part of the write itself: a look at the version before it would not notice."""
    assessment, client = assess(), sign_in("officer")
    opened = client.get(page(assessment))

    def overtake(execute, sql, params, many, context):
        if sql.startswith("SAVEPOINT") and not overtaken:
            overtaken.append(True)
            answer = answer_of(assessment, "1.1-1")
            answer.comment = "Schneller"
            answer.save_based_on(0, person("contributor"))
        return execute(sql, params, many, context)

    overtaken = []
    with connection.execute_wrapper(overtake):
        response = client.post(page(assessment), as_filled_in(opened, comment="Langsamer"))

    assert response.status_code == 409
    assert "Langsamer" in response.content.decode()
    assert answer_of(assessment, "1.1-1").comment == "Schneller"


@pytest.mark.parametrize("version", ["7", "2147483646"])
def test_a_version_that_never_was_overwrites_nothing(version, overtaken, answer_of):
    assessment, officer, opened = overtaken

    response = officer.post(page(assessment), as_filled_in(opened, choice="4", version=version))

    assert response.status_code == 409
    assert answer_of(assessment, "1.1-1").level == 1


def test_a_double_click_saves_once(assess, sign_in, answer_of):
    assessment, client = assess(), sign_in("officer")
    data = as_filled_in(client.get(page(assessment)), choice="4")

    first, second = client.post(page(assessment), data), client.post(page(assessment), data)

    assert (first.status_code, second.status_code) == (302, 302)
    assert answer_of(assessment, "1.1-1").version == 1


# Finalised meanwhile


def test_who_types_while_it_becomes_final_keeps_the_text(assess, sign_in, person, answer_of):
    assessment, client = assess(), sign_in("contributor")
    opened = client.get(page(assessment))
    assessment.finalise(person("officer"))

    response = client.post(page(assessment), as_filled_in(opened, choice="4", comment="Noch schnell ergänzt"))

    html = response.content.decode()
    assert response.status_code == 409
    assert "Nicht gespeichert" in html
    assert "Noch schnell ergänzt" in html
    assert "Stufe 4 – überprüft und verbessert" in html
    assert answer_of(assessment, "1.1-1").is_open


def test_who_only_looked_while_it_became_final_is_shown_nothing_to_copy(assess, sign_in, person):
    assessment, client = assess(levels=2), sign_in("contributor")
    opened = client.get(page(assessment))
    assessment.finalise(person("officer"))

    html = client.post(page(assessment), as_filled_in(opened)).content.decode()

    assert "Nicht gespeichert" in html
    assert "Hier steht, was Sie" not in html


def test_the_database_itself_refuses_what_comes_too_late(assess, sign_in, person, answer_of):
    """Between the page's look at the assessment and its write, somebody finalises."""
    assessment, client = assess(), sign_in("contributor")
    opened = client.get(page(assessment))

    def finalise_first(execute, sql, params, many, context):
        if sql.startswith("SAVEPOINT") and not finalised:
            finalised.append(True)
            assessment.finalise(person("officer"))
        return execute(sql, params, many, context)

    finalised = []
    with connection.execute_wrapper(finalise_first):
        response = client.post(page(assessment), as_filled_in(opened, choice="4", comment="Zu spät"))

    assert response.status_code == 409
    assert "Zu spät" in response.content.decode()
    assert answer_of(assessment, "1.1-1").is_open


@pytest.mark.parametrize("role", ["officer", "contributor", "reviewer", "council"])
@pytest.mark.parametrize("path", ["fragen/", "fragen/1.1/"])
def test_the_questions_of_a_final_assessment_lead_to_its_results(role, path, assess, sign_in):
    assessment = assess(final=True)

    response = sign_in(role).get(f"/einschaetzungen/{assessment.pk}/{path}")

    assert (response.status_code, response["Location"]) == (302, assessment.get_absolute_url())


# Refused


def test_a_refused_page_keeps_every_text_and_says_what_is_missing_where(assess, sign_in, answer_of):
    assessment, client = assess(), sign_in("officer")
    opened = client.get(page(assessment))

    response = client.post(
        page(assessment),
        as_filled_in(opened, choice="not_applicable", reason=" ", comment="Mein Text", target_year="bald"),
    )

    html = response.content.decode()
    assert response.status_code == 422
    assert 'href="#id_frage-1.1-1-reason"' in html
    assert 'id="id_frage-1.1-1-reason_error"' in html
    assert 'id="id_ziel-year_error"' in html
    assert "Mein Text" in html
    assert 'value="bald"' in html
    assert answer_of(assessment, "1.1-1").is_open


def test_a_refused_page_still_rests_on_the_version_that_was_seen(overtaken, answer_of):
    assessment, officer, opened = overtaken
    refused = officer.post(page(assessment), as_filled_in(opened, choice="not_applicable"))

    response = officer.post(page(assessment), as_filled_in(refused, choice="4"))

    assert (refused.status_code, response.status_code) == (422, 409)
    assert answer_of(assessment, "1.1-1").level == 1


def test_a_text_that_is_too_long_comes_back_whole(assess, sign_in):
    assessment, client = assess(), sign_in("officer")
    text = "Wort " * 900

    response = client.post(page(assessment), as_filled_in(client.get(page(assessment)), comment=text))

    assert response.status_code == 422
    assert text in response.content.decode()


def test_what_people_type_is_shown_as_text(assess, sign_in):
    assessment, client = assess(), sign_in("officer")
    text = "</textarea><script>alert(1)</script>"

    client.post(page(assessment), as_filled_in(client.get(page(assessment)), comment=text))

    assert text not in client.get(page(assessment)).content.decode()


# Who may


def test_a_reviewer_reads_along(assess, sign_in):
    response = sign_in("reviewer").get(page(assess()))

    html = response.content.decode()
    assert response.status_code == 200
    assert html.count("<fieldset") == html.count("disabled>") + html.count("disabled data-charta-levels>")
    assert submitted_buttons(response) == []


def test_a_reviewer_saves_nothing(assess, sign_in, answer_of):
    assessment, client = assess(), sign_in("reviewer")

    response = client.post(page(assessment), as_filled_in(client.get(page(assessment)), choice="3"))

    assert response.status_code == 403
    assert answer_of(assessment, "1.1-1").is_open


@pytest.mark.parametrize("role", ["council", "nobody", "editor"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_draft_does_not_exist_for_others(role, method, assess, sign_in):
    assessment = assess()
    client = sign_in(role)

    assert getattr(client, method)(page(assessment)).status_code == 404
    assert client.get(f"/einschaetzungen/{assessment.pk}/fragen/").status_code == 404


@pytest.mark.parametrize("method", ["get", "post"])
def test_another_town_does_not_exist(method, assess, other_town, sign_in, answer_of):
    theirs = assess(at=other_town)
    data = {"frage-1.1-1-version": "0", "frage-1.1-1-choice": "4", "ziel-version": "0"}

    response = getattr(sign_in("officer"), method)(page(theirs), data)

    assert response.status_code == 404
    assert answer_of(theirs, "1.1-1").is_open


@pytest.mark.parametrize("code", ["9.9", "z", "1.1-1", "%00", "ä"])
def test_a_clause_that_is_not_there_does_not_exist(code, assess, sign_in):
    assert sign_in("officer").get(page(assess(), code)).status_code == 404


@pytest.mark.parametrize("pk", ["0", "9" * 30])
def test_an_assessment_that_is_not_there_does_not_exist(pk, sign_in):
    client = sign_in("officer")

    assert client.get(f"/einschaetzungen/{pk}/fragen/").status_code == 404
    assert client.get(f"/einschaetzungen/{pk}/fragen/1.1/").status_code == 404
    assert client.post(f"/einschaetzungen/{pk}/fragen/1.1/").status_code == 404


def test_a_visitor_signs_in_first(assess, sign_in):
    response = sign_in(None).get(page(assess()))

    assert response.status_code == 302
    assert response["Location"].startswith("/konto/login/")


# The list of all questions


def test_the_list_tells_every_state_in_words(assess, sign_in, person, answer_of):
    assessment = assess(levels={"1.1-1": 3})
    for code, state in (("1.2-1", "not_applicable"), ("1.3-1", "not_our_competence")):
        answer = answer_of(assessment, code)
        answer.state, answer.reason, answer.competent_body, answer.demand = state, "So ist es", "Land", "Geld"
        answer.save_based_on(0, person("officer"))

    response = sign_in("officer").get(f"/einschaetzungen/{assessment.pk}/fragen/")

    steps = response.context["way"].steps
    assert [step.label for step in steps[:4]] == [
        "beantwortet: Stufe 3",
        "trifft nicht zu",
        "andere Ebene",
        "offen",
    ]
    assert [step.state for step in steps[:4]] == ["done", "done", "done", "open"]
    assert len(steps) == 24


def test_the_list_of_the_full_form_counts_the_questions_of_a_clause(assess, sign_in):
    assessment = assess(form="full", levels={"1.1-1": 3})

    response = sign_in("officer").get(f"/einschaetzungen/{assessment.pk}/fragen/")

    step = response.context["way"].steps[0]
    assert (step.label, step.state, step.answered) == ("begonnen", "partly", 1)
    assert f"1 von {step.asked} Fragen" in response.content.decode()


def test_one_goes_on_where_one_stopped(assess, sign_in):
    assessment = assess(levels={"1.1-1": 1}, in_charge=("1.1", "1.2", "3.1", "3.2", "l"))
    client = sign_in("contributor")

    def go_on():
        return client.get(f"/einschaetzungen/{assessment.pk}/fragen/").context["way"].go_on

    assert go_on() == "1.2"  # nothing of one's own yet: the first open question

    client.post(page(assessment, "3.1"), as_filled_in(client.get(page(assessment, "3.1")), choice="2"))

    assert go_on() == "3.2"

    client.post(page(assessment, "l"), as_filled_in(client.get(page(assessment, "l")), choice="2"))

    assert go_on() == "1.2"


def test_there_is_nothing_to_go_on_with_once_all_is_answered(assess, sign_in):
    assessment = assess(levels=2)

    response = sign_in("officer").get(f"/einschaetzungen/{assessment.pk}/fragen/")

    assert response.context["way"].go_on is None
    assert "Alles beantwortet" in response.content.decode()


# Queries


@pytest.mark.parametrize("form", ["short", "full"])
def test_opening_a_question_takes_five_queries(form, assess, sign_in, django_assert_num_queries):
    assessment, client = assess(form=form, levels=2), sign_in("officer")

    # session, person, target with assessment, answers of the clause, states of all answers
    with django_assert_num_queries(5):
        client.get(page(assessment))


@pytest.mark.parametrize("form", ["short", "full"])
def test_saving_all_answers_and_the_target_takes_ten_queries(
    form, assess, sign_in, django_assert_num_queries
):
    assessment, client = assess(form=form), sign_in("officer")
    opened = client.get(page(assessment))
    choices = {f"{form.prefix}-choice": "3" for form in opened.context["answers"]}
    data = as_filled_in(opened, target_level="4") | choices | {"then": "1.2"}

    # session, person, target with assessment, answers of the clause,
    # savepoint, answers, their history, target, its history, release
    with django_assert_num_queries(10):
        client.post(page(assessment), data)

    assert not assessment.answers.filter(criterion__clause__code="1.1", state="open").exists()
    assert Answer.history.count() == len(choices)


def test_saving_an_answer_takes_eight_queries(assess, sign_in, django_assert_num_queries):
    assessment, client = assess(levels={"1.1-1": 2}), sign_in("officer")
    data = as_filled_in(client.get(page(assessment)), choice="3")

    # session, person, target with assessment, answers of the clause, savepoint, answer, its history, release
    with django_assert_num_queries(8):
        client.post(page(assessment), data)


@pytest.mark.parametrize("form", ["short", "full"])
def test_the_list_takes_four_queries(form, assess, sign_in, django_assert_num_queries):
    assessment, client = assess(form=form), sign_in("officer")

    # session, person, assessment with municipality and edition, answers
    with django_assert_num_queries(4):
        client.get(f"/einschaetzungen/{assessment.pk}/fragen/")


def test_reading_writes_nothing(assess, sign_in):
    assessment, client = assess(), sign_in("officer")

    with CaptureQueriesContext(connection) as queries:
        client.get(page(assessment))
        client.get(f"/einschaetzungen/{assessment.pk}/fragen/")

    assert all(query["sql"].startswith("SELECT") for query in queries)
