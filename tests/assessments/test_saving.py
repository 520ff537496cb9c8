"""Saving together: real processes, each with its own connection, on whichever database the run uses."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from operator import itemgetter
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, connections

from assessments.models import Answer, Assessment, AssessmentIsFinal, Snapshot, Stale, Target
from assessments.record import fingerprint
from tests.database import POSTGRES
from tests.proof import times
from tests.saving import save

PAIRS = times(40, 2_000)
FREEZES = 20

processes = multiprocessing.get_context("fork")


def side_by_side(*jobs: Callable[[], Any]) -> list[Any]:
    """Run each job in a process of its own, all at once, and return what each sent back through its pipe."""
    connections.close_all()
    ends = []
    for job in jobs:
        here, there = processes.Pipe()
        process = processes.Process(target=_run, args=(job, there))
        process.start()
        ends.append((process, here))
    results = [here.recv() for _process, here in ends]
    for process, _here in ends:
        process.join(timeout=60)
        assert process.exitcode == 0
    return results


def _run(job: Callable[[], Any], pipe: Any) -> None:
    connections.close_all()
    pipe.send(job())
    connections.close_all()


def rate(pk: int, version: int, comment: str, by: Any) -> bool:
    """One person's save, based on this version: whether it won."""
    answer = Answer.objects.get(pk=pk)
    answer.state, answer.level, answer.comment = Answer.State.RATED, 2, comment
    try:
        answer.save_based_on(version, by)
    except Stale:
        return False
    return True


@pytest.mark.django_db(transaction=True)
def test_of_two_simultaneous_saves_one_wins_and_the_other_gets_both_texts(assess, person, sign_in):
    assessment = assess()
    start = processes.Barrier(2, timeout=60)

    def saves(role: str) -> Callable[[], list[tuple[int, Any]]]:
        client, by = sign_in(role), person(role)

        def job() -> list[tuple[int, Any]]:
            told = []
            for n in range(PAIRS):
                start.wait()
                response = save(client, assessment, by, n, choice="2", comment=f"{role} {n}")
                told.append((response.status_code, response.json()))
            return told

        return job

    roles = ("officer", "contributor")
    first, second = side_by_side(*map(saves, roles))

    winners = []
    for n, pair in enumerate(zip(first, second, strict=True)):
        (winner, _won), (loser, (_status, told)) = sorted(
            zip(roles, pair, strict=True), key=lambda one: one[1][0]
        )
        winners.append((n + 1, f"{winner} {n}"))
        assert [status for status, _told in sorted(pair, key=itemgetter(0))] == [200, 409]
        both = {"label": "Erläuterung", "mine": f"{loser} {n}", "theirs": f"{winner} {n}"}
        assert (told["by"], told["version"]) == (str(person(winner)), n + 1)
        assert both in told["differences"]
    history = Answer.history.filter(id=assessment.answers.get(criterion__code="1.1-1").pk)
    assert list(history.order_by("version").values_list("version", "comment")) == winners
    print(
        f"{PAIRS} pairs: {[winner.split()[0] for _n, winner in winners].count('officer')} × the officer won"
    )


@pytest.mark.django_db(transaction=True)
def test_the_same_save_sent_twice_at_once_is_one_revision(assess, person, sign_in):
    assessment, officer = assess(), person("officer")
    keys = [uuid4() for _n in range(PAIRS)]
    start = processes.Barrier(2, timeout=60)

    def saves() -> Callable[[], list[tuple[int, int]]]:
        client = sign_in("officer")

        def job() -> list[tuple[int, int]]:
            told = []
            for n, key in enumerate(keys):
                start.wait()
                response = save(client, assessment, officer, n, key, comment=f"Fassung {n}")
                told.append((response.status_code, response.json()["version"]))
            return told

        return job

    first, second = side_by_side(saves(), saves())

    assert first == second == [(200, n + 1) for n in range(PAIRS)]
    history = Answer.history.filter(id=assessment.answers.get(criterion__code="1.1-1").pk)
    assert list(history.order_by("version").values_list("save_key", flat=True)) == keys


