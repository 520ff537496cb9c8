"""The wording of an edition is kept in each process, and never a moment longer than it holds."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from assessments.models import Assessment
from guidelines.models import ContentState, Criterion


def question_of(assessment: Assessment, code: str) -> str:
    return assessment.record().criterion(code).question


def test_a_mended_text_shows_at_once(assess):
    assessment = assess()
    question_of(assessment, "1.1-1")

    criterion = Criterion.objects.get(code="1.1-1")
    criterion.question = "Was gilt jetzt?"
    criterion.save()

    assert question_of(assessment, "1.1-1") == "Was gilt jetzt?"


def test_a_text_changed_by_hand_in_the_database_shows_at_once(assess):
    assessment = assess()
    question_of(assessment, "1.1-1")

    with connection.cursor() as cursor:
        cursor.execute("UPDATE guidelines_criterion SET question = 'Von Hand?' WHERE code = '1.1-1'")

    assert question_of(assessment, "1.1-1") == "Von Hand?"


def test_a_text_whose_change_was_taken_back_is_not_kept(assess):
    assessment = assess()
    before = question_of(assessment, "1.1-1")

    with transaction.atomic():
        Criterion.objects.filter(code="1.1-1").update(question="Verworfen?")
        seen = question_of(assessment, "1.1-1")
        transaction.set_rollback(True)

    assert seen == "Verworfen?"
    assert question_of(assessment, "1.1-1") == before


def test_without_a_stamp_nothing_is_kept(assess):
    assessment = assess()
    Criterion.objects.filter(code="1.1-1").update(question="Eins?")
    ContentState.objects.all().delete()
    assert question_of(assessment, "1.1-1") == "Eins?"

    Criterion.objects.filter(code="1.1-1").update(question="Zwei?")

    assert question_of(assessment, "1.1-1") == "Zwei?"
    assert ContentState.objects.stamp()


@pytest.mark.parametrize("form", ["short", "full"])
def test_only_a_change_makes_the_wording_be_read_again(form, assess, django_assert_num_queries):
    assessment = assess(form=form)
    assessment.record()

    # stamp; answers, targets, comments, evidence
    with django_assert_num_queries(5):
        assessment.record()

    Criterion.objects.filter(code="1.1-1").update(question="Was gilt jetzt?")

    # edition, ideals with their criteria, advice with its stakeholders, clauses, criteria, guidelines, links
    with django_assert_num_queries(5 + 7):
        assessment.record()
