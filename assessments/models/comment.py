"""What people write to each other about an answer, and whom they ask to read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assessments.models.roles import Role
from assessments.record import RemarkValue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assessments.models.answer import Answer
    from assessments.models.municipality import Person

COMMENT_LIMIT = 4_000


class CommentQuerySet(models.QuerySet["Comment"]):
    """Comments, and who may read which."""

    def visible_as(self, role: str) -> CommentQuerySet:
        """Council members read what is meant for the report; everyone else of the municipality reads all."""
        return self.for_report() if role == Role.COUNCIL else self

    def for_report(self) -> CommentQuerySet:
        """Those that the report prints."""
        return self.filter(audience=Comment.Audience.REPORT, withdrawn_at__isnull=True)

    def with_people(self) -> CommentQuerySet:
        """The oldest first, with their authors and those who were notified (two queries)."""
        return (
            self.select_related("author")
            .prefetch_related(
                models.Prefetch("mentions", Mention.objects.select_related("person").order_by("pk"))
            )
            .order_by("pk")
        )

    def write(
        self, *, answer: Answer, by: Person, role: str, text: str, audience: str, notify: Iterable[int]
    ) -> Comment:
        """Store a comment and whom to `notify` (ids of people); who writes has dealt with what they were asked here.

        Raises `IntegrityError` once the assessment is final.
        """
        with transaction.atomic():
            Mention.objects.filter(comment__answer=answer).open_for(by).update(done_at=timezone.now())
            comment = self.create(answer=answer, author_id=by.pk, role=role, text=text, audience=audience)
            Mention.objects.bulk_create(Mention(comment=comment, person_id=person) for person in notify)
        return comment


class Comment(models.Model):
    """One contribution to the thread of an answer. Plain text; nobody changes it, its author may withdraw it."""

    class Audience(models.TextChoices):
        """Who is meant to read it."""

        INTERNAL = "internal", _("intern")
        REPORT = "report", _("soll im Bericht erscheinen")

    answer = models.ForeignKey("assessments.Answer", models.PROTECT, related_name="comments")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("von")
    )
    role = models.CharField(_("Rolle"), max_length=11, choices=Role.choices)
    audience = models.CharField(
        _("Sichtbarkeit"), max_length=8, choices=Audience.choices, default=Audience.INTERNAL
    )
    text = models.TextField(_("Kommentar"), max_length=COMMENT_LIMIT, blank=True)
    written_at = models.DateTimeField(_("geschrieben am"), auto_now_add=True)
    withdrawn_at = models.DateTimeField(_("zurückgezogen am"), null=True)

    objects: ClassVar = CommentQuerySet.as_manager()

    class Meta:
        verbose_name = _("Kommentar")
        verbose_name_plural = _("Kommentare")
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) & ~Q(text="") | Q(withdrawn_at__isnull=False, text=""),
                name="comment_has_text_until_withdrawn",
                violation_error_message=_(
                    "Ein Kommentar braucht einen Text, ein zurückgezogener hat keinen."
                ),
            ),
            models.CheckConstraint(
                condition=Q(audience__in=["internal", "report"])
                & Q(role__in=["officer", "contributor", "reviewer"]),
                name="comment_values_known",
                violation_error_message=_(
                    "Diese Sichtbarkeit gibt es nicht, oder die Rolle schreibt hier nicht."
                ),
            ),
        )

    def __str__(self) -> str:
        return f"{self.author}, {self.written_at:%d.%m.%Y}"

    @property
    def is_for_report(self) -> bool:
        """Whether the report prints it."""
        return self.audience == self.Audience.REPORT and not self.withdrawn_at

    def may_be_kept_internal_by(self, person: Person, role: str) -> bool:
        """Whether they may take it out of the report: its author, and the officer, who answers for the report."""
        return role == Role.OFFICER or (self.author_id == person.pk and role != Role.COUNCIL)

    def withdraw(self) -> None:
        """Take the text away; that there was one stays. Raises `IntegrityError` once the assessment is final."""
        self.text, self.withdrawn_at = "", timezone.now()
        with transaction.atomic():
            self.save(update_fields=["text", "withdrawn_at"])

    def keep_internal(self) -> None:
        """Take it out of the report. Raises `IntegrityError` once the assessment is final."""
        self.audience = self.Audience.INTERNAL
        with transaction.atomic():
            self.save(update_fields=["audience"])

    def value(self) -> RemarkValue:
        """This comment as it stands in the Record: with its author's role, without their name."""
        return RemarkValue(
            role=str(Role(self.role).label), text=self.text, day=timezone.localdate(self.written_at)
        )


class MentionQuerySet(models.QuerySet["Mention"]):
    """Who is asked to read what."""

    def open_for(self, person: Person) -> MentionQuerySet:
        """What waits for this person, in drafts they may see (their own municipalities, no council members)."""
        memberships = "comment__answer__assessment__municipality__memberships"
        return self.filter(
            Q(
                **{
                    f"{memberships}__person": person.pk,
                    f"{memberships}__role__in": [Role.OFFICER, Role.CONTRIBUTOR, Role.REVIEWER],
                }
            ),
            person=person.pk,
            done_at__isnull=True,
            comment__withdrawn_at__isnull=True,
        ).exclude(comment__answer__assessment__state="final")

    def with_places(self) -> MentionQuerySet:
        """With everything a list of tasks shows: the answer, its question, its assessment, who asks."""
        return self.select_related(
            "comment__author", "comment__answer__criterion", "comment__answer__assessment__municipality"
        ).order_by("pk")


class Mention(models.Model):
    """A person who is asked to read a comment, until they say they have."""

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="mentions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    done_at = models.DateTimeField(_("erledigt am"), null=True)

    objects: ClassVar = MentionQuerySet.as_manager()

    class Meta:
        verbose_name = _("Erwähnung")
        verbose_name_plural = _("Erwähnungen")
        constraints = (
            models.UniqueConstraint(
                fields=("comment", "person"),
                name="mention_once",
                violation_error_message=_("Diese Person ist schon benachrichtigt."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.person}: {self.comment}"
