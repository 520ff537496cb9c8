"""Answers and targets: rows that several people edit at once and that never overwrite each other in silence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Self
from uuid import UUID

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, FilteredRelation, Func, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from assessments.models.comment import Comment
from assessments.models.evidence import Exhibit
from assessments.models.municipality import Membership
from assessments.models.prepared import Given, PreparedWrite
from assessments.models.roles import Role
from assessments.record import (
    AnswerState,
    AnswerValue,
    ExhibitValue,
    PointKind,
    RemarkValue,
    TargetValue,
    Value,
)
from assessments.scoring import DUTY_MET_AT, LEVEL_NAMES
from guidelines.models import Clause, Criterion

if TYPE_CHECKING:
    from assessments.models.assessment import Assessment
    from assessments.models.municipality import Person
    from assessments.models.prepared import Whoever

TEXT_LIMIT = 4_000


class Stale(Exception):
    """Somebody else saved since this version was read; nothing was written."""


class Revision(models.Model):
    """What a row of the history holds besides the row itself."""

    save_key = models.UUIDField(null=True, editable=False)  # the browser's name for the save that wrote it

    class Meta:
        abstract = True


class Revisions(HistoricalRecords):
    """The history of a row, in which the same save stands once, however often it was sent."""

    def __init__(self, **options: Any) -> None:
        super().__init__(bases=[Revision], **options)

    def get_meta_options(self, model: type[models.Model]) -> dict[str, Any]:
        """The options of the history's table."""
        once = models.UniqueConstraint(fields=("id", "save_key"), name=f"{model._meta.model_name}_saved_once")
        return super().get_meta_options(model) | {"constraints": [once]}


class WrongState(Exception):
    """The assessment has moved on: from where it stands now, this step is not possible."""


class AssessmentIsFinal(WrongState):
    """The assessment was finalised; it can be read and copied, never changed."""


class Versioned(models.Model):
    """A row that is only ever written on top of the version its author has seen."""

    version = models.PositiveIntegerField(_("Fassung"), default=0, editable=False)
    changed_at = models.DateTimeField(_("geändert am"), null=True, editable=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("geändert von"),
    )

    WRITTEN: ClassVar[tuple[str, ...]] = ()

    role: str  # the reader's role, set by `visible_to`
    reader: int  # the membership that gives it
    in_charge: int | None  # the membership of who is in charge of the clause

    class Meta:
        abstract = True

    def of_reader(self) -> Assessment:
        """The assessment as this clause's page shows it: with the reader's rights here. Relies on `visible_to`."""
        assessment: Assessment = self.assessment  # type: ignore[attr-defined]  # each concrete class has one
        assessment.role, assessment.is_in_charge = self.role, self.in_charge == self.reader
        return assessment

    def save_based_on(self, version: int, by: Person) -> None:
        """Write the fields of `WRITTEN` as version + 1, with a row in the history, in one transaction.

        The comparison happens in the database, within the write itself: of several people who saw the same
        version exactly one wins. Raises `Stale` for the others, and `IntegrityError` once the assessment is final.
        """
        with transaction.atomic():
            if self.write_all([(self, version)], by):
                raise Stale

    @classmethod
    def write_all(cls, rows: Sequence[tuple[Self, int]], by: Person, key: UUID | None = None) -> list[Self]:
        """`save_based_on` for several rows, each with its version; returns the stale ones, the others are written.

        Costs one statement for all rows and one for their history, within the caller's transaction; only when
        somebody was quicker than one of several a third asks which rows that concerns. `key` names the save.
        """
        now = timezone.now()
        for row, version in rows:
            row.version, row.changed_at, row.changed_by_id = version + 1, now, by.pk
        written = [row for row, _version in rows]
        values = {row: {name: getattr(row, name) for name in ("id", *cls._written())} for row in written}
        count = _save_of(cls).run([values[row] | {"seen": version} for row, version in rows])
        if count == 0:
            return written
        if count < len(written):
            mine = cls._default_manager.filter(
                pk__in=[row.pk for row in written], changed_at=now, changed_by=by.pk
            )
            reached = set(mine.values_list("pk", flat=True))
            written = [row for row in written if row.pk in reached]
        told = {
            "save_key": key,
            "history_date": now,
            "history_user_id": by.pk,
            "history_type": "~",
            "history_change_reason": "",
        }
        _revision_of(cls).run([values[row] | told for row in written])
        return [row for row, _version in rows if row not in written]

    def seen_at(self, version: int) -> Self | None:
        """The row as its author saw it at this version, from the history; None at version 0 (nothing written)."""
        past = self._history().filter(id=self.pk, version=version).first()
        return past.instance if past else None

    def saved_as(self, key: UUID) -> Self | None:
        """The row as the save of this name wrote it; None if that save has not been here."""
        past = self._history().filter(id=self.pk, save_key=key).first()
        return past.instance if past else None

    def same_as(self, other: Self | None) -> bool:
        """Whether both hold the same contents; None stands for a row as it was created."""
        reference = other or type(self)()
        return all(getattr(self, name) == getattr(reference, name) for name in self.WRITTEN)

    def take_over(self, value: Value) -> None:
        """Fill this new row with what an earlier assessment says, written by nobody yet. Does not save."""
        for name, content in value.model_dump(include=set(self.WRITTEN)).items():
            setattr(self, name, content)
        self.version = 1

    @classmethod
    def _written(cls) -> tuple[str, ...]:
        """The columns that a save writes."""
        return (*cls.WRITTEN, "version", "changed_at", "changed_by_id")

    @classmethod
    def _history(cls) -> Any:
        return _history_of(cls)


