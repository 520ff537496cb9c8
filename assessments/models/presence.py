"""Who has which questions open right now. Rows live for minutes and say nothing about the past."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from guidelines.models import Clause

if TYPE_CHECKING:
    from assessments.models.answer import Target
    from assessments.models.municipality import Person

HERE = timedelta(seconds=60)
FORGOTTEN = timedelta(minutes=5)


class PresenceQuerySet(models.QuerySet["Presence"]):
    """Being somewhere."""

    def note(self, target: Target, person: Person) -> list[str]:
        """Note that the person has the target's clause open; the names of the others there (three statements)."""
        now = timezone.now()
        row = Presence(assessment_id=target.assessment_id, clause_id=target.clause_id, seen_at=now)
        row.person_id = person.pk  # type: ignore[assignment]  # somebody signed in
        Presence.objects.bulk_create(
            [row],
            update_conflicts=True,
            unique_fields=["assessment", "clause", "person"],
            update_fields=["seen_at"],
        )
        self.filter(seen_at__lt=now - FORGOTTEN).delete()
        others = (
            self.filter(assessment=target.assessment_id, clause=target.clause_id, seen_at__gte=now - HERE)
            .exclude(person=person.pk)
            .select_related("person")
        )
        return sorted(str(other.person) for other in others)


class Presence(models.Model):
    """One person who has had one page open within the last minutes."""

    assessment = models.ForeignKey("assessments.Assessment", models.CASCADE, related_name="+")
    clause = models.ForeignKey(Clause, models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(_("zuletzt da"), db_index=True)

    objects: ClassVar = PresenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("Anwesenheit")
        verbose_name_plural = _("Anwesenheiten")
        constraints = (
            models.UniqueConstraint(
                fields=("assessment", "clause", "person"),
                name="presence_once",
                violation_error_message=_("Diese Person ist hier schon eingetragen."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.person}, {self.seen_at:%H:%M}"
