"""An assessment: one municipality against one edition at one date, from draft to final."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import Count, Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from assessments.models.answer import Answer, AssessmentIsFinal, Stale, Target, WrongState, still_open
from assessments.models.arms import Arms
from assessments.models.audit import AuditEntry
from assessments.models.comment import Comment
from assessments.models.evidence import Exhibit
from assessments.models.municipality import Municipality
from assessments.models.prepared import Given, Prepared
from assessments.models.roles import Role
from assessments.models.wording import wording_of
from assessments.record import (
    AnswerState,
    AnswerValue,
    Binding,
    ClauseValue,
    Form,
    MunicipalityValue,
    OpenPoint,
    Record,
    fingerprint,
)
from guidelines.models import Criterion, Edition

if TYPE_CHECKING:
    from assessments.models.municipality import Person
    from assessments.models.prepared import Whoever

KEPT = 16  # frozen Records in each process, of a few hundred kilobytes


class PointsChanged(Exception):
    """What would be left open is not what was known when it was decided."""


class Unconfirmed(Exception):
    """The municipality wants a second pair of eyes on every answer, and some have not met it."""


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    """Which assessments a person may see, and what a page needs of them."""

    def visible_to(self, person: Person | Whoever) -> AssessmentQuerySet:
        """Council members see what is final; everyone else of the municipality sees drafts too.

        Each row carries the person's `role` there and `is_in_charge`, whether any clause is assigned to them, which
        `may_answer` and `may_finalise` rely on.
        """
        if not person.pk:
            return self.none()
        rows = self.annotate(
            member=F("municipality__memberships__person"),
            role=F("municipality__memberships__role"),
            is_in_charge=Exists(
                Target.objects.filter(
                    assessment=OuterRef("pk"),
                    assignment__membership=OuterRef("municipality__memberships"),
                )
            ),
        )
        return rows.filter(~Q(role=Role.COUNCIL) | Q(state=Assessment.State.FINAL), member=person.pk)

    def with_progress(self) -> AssessmentQuerySet:
        """Adds `asked` and `answered`, the numbers of questions; municipality and edition come along."""
        return self.select_related("municipality", "edition").annotate(
            asked=Count("answers"),
            answered=Count("answers", filter=~still_open("answers__")),
        )

    def waiting_for_reviewer(self, person: Person) -> AssessmentQuerySet:
        """Those in review with answers nobody has judged as they stand, where the person is a reviewer: `waiting`."""
        if not person.pk:
            return self.none()
        here = Q(municipality__memberships__person=person.pk, municipality__memberships__role=Role.REVIEWER)
        unsettled = Q(answers__verdict__isnull=True) | ~Q(answers__verdict__version=F("answers__version"))
        return (
            self.filter(here, state=Assessment.State.REVIEW)
            .select_related("municipality")
            .annotate(waiting=Count("answers", filter=~still_open("answers__") & unsettled))
            .filter(waiting__gt=0)
        )

    def predecessor_of(self, municipality: Municipality, day: date) -> Assessment | None:
        """Where a new assessment of that reference date continues from, of whatever edition.

        The final one with the last reference date up to that day; of several of that day, as after a correction, the
        newest.
        """
        final = self.filter(municipality=municipality, state=Assessment.State.FINAL, reference_date__lte=day)
        return final.order_by("-reference_date", "-pk").first()

    def start(
        self,
        *,
        municipality: Municipality,
        edition: Edition,
        by: Person,
        reference_date: date,
        form: str,
        title: str,
        take_over: bool = False,
    ) -> Assessment:
        """Begin an assessment: an answer for each criterion that the form asks, a target for each clause.

        The last final assessment up to its reference date becomes its predecessor. With `take_over`, its answers to
        questions of the same code and meaning, with their evidence, and its targets come along; the answers wait for
        confirmation.
        """
        with transaction.atomic():
            predecessor = self.predecessor_of(municipality, reference_date)
            assessment = self.create(
                municipality=municipality,
                edition=edition,
                reference_date=reference_date,
                form=form,
                title=title,
                predecessor=predecessor,
                created_by_id=by.pk,
            )
            earlier = predecessor.record() if predecessor and take_over else None
            assessment._ask(Criterion.objects.filter(clause__edition=edition), by, earlier)
            assessment._aim(by, earlier)
            if predecessor and take_over:
                taken = assessment.answers.filter(needs_confirmation=True).select_related("criterion")
                Exhibit.objects.take_over(taken, predecessor)
        return assessment


class Assessment(models.Model):
    """One self-assessment. Its rows can change while it is a draft; once final, only its snapshot speaks."""

    class Form(models.TextChoices):
        """The short form asks the key criteria alone, the full form all."""

        SHORT = "short", _("Kurzform (eine Frage je Abschnitt)")
        FULL = "full", _("Vollform (alle Fragen)")

    class State(models.TextChoices):
        """Draft to review and back, and to final from both. Final is final; a correction is a new assessment."""

        DRAFT = "draft", _("Entwurf")
        REVIEW = "review", _("in Prüfung")
        FINAL = "final", _("abgeschlossen")

    municipality = models.ForeignKey(
        Municipality, models.PROTECT, related_name="assessments", verbose_name=_("Kommune")
    )
    edition = models.ForeignKey(
        Edition, models.PROTECT, related_name="assessments", verbose_name=_("Ausgabe")
    )
    title = models.CharField(_("Titel"), max_length=120)
    reference_date = models.DateField(
        _("Stichtag"), help_text=_("Der Tag, dessen Stand die Antworten beschreiben.")
    )
    form = models.CharField(_("Umfang"), max_length=5, choices=Form.choices, default=Form.SHORT)
    state = models.CharField(
        _("Zustand"), max_length=6, choices=State.choices, default=State.DRAFT, editable=False
    )
    handed_over_at = models.DateTimeField(_("zuletzt zur Prüfung übergeben am"), null=True, editable=False)
    moved_at = models.DateTimeField(_("in diesem Zustand seit"), null=True, editable=False)
    moved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("in diesen Zustand gebracht von"),
    )
    move_reason = models.TextField(
        _("Begründung"),
        blank=True,
        editable=False,
        help_text=_(
            "Warum der Entwurf aus der Prüfung zurückkam, oder warum beim Abschluss etwas offen blieb."
        ),
    )
    predecessor = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="successors",
        verbose_name=_("Vorgängerin"),
    )
    created_at = models.DateTimeField(_("angelegt am"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("angelegt von"),
    )
    finalised_at = models.DateTimeField(_("abgeschlossen am"), null=True, editable=False)
    finalised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("abgeschlossen von"),
    )

    objects: ClassVar = AssessmentQuerySet.as_manager()
    history = HistoricalRecords()

    waiting: int  # answers to judge, set by `waiting_for_reviewer`
    role: str  # the reader's role, set by `visible_to`
    is_in_charge: bool  # whether the reader is in charge of a clause here, or on a clause's page, of that one

    class Meta:
        verbose_name = _("Einschätzung")
        verbose_name_plural = _("Einschätzungen")
        ordering = ("-reference_date", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=["draft", "review"], finalised_at__isnull=True)
                | Q(state="final", finalised_at__isnull=False, finalised_by__isnull=False),
                name="assessment_final_says_when_and_who",
                violation_error_message=_("Eine abgeschlossene Einschätzung nennt Tag und Person."),
            ),
            models.CheckConstraint(
                condition=Q(form__in=["short", "full"]),
                name="assessment_form_known",
                violation_error_message=_("Diesen Umfang gibt es nicht."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.title} ({self.municipality.name})"

    def get_absolute_url(self) -> str:
        return reverse("assessments:results", args=[self.pk])

    @property
    def heading(self) -> str:
        """A print of its title and reference date, to travel with a form."""
        return fingerprint(f"{self.reference_date} {self.title}")[:16]

    @property
    def is_final(self) -> bool:
        """Whether the assessment can only be read."""
        return self.state == self.State.FINAL

    @property
    def is_draft(self) -> bool:
        """Whether everything can still be changed."""
        return self.state == self.State.DRAFT

    @property
    def is_in_review(self) -> bool:
        """Whether it was handed over: only what is sent back can be changed."""
        return self.state == self.State.REVIEW

    @property
    def may_answer(self) -> bool:
        """Whether the reader may answer (while it is a draft): officers everything, contributors what is theirs.

        Relies on `visible_to`. Of `Assessment.objects` it says whether there is anything here for them to answer;
        who writes fetches the clause through `Target.objects`, whose `of_reader` says it of that clause.
        """
        return self.role == Role.OFFICER or (self.role == Role.CONTRIBUTOR and self.is_in_charge)

    @property
    def may_assign(self) -> bool:
        """Whether the reader's role allows putting people in charge of clauses. Relies on `visible_to`."""
        return self.role == Role.OFFICER

    @property
    def may_finalise(self) -> bool:
        """Whether the reader's role allows finalising. Relies on `visible_to`."""
        return self.role == Role.OFFICER

    @property
    def may_review(self) -> bool:
        """Whether the reader's role allows judging answers (while it is in review). Relies on `visible_to`."""
        return self.role in {Role.OFFICER, Role.REVIEWER}

    @cached_property
    def frozen(self) -> Snapshot | None:
        """What was frozen when the assessment became final; None for a draft."""
        return Snapshot.objects.filter(assessment=self).first() if self.is_final else None

    def lock(self, *states: State) -> None:
        """Let nobody else write this row or, on PostgreSQL, any part of it until the transaction ends.

        Raises `WrongState` unless it stands in one of these states, if any are named.
        """
        locked = Assessment.objects.select_for_update(of=("self",)).get(pk=self.pk)
        if states and locked.is_final:
            raise AssessmentIsFinal
        if states and locked.state not in states:
            raise WrongState

    def record(self) -> Record:
        """The Record: from the snapshot once final (one query), else from the rows.

        Five queries: answers, targets, comments, evidence, and whether the wording of the edition has changed.
        """
        return self.frozen.record() if self.frozen else self._record_of_rows()

    def arms(self) -> bytes:
        """The picture its reports show, as PNG: once final the one that was frozen. One query."""
        frozen = self.frozen.record().municipality.arms if self.frozen else None
        return Arms.objects.image(self.municipality.arms_id or "" if frozen is None else frozen)

    def correct(self, by: Person, *, title: str, reference_date: date, seen: str) -> None:
        """Give a draft another title or reference date, on top of the `heading` that was seen.

        Raises `Stale` if somebody else was quicker, and `WrongState` unless a draft.
        """
        with transaction.atomic():
            self.lock(self.State.DRAFT)
            self.refresh_from_db(fields=["title", "reference_date"])
            if (self.title, self.reference_date) == (title, reference_date):
                return
            if self.heading != seen:
                raise Stale
            self.title, self.reference_date = title, reference_date
            self.save(update_fields=["title", "reference_date"])
            AuditEntry.objects.of_assessment(AuditEntry.Kind.CORRECTED, self, by)

    def widen(self, by: Person) -> None:
        """Turn a short form into the full form; every answer given stays. Raises `WrongState` unless a draft."""
        with transaction.atomic():
            self.lock(self.State.DRAFT)
            self.form = self.Form.FULL
            self.save(update_fields=["form"])
            missing = Criterion.objects.filter(clause__edition=self.edition).exclude(answers__assessment=self)
            self._ask(missing, by, None)

    def _ask(self, criteria: models.QuerySet[Criterion], by: Person, earlier: Record | None) -> None:
        """Add an answer row for each criterion the form asks, filled from an earlier Record where it fits."""
        if self.form == self.Form.SHORT:
            criteria = criteria.filter(is_key=True)
        taken_over, blank = [], []
        for criterion in criteria:
            answer = Answer(assessment=self, criterion=criterion)
            past = AnswerValue()
            if earlier and earlier.asks_alike(self.edition.code, criterion):
                past = earlier.criterion(criterion.code).answer
            if past.state is not AnswerState.OPEN:
                answer.take_over(past)
                taken_over.append(answer)
            else:
                blank.append(answer)
        Answer.objects.bulk_create(blank)
        if taken_over:
            Answer.history.bulk_history_create(Answer.objects.bulk_create(taken_over), default_user=by)

    def _aim(self, by: Person, earlier: Record | None) -> None:
        """Add a target for each clause, taken over from an earlier Record where it has that clause."""
        known = {clause.code: clause.target for clause in earlier.clauses} if earlier else {}
        taken_over: list[Target] = []
        default: list[Target] = []
        for clause in self.edition.clauses.all():
            target = Target(assessment=self, clause=clause)
            if clause.code in known:
                target.take_over(known[clause.code])
            (taken_over if clause.code in known else default).append(target)
        Target.objects.bulk_create(default)
        if taken_over:
            Target.history.bulk_history_create(Target.objects.bulk_create(taken_over), default_user=by)

    def new_since_predecessor(self) -> dict[Criterion, str]:
        """The questions its predecessor did not ask ("neu") or asked otherwise ("geändert"), with their clauses."""
        if self.predecessor is None:
            return {}
        earlier = self.predecessor.record()
        known = {criterion.code for clause in earlier.clauses for criterion in clause.criteria}
        asked = Criterion.objects.filter(answers__assessment=self).select_related("clause")
        return {
            criterion: "geändert" if criterion.code in known else "neu"
            for criterion in asked
            if not earlier.asks_alike(self.edition.code, criterion)
        }

    def hand_over(self, by: Person) -> None:
        """Put a draft up for review; from now on only what is sent back can be changed. Raises `WrongState`."""
        with transaction.atomic():
            self.lock(self.State.DRAFT)
            self._move(self.State.REVIEW, AuditEntry.Kind.HANDED_OVER, by)

    def take_back(self, by: Person, reason: str) -> None:
        """Turn an assessment in review into a draft again, with a reason. Raises `WrongState`."""
        with transaction.atomic():
            self.lock(self.State.REVIEW)
            self._move(self.State.DRAFT, AuditEntry.Kind.TAKEN_BACK, by, reason)

    def finalise(
        self, by: Person, reason: str = "", *, left_open: Sequence[OpenPoint] | None = None
    ) -> Snapshot:
        """Freeze the Record and make the assessment final, for good; `reason` says why points were left open.

        `left_open` are the points that were known when it was decided: raises `PointsChanged` if they are others now.

        The row lock makes every save of an answer, which asks for a shared lock, wait or come too late; so the
        snapshot holds exactly what was saved. Raises `AssessmentIsFinal` the second time, and `Unconfirmed`.
        """
        with transaction.atomic():
            self.lock(self.State.DRAFT, self.State.REVIEW)
            record = self._record_of_rows(reason)
            if self.municipality.four_eyes and record.unconfirmed:
                raise Unconfirmed
            if left_open is not None and record.open_points != tuple(left_open):
                raise PointsChanged
            body = record.canonical()
            snapshot = Snapshot.objects.create(assessment=self, body=body, sha256=fingerprint(body))
            self.finalised_at, self.finalised_by_id = timezone.now(), by.pk
            self._move(self.State.FINAL, AuditEntry.Kind.FINAL, by, reason)
        self.__dict__["frozen"] = snapshot
        return snapshot

    def _move(self, state: State, kind: str, by: Person, reason: str = "") -> None:
        self.state, self.move_reason, self.moved_at, self.moved_by_id = state, reason, timezone.now(), by.pk
        fields = ["state", "move_reason", "moved_at", "moved_by"]
        if state == self.State.REVIEW:
            self.handed_over_at = self.moved_at
            fields.append("handed_over_at")
        elif state == self.State.FINAL:
            fields += ["finalised_at", "finalised_by"]
        self.save(update_fields=fields)
        AuditEntry.objects.of_assessment(kind, self, by)

    def _record_of_rows(self, open_reason: str = "") -> Record:
        wording, town = wording_of(self.edition_id), self.municipality
        answers = {answer.criterion_id: answer for answer in _answers().all(assessment=self.pk)}
        targets = {target.clause_id: target.value() for target in _targets().all(assessment=self.pk)}
        remarks = _by_answer(_remarks().all(assessment=self.pk))
        exhibits = _by_answer(_exhibits().all(assessment=self.pk))
        reviewed = town.four_eyes or self.handed_over_at is not None
        clauses: list[ClauseValue] = []
        open_points: list[OpenPoint] = []
        for clause_id, clause in wording.clauses:
            criteria = []
            for criterion_id, criterion in wording.criteria[clause_id].items():
                answer = answers.get(criterion_id)
                if answer is None:
                    continue
                value = answer.value(remarks.get(answer.pk, ()), exhibits.get(answer.pk, ()))
                criteria.append(criterion.model_copy(update={"answer": value}))
                is_duty = criterion.binding is Binding.MUST
                open_points += [
                    OpenPoint(criterion=criterion.code, kind=kind)
                    for kind in answer.open_points(is_duty=is_duty, reviewed=reviewed)
                ]
            filled = {"target": targets[clause_id], "criteria": tuple(criteria)}
            clauses.append(clause.model_copy(update=filled))
        return Record(
            title=self.title,
            reference_date=self.reference_date,
            form=Form(self.form),
            municipality=MunicipalityValue(
                ags=town.ags,
                name=town.name,
                kind=town.kind_name,
                federal_state=town.federal_state,
                district=town.district,
                population=town.population,
                arms=town.arms_id or "",
            ),
            edition=wording.edition,
            clauses=tuple(clauses),
            links=wording.links_between(
                [criterion.code for clause in clauses for criterion in clause.criteria]
            ),
            open_points=tuple(open_points),
            open_reason=open_reason or (self.move_reason if self.is_final else ""),
        )