@pytest.mark.django_db(transaction=True)
def test_what_is_frozen_is_what_was_saved_however_busy_the_writers(assess, person):
    officer, contributor = person("officer"), person("contributor")
    assessments = [assess(year=2000 + n) for n in range(FREEZES)]
    start = processes.Barrier(3, timeout=60)

    def write(by: Any, half: int) -> Callable[[], int]:
        def job() -> int:
            saved = 0
            for assessment in assessments:
                start.wait()
                for answer in list(assessment.answers.all()[half::2]):
                    answer.comment = f"von {by}"
                    try:
                        answer.save_based_on(answer.version, by)
                    except IntegrityError:
                        break
                    saved += 1
            return saved

        return job

    def freeze() -> int:
        for assessment in assessments:
            start.wait()
            Assessment.objects.get(pk=assessment.pk).finalise(officer)
        return len(assessments)

    side_by_side(write(officer, 0), write(contributor, 1), freeze)

    for assessment in Assessment.objects.all():
        body = assessment.snapshot.body
        assert fingerprint(body) == assessment.snapshot.sha256
        assert assessment._record_of_rows().canonical() == body


def test_a_stale_save_writes_nothing(assess, person, answer_of):
    assessment = assess(levels={"1.1-1": 3})
    stored = answer_of(assessment, "1.1-1")

    won = rate(stored.pk, 0, "zu spät", person("contributor"))

    assert not won
    assert answer_of(assessment, "1.1-1").comment == ""
    assert Answer.history.filter(id=stored.pk).count() == 1


def test_a_save_remembers_who_and_when_in_row_and_history(assess, person, answer_of):
    assessment = assess()
    officer = person("officer")

    rate(answer_of(assessment, "1.1-1").pk, 0, "Beschluss vom 3. Mai", officer)

    stored = answer_of(assessment, "1.1-1")
    past = stored.seen_at(1)
    assert (stored.version, stored.changed_by, stored.comment) == (1, officer, "Beschluss vom 3. Mai")
    assert past is not None
    assert past.comment == "Beschluss vom 3. Mai"
    assert stored.same_as(past)
    assert stored.seen_at(0) is None
    assert not stored.same_as(None)


class TestTheDatabaseRefuses:
    """Past every form and method: what no code path may do."""

    @pytest.fixture
    def final(self, assess) -> Assessment:
        return assess(levels=2, final=True)

    def test_an_answer_of_a_final_assessment(self, final):
        with pytest.raises(IntegrityError):
            Answer.objects.filter(assessment=final).update(comment="nachträglich")

    def test_a_target_of_a_final_assessment(self, final):
        with pytest.raises(IntegrityError):
            Target.objects.filter(assessment=final).update(level=0)

    def test_a_new_answer_in_a_final_assessment(self, final):
        one = final.answers.first()

        with pytest.raises(IntegrityError):
            Answer.objects.bulk_create([Answer(assessment=final, criterion_id=one.criterion_id)])

    def test_opening_a_final_assessment_again(self, final):
        with pytest.raises(IntegrityError):
            Assessment.objects.filter(pk=final.pk).update(state="draft", finalised_at=None)

    def test_another_snapshot_text(self, final):
        with pytest.raises(IntegrityError):
            Snapshot.objects.filter(assessment=final).update(body="{}")

    @pytest.mark.parametrize(
        "values",
        [
            {"state": "rated", "level": None},
            {"state": "open", "level": 3},
            {"state": "rated", "level": 5},
            {"state": "not_applicable", "reason": ""},
            {"state": "not_our_competence", "competent_body": "Land", "demand": ""},
            {"state": "unbekannt"},
            {"evidence_grade": 5},
        ],
    )
    def test_an_answer_that_makes_no_sense(self, assess, values):
        assessment = assess()

        with pytest.raises(IntegrityError):
            assessment.answers.filter(criterion__code="1.1-1").update(**values)

    def test_a_second_role_in_the_same_municipality(self, person, town):
        officer = person("officer")

        with pytest.raises(IntegrityError):
            officer.memberships.create(municipality=town, role="council")


def test_an_assessment_is_finalised_once(assess, person):
    assessment = assess(levels=2, final=True)

    with pytest.raises(AssessmentIsFinal):
        Assessment.objects.get(pk=assessment.pk).finalise(person("officer"))


def test_a_final_assessment_speaks_from_its_snapshot(assess, edition):
    assessment = assess(levels=2, final=True)
    before = assessment.record()
    edition.clauses.filter(code="1.1").update(title="Neuer Titel")

    after = Assessment.objects.get(pk=assessment.pk).record()

    assert after == before
    assert after.sha256 == assessment.snapshot.sha256


def test_the_run_uses_the_database_it_was_asked_for():
    assert connection.vendor == ("postgresql" if POSTGRES else "sqlite")
