"""Draft, review, final: the way of an assessment, held by the database, however busy the writers."""

from __future__ import annotations

from contextlib import suppress

import pytest
from django.db import IntegrityError, connection, transaction

from assessments.models import (
    Answer,
    Assessment,
    AssessmentIsFinal,
    AuditEntry,
    Comment,
    Exhibit,
    Seen,
    Snapshot,
    Stale,
    Target,
    Unconfirmed,
    Verdict,
    WrongState,
)
from assessments.record import fingerprint
from tests.assessments.test_saving import processes, side_by_side
from tests.database import POSTGRES
from tests.proof import times

ROUNDS = times(4, 100)
CONFIRMED, RETURNED = Verdict.Kind.CONFIRMED, Verdict.Kind.RETURNED


def execute(sql, *values):
    """Past every model: plain SQL, refused or done as a whole."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def judge(answer, kind, by, reason=""):
    """A verdict on the answer as it stands now."""
    answer.refresh_from_db()
    return Verdict.objects.give(kind, [Seen(answer.pk, answer.version, answer.verdict_id)], by, reason)


def confirm_all(assessment, by):
    answers = assessment.answers.exclude(state="open")
    Verdict.objects.give(CONFIRMED, [Seen(a.pk, a.version, a.verdict_id) for a in answers], by)


def link(answer, by):
    """Evidence for the answer."""
    return Exhibit.objects.add_link(answer=answer, by=by, title="Beschluss", address="https://rat.example/1")


def comment(answer, by):
    return Comment.objects.write(
        answer=answer, by=by, role="officer", text="Seite 3 zählt.", audience="internal", notify=()
    )


# The way


def test_a_draft_is_handed_over_and_comes_back_with_a_reason(assess, person):
    assessment = assess(levels={"1.1-1": 2})

    assessment.hand_over(person("officer"))
    assert Assessment.objects.get(pk=assessment.pk).is_in_review

    assessment.take_back(person("reviewer"), "Abschnitt 3 fehlt ganz")
    stored = Assessment.objects.get(pk=assessment.pk)
    assert stored.is_draft
    assert (stored.move_reason, stored.moved_by) == ("Abschnitt 3 fehlt ganz", person("reviewer"))


def test_every_step_stands_in_the_log(assess, person):
    assessment, officer = assess(levels=2), person("officer")

    assessment.hand_over(officer)
    assessment.take_back(officer, "Nachtrag")
    assessment.hand_over(officer)
    assessment.finalise(officer)

    kinds = AuditEntry.objects.filter(assessment=assessment.pk).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["handed_over", "taken_back", "handed_over", "final"]


@pytest.mark.parametrize("final", [False, True])
def test_what_is_handed_over_already_cannot_be_handed_over(final, assess, person):
    assessment = assess(levels=2, review=True, final=final)

    with pytest.raises(AssessmentIsFinal if final else WrongState):
        assessment.hand_over(person("officer"))


def test_only_what_is_in_review_comes_back(assess, person):
    with pytest.raises(WrongState):
        assess().take_back(person("officer"), "Grund")


def test_an_assessment_in_review_cannot_be_widened(assess, person):
    with pytest.raises(WrongState):
        assess(review=True).widen(person("officer"))


# The database holds it


class TestTheDatabaseRefuses:
    """By plain SQL, past every form and method."""

    @pytest.mark.parametrize("state", ["review", "final"])
    def test_an_assessment_that_does_not_begin_as_a_draft(self, assess, state):
        columns = [field.column for field in Assessment._meta.concrete_fields if field.column != "id"]
        copied = ", ".join({"state": f"'{state}'", "title": "'Kopie'"}.get(c, c) for c in columns)

        with pytest.raises(IntegrityError):
            execute(
                f"INSERT INTO assessments_assessment ({', '.join(columns)}) "  # noqa: S608
                f"SELECT {copied} FROM assessments_assessment WHERE id = %s",
                assess().pk,
            )

    @pytest.mark.parametrize(
        ("start", "end"),
        [("draft", "gone"), ("review", "gone"), ("final", "review"), ("final", "draft"), ("review", "draft")],
    )
    def test_a_step_that_is_no_way(self, assess, start, end):
        assessment = assess(levels=2, review=start != "draft", final=start == "final")

        with pytest.raises(IntegrityError):
            execute(
                "UPDATE assessments_assessment SET state = %s, finalised_at = NULL WHERE id = %s",
                end,
                assessment.pk,
            )

    @pytest.mark.parametrize("review", [False, True])
    def test_finalising_without_a_snapshot(self, assess, review):
        assessment = assess(levels=2, review=review)

        with pytest.raises(IntegrityError):
            execute(
                "UPDATE assessments_assessment SET state = 'final', finalised_at = CURRENT_TIMESTAMP, "
                "finalised_by_id = created_by_id WHERE id = %s",
                assessment.pk,
            )

    def test_finalising_with_an_unconfirmed_answer_where_four_eyes_are_wanted(self, assess, town):
        assessment = assess(levels=2)
        body = assessment.record().canonical()
        Snapshot.objects.create(assessment=assessment, body=body, sha256=fingerprint(body))
        town.four_eyes = True
        town.save()

        with pytest.raises(IntegrityError):
            execute(
                "UPDATE assessments_assessment SET state = 'final', finalised_at = CURRENT_TIMESTAMP, "
                "finalised_by_id = created_by_id WHERE id = %s",
                assessment.pk,
            )

    @pytest.mark.parametrize(
        "change", ["comment = 'anders'", "level = 4", "version = version + 1", "needs_confirmation = true"]
    )
    def test_an_answer_under_review(self, assess, change):
        assessment = assess(levels=2, review=True)

        with pytest.raises(IntegrityError):
            execute(f"UPDATE assessments_answer SET {change} WHERE assessment_id = %s", assessment.pk)  # noqa: S608

    def test_an_answer_that_was_confirmed(self, assess, person, answer_of):
        assessment = assess(levels=2, review=True)
        answer = answer_of(assessment, "1.1-1")
        judge(answer, RETURNED, person("reviewer"), "Beleg fehlt")
        judge(answer, CONFIRMED, person("reviewer"))

        with pytest.raises(IntegrityError):
            execute("UPDATE assessments_answer SET comment = 'anders' WHERE id = %s", answer.pk)

    def test_a_target_and_a_new_answer_under_review(self, assess):
        assessment = assess(review=True)
        one = assessment.answers.first()

        with pytest.raises(IntegrityError), transaction.atomic():
            Target.objects.filter(assessment=assessment).update(level=0)
        with pytest.raises(IntegrityError), transaction.atomic():
            Answer.objects.bulk_create([Answer(assessment=assessment, criterion_id=one.criterion_id)])

    def test_moving_an_answer_to_another_assessment(self, assess):
        final, draft = assess(levels=2, final=True), assess(year=2025)

        with pytest.raises(IntegrityError):
            execute(
                "UPDATE assessments_answer SET assessment_id = %s WHERE assessment_id = %s",
                draft.pk,
                final.pk,
            )

    @pytest.mark.parametrize("state", ["draft", "final"])
    def test_a_verdict_outside_the_review(self, assess, person, answer_of, state):
        assessment = assess(levels=2, final=state == "final")

        with pytest.raises(IntegrityError):
            judge(answer_of(assessment, "1.1-1"), CONFIRMED, person("reviewer"))

    def test_a_verdict_on_another_version(self, assess, person, answer_of):
        answer = answer_of(assess(levels=2, review=True), "1.1-1")

        with pytest.raises(IntegrityError):
            Verdict.objects.create(answer=answer, version=7, kind=CONFIRMED, by=person("reviewer"))

    def test_a_confirmation_by_whoever_changed_the_answer_last(self, assess, person, answer_of):
        answer = answer_of(assess(levels=2, review=True), "1.1-1")

        with pytest.raises(IntegrityError):
            Verdict.objects.create(answer=answer, version=1, kind=CONFIRMED, by=person("officer"))

    def test_a_confirmation_of_an_open_question(self, assess, person):
        answer = assess(review=True).answers.first()

        with pytest.raises(IntegrityError):
            Verdict.objects.create(answer=answer, version=0, kind=CONFIRMED, by=person("reviewer"))

    def test_another_verdict_afterwards(self, assess, person, answer_of):
        answer = answer_of(assess(levels=2, review=True), "1.1-1")
        judge(answer, RETURNED, person("reviewer"), "Beleg fehlt")

        with pytest.raises(IntegrityError):
            execute("UPDATE assessments_verdict SET kind = 'confirmed', reason = ''")

    def test_an_answer_that_forgets_its_verdict_or_shows_anothers(self, assess, person, answer_of):
        assessment = assess(levels=2, review=True)
        one, other = answer_of(assessment, "1.1-1"), answer_of(assessment, "1.2-1")
        judge(one, RETURNED, person("reviewer"), "Beleg fehlt")

        with pytest.raises(IntegrityError):
            execute("UPDATE assessments_answer SET verdict_id = NULL WHERE id = %s", one.pk)
        with pytest.raises(IntegrityError):
            execute(
                "UPDATE assessments_answer SET verdict_id = (SELECT id FROM assessments_verdict) WHERE id = %s",
                other.pk,
            )

    def test_evidence_that_comes_changes_or_goes_under_review(self, assess, person, answer_of):
        answer = answer_of(assess(levels=2), "1.1-1")
        exhibit = link(answer, person("officer"))
        answer.assessment.hand_over(person("officer"))

        with pytest.raises(IntegrityError):
            execute("UPDATE assessments_exhibit SET title = 'anders' WHERE id = %s", exhibit.pk)
        exhibit.pk = None
        with pytest.raises(IntegrityError), transaction.atomic():
            exhibit.save(force_insert=True)

    def test_evidence_to_an_answer_that_was_confirmed(self, assess, person, answer_of):
        answer = answer_of(assess(levels=2, review=True), "1.1-1")
        judge(answer, RETURNED, person("reviewer"), "Beleg fehlt")
        exhibit = link(answer, person("officer"))
        judge(answer, CONFIRMED, person("reviewer"))

        with pytest.raises(IntegrityError):
            execute("UPDATE assessments_exhibit SET title = 'anders' WHERE id = %s", exhibit.pk)

    @pytest.mark.parametrize("part", ["comment", "exhibit"])
    def test_moving_what_was_said_to_another_answer(self, assess, person, answer_of, part):
        final, draft = assess(levels=2), assess(year=2025)
        answer, elsewhere = answer_of(final, "1.1-1"), answer_of(draft, "1.1-1")
        link(answer, person("officer"))
        comment(answer, person("officer"))
        final.finalise(person("officer"))

        with pytest.raises(IntegrityError):
            execute(f"UPDATE assessments_{part} SET answer_id = %s", elsewhere.pk)  # noqa: S608

    @pytest.mark.parametrize("state", ["review", "final"])
    @pytest.mark.parametrize("part", ["assessment", "answer", "target", "comment", "exhibit", "verdict"])
    def test_deleting_what_is_under_review_or_final(self, assess, person, answer_of, part, state):
        assessment = assess(levels=2)
        answer = answer_of(assessment, "1.1-1")
        link(answer, person("officer"))
        comment(answer, person("officer"))
        assessment.hand_over(person("officer"))
        judge(answer, CONFIRMED, person("reviewer"))
        if state == "final":
            assessment.finalise(person("officer"))

        with pytest.raises(IntegrityError, match="never deleted"):
            execute(f"DELETE FROM assessments_{part}")  # noqa: S608  # a name of ours

    def test_deleting_the_frozen_record(self, assess):
        assess(levels=2, final=True)

        with pytest.raises(IntegrityError, match="never deleted"):
            execute("DELETE FROM assessments_snapshot")


def truncate(*tables):
    """Empty these tables and all that point at them."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE"
        )  # what waits for the end of the test would refuse it, too
        cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")


