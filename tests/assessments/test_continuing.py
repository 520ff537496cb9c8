"""Continuing: from the short form to the full one, and from last year's assessment to this year's."""

from __future__ import annotations

import re
from datetime import date

import pytest

from assessments.models import Answer, Assessment, AssessmentIsFinal, Target
from assessments.record import AnswerState
from assessments.scoring import evaluate, progress
from guidelines.models import Criterion, Edition
from guidelines.publishing import copy
from tests.pages import form_data


@pytest.fixture
def begin(edition, town, person):
    """`begin(form="short")`: this year's assessment, with last year's answers taken over."""

    def start(form: str = "short", in_edition: Edition = edition) -> Assessment:
        return Assessment.objects.start(
            municipality=town,
            edition=in_edition,
            by=person("officer"),
            reference_date=date(2027, 6, 30),
            form=form,
            title="Nächstes Jahr",
            take_over=True,
        )

    return start


@pytest.fixture
def last_year(assess, person, answer_of):
    """A final assessment, every question at level 3, with a target and a reason of its own."""
    assessment = assess(levels=3)
    exempt = answer_of(assessment, "2.3-1")
    exempt.state, exempt.level, exempt.reason = Answer.State.NOT_APPLICABLE, None, "gibt es hier nicht"
    exempt.save_based_on(1, person("officer"))
    target = assessment.targets.get(clause__code="1.1")
    target.level, target.year = 4, 2030
    target.save_based_on(0, person("officer"))
    assessment.finalise(person("officer"))
    return assessment


class TestWidening:
    def test_every_answer_stays_and_the_other_questions_are_open(self, assess, person, answer_of):
        assessment = assess(levels={"1.1-1": 3})

        assessment.widen(person("officer"))

        assert assessment.form == Assessment.Form.FULL
        assert assessment.answers.count() == Criterion.objects.count()
        assert answer_of(assessment, "1.1-1").level == 3
        assert answer_of(assessment, "1.1-2").is_open

    def test_widening_twice_changes_nothing(self, assess, person):
        assessment = assess()
        assessment.widen(person("officer"))

        assessment.widen(person("officer"))

        assert assessment.answers.count() == Criterion.objects.count()

    def test_a_final_assessment_stays_as_it_is(self, assess, person):
        assessment = assess(levels=2, final=True)

        with pytest.raises(AssessmentIsFinal):
            Assessment.objects.get(pk=assessment.pk).widen(person("officer"))

    def test_the_officer_does_it_with_one_button(self, assess, sign_in):
        assessment = assess()
        officer = sign_in("officer")
        assert (
            "Zur Vollform erweitern"
            in officer.get(f"/einschaetzungen/{assessment.pk}/fragen/").content.decode()
        )

        page = officer.post(f"/einschaetzungen/{assessment.pk}/erweitern/", follow=True).content.decode()

        assert f"0 von {Criterion.objects.count()} Fragen beantwortet" in page
        assert "Zur Vollform erweitern" not in page