@cache
def _history_of(kind: type[Versioned]) -> Any:
    """The history of this kind of row; simple-history would put its manager together anew each time."""
    return kind.history  # type: ignore[attr-defined]  # set by simple-history on each concrete class


@cache
def _save_of(kind: type[Versioned]) -> PreparedWrite:
    """Writes such a row on top of the version that was `seen`."""
    due = kind._default_manager.filter(pk=Given("id"), version=Given("seen"))
    return PreparedWrite.update(due, kind._written())


@cache
def _revision_of(kind: type[Versioned]) -> PreparedWrite:
    """Writes such a row into its history."""
    return PreparedWrite.insert(_history_of(kind).model)


class Review(StrEnum):
    """Where an answer stands in the review."""

    NONE = "none"
    CONFIRMED = "confirmed"
    CHANGED = "changed"  # since it was confirmed
    RETURNED = "returned"
    MENDED = "mended"  # changed since it was sent back


SENT_BACK = {Review.RETURNED, Review.MENDED}


class PartQuerySet(models.QuerySet):
    """Answers or targets, each a door to its assessment: the reader's rights come along with the row."""

    def visible_to(self, person: Person | Whoever) -> Self:
        """The parts of the assessments that `Assessment.objects.visible_to` names, with the same `role`.

        Each carries whose clause it is as well, for `of_reader`. A rule of its own, as a join: that of the assessments
        as a subquery took twice as long.
        """
        if not person.pk:
            return self.none()
        rows = self.annotate(
            member=F("assessment__municipality__memberships__person"),
            role=F("assessment__municipality__memberships__role"),
            reader=F("assessment__municipality__memberships"),
            **self._in_charge(),
        )
        return rows.filter(~Q(role=Role.COUNCIL) | Q(assessment__state="final"), member=person.pk)

    def _in_charge(self) -> dict[str, Any]:
        """The annotation `in_charge` and what it needs."""
        raise NotImplementedError


def still_open(answer: str = "") -> Q:
    """What `Answer.is_open` says, for the database; `answer` is the way to the answer, such as "answers__"."""
    return Q(**{f"{answer}state": AnswerState.OPEN}) | Q(**{f"{answer}needs_confirmation": True})


