"""Queries that are put into SQL once: they find what the query itself finds, for whoever asks."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models import F
from django.http import Http404

from assessments.models import Answer, Target
from assessments.models.prepared import Given, Prepared, Whoever


@pytest.fixture
def draft(assess):
    return assess(title="Entwurf")


@pytest.fixture
def answers():
    """A queryset with everything that can come along, and the same prepared."""

    def rows(person, assessment):
        return (
            Answer.objects.visible_to(person)
            .filter(assessment=assessment)
            .select_related("assessment__municipality", "changed_by", "verdict")
            .defer("comment")
            .with_counts()
            .order_by("criterion__position", "pk")
        )

    return rows, Prepared(rows(Whoever(), Given("assessment")))


def all_of(row):
    """Everything that an instance brought along, related rows included."""
    return {name: value for name, value in vars(row).items() if name != "_state"} | vars(row._state)


def test_the_rows_are_those_of_the_query(draft, person, answers, django_assert_num_queries):
    (rows, prepared), officer = answers, person("officer")
    answer = draft.answers.first()
    answer.state, answer.level, answer.comment = "rated", 2, "Beschluss"
    answer.save_based_on(0, person("contributor"))
    prepared.all(person=0, assessment=0)  # put into SQL by somebody else

    with django_assert_num_queries(1):
        found = prepared.all(person=officer.pk, assessment=draft.pk)

    expected = list(rows(officer, draft))
    assert [all_of(row) for row in found] == [all_of(row) for row in expected]
    assert found[0].role == "officer"
    assert len(found) > 20


def test_tuples_come_in_the_order_that_was_asked_for(draft):
    rows = Target.objects.order_by("clause__position")
    prepared = Prepared(
        rows.filter(assessment=Given("assessment")).values_list("level", "clause__code", "pk")
    )

    found = prepared.all(assessment=draft.pk)

    assert found == list(rows.filter(assessment=draft).values_list("level", "clause__code", "pk"))


def test_a_percent_sign_in_the_sql_or_in_a_value_is_just_that(draft):
    draft.targets.filter(clause__code="1.1").update(reason="100 %s", level=1)
    rows = Target.objects.annotate(odd=F("level") % 2).filter(odd=1, reason__contains="%s")
    prepared = Prepared(rows.filter(assessment=Given("assessment")).values_list("clause__code", "odd"))

    assert prepared.all(assessment=draft.pk) == [("1.1", 1)]


def test_each_person_finds_what_is_theirs(draft, person, other_town, answers):
    _rows, prepared = answers
    people = [person(role) for role in ("officer", "contributor", "council", "nobody")]
    people += [person("officer", other_town), AnonymousUser()]

    found = [len(prepared.all(person=one.pk, assessment=draft.pk)) for one in people]

    assert found == [24, 24, 0, 0, 0, 0]


@pytest.mark.parametrize("number", [0, 2**63, -(2**70), 10**30])
def test_a_number_of_nothing_is_not_found(number, draft, person, answers):
    _rows, prepared = answers

    with pytest.raises(Http404):
        prepared.get_or_404(person=person("officer").pk, assessment=number)