@pytest.mark.usefixtures("last_year")
class TestTakingOver:
    def test_answers_come_along_and_wait_for_confirmation(self, begin, answer_of):
        assessment = begin()

        taken, exempt = answer_of(assessment, "1.1-1"), answer_of(assessment, "2.3-1")
        assert (taken.state, taken.level, taken.needs_confirmation) == ("rated", 3, True)
        assert (exempt.state, exempt.reason, exempt.needs_confirmation) == (
            "not_applicable",
            "gibt es hier nicht",
            True,
        )

    def test_targets_come_along(self, begin):
        target = begin().targets.get(clause__code="1.1")

        assert (target.level, target.year) == (4, 2030)

    def test_what_nobody_confirmed_counts_as_open_in_every_figure(self, begin):
        assessment = begin()

        result = evaluate(assessment.record())

        assert (result.answered, result.asked) == (0, 24)
        assert assessment.record().clauses[0].criteria[0].answer.state is AnswerState.OPEN
        assert Assessment.objects.with_progress().get(pk=assessment.pk).answered == 0

    def test_saving_confirms_even_without_a_change(self, begin, sign_in, answer_of):
        assessment = begin()
        officer, address = sign_in("officer"), f"/einschaetzungen/{assessment.pk}/fragen/1.1/"
        page = officer.get(address)
        assert "Übernommen aus der letzten Einschätzung" in page.content.decode()

        officer.post(address, form_data(page, "version"))

        confirmed = answer_of(assessment, "1.1-1")
        assert (confirmed.level, confirmed.needs_confirmation) == (3, False)
        assert "Übernommen aus der letzten" not in officer.get(address).content.decode()

    def test_a_stale_confirmation_never_overwrites(self, begin, sign_in, person, answer_of):
        assessment = begin()
        slow, address = sign_in("officer"), f"/einschaetzungen/{assessment.pk}/fragen/1.1/"
        data = form_data(slow.get(address), "version")
        answer = answer_of(assessment, "1.1-1")
        answer.needs_confirmation, answer.comment = False, "schon bestätigt"
        answer.save_based_on(1, person("contributor"))

        response = slow.post(address, data)

        assert answer_of(assessment, "1.1-1").comment == "schon bestätigt"
        assert response.status_code == 409

    def test_a_question_with_another_meaning_stays_open_and_is_listed(self, begin, answer_of):
        newer = copy(Edition.objects.get(code="2021"), "2027")
        criteria = Criterion.objects.filter(clause__edition=newer)
        criteria.filter(code="1.1-1").update(level_2="Etwas ganz anderes ist da.")
        criteria.filter(code="1.2-1").update(code="1.2-9")

        assessment = begin(in_edition=newer)

        assert answer_of(assessment, "1.1-1").state == Answer.State.OPEN
        found = assessment.new_since_predecessor()
        assert {criterion.code: kind for criterion, kind in found.items()} == {
            "1.1-1": "geändert",
            "1.2-9": "neu",
        }

    @pytest.mark.parametrize("code", ["2021", "2027"])
    def test_a_mended_spelling_keeps_the_answer_and_the_progress(
        self, code, last_year, begin, edition, answer_of, person
    ):
        mended = Criterion.objects.get(clause__edition=edition, code="1.2-1")
        mended.level_3 = mended.level_3.replace("beschlossen", "beschlosen").replace(",", "")
        mended.save()

        assessment = begin(in_edition=edition if code == "2021" else copy(edition, code))

        answer = answer_of(assessment, "1.2-1")
        assert (answer.level, answer.needs_confirmation) == (3, True)
        assert assessment.new_since_predecessor() == {}
        answer.needs_confirmation = False
        answer.save_based_on(1, person("officer"))
        found = progress(evaluate(assessment.record()), evaluate(last_year.record()))
        assert [step.clause.clause.code for step in found.steps] == ["1.2"]

    def test_a_word_of_another_sense_in_a_new_edition_is_another_question(self, begin, edition, answer_of):
        newer = copy(edition, "2027")
        changed = Criterion.objects.get(clause__edition=newer, code="1.2-1")
        changed.level_3 = changed.level_3.replace("beschlossen", "geschlossen")
        changed.save()

        assessment = begin(in_edition=newer)

        assert answer_of(assessment, "1.2-1").state == Answer.State.OPEN
        assert [*assessment.new_since_predecessor().values()] == ["geändert"]

    def test_progress_is_shown_against_last_year(self, last_year, begin, person):
        assessment = begin()
        for answer in assessment.answers.filter(criterion__code="1.1-1"):
            answer.level, answer.needs_confirmation = 4, False
            answer.save_based_on(1, person("officer"))

        found = progress(evaluate(assessment.record()), evaluate(last_year.record()))

        assert [(p.clause.clause.code, p.start, p.change) for p in found.steps] == [("1.1", 3, 1)]

    def test_the_choice_is_offered_and_kept(self, last_year, sign_in):
        officer = sign_in("officer")
        data = form_data(officer.get("/einschaetzungen/neu/"), "take_over")
        del data["take_over"]

        officer.post("/einschaetzungen/neu/", data)

        newest = Assessment.objects.order_by("pk").last()
        assert newest.predecessor == last_year
        assert not newest.answers.filter(needs_confirmation=True).exists()
        assert not Target.objects.filter(assessment=newest, version__gt=0).exists()