class AnswerQuerySet(PartQuerySet):
    """Answers, each the door to what was said about it."""

    def settled(self) -> AnswerQuerySet:
        """Those whose last verdict is on the version that is stored."""
        return self.filter(verdict__version=F("version"))

    def sent_back_to(self, person: Person) -> AnswerQuerySet:
        """Sent back and not touched since: what the person answered, and for an officer all of the municipality."""
        if not person.pk:
            return self.none()
        membership = "assessment__municipality__memberships"
        mine = self.filter(
            Q(**{f"{membership}__role": Role.OFFICER})
            | Q(**{f"{membership}__role": Role.CONTRIBUTOR}, changed_by=person.pk),
            **{f"{membership}__person": person.pk},
        )
        return (
            mine.settled()
            .filter(verdict__kind="returned")
            .exclude(assessment__state="final")
            .select_related("assessment__municipality", "criterion__clause")
            .order_by("assessment", "criterion__clause__position", "criterion__position")
        )

    def with_roles(self) -> AnswerQuerySet:
        """Adds `answered_as` and `confirmed_as`, the roles of who changed it last and of who judged it last."""
        here = Membership.objects.filter(municipality=OuterRef("assessment__municipality")).order_by()
        return self.annotate(
            answered_as=Subquery(here.filter(person=OuterRef("changed_by")).values("role")),
            confirmed_as=Subquery(here.filter(person=OuterRef("verdict__by")).values("role")),
        )

    def with_counts(self) -> AnswerQuerySet:
        """Adds `comment_count` and `exhibit_count`, within the same query."""
        return self.annotate(
            comment_count=_count(Comment.objects.filter(withdrawn_at__isnull=True)),
            exhibit_count=_count(Exhibit.objects.present()),
        )

    def _in_charge(self) -> dict[str, Any]:
        of_clause = Q(assessment__targets__clause=F("criterion__clause"))
        return {
            "aim": FilteredRelation("assessment__targets", condition=of_clause),
            "in_charge": F("aim__assignment__membership"),
        }


@cache
def _role_name(role: str | None) -> str:
    return str(Role(role).label) if role else str(_("ehemaliges Mitglied"))


def _count(rows: models.QuerySet[Any]) -> Subquery:
    """How many of these belong to the answer of the row."""
    # a COUNT of its own, not Django's: that would group the rows, and cost the question page twice as much
    number = Func(F("pk"), function="COUNT", output_field=models.IntegerField())
    return Subquery(rows.filter(answer=OuterRef("pk")).order_by().annotate(n=number).values("n"))


