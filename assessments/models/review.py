"""Review: what a second person says to one version of an answer. Rows are added; the database refuses changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assessments.models.answer import TEXT_LIMIT, Answer

if TYPE_CHECKING:
    from assessments.models.municipality import Person


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reviewer had before their eyes: this version of an answer, and the verdict that stood beside it."""

    answer: int
    version: int
    verdict: int | None


class Refusal(StrEnum):
    """Why a verdict was not written."""

    STALE = "stale"  # the answer was changed, or somebody else judged it, since it was seen
    OWN = "own"
    UNANSWERED = "unanswered"


class VerdictQuerySet(models.QuerySet["Verdict"]):
    """Writing verdicts."""

    def give(
        self, kind: str, seen: Sequence[Seen], by: Person, reason: str = ""
    ) -> tuple[list[Answer], dict[Refusal, list[Answer]]]:
        """Judge the versions that were seen; returns the answers that now stand so, and those refused.

        Each verdict rests on the version and the verdict that were seen, compared while the answers are locked: a
        save waits, or comes first and makes the verdict stale. The same verdict given twice is one.
        Four statements, however many answers. Raises `IntegrityError` once the assessment is not in review.
        """
        stands: list[Answer] = []
        refused: dict[Refusal, list[Answer]] = {}
        due: list[Verdict] = []
        said: dict[str, Any] = {"kind": kind, "reason": reason, "by_id": by.pk}
        expected = {one.answer: (one.version, one.verdict) for one in seen}
        with transaction.atomic():
            rows = Answer.objects.select_for_update(of=("self",)).filter(pk__in=expected).order_by("pk")
            for answer in rows.select_related("verdict", "criterion"):
                why = self._refusal(answer, expected[answer.pk], kind, by)
                if answer.is_judged(kind, reason):
                    stands.append(answer)
                elif why:
                    refused.setdefault(why, []).append(answer)
                else:
                    stands.append(answer)
                    due.append(Verdict(answer=answer, version=answer.version, **said))
            for verdict in Verdict.objects.bulk_create(due):
                verdict.answer.verdict = verdict
            if len(due) == 1:
                Answer.objects.filter(pk=due[0].answer_id).update(verdict=due[0])
            else:
                Answer.objects.bulk_update([verdict.answer for verdict in due], ["verdict"])
        return stands, refused

    @staticmethod
    def _refusal(answer: Answer, expected: tuple[int, int | None], kind: str, by: Person) -> Refusal | None:
        if (answer.version, answer.verdict_id) != expected:
            return Refusal.STALE
        if kind == Verdict.Kind.CONFIRMED and answer.is_open:
            return Refusal.UNANSWERED
        if kind == Verdict.Kind.CONFIRMED and answer.changed_by_id == by.pk:
            return Refusal.OWN
        return None


class Verdict(models.Model):
    """One person's verdict on one version of an answer. A changed answer needs a new one; the old ones stay."""

    class Kind(models.TextChoices):
        """What a reviewer can say."""

        CONFIRMED = "confirmed", _("bestätigt")
        RETURNED = "returned", _("zurückgegeben")

    answer = models.ForeignKey(Answer, models.PROTECT, related_name="verdicts", verbose_name=_("Antwort"))
    version = models.PositiveIntegerField(_("Fassung"))
    kind = models.CharField(_("Urteil"), max_length=9, choices=Kind.choices)
    reason = models.TextField(_("Was fehlt oder stimmt nicht?"), blank=True, max_length=TEXT_LIMIT)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("geprüft von")
    )
    at = models.DateTimeField(_("geprüft am"), auto_now_add=True)

    objects: ClassVar = VerdictQuerySet.as_manager()

    class Meta:
        verbose_name = _("Urteil")
        verbose_name_plural = _("Urteile")
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(kind="confirmed", reason="") | (Q(kind="returned") & ~Q(reason="")),
                name="verdict_returned_has_reason",
                violation_error_message=_("Bitte schreiben Sie, was fehlt oder nicht stimmt."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.answer}: {self.get_kind_display()}"