@pytest.mark.usefixtures("last_year")
class TestBeginningWithLastYear:
    def test_what_nobody_has_touched_says_nothing_of_a_save_and_the_way_begins_at_its_start(
        self, begin, sign_in, person, answer_of
    ):
        assessment, officer = begin(), sign_in("officer")
        questions = f"/einschaetzungen/{assessment.pk}/fragen/"

        assert officer.get(questions).context["way"].go_on == "1.1"
        page = officer.get(f"{questions}1.1/").content.decode()
        assert "Hier hat noch niemand etwas gespeichert." in page
        assert re.search(r"data-charta-changed hidden", page)
        history = officer.get(answer_of(assessment, "1.1-1").get_absolute_url()).content.decode()
        assert "übernommen, zu bestätigen" in history
        assert f"{person('officer')}" in history.partition('id="verlauf"')[2]

    def test_the_way_goes_on_where_the_person_has_confirmed(self, begin, sign_in):
        assessment, officer = begin(), sign_in("officer")
        address = f"/einschaetzungen/{assessment.pk}/fragen/2.1/"

        officer.post(address, form_data(officer.get(address), "version"))

        way = officer.get(f"/einschaetzungen/{assessment.pk}/fragen/").context["way"]
        assert way.go_on == "2.2"


class TestThePredecessor:
    @pytest.fixture
    def years(self, assess) -> dict[int, Assessment]:
        return {year: assess(levels=2, final=True, year=year) for year in (2026, 2024)}

    @pytest.mark.parametrize(
        ("day", "year"), [("2026-06-30", 2026), ("2025-01-31", 2024), ("2024-06-30", 2024)]
    )
    def test_is_never_later_than_the_new_one(self, day, year, years, sign_in):
        officer = sign_in("officer")
        data = form_data(officer.get("/einschaetzungen/neu/"), "take_over") | {"reference_date": day}

        page = officer.post("/einschaetzungen/neu/", data, follow=True).content.decode()

        newest = Assessment.objects.order_by("pk").last()
        assert newest.predecessor == years[year]
        assert f"aus „Einschätzung {year}“ (Stichtag 30.06.{year})" in page

    def test_is_missed_at_its_field_where_nothing_can_be_taken_over(self, years, sign_in):
        officer = sign_in("officer")
        data = form_data(officer.get("/einschaetzungen/neu/"), "take_over") | {"reference_date": "2023-12-31"}

        refused = officer.post("/einschaetzungen/neu/", data)
        count = Assessment.objects.count()
        del data["take_over"]
        officer.post("/einschaetzungen/neu/", data)

        assert [*refused.context["form"].errors] == ["take_over"]
        assert "die erste den 30.06.2024" in refused.content.decode()
        assert count == len(years)
        assert Assessment.objects.order_by("pk").last().predecessor is None

    def test_of_one_day_is_the_correction(self, assess):
        assess(levels=2, final=True)
        correction = assess(levels=3, final=True, title="Berichtigung")

        assert assess(title="Noch eine").predecessor == correction

    def test_stays_earlier_when_the_day_is_corrected(self, assess, sign_in):
        assess(levels=2, final=True)
        draft, officer = assess(year=2027), sign_in("officer")
        address = f"/einschaetzungen/{draft.pk}/angaben/"
        data = form_data(officer.get(address), "seen")

        refused = officer.post(address, data | {"reference_date": "2026-06-29"})
        officer.post(address, data | {"reference_date": "2026-06-30"})

        assert [*refused.context["form"].errors] == ["reference_date"]
        assert Assessment.objects.get(pk=draft.pk).reference_date == date(2026, 6, 30)


@pytest.mark.usefixtures("edition")
def test_without_an_earlier_one_nothing_is_offered(sign_in):
    page = sign_in("officer").get("/einschaetzungen/neu/").content.decode()

    assert "übernehmen" not in page