class Answer(Versioned):
    """What the municipality says to one criterion."""

    class State(models.TextChoices):
        """What can be answered (METHOD)."""

        OPEN = AnswerState.OPEN, _("offen")
        RATED = AnswerState.RATED, _("bewertet")
        NOT_APPLICABLE = AnswerState.NOT_APPLICABLE, _("trifft nicht zu")
        NOT_OUR_COMPETENCE = AnswerState.NOT_OUR_COMPETENCE, _("andere Ebene zuständig")

    class EvidenceGrade(models.IntegerChoices):
        """How far the evidence carries; it caps the evidenced level (METHOD 7)."""

        OWN_STATEMENT = 0, _("eigene Angabe")
        INTERNAL_NOTE = 1, _("interner Vermerk")
        DOCUMENT = 2, _("Dokument")
        PUBLISHED = 3, _("veröffentlicht oder vom Rat beschlossen")
        CHECKED = 4, _("von außen geprüft")

    assessment = models.ForeignKey("assessments.Assessment", models.PROTECT, related_name="answers")
    criterion = models.ForeignKey(
        Criterion, models.PROTECT, related_name="answers", verbose_name=_("Prüffrage")
    )
    state = models.CharField(_("Antwort"), max_length=18, choices=State.choices, default=State.OPEN)
    level = models.PositiveSmallIntegerField(_("Stufe"), null=True, blank=True)
    reason = models.TextField(_("Warum trifft das nicht zu?"), blank=True, max_length=TEXT_LIMIT)
    competent_body = models.CharField(_("Wer ist zuständig?"), blank=True, max_length=200)
    demand = models.TextField(_("Was fordern Sie von dort?"), blank=True, max_length=TEXT_LIMIT)
    evidence_grade = models.PositiveSmallIntegerField(
        _("Beleg"), choices=EvidenceGrade.choices, default=EvidenceGrade.OWN_STATEMENT
    )
    evidence = models.TextField(_("Welcher Beleg?"), blank=True, max_length=TEXT_LIMIT)
    comment = models.TextField(_("Erläuterung"), blank=True, max_length=TEXT_LIMIT)
    needs_confirmation = models.BooleanField(
        _("zu bestätigen"),
        default=False,
        help_text=_("Aus der Vorgängerin übernommen; wer die Antwort speichert, bestätigt sie."),
    )
    verdict = models.ForeignKey(
        "assessments.Verdict",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("letztes Urteil"),
        help_text=_("Von dieser oder einer früheren Fassung."),
    )

    objects: ClassVar = AnswerQuerySet.as_manager()
    history = Revisions(excluded_fields=["assessment", "criterion", "verdict"])

    answered_as: str | None = None  # roles, set by `with_roles`
    confirmed_as: str | None = None

    WRITTEN = (
        "state",
        "level",
        "reason",
        "competent_body",
        "demand",
        "evidence_grade",
        "evidence",
        "comment",
        "needs_confirmation",
    )

    class Meta:
        verbose_name = _("Antwort")
        verbose_name_plural = _("Antworten")
        ordering = ("assessment", "criterion__clause__position", "criterion__position")
        constraints = (
            models.UniqueConstraint(
                fields=("assessment", "criterion"),
                name="answer_once",
                violation_error_message=_("Zu dieser Prüffrage gibt es schon eine Antwort."),
            ),
            models.CheckConstraint(
                # IS NOT NULL by name: a check that comes out NULL passes
                condition=Q(state="rated", level__isnull=False, level__range=(0, 4))
                | (~Q(state="rated") & Q(level__isnull=True)),
                name="answer_level_when_rated",
                violation_error_message=_("Eine Stufe von 0 bis 4 gehört genau zu einer bewerteten Antwort."),
            ),
            models.CheckConstraint(
                condition=~Q(state="not_applicable") | ~Q(reason=""),
                name="answer_not_applicable_has_reason",
                violation_error_message=_("Bitte begründen Sie, warum die Frage nicht zutrifft."),
            ),
            models.CheckConstraint(
                condition=~Q(state="not_our_competence") | (~Q(competent_body="") & ~Q(demand="")),
                name="answer_competence_has_body_and_demand",
                violation_error_message=_(
                    "Bitte nennen Sie die zuständige Stelle und was Sie von ihr fordern."
                ),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "rated", "not_applicable", "not_our_competence"])
                & Q(evidence_grade__range=(0, 4)),
                name="answer_values_known",
                violation_error_message=_("Diese Antwort gibt es nicht."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.criterion}: {self.get_state_display()}"

    def get_absolute_url(self) -> str:
        return reverse("assessments:answer", args=[self.assessment_id, self.criterion.code])

    @property
    def is_open(self) -> bool:
        """Whether the question still waits for somebody: not answered, or taken over and not confirmed yet."""
        return self.state == self.State.OPEN or self.needs_confirmation

    @property
    def review(self) -> Review:
        """Where this answer stands in the review. Relies on `verdict`."""
        if self.verdict is None:
            return Review.NONE
        is_current = self.verdict.version == self.version
        if self.verdict.kind == "returned":
            return Review.RETURNED if is_current else Review.MENDED
        return Review.CONFIRMED if is_current else Review.CHANGED

    @property
    def takes_changes(self) -> bool:
        """Whether this row can be written: in a draft, and under review once sent back. Relies on `assessment`."""
        return self.assessment.is_draft or (self.assessment.is_in_review and self.review in SENT_BACK)

    def hold(self) -> None:
        """Keep everybody from judging this answer or moving its assessment until the transaction ends.

        Locks the answer before its assessment, as saves and verdicts do. Raises `WrongState` unless the answer takes
        changes.
        """
        Answer.objects.select_for_update(of=("self",)).get(pk=self.pk)
        self.assessment.lock()
        if not Answer.objects.select_related("assessment", "verdict").get(pk=self.pk).takes_changes:
            raise WrongState

    def is_judged(self, kind: str, reason: str = "") -> bool:
        """Whether the last verdict on this version says just that. Relies on `verdict`."""
        stands = self.verdict
        return stands is not None and (stands.version, stands.kind, stands.reason) == (
            self.version,
            kind,
            reason,
        )

    def take_over(self, value: Value) -> None:
        """Fill this new row with an earlier year's answer, to be confirmed."""
        super().take_over(value)
        self.needs_confirmation = True

    def open_points(self, *, is_duty: bool, reviewed: bool) -> Iterator[PointKind]:
        """What about this answer is not settled; `reviewed`: somebody was asked to confirm it."""
        if self.review is Review.RETURNED:
            yield PointKind.RETURNED
        elif self.state == self.State.OPEN:
            yield PointKind.UNANSWERED
        elif self.needs_confirmation:
            yield PointKind.TAKEN_OVER
        elif reviewed and self.review is not Review.CONFIRMED:
            yield PointKind.UNCONFIRMED
        is_unmet = self.level is not None and self.level < DUTY_MET_AT and not self.needs_confirmation
        if is_unmet and is_duty and not self.comment:
            yield PointKind.UNEXPLAINED

    def in_words(self) -> dict[str, str]:
        """What the row says, by label, in the order of the form; "" where it says nothing."""
        said = {
            str(_("Antwort")): f"Stufe {self.level} – {LEVEL_NAMES[self.level]}"
            if self.level is not None
            else str(self.get_state_display())
        }
        for name in ("reason", "competent_body", "demand", "evidence_grade", "evidence", "comment"):
            text = self.get_evidence_grade_display() if name == "evidence_grade" else getattr(self, name)
            label = self._meta.get_field(name).verbose_name  # type: ignore[union-attr]  # a field of its own
            said[str(label)] = str(text)
        return said

    def value(
        self, remarks: tuple[RemarkValue, ...] = (), exhibits: tuple[ExhibitValue, ...] = ()
    ) -> AnswerValue:
        """This row as it stands in the Record; what nobody has confirmed for this year counts as open.

        Relies on `with_roles` for who answered and confirmed.
        """
        if self.needs_confirmation:
            return AnswerValue(remarks=remarks, exhibits=exhibits)
        return AnswerValue(
            state=AnswerState(self.state),
            level=self.level,
            reason=self.reason,
            competent_body=self.competent_body,
            demand=self.demand,
            evidence_grade=self.evidence_grade,
            evidence=self.evidence,
            comment=self.comment,
            answered_by=_role_name(self.answered_as) if self.changed_by_id else "",
            confirmed_by=_role_name(self.confirmed_as) if self.review is Review.CONFIRMED else "",
            remarks=remarks,
            exhibits=exhibits,
        )


