"""The stored documents of final assessments: made once, kept, served as they are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import Exists, F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assessments import VERSION
from assessments.models.assessment import Assessment
from assessments.models.audit import AuditEntry, midnight
from assessments.models.prepared import Given, Prepared, Whoever

if TYPE_CHECKING:
    from assessments.models.municipality import Person

LEFT_BEHIND_AFTER = timedelta(minutes=10)  # printing is given up after four


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """What is sent of a finished document. `is_logged`: the log names the person and it already today."""

    name: str
    sha256: str
    content: bytes | memoryview
    municipality: int
    is_logged: bool


class ReportQuerySet(models.QuerySet["Report"]):
    """Which documents there are, and whose turn it is to print one."""

    def order(self, assessment: Assessment, kinds: Iterable[str]) -> list[Report]:
        """Queue what is not there yet; those that wait to be printed."""
        rows = [Report(assessment=assessment, kind=kind) for kind in kinds]
        Report.objects.bulk_create(rows, ignore_conflicts=True)
        return list(self.filter(assessment=assessment, kind__in=kinds, state=Report.State.QUEUED).listed())

    def to_send(self, person: Person, assessment: int, kind: str, item: str) -> StoredDocument | None:
        """The finished document, if the person belongs to its municipality: everybody there may see what is final.

        `item` is what the log calls it.
        """
        found = _to_send().all(
            person=person.pk, assessment=assessment, kind=kind, item=item, midnight=midnight()
        )
        return next((StoredDocument(*row) for row in found), None)

    def listed(self) -> ReportQuerySet:
        """Everything but the bytes."""
        return self.defer("content")

    def waiting(self) -> ReportQuerySet:
        """Queued, or begun by somebody who has not come back."""
        return self.filter(Q(state=Report.State.QUEUED) | _abandoned())

    def left_behind(self) -> ReportQuerySet:
        """Nobody has come for them, or somebody has not come back."""
        long_queued = Q(state=Report.State.QUEUED, ordered_at__lt=timezone.now() - LEFT_BEHIND_AFTER)
        return self.filter(long_queued | _abandoned())

    def take(self, pk: int) -> Report | None:
        """Take the turn of printing a waiting document, in one statement: of many who try one gets it."""
        turn = uuid4()
        taken = (
            self.waiting()
            .filter(pk=pk)
            .update(
                state=Report.State.RUNNING,
                turn=turn,
                begun_at=timezone.now(),
                attempts=F("attempts") + 1,
                reason="",
            )
        )
        return self.listed().select_related("assessment__municipality").get(pk=pk) if taken else None

    def take_again(self, pk: int) -> bool:
        """Queue a failed document once more."""
        return bool(
            self.filter(pk=pk, state=Report.State.FAILED).update(
                state=Report.State.QUEUED, reason="", ordered_at=timezone.now()
            )
        )


def _abandoned() -> Q:
    return Q(state="running", begun_at__lt=timezone.now() - LEFT_BEHIND_AFTER)


class Report(models.Model):
    """One document of a final assessment: waiting, being printed, stored, or failed with its reason.

    The bytes stand in the database, so that every machine serves them and one backup holds everything.
    """

    class State(models.TextChoices):
        """Queued → running → done or failed; failed → queued when somebody tries again."""

        QUEUED = "queued", _("wartet")
        RUNNING = "running", _("wird erzeugt")
        DONE = "done", _("fertig")
        FAILED = "failed", _("fehlgeschlagen")

    assessment = models.ForeignKey(
        Assessment, models.PROTECT, related_name="reports", verbose_name=_("Einschätzung")
    )
    kind = models.CharField(_("Art"), max_length=12, help_text=_("eine der Arten, die `reports` kennt"))
    state = models.CharField(_("Zustand"), max_length=7, choices=State.choices, default=State.QUEUED)
    reason = models.CharField(_("Warum nicht"), max_length=300, blank=True)
    turn = models.UUIDField(_("wer daran ist"), null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(_("Versuche"), default=0)
    name = models.CharField(_("Dateiname"), max_length=160, blank=True)
    content = models.BinaryField(_("Inhalt"), null=True)
    size = models.PositiveIntegerField(_("Größe in Byte"), null=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    version = models.CharField(_("erzeugt mit Version"), max_length=20, blank=True)
    ordered_at = models.DateTimeField(_("angefordert am"), default=timezone.now)
    begun_at = models.DateTimeField(_("begonnen am"), null=True)
    done_at = models.DateTimeField(_("fertig am"), null=True)

    objects: ClassVar = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("Bericht")
        verbose_name_plural = _("Berichte")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["assessment", "kind"],
                name="report_once",
                violation_error_message=_("Diesen Bericht gibt es schon."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running"], content__isnull=True)
                | Q(state="failed", content__isnull=True) & ~Q(reason="")
                | Q(state="done", content__isnull=False, size__isnull=False, done_at__isnull=False)
                & ~Q(sha256="")
                & ~Q(name=""),
                name="report_done_has_its_bytes",
                violation_error_message=_(
                    "Ein fertiger Bericht hat einen Inhalt, ein fehlgeschlagener einen Grund."
                ),
            ),
        )
        indexes = (
            models.Index(
                fields=["state", "id"], name="report_waiting", condition=Q(state__in=["queued", "running"])
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind}: {self.assessment_id}"

    @property
    def is_done(self) -> bool:
        """Whether the bytes are there."""
        return self.state == self.State.DONE

    @property
    def is_failed(self) -> bool:
        """Whether somebody has to try again."""
        return self.state == self.State.FAILED

    def store(self, content: bytes, name: str) -> bool:
        """Keep the bytes, unless the turn has passed to somebody else: theirs are the same."""
        return self._finish(
            state=self.State.DONE,
            content=content,
            name=name,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            version=VERSION,
            done_at=timezone.now(),
        )

    def fail(self, reason: str) -> bool:
        """Keep the reason why there is no document, unless the turn has passed to somebody else."""
        return self._finish(state=self.State.FAILED, reason=reason[:300])

    def _finish(self, **values: object) -> bool:
        mine = Report.objects.filter(pk=self.pk, state=self.State.RUNNING, turn=self.turn)
        if not mine.update(**values):
            return False
        for name, value in values.items():
            setattr(self, name, value)
        return True


@cache
def _to_send() -> Prepared:
    """The row of `ReportQuerySet.to_send`."""
    assessment = Given("assessment")
    begin = Given("midnight", AuditEntry._meta.get_field("at"))
    logged = AuditEntry.objects.since(begin, AuditEntry.Kind.REPORT, assessment, Whoever(), Given("item"))
    rows = Report.objects.filter(
        assessment=assessment,
        kind=Given("kind"),
        state=Report.State.DONE,
        assessment__municipality__memberships__person=Whoever.pk,
    )
    columns = ("name", "sha256", "content", "assessment__municipality")
    return Prepared(rows.values_list(*columns, Exists(logged)).order_by())
