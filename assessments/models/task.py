"""What waits for a person, from every part of the site: the rows of "Meine Aufgaben" and of the reminders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from assessments.models.answer import Answer
from assessments.models.assessment import Assessment
from assessments.models.comment import Mention
from assessments.models.team import Assignment

if TYPE_CHECKING:
    from assessments.models.municipality import Person


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do: its kind in a word or two, what it is about, where to do it, and until when."""

    kind: str
    title: str
    place: str  # the assessment and its municipality
    url: str
    due: date | None = None

    @property
    def is_overdue(self) -> bool:
        """Whether its day has passed."""
        return self.due is not None and self.due < timezone.localdate()


def assigned(person: Person) -> Iterator[Task]:
    """The clauses the person is in charge of that still have an open question (one query)."""
    for assignment in Assignment.objects.of(person).waiting():
        target = assignment.target
        yield Task(
            kind="beantworten",
            title=str(target.clause),
            place=f"{target.assessment.title}, {target.assessment.municipality.name}",
            url=reverse("assessments:question", args=[target.assessment_id, target.clause.code]),
            due=assignment.due,
        )


def mentioned(person: Person) -> Iterator[Task]:
    """The comments the person is asked to read (one query)."""
    for mention in Mention.objects.open_for(person).with_places():
        comment = mention.comment
        answer, assessment = comment.answer, comment.answer.assessment
        yield Task(
            kind="Kommentar lesen",
            title=f"{answer.criterion.code} {answer.criterion.short_title}: {comment.author} fragt Sie",
            place=f"{assessment.title}, {assessment.municipality.name}",
            url=f"{answer.get_absolute_url()}#kommentar-{comment.pk}",
        )


def sent_back(person: Person) -> Iterator[Task]:
    """Answers a reviewer sent back and nobody has touched since: for who gave them, and for officers (one query)."""
    for answer in Answer.objects.sent_back_to(person):
        yield Task(
            kind="zurückgegeben",
            title=f"{answer.criterion.code} {answer.criterion.short_title}",
            place=f"{answer.assessment.title}, {answer.assessment.municipality.name}",
            url=f"{reverse('assessments:question', args=[answer.assessment_id, answer.criterion.clause.code])}"
            f"#frage-{answer.criterion.code}",
        )


def to_review(person: Person) -> Iterator[Task]:
    """The assessments with answers that wait for the person as a reviewer (one query)."""
    for assessment in Assessment.objects.waiting_for_reviewer(person):
        yield Task(
            kind="prüfen",
            title=ngettext("%d Antwort prüfen", "%d Antworten prüfen", assessment.waiting)
            % assessment.waiting,
            place=f"{assessment.title}, {assessment.municipality.name}",
            url=reverse("assessments:review", args=[assessment.pk]),
        )


SOURCES = (assigned, sent_back, to_review, mentioned)  # one function a kind of task, each with one query


def tasks_of(person: Person) -> list[Task]:
    """Everything that waits for the person, overdue first, then by day, what has no day last."""
    tasks = [task for source in SOURCES for task in source(person)]
    return sorted(tasks, key=lambda task: task.due or date.max)