@pytest.mark.postgres
@pytest.mark.skipif(not POSTGRES, reason="SQLite knows no TRUNCATE")
class TestEmptyingTables:
    """PostgreSQL's TRUNCATE fires no trigger of a row."""

    @pytest.mark.parametrize("state", ["review", "final"])
    def test_is_refused_once_something_is_under_review_or_final(self, assess, state):
        assess(levels=2, review=state == "review", final=state == "final")
        parts = ("assessment", "answer", "target", "snapshot", "comment", "exhibit", "verdict", "report")

        for part in (*parts, "municipality"):
            with pytest.raises(IntegrityError, match="never deleted"):
                truncate(f"assessments_{part}")

    def test_is_refused_for_all_tables_at_once(self, assess):
        assess(final=True)

        with pytest.raises(IntegrityError, match="never deleted"):
            truncate(
                *(table for table in connection.introspection.table_names() if "auditentry" not in table)
            )

    def test_of_drafts_alone_is_not(self, assess):
        assess(levels=2)

        truncate("assessments_assessment")

        assert not Answer.objects.exists()


def test_a_draft_can_be_deleted_and_nothing_else_goes_with_it(assess, person, answer_of):
    draft, final = assess(levels=2, in_charge=()), assess(levels=2, final=True, year=2025)
    link(answer_of(draft, "1.1-1"), person("officer"))
    comment(answer_of(draft, "1.1-1"), person("officer"))

    Exhibit.objects.filter(answer__assessment=draft).delete()
    Comment.objects.filter(answer__assessment=draft).delete()
    draft.answers.all().delete()
    draft.targets.all().delete()
    draft.delete()

    assert Assessment.objects.get() == final
    assert final.answers.count() == 24