class TargetQuerySet(PartQuerySet):
    """Targets, each the door to its clause's questions."""

    def _in_charge(self) -> dict[str, Any]:
        return {"in_charge": F("assignment__membership")}


class Target(Versioned):
    """What the municipality aims at in one clause, and how it weighs the clause against others (METHOD 8, 9)."""

    class Weight(models.IntegerChoices):
        """Importance and effort in three steps."""

        LOW = 1, _("gering")
        MEDIUM = 2, _("mittel")
        HIGH = 3, _("hoch")

    assessment = models.ForeignKey("assessments.Assessment", models.PROTECT, related_name="targets")
    clause = models.ForeignKey(Clause, models.PROTECT, related_name="targets", verbose_name=_("Abschnitt"))
    level = models.PositiveSmallIntegerField(
        _("Ziel"), default=3, choices=[(n, f"Stufe {n}") for n in range(5)]
    )
    year = models.PositiveSmallIntegerField(
        _("bis zum Jahr"),
        null=True,
        blank=True,
        validators=[MinValueValidator(2000), MaxValueValidator(2100)],
    )
    reason = models.TextField(_("Begründung des Ziels"), blank=True, max_length=TEXT_LIMIT)
    importance = models.PositiveSmallIntegerField(
        _("Wichtigkeit"), choices=Weight.choices, default=Weight.MEDIUM
    )
    effort = models.PositiveSmallIntegerField(_("Aufwand"), choices=Weight.choices, default=Weight.MEDIUM)

    objects: ClassVar = TargetQuerySet.as_manager()
    history = Revisions(excluded_fields=["assessment", "clause"])

    WRITTEN = ("level", "year", "reason", "importance", "effort")

    class Meta:
        verbose_name = _("Ziel")
        verbose_name_plural = _("Ziele")
        ordering = ("assessment", "clause__position")
        constraints = (
            models.UniqueConstraint(
                fields=("assessment", "clause"),
                name="target_once",
                violation_error_message=_("Zu diesem Abschnitt gibt es schon ein Ziel."),
            ),
            models.CheckConstraint(
                condition=Q(level__range=(0, 4), importance__range=(1, 3), effort__range=(1, 3)),
                name="target_values_known",
                violation_error_message=_("Ein Ziel liegt zwischen 0 und 4, ein Gewicht zwischen 1 und 3."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.clause}: {self.get_level_display()}"

    @property
    def takes_changes(self) -> bool:
        """Whether this row can be written: in a draft alone. Relies on `assessment`."""
        return self.assessment.is_draft

    def value(self) -> TargetValue:
        """This row as it stands in the Record."""
        return TargetValue(
            level=self.level,
            year=self.year,
            reason=self.reason,
            importance=self.importance,
            effort=self.effort,
        )