# What the Record is made of. Not at module level, where not every model is known yet.


@cache
def _answers() -> Prepared:
    rows = Answer.objects.filter(assessment=Given("assessment"))
    return Prepared(rows.select_related("verdict").with_roles().order_by())


@cache
def _targets() -> Prepared:
    return Prepared(Target.objects.filter(assessment=Given("assessment")).order_by())


@cache
def _remarks() -> Prepared:
    return Prepared(
        Comment.objects.for_report().filter(answer__assessment=Given("assessment")).order_by("pk")
    )


@cache
def _exhibits() -> Prepared:
    return Prepared(Exhibit.objects.present().filter(answer__assessment=Given("assessment")).order_by("pk"))


def _by_answer(rows: Iterable[Comment | Exhibit]) -> dict[int, tuple[Any, ...]]:
    """Their values, by the id of the answer they belong to."""
    found: dict[int, tuple[Any, ...]] = {}
    for row in rows:
        found[row.answer_id] = (*found.get(row.answer_id, ()), row.value())
    return found


class Snapshot(models.Model):
    """The frozen Record of a final assessment: canonical JSON and its SHA-256. Never changed (database trigger)."""

    assessment = models.OneToOneField(Assessment, models.PROTECT, related_name="snapshot")
    body = models.TextField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("Festgeschriebene Fassung")
        verbose_name_plural = _("Festgeschriebene Fassungen")

    def __str__(self) -> str:
        return self.sha256

    def record(self) -> Record:
        """The Record as it was frozen."""
        return _frozen(self.body)


@lru_cache(KEPT)
def _frozen(body: str) -> Record:
    """What is frozen is read again and again."""
    return Record.model_validate_json(body)
