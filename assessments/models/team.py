"""Who is in charge of which clause and until when, and who was reminded of it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assessments.models.answer import Answer, Target, still_open
from assessments.models.municipality import Membership

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assessments.models.assessment import Assessment
    from assessments.models.municipality import Person


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Who does what."""

    def of(self, person: Person) -> AssignmentQuerySet:
        """The clauses one person is in charge of."""
        if not person.pk:
            return self.none()
        return self.filter(
            membership__person=person.pk, membership__municipality=F("target__assessment__municipality")
        )

    def within(self, assessment: Assessment) -> AssignmentQuerySet:
        """The assignments of one assessment."""
        return self.filter(target__assessment=assessment.pk)

    def waiting(self) -> AssignmentQuerySet:
        """Those of drafts with a question still open, the most urgent first; assessment and clause come along."""
        unanswered = Answer.objects.filter(
            still_open(),
            assessment=OuterRef("target__assessment"),
            criterion__clause=OuterRef("target__clause"),
        )
        return (
            self.filter(Exists(unanswered), target__assessment__state="draft")
            .select_related("target__assessment__municipality", "target__clause")
            .order_by(
                F("due").asc(nulls_last=True),
                "target__assessment__reference_date",
                "target__assessment",
                "target__clause__position",
            )
        )

    def due_for(self, day: date) -> models.QuerySet:
        """The people (ids) with something waiting that is due by this day."""
        due = self.waiting().filter(due__lte=day).select_related(None).order_by()
        return due.values("membership__person")

    def put_in_charge(self, targets: Iterable[Target], membership: Membership, due: date | None) -> None:
        """Assign these clauses to a member, instead of whoever had them before. One statement."""
        Assignment.objects.bulk_create(
            [Assignment(target=target, membership=membership, due=due) for target in targets],
            update_conflicts=True,
            unique_fields=["target"],
            update_fields=["membership", "due"],
        )


class Assignment(models.Model):
    """One clause of an assessment, the one member who is in charge of it, and the day it is due.

    It hangs on the membership, so that nobody stays in charge who has left.
    """

    target = models.OneToOneField(
        Target, models.CASCADE, related_name="assignment", verbose_name=_("Abschnitt")
    )
    membership = models.ForeignKey(
        Membership, models.CASCADE, related_name="assignments", verbose_name=_("zuständig")
    )
    due = models.DateField(_("bis"), null=True, blank=True)

    objects: ClassVar = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("Zuteilung")
        verbose_name_plural = _("Zuteilungen")

    def __str__(self) -> str:
        return f"{self.target.clause}: {self.membership.person}"

    @property
    def is_overdue(self) -> bool:
        """Whether its day has passed."""
        return self.due is not None and self.due < timezone.localdate()


class ReminderQuerySet(models.QuerySet["Reminder"]):
    """Who was reminded when."""

    def claim(self, person: int, today: date) -> bool:
        """Whether it is ours to remind the person (id) today: of several runs at once exactly one gets True."""
        _row, is_new = self.get_or_create(person_id=person, defaults={"day": today})
        return is_new or bool(self.filter(person=person).exclude(day=today).update(day=today))


class Reminder(models.Model):
    """The day a person was last sent a reminder."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("Person")
    )
    day = models.DateField(_("Tag"))

    objects: ClassVar = ReminderQuerySet.as_manager()

    class Meta:
        verbose_name = _("Erinnerung")
        verbose_name_plural = _("Erinnerungen")

    def __str__(self) -> str:
        return f"{self.person}, {self.day}"
