from __future__ import annotations

import pytest
from django.http import QueryDict

from assessments.forms import AnswerForm, TargetForm, TextField
from assessments.models import Answer


@pytest.fixture
def answer(assess, answer_of):
    return answer_of(assess(), "1.1-1")


def filled_in(answer, **fields):
    """The form of this answer as a browser sends it, with these fields filled in."""
    data = {"choice": "", "reason": "", "competent_body": "", "demand": ""}
    data |= {"evidence_grade": "0", "evidence": "", "comment": "", "version": "0"} | fields
    return AnswerForm({f"frage-1.1-1-{name}": value for name, value in data.items()}, row=answer)


@pytest.mark.parametrize("level", range(5))
def test_a_card_is_a_rated_answer_with_its_level(answer, level):
    form = filled_in(answer, choice=str(level))

    assert form.is_valid()
    assert (form.instance.state, form.instance.level) == (Answer.State.RATED, level)


def test_no_card_leaves_the_question_open(answer):
    form = filled_in(answer, comment="Erst im Fachamt nachfragen")

    assert form.is_valid()
    assert (form.instance.state, form.instance.level) == (Answer.State.OPEN, None)
    assert form.is_changed


def test_an_answer_can_be_taken_back(answer):
    answer.state, answer.level = Answer.State.RATED, 3

    form = filled_in(answer, choice="open")

    assert form.is_valid()
    assert (form.instance.state, form.instance.level) == (Answer.State.OPEN, None)


def test_taking_back_is_offered_once_there_is_an_answer(answer):
    assert not AnswerForm(row=answer).has_answer

    answer.state, answer.level = Answer.State.RATED, 3

    assert AnswerForm(row=answer).has_answer


@pytest.mark.parametrize(
    ("choice", "missing"),
    [("not_applicable", {"reason"}), ("not_our_competence", {"competent_body", "demand"})],
)
@pytest.mark.parametrize("blank", ["", "  ", "\r\n"])
def test_the_other_answers_ask_for_their_reasons_where_they_belong(answer, choice, missing, blank):
    form = filled_in(answer, choice=choice, reason=blank, competent_body=blank, demand=blank)

    assert set(form.errors) == missing


def test_the_other_answers_are_complete_with_their_reasons(answer):
    not_here = filled_in(answer, choice="not_applicable", reason="Ohne eigenes Netz")
    elsewhere = filled_in(answer, choice="not_our_competence", competent_body="Kreis", demand="Mehr Personal")

    assert not_here.is_valid()
    assert elsewhere.is_valid()
    assert elsewhere.instance.state == Answer.State.NOT_OUR_COMPETENCE


@pytest.mark.parametrize("choice", ["5", "-1", "rated", "²", "x" * 10_000])
def test_an_unknown_card_is_refused(answer, choice):
    form = filled_in(answer, choice=choice)

    assert set(form.errors) == {"choice"}


@pytest.mark.parametrize("text", ["halb \ud800", "\udfff", "Klingel \x07", "Null \x00", "Escape \x1b[0m"])
def test_characters_that_cannot_be_stored_get_a_message(answer, text):
    form = filled_in(answer, choice="3", comment=text)

    assert set(form.errors) == {"comment"}
    assert len(form.errors["comment"]) == 1


def test_everything_else_that_people_write_is_kept(answer):
    text = "Ä ß € „so“ – 🏙️ \t x\nzweite Zeile"

    form = filled_in(answer, choice="3", comment=f"  {text}  ")

    assert form.is_valid()
    assert form.instance.comment == text


@pytest.mark.parametrize("line_end", ["\r\n", "\r", "\v", "\f", "\u2028"])
def test_line_ends_are_made_alike(line_end):
    assert TextField().clean(f"eins{line_end}zwei") == "eins\nzwei"


def test_a_text_that_only_went_through_a_browser_is_unchanged(answer):
    answer.comment = "eins\nzwei"

    form = filled_in(answer, comment="eins\r\nzwei")

    assert form.is_valid()
    assert not form.is_changed


def test_a_text_may_fill_its_limit_and_no_more(answer):
    assert filled_in(answer, comment="ä" * 4_000).is_valid()

    form = filled_in(answer, comment="ä" * 4_001)

    assert set(form.errors) == {"comment"}
    assert "4001" in form.errors["comment"][0]


def test_the_browser_does_not_cut_texts_off(answer):
    html = AnswerForm(row=answer).as_p()

    assert "maxlength" not in html
    assert 'data-charta-limit="4000"' in html


@pytest.mark.parametrize("name", ["comment", "choice", "version", "evidence_grade"])
def test_a_field_that_came_twice_is_refused(answer, name):
    data = QueryDict(mutable=True)
    data.update({"frage-1.1-1-version": "0", "frage-1.1-1-choice": "3", "frage-1.1-1-evidence_grade": "0"})
    data.setlist(f"frage-1.1-1-{name}", ["0", "1"])

    form = AnswerForm(data, row=answer)

    assert set(form.errors) == {name}


def test_a_field_that_did_not_come_stays_as_it_is_stored(answer):
    answer.state, answer.level, answer.comment, answer.evidence_grade = (
        Answer.State.RATED,
        2,
        "steht schon",
        3,
    )

    form = AnswerForm({"frage-1.1-1-version": "0"}, row=answer)

    assert form.is_valid()
    assert not form.is_changed


@pytest.mark.parametrize("version", ["", "abc", "-1", "99999999999999999999", "1.5", None])
def test_without_its_version_nothing_is_saved(answer, version):
    form = filled_in(answer, choice="3", version=version)

    assert set(form.errors) == {"version"}


@pytest.mark.parametrize("year", ["1999", "2101", "bald", "99999999999999999999999"])
def test_a_year_out_of_reach_is_refused(assess, year):
    target = assess().targets.get(clause__code="1.1")
    data = {
        "ziel-version": "0",
        "ziel-level": "3",
        "ziel-importance": "2",
        "ziel-effort": "2",
        "ziel-year": year,
    }

    form = TargetForm(data, row=target)

    assert set(form.errors) == {"year"}


@pytest.mark.parametrize(
    ("year", "stored", "fine"), [(2025, None, False), (2026, None, True), (2001, 2001, True)]
)
def test_a_target_year_lies_ahead_but_a_stored_one_stays(assess, year, stored, fine):
    assessment = assess(year=2026)
    assessment.targets.update(year=stored)
    target = assessment.targets.get(clause__code="1.1")

    form = TargetForm({"ziel-version": "0", "ziel-level": "4", "ziel-year": str(year)}, row=target)

    assert form.is_valid() is fine
    if not fine:
        assert form.errors == {
            "year": ["Das Jahr liegt vor dem Stichtag. Bitte nennen Sie 2026 oder ein späteres Jahr."]
        }


@pytest.mark.parametrize("field", ["level", "importance", "effort"])
@pytest.mark.parametrize("value", ["9", "-1", "", "hoch"])
def test_a_target_keeps_to_its_choices(assess, field, value):
    target = assess().targets.get(clause__code="1.1")
    data = {"ziel-version": "0", "ziel-level": "3", "ziel-importance": "2", "ziel-effort": "2"}

    form = TargetForm(data | {f"ziel-{field}": value}, row=target)

    assert set(form.errors) == {field}


def test_checking_a_form_asks_the_database_nothing(assess, answer, django_assert_num_queries):
    target = answer.assessment.targets.get(clause__code="1.1")

    with django_assert_num_queries(0):
        assert filled_in(answer, choice="3").is_valid()
        assert TargetForm({"ziel-version": "0", "ziel-level": "4"}, row=target).is_valid()
