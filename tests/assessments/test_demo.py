"""Musterstadt: what `make run` shows a newcomer."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.test import Client
from pypdf import PdfReader

from assessments import demo
from assessments.models import Answer, Assessment, Comment, Exhibit, Membership, Municipality, tasks_of
from assessments.scoring import evaluate, printed
from assessments.uploads import examined
from charta_app.models import User
from guidelines.models import Edition

TODAY = date(2031, 1, 2)


@pytest.fixture(autouse=True)
def _quick_passwords(settings: LazySettings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def musterstadt(edition: Edition) -> Municipality:
    demo.build(TODAY)
    return Municipality.objects.get(ags="99000001")


def state_of_everything() -> list[Any]:
    models = (User, Membership, Municipality, Assessment, Answer, Answer.history.model, Comment, Exhibit)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_one_assessment_is_finished_one_under_review_and_one_half_filled(musterstadt):
    finished, reviewed, half_filled = musterstadt.assessments.with_progress().order_by("reference_date")

    assert (finished.state, finished.reference_date) == (Assessment.State.FINAL, date(2030, 6, 30))
    assert (finished.answered, finished.asked) == (24, 24)
    assert (half_filled.state, half_filled.reference_date) == (Assessment.State.DRAFT, TODAY)
    assert (half_filled.answered, half_filled.asked) == (13, 24)
    assert half_filled.predecessor == finished
    assert (reviewed.state, reviewed.reference_date) == (Assessment.State.REVIEW, date(2031, 1, 1))


def test_of_the_one_under_review_some_answers_are_confirmed_and_one_came_back(musterstadt):
    reviewed = musterstadt.assessments.get(state=Assessment.State.REVIEW)

    found = [answer.review.value for answer in reviewed.answers.select_related("verdict")]
    assert (found.count("confirmed"), found.count("returned"), found.count("none")) == (4, 1, 19)


def test_the_finished_one_shows_what_a_result_can_show(musterstadt):
    result = evaluate(musterstadt.assessments.get(state=Assessment.State.FINAL).record())

    assert printed(result.principles.index.value) == "2,3"
    assert printed(result.principles.index.evidenced) == "2,0"
    assert [duty.criterion.code for duty in result.duties.unmet] == ["3.3-1", "b-1"]
    assert [clause.clause.code for clause in result.without_score] == ["2.3", "e", "k"]
    assert {level for c in result.clauses if (level := c.score) is not None} == {0, 1, 2, 3, 4}
    assert all(clause.target.year for clause in result.record.clauses)


def test_no_evidence_is_dated_after_the_day_the_answers_describe(musterstadt):
    for assessment in musterstadt.assessments.all():
        for answer in assessment.answers.all():
            assert str(assessment.reference_date.year + 1) not in answer.evidence


def test_people_have_talked_and_brought_evidence(musterstadt):
    finished = musterstadt.assessments.get(state=Assessment.State.FINAL).record()
    draft = musterstadt.assessments.get(state=Assessment.State.DRAFT)

    said = finished.criterion("1.2-1").answer
    assert [remark.role for remark in said.remarks] == ["Prüfende Person"]
    assert [exhibit.kind for exhibit in said.exhibits] == ["link"]
    (question,) = Comment.objects.filter(answer__assessment=draft)
    assert question.audience == "internal"
    contributor = User.objects.get(email="fachamt@musterstadt.example")
    assert "Kommentar lesen" in [task.kind for task in tasks_of(contributor)]


def test_the_file_of_evidence_is_a_pdf_that_can_be_read(musterstadt):
    (exhibit,) = Exhibit.objects.exclude(kind="link")

    content = exhibit.content()

    assert examined(exhibit.file_name, content) == exhibit.kind
    (page,) = PdfReader(BytesIO(content), strict=True).pages
    assert "Kläranlage, Fernwirktechnik: Stadtwerke" in page.extract_text()


def test_there_is_one_person_for_each_role_and_an_editor(musterstadt):
    roles = musterstadt.memberships.order_by("role").values_list("role", "person__email")
    editor = User.objects.get(email="redaktion@musterstadt.example")

    assert list(roles) == [
        ("contributor", "fachamt@musterstadt.example"),
        ("council", "rat@musterstadt.example"),
        ("officer", "digital@musterstadt.example"),
        ("reviewer", "pruefung@musterstadt.example"),
    ]
    assert editor.is_staff
    assert editor.has_perm("guidelines.change_criterion")
    assert not editor.has_perm("assessments.view_assessment")


def test_a_group_of_editors_that_exists_stays_as_it_is(edition):
    group, _ = Group.objects.get_or_create(name="Redaktion")
    group.permissions.set(Permission.objects.filter(codename="view_criterion"))

    demo.build(TODAY)

    assert list(group.permissions.values_list("codename", flat=True)) == ["view_criterion"]


def test_building_twice_changes_nothing(musterstadt):
    before = state_of_everything()

    assert demo.build(date(2032, 5, 1)) is False
    assert state_of_everything() == before


def test_what_people_have_changed_stays(musterstadt):
    person = User.objects.get(email="rat@musterstadt.example")
    person.name = "Karla Anders"
    person.save()
    musterstadt.memberships.get(person=person).delete()
    draft = musterstadt.assessments.get(state=Assessment.State.DRAFT)
    answer = draft.answers.get(criterion__code="l-1")
    answer.state, answer.level = Answer.State.RATED, 4
    answer.save_based_on(0, person)

    demo.build(TODAY)

    assert User.objects.get(pk=person.pk).name == "Karla Anders"
    assert musterstadt.memberships.get(person=person).role == "council"
    assert draft.answers.get(criterion__code="l-1").level == 4


def test_every_sign_in_that_is_printed_works(edition, capsys):
    call_command("demo", address="http://127.0.0.1:8123/")
    printed_lines = capsys.readouterr().out.splitlines()

    assert "Anmelden:  http://127.0.0.1:8123/konto/login/" in printed_lines
    for sign_in in demo.SIGN_INS:
        assert any(sign_in.email in line and sign_in.name in line for line in printed_lines)
        client = Client()
        client.post("/konto/login/", {"login": sign_in.email, "password": demo.PASSWORD})
        assert client.session.get("_auth_user_id"), sign_in.email


def test_the_second_time_only_the_sign_ins_are_printed(musterstadt, capsys):
    call_command("demo")

    out = capsys.readouterr().out
    assert out.startswith("Musterstadt ist schon da.\n")
    assert "digital@musterstadt.example" in out


def test_a_public_server_gets_no_demo_data(edition, settings):
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="öffentlich bekannte Passwörter"):
        call_command("demo")

    assert not User.objects.exists()
    assert not Municipality.objects.exists()


def test_without_the_charter_the_command_says_what_to_do(edition, monkeypatch):
    monkeypatch.setattr(demo, "EDITION", "1999")

    with pytest.raises(CommandError, match=r"manage\.py loaddata charta-2021"):
        call_command("demo")

    assert not Municipality.objects.exists()