def test_under_review_people_go_on_talking_and_bring_evidence_for_what_was_sent_back(
    assess, person, answer_of
):
    answer = answer_of(assess(levels=2, review=True), "1.1-1")
    comment(answer, person("officer"))
    judge(answer, RETURNED, person("reviewer"), "Beleg fehlt")

    exhibit = link(answer, person("officer"))
    exhibit.remove(person("officer"))

    assert answer.comments.count() == answer.exhibits.count() == 1


def test_what_was_sent_back_can_be_written_until_it_is_confirmed(assess, person, answer_of):
    assessment, officer, reviewer = assess(levels=2, review=True), person("officer"), person("reviewer")
    answer = answer_of(assessment, "1.1-1")
    judge(answer, RETURNED, reviewer, "Beleg fehlt")

    for comment in ("Beleg ergänzt", "Beleg und Datum ergänzt"):
        answer.refresh_from_db()
        answer.comment = comment
        answer.save_based_on(answer.version, officer)
    judge(answer, CONFIRMED, reviewer)

    answer.refresh_from_db()
    assert (answer.comment, answer.version, answer.review) == ("Beleg und Datum ergänzt", 3, "confirmed")
    assert list(answer.verdicts.values_list("kind", "version")) == [("returned", 1), ("confirmed", 3)]
    with pytest.raises(IntegrityError):
        answer.save_based_on(3, officer)


