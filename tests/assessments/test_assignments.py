"""Clauses of an assessment assigned to people: who may write what, who is told, and what waits for whom."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from assessments.models import Answer, Assignment, Membership, Target
from charta_app.models import User
from tests.pages import form_data

OVERVIEW = "/einschaetzungen/"


def assign_page(assessment):
    return f"/einschaetzungen/{assessment.pk}/zuteilung/"


def question(assessment, code):
    return f"/einschaetzungen/{assessment.pk}/fragen/{code}/"


@pytest.fixture
def in_charge():
    """`in_charge(assessment)`: who is in charge of which clause, and until when."""

    def find(assessment):
        rows = Assignment.objects.within(assessment).order_by("target__clause__position")
        return list(rows.values_list("target__clause__code", "membership__person__email", "due"))

    return find


@pytest.fixture
def member(town):
    """`member(person)`: their membership in Musterstadt."""
    return lambda person: Membership.objects.get(person=person, municipality=town)


# Assigning


def test_an_officer_assigns_many_clauses_at_once(assess, sign_in, person, member, in_charge):
    assessment, colleague = assess(in_charge=()), person("contributor")
    until = timezone.localdate() + timedelta(days=14)

    response = sign_in("officer").post(
        assign_page(assessment),
        {
            "clauses": ["2.2", "b"],
            "sections": ["leitlinie-3"],
            "member": member(colleague).pk,
            "due": until.isoformat(),
        },
        follow=True,
    )

    assert in_charge(assessment) == [
        (code, colleague.email, until) for code in ("2.2", "3.1", "3.2", "3.3", "b")
    ]
    html = response.content.decode()
    assert f"5 Abschnitte zugeteilt: {colleague}, bis {until:%d.%m.%Y}." in html
    assert html.count(f"Zuständig: {colleague}, bis {until:%d.%m.%Y}") == 5


def test_a_clause_has_one_person_in_charge_who_can_change(assess, sign_in, person, member, in_charge):
    assessment, client = assess(in_charge=("1.1", "1.2")), sign_in("officer")

    client.post(assign_page(assessment), {"clauses": ["1.1"], "member": member(person("officer")).pk})

    assert in_charge(assessment) == [
        ("1.1", person("officer").email, None),
        ("1.2", person("contributor").email, None),
    ]


def test_an_assignment_can_be_taken_back(assess, sign_in, in_charge):
    assessment = assess(in_charge=("1.1", "1.2", "1.3"))

    sign_in("officer").post(assign_page(assessment), {"clauses": ["1.1", "1.3"], "member": "niemand"})

    assert [code for code, _email, _due in in_charge(assessment)] == ["1.2"]


@pytest.mark.parametrize(
    ("sent", "field", "message"),
    [
        ({"clauses": []}, "clauses", "Bitte wählen Sie mindestens einen Abschnitt."),
        ({"clauses": ["9.9"]}, "clauses", "9.9"),
        ({"clauses": ["1.1\x00"]}, "clauses", "Bitte"),
        ({"sections": ["leitlinie-9"]}, "sections", "leitlinie-9"),
        ({"member": ""}, "member", "Bitte wählen Sie eine Person."),
        ({"member": "999999"}, "member", "999999"),
        ({"member": "reviewer"}, "member", ""),
        ({"due": "2020-01-01"}, "due", "Dieser Tag ist schon vorbei."),
        ({"due": "2200-01-01"}, "due", "Bitte ein Datum bis zum Jahr 2100."),
        ({"due": "bald"}, "due", ""),
        ({"due": ["2090-01-01", "2091-01-01"]}, "due", "doppelt"),
    ],
)
def test_a_refused_assignment_keeps_what_was_ticked(
    sent, field, message, assess, sign_in, person, member, in_charge
):
    assessment = assess(in_charge=())
    if sent.get("member") == "reviewer":  # reviewers answer nothing
        sent = {"member": member(person("reviewer")).pk}
    good = {"clauses": ["1.1"], "member": member(person("contributor")).pk}

    response = sign_in("officer").post(assign_page(assessment), good | sent)

    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert message in response.content.decode()
    assert in_charge(assessment) == []
    if "clauses" not in sent:
        assert 'id="abschnitt-1.1" aria-describedby="stand-1.1" checked' in response.content.decode()


def test_nobody_of_another_town_can_be_put_in_charge(assess, sign_in, person, other_town, in_charge):
    stranger = Membership.objects.get(person=person("contributor", other_town))

    response = sign_in("officer").post(
        assign_page(assessment := assess(in_charge=())), {"clauses": ["1.1"], "member": stranger.pk}
    )

    assert response.status_code == 422
    assert in_charge(assessment) == []


@pytest.mark.parametrize("count", [1, 30])
def test_the_page_takes_the_same_queries_however_many(
    count, assess, town, person, member, sign_in, django_assert_num_queries
):
    assessment = assess(form="full", in_charge=())
    targets = list(assessment.targets.all())
    for number in range(count):
        colleague = User.objects.create(email=f"{number}@example.org", name=f"Kollegin {number}")
        membership = Membership.objects.create(person=colleague, municipality=town, role="contributor")
        Assignment.objects.put_in_charge(targets[number : number + 1], membership, None)
    client = sign_in("officer")

    # session, person, assessment, states of all answers with who is in charge, members
    with django_assert_num_queries(5):
        client.get(assign_page(assessment))

    # the same; savepoint, clauses, assignments, release
    with django_assert_num_queries(7):
        client.post(assign_page(assessment), {"sections": ["empfehlungen"], "member": membership.pk})


# Answering


def test_contributors_write_what_is_assigned_to_them_and_read_the_rest(assess, sign_in, answer_of):
    assessment, client = assess(in_charge=("2.2",)), sign_in("contributor")

    theirs = client.get(question(assessment, "2.2"))
    saved = client.post(question(assessment, "2.2"), form_data(theirs) | {"frage-2.2-1-choice": "2"})
    other = client.get(question(assessment, "1.1"))
    refused = client.post(question(assessment, "1.1"), form_data(theirs) | {"frage-1.1-1-choice": "2"})

    assert saved.status_code == 302
    assert answer_of(assessment, "2.2-1").level == 2
    assert "Speichern" in theirs.content.decode()
    assert other.status_code == 200
    assert "Speichern und" not in other.content.decode()
    assert refused.status_code == 403
    assert answer_of(assessment, "1.1-1").state == Answer.State.OPEN


def test_the_page_and_the_refusal_say_whom_to_ask(assess, sign_in, person, member):
    assessment, client = assess(in_charge=("2.2",)), sign_in("contributor")
    officer, other = person("officer"), User.objects.create(email="bau@example.org", name="Bärbel Bau")
    membership = Membership.objects.create(
        person=other, municipality=assessment.municipality, role="contributor"
    )
    Assignment.objects.put_in_charge(assessment.targets.filter(clause__code="1.1"), membership, None)

    for code, words in {
        "1.1": f"Diesen Abschnitt beantwortet {other}. Möchten Sie ihn beantworten, bitten Sie {officer}, ihn Ihnen",
        "1.2": f"Dieser Abschnitt ist noch niemandem zugeteilt. Möchten Sie ihn beantworten, bitten Sie {officer}, ihn",
    }.items():
        assert words in client.get(question(assessment, code)).content.decode()
        assert words in client.post(question(assessment, code)).content.decode()


def test_what_was_typed_is_kept_when_the_clause_went_to_somebody_else(assess, sign_in, person, member):
    assessment, client = assess(), sign_in("contributor")
    opened = client.get(question(assessment, "1.1"))
    Assignment.objects.put_in_charge(
        assessment.targets.filter(clause__code="1.1"), member(person("officer")), None
    )

    response = client.post(
        question(assessment, "1.1"), form_data(opened) | {"frage-1.1-1-comment": "Zwei Stunden Arbeit"}
    )

    assert response.status_code == 403
    assert "Zwei Stunden Arbeit" in response.content.decode()


def test_an_assignment_elsewhere_opens_nothing_here(assess, sign_in, person, other_town, answer_of):
    """The contributor of Musterstadt is a council member in Nachbarstadt, and in charge of another assessment."""
    assess(in_charge=("1.2",), year=2025)
    assessment, client = assess(in_charge=()), sign_in("contributor")
    there = assess(at=other_town)
    Membership.objects.create(person=person("contributor"), municipality=other_town, role="contributor")

    for closed in (assessment, there):
        assert client.post(question(closed, "1.2")).status_code == 403
        assert client.post(question(closed, "1.1")).status_code == 403


@pytest.mark.parametrize("role", ["reviewer", "council"])
def test_an_assignment_gives_no_right_to_another_role(role, assess, sign_in, person, member):
    assessment = assess()
    Membership.objects.filter(person=person("contributor")).update(role=role)

    assert sign_in("contributor").post(question(assessment, "1.1")).status_code in {403, 404}


def test_who_leaves_is_in_charge_of_nothing_and_stays_the_author(assess, sign_in, person, member, in_charge):
    assessment, colleague = assess(), person("contributor")
    client = sign_in("contributor")
    client.post(
        question(assessment, "1.1"),
        form_data(client.get(question(assessment, "1.1"))) | {"frage-1.1-1-choice": "2"},
    )

    member(colleague).delete()

    assert in_charge(assessment) == []
    assert client.get(question(assessment, "1.1")).status_code == 404
    assert f"von {colleague}" in sign_in("officer").get(question(assessment, "1.1")).content.decode()


def test_saving_leads_to_the_next_clause_of_ones_own(assess, sign_in):
    assessment = assess(in_charge=("1.1", "3.2"))

    contributor = sign_in("contributor").get(question(assessment, "1.1"))
    officer = sign_in("officer").get(question(assessment, "1.1"))

    assert 'name="then" value="3.2"' in contributor.content.decode()
    assert 'name="then" value="1.2"' in officer.content.decode()


def test_the_list_shows_who_is_in_charge_until_when(assess, sign_in, person, member):
    assessment, today = assess(in_charge=("1.1",)), timezone.localdate()
    late = today - timedelta(days=3)
    Assignment.objects.put_in_charge(
        assessment.targets.filter(clause__code="1.2"), member(person("contributor")), late
    )

    html = sign_in("reviewer").get(f"/einschaetzungen/{assessment.pk}/fragen/").content.decode()

    assert f"Zuständig: {person('contributor')}" in html
    assert f"überfällig seit {late:%d.%m.%Y}" in html


@pytest.mark.parametrize(("code", "count"), [("1.1", 5), ("1.2", 6)])
def test_a_contributor_reads_a_question_with_no_query_more(
    code, count, assess, sign_in, django_assert_num_queries
):
    assessment, client = assess(), sign_in("contributor")

    # session, person, target with rights, answers of the clause, states of all answers;
    # of a clause that is not theirs: whom to ask
    with django_assert_num_queries(count):
        client.get(question(assessment, code))


def test_saving_ones_own_clause_takes_eight_queries(assess, sign_in, django_assert_num_queries):
    assessment, client = assess(levels={"1.1-1": 2}), sign_in("contributor")
    data = form_data(client.get(question(assessment, "1.1"))) | {"frage-1.1-1-choice": "3"}

    # session, person, target with rights, answers of the clause, savepoint, answer, its history, release
    with django_assert_num_queries(8):
        client.post(question(assessment, "1.1"), data)


def test_earlier_texts_are_brought_back_by_who_is_in_charge(assess, sign_in):
    assessment, client = assess(levels=2), sign_in("contributor")

    def bring_back(code):
        path = f"/einschaetzungen/{assessment.pk}/antworten/{code}/"
        assert client.get(path).status_code == 200
        return client.post(f"{path}fassungen/1/").status_code

    assert bring_back("1.2-1") == 403
    assert bring_back("1.1-1") != 403


# Meine Aufgaben


def test_what_is_open_waits_for_its_person_the_overdue_first(assess, sign_in, person, member):
    assessment, today = assess(levels={"1.3-1": 2}, in_charge=()), timezone.localdate()
    for code, due in {
        "1.1": None,
        "1.2": today + timedelta(days=5),
        "1.3": today,  # answered
        "2.1": today - timedelta(days=1),
    }.items():
        targets = Target.objects.filter(assessment=assessment, clause__code=code)
        Assignment.objects.put_in_charge(targets, member(person("contributor")), due)

    response = sign_in("contributor").get(OVERVIEW)

    assert [task.url for task in response.context["tasks"]] == [
        question(assessment, code) for code in ("2.1", "1.2", "1.1")
    ]
    assert [task.is_overdue for task in response.context["tasks"]] == [True, False, False]
    assert f"überfällig seit {today - timedelta(days=1):%d.%m.%Y}" in response.content.decode()


def test_nothing_waits_once_an_assessment_is_final_or_for_others(assess, sign_in, person, other_town):
    assess(final=True, year=2024)
    assess(at=other_town)

    for role in ("contributor", "officer"):
        response = sign_in(role).get(OVERVIEW)
        assert response.context["tasks"] == []
        assert "Meine Aufgaben" not in response.content.decode()


def test_an_answer_to_be_confirmed_waits_as_well(assess, sign_in, answer_of):
    assessment = assess(levels=2)
    assessment.answers.filter(criterion__code="1.1-1").update(needs_confirmation=True)

    tasks = sign_in("contributor").get(OVERVIEW).context["tasks"]

    assert [task.title[:3] for task in tasks] == ["1.1"]


def test_a_day_is_over_when_the_next_begins():
    today = timezone.localdate()

    assert [
        Assignment(due=day).is_overdue for day in (None, today, today - timedelta(1), date(2099, 1, 1))
    ] == [
        False,
        False,
        True,
        False,
    ]
