"""The way through the questions: which clauses there are, how far each is answered, and where to go on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import F, FilteredRelation, Q
from django.utils import timezone

from assessments.models import Answer, Assessment, Role, Verdict
from assessments.models.prepared import Given, Prepared

if TYPE_CHECKING:
    from assessments.models.municipality import Person

STATE_NAMES = {
    Answer.State.OPEN: "offen",
    Answer.State.NOT_APPLICABLE: "trifft nicht zu",
    Answer.State.NOT_OUR_COMPETENCE: "andere Ebene",
}


class Line(NamedTuple):
    """What the way needs of one answer."""

    assessment: int
    clause: str
    title: str
    guideline: str | None
    guideline_title: str | None
    state: str
    level: int | None
    changed_at: datetime | None
    changed_by: int | None
    needs_confirmation: bool
    in_charge: int | None
    in_charge_name: str | None
    due: date | None
    version: int
    verdict: str | None
    verdict_on: int | None

    @property
    def is_returned(self) -> bool:
        """Whether it was sent back and not touched since."""
        return self.verdict == Verdict.Kind.RETURNED and self.verdict_on == self.version

    @property
    def is_open(self) -> bool:
        """Whether the question still waits for somebody."""
        return self.state == Answer.State.OPEN or self.needs_confirmation


CLAUSE, MEMBER = "criterion__clause", "aim__assignment__membership"
AIM = FilteredRelation("assessment__targets", condition=Q(assessment__targets__clause=F(CLAUSE)))
LINES = (
    Answer.objects.annotate(aim=AIM)
    .order_by("assessment", f"{CLAUSE}__position", "criterion__position")
    .values_list(
        "assessment_id",
        f"{CLAUSE}__code",
        f"{CLAUSE}__title",
        f"{CLAUSE}__guideline__code",
        f"{CLAUSE}__guideline__title",
        *Line._fields[5:10],
        f"{MEMBER}__person",
        f"{MEMBER}__person__name",
        "aim__assignment__due",
        "version",
        "verdict__kind",
        "verdict__version",
    )
)
LINES_OF_ONE = Prepared(LINES.filter(assessment=Given("assessment")))


def lines(assessments: Iterable[Assessment]) -> list[Line]:
    """The answers of these assessments in the Charter's order, with who is in charge of each (one query)."""
    rows = LINES.filter(assessment__in=[assessment.pk for assessment in assessments])
    return [Line(*row) for row in rows]


def go_on(answers: Sequence[Line], assessment: Assessment, person: Person) -> str | None:
    """The clause where the person goes on: the first open one from their last answer on, else the first open one.

    Contributors go on among the clauses they are in charge of. None when nothing is open.
    """
    if assessment.role == Role.CONTRIBUTOR:
        answers = [line for line in answers if line.in_charge == person.pk]
    mine = [
        (line.changed_at, line.clause) for line in answers if line.changed_by == person.pk and line.changed_at
    ]
    clauses = [line.clause for line in answers]
    start = clauses.index(max(mine)[1]) if mine else 0
    return next((line.clause for line in (*answers[start:], *answers[:start]) if line.is_open), None)


class Step(NamedTuple):
    """One clause on the way. `state` names the sign in the task list, `label` says it in words."""

    code: str
    title: str
    asked: int
    answered: int
    label: str
    is_returned: bool = False
    in_charge: int | None = None
    in_charge_name: str = ""
    due: date | None = None

    @classmethod
    def of(cls, answers: Sequence[Line]) -> Step:
        """How far the answers of this clause have come."""
        first, answered = answers[0], sum(not line.is_open for line in answers)
        is_returned = any(line.is_returned for line in answers)
        return cls(
            code=first.clause,
            title=first.title,
            asked=len(answers),
            answered=answered,
            label="zurückgegeben" if is_returned else _label(answers, answered),
            is_returned=is_returned,
            in_charge=first.in_charge,
            in_charge_name=first.in_charge_name or "",
            due=first.due,
        )

    @property
    def is_overdue(self) -> bool:
        """Whether its day has passed while a question is open."""
        return self.due is not None and self.answered < self.asked and self.due < timezone.localdate()

    @property
    def state(self) -> str:
        """The sign that repeats the label: returned, open, partly or done."""
        if self.is_returned:
            return "returned"
        if self.answered < self.asked:
            return "partly" if self.answered else "open"
        return "done"


def _label(answers: Sequence[Line], answered: int) -> str:
    if any(line.needs_confirmation for line in answers):
        return "zu bestätigen"
    kinds = {line.state for line in answers}
    if len(kinds) == 1 and kinds != {Answer.State.RATED.value}:
        return STATE_NAMES[Answer.State(kinds.pop())]
    if answered < len(answers):
        return "begonnen"
    return f"beantwortet: Stufe {answers[0].level}" if len(answers) == 1 else "beantwortet"


class Section(NamedTuple):
    """A guideline with its principles, or the recommendations."""

    code: str
    name: str
    title: str
    steps: tuple[Step, ...]
    asked: int
    answered: int

    @classmethod
    def of(cls, answers: Sequence[Line]) -> Section:
        """How far the answers of this guideline, or of the recommendations, have come."""
        first = answers[0]
        steps = tuple(Step.of(list(part)) for _code, part in groupby(answers, key=attrgetter("clause")))
        return cls(
            code=f"leitlinie-{first.guideline}" if first.guideline else "empfehlungen",
            name=f"Leitlinie {first.guideline}" if first.guideline else "Handlungsempfehlungen",
            title=first.guideline_title or "",
            steps=steps,
            asked=len(answers),
            answered=sum(step.answered for step in steps),
        )


@dataclass(frozen=True, slots=True)
class Way:
    """All clauses of an assessment in order."""

    sections: tuple[Section, ...]
    steps: tuple[Step, ...]
    asked: int
    answered: int
    go_on: str | None

    @classmethod
    def through(cls, assessment: Assessment, person: Person) -> Way:
        """The way through this assessment, as the person finds it (one query).

        The answers name every clause: each has a key criterion, which both forms ask.
        """
        answers = [Line(*row) for row in LINES_OF_ONE.all(assessment=assessment.pk)]
        sections = tuple(
            Section.of(list(part)) for _guideline, part in groupby(answers, key=attrgetter("guideline"))
        )
        return cls(
            sections=sections,
            steps=tuple(step for section in sections for step in section.steps),
            asked=len(answers),
            answered=sum(section.answered for section in sections),
            go_on=go_on(answers, assessment, person),
        )

    @property
    def is_done(self) -> bool:
        """Whether no question waits for anybody."""
        return self.answered == self.asked

    def number_of(self, code: str) -> int:
        """The place of a clause on the way, counted from 1."""
        return next(number for number, step in enumerate(self.steps, 1) if step.code == code)

    def before(self, code: str) -> Step | None:
        """The clause before this one."""
        number = self.number_of(code)
        return self.steps[number - 2] if number > 1 else None

    def after(self, code: str) -> Step | None:
        """The clause after this one."""
        number = self.number_of(code)
        return self.steps[number] if number < len(self.steps) else None

    def onward(self, code: str, assessment: Assessment, person: Person) -> Step | None:
        """The clause to answer after this one: for a contributor the next one of theirs."""
        further = self.steps[self.number_of(code) :]
        if assessment.role == Role.CONTRIBUTOR:
            further = tuple(step for step in further if step.in_charge == person.pk)
        return next(iter(further), None)