# Four eyes


def test_four_eyes_keep_an_unconfirmed_assessment_from_being_finalised(assess, person, town):
    town.four_eyes = True
    town.save()
    assessment = assess(levels={"1.1-1": 2, "1.2-1": 3}, review=True)

    with pytest.raises(Unconfirmed):
        assessment.finalise(person("officer"))

    confirm_all(assessment, person("reviewer"))
    assessment.finalise(person("officer"))  # open questions are no answers: nobody can confirm them
    assert assessment.is_final


def test_a_changed_answer_needs_a_new_confirmation(assess, person, town, answer_of):
    town.four_eyes = True
    town.save()
    assessment = assess(levels=2, review=True)
    confirm_all(assessment, person("reviewer"))
    assessment.take_back(person("officer"), "Eine Zahl ist neu")
    answer = answer_of(assessment, "1.1-1")
    answer.comment = "neu"
    answer.save_based_on(1, person("officer"))

    with pytest.raises(Unconfirmed):
        assessment.finalise(person("officer"))


# Real processes


@pytest.mark.django_db(transaction=True)
def test_what_is_handed_over_is_what_was_saved_however_busy_the_writers(assess, person):
    officer, contributor = person("officer"), person("contributor")
    assessments = [assess(year=2000 + n) for n in range(ROUNDS)]
    start = processes.Barrier(3, timeout=60)

    def write(by, half):
        def job():
            saved = []
            for assessment in assessments:
                start.wait()
                for answer in list(assessment.answers.all()[half::2]):
                    answer.comment = f"von {by}"
                    try:
                        answer.save_based_on(answer.version, by)
                    except IntegrityError:
                        break
                    saved.append(answer.pk)
            return saved

        return job

    def hand_over():
        records = []
        for assessment in assessments:
            start.wait()
            Assessment.objects.get(pk=assessment.pk).hand_over(officer)
            records.append(Assessment.objects.get(pk=assessment.pk).record().canonical())
        return records

    first, second, records = side_by_side(write(officer, 0), write(contributor, 1), hand_over)

    assert [Assessment.objects.get(pk=one.pk).record().canonical() for one in assessments] == records
    assert {*first, *second} == {*Answer.objects.exclude(comment="").values_list("pk", flat=True)}


@pytest.mark.django_db(transaction=True)
def test_a_verdict_never_rests_on_words_the_reviewer_has_not_seen(assess, person):
    contributor, reviewer = person("contributor"), person("reviewer")
    answers = [
        assess(levels={"1.1-1": 2}, review=True, year=1900 + n).answers.get(criterion__code="1.1-1")
        for n in range(3 * ROUNDS)
    ]
    for answer in answers:
        judge(answer, RETURNED, reviewer, "bitte ergänzen")
    start = processes.Barrier(2, timeout=60)

    def mend():
        won = []
        for answer in answers:
            answer.refresh_from_db()
            answer.comment = "ergänzt"
            start.wait()
            try:
                answer.save_based_on(1, contributor)
            except (IntegrityError, Stale):
                won.append(False)
            else:
                won.append(True)
        return won

    def confirm():
        won = []
        for answer in answers:
            seen = Seen(answer.pk, 1, Answer.objects.get(pk=answer.pk).verdict_id)
            start.wait()
            stands, _refused = Verdict.objects.give(CONFIRMED, [seen], reviewer)
            won.append(bool(stands))
        return won

    mended, confirmed = side_by_side(mend, confirm)

    assert [one + other for one, other in zip(mended, confirmed, strict=True)] == [1] * len(answers)
    for answer, was_mended in zip(answers, mended, strict=True):
        answer.refresh_from_db()
        assert (answer.version, answer.review) == ((2, "mended") if was_mended else (1, "confirmed"))


def each_once_all_are_there(start, assessments, act):
    """A job for a process of its own: go through the assessments in step with the others, as long as one lets you."""

    def job():
        for assessment in assessments:
            start.wait()
            with suppress(IntegrityError, Stale):
                act(assessment)

    return job


@pytest.mark.django_db(transaction=True)
def test_what_is_frozen_from_the_review_is_what_was_written_and_confirmed(assess, person):
    officer, contributor, reviewer = person("officer"), person("contributor"), person("reviewer")
    assessments = [assess(levels=2, review=True, year=1900 + n) for n in range(ROUNDS)]
    for assessment in assessments:
        seen = [Seen(answer.pk, 1, None) for answer in assessment.answers.all()]
        Verdict.objects.give(RETURNED, seen, reviewer, "bitte ergänzen")

    def mend(assessment):
        for answer in assessment.answers.all():
            answer.comment = "ergänzt"
            answer.save_based_on(answer.version, contributor)

    def confirm(assessment):
        for answer in assessment.answers.order_by("-pk"):
            Verdict.objects.give(CONFIRMED, [Seen(answer.pk, answer.version, answer.verdict_id)], reviewer)

    def finalise(assessment):
        Assessment.objects.get(pk=assessment.pk).finalise(officer)

    start = processes.Barrier(3, timeout=60)
    side_by_side(*(each_once_all_are_there(start, assessments, act) for act in (mend, confirm, finalise)))

    for assessment in Assessment.objects.all():
        body = assessment.snapshot.body
        assert fingerprint(body) == assessment.snapshot.sha256
        assert assessment._record_of_rows().canonical() == body
