"""The audit log: who did what, when, in which municipality. Rows are added; the database refuses everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from assessments.models.roles import Role

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from assessments.models.assessment import Assessment
    from assessments.models.invitation import Invitation
    from assessments.models.municipality import Membership, Municipality, Person
    from assessments.models.prepared import Given, Whoever


def midnight() -> datetime:
    """When today began."""
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    """Writing and reading the log."""

    def sign_in(self, person: Person, towns: Iterable[int]) -> None:
        """Note a sign-in for each municipality (ids) the person belongs to, or once without one. One statement."""
        self._for_each(towns, kind=AuditEntry.Kind.SIGN_IN, person_id=person.pk)

    def factor_reset(self, person: Person, towns: Iterable[int], by: Person) -> None:
        """Note that an administrator took a person's second factor away, for each of their municipalities."""
        self._for_each(towns, kind=AuditEntry.Kind.FACTOR_RESET, person_id=by.pk, about_id=person.pk)

    def token(self, kind: str, person: Person, towns: Iterable[int]) -> None:
        """Note that a person made or revoked an access token, for each of their municipalities."""
        self._for_each(towns, kind=kind, person_id=person.pk)

    def _for_each(self, towns: Iterable[int], **fields: Any) -> None:
        places: list[int | None] = [*towns] or [None]
        AuditEntry.objects.bulk_create(AuditEntry(municipality_id=place, **fields) for place in places)

    def role_change(self, before: Membership | None, after: Membership | None, by: Person | None) -> None:
        """Note what became of a membership; None stands for "there is none". An unchanged one is not worth a line."""
        if (
            before
            and after
            and (before.person_id, before.municipality_id)
            != (
                after.person_id,
                after.municipality_id,
            )
        ):
            self.role_change(before, None, by)
            before = None
        either = after or before
        roles = (before.role if before else "", after.role if after else "")
        if either is None or roles[0] == roles[1]:
            return
        self.create(
            kind=AuditEntry.Kind.ROLE,
            person_id=by.pk if by else None,
            municipality_id=either.municipality_id,
            about_id=either.person_id,
            role_before=roles[0],
            role_after=roles[1],
        )

    def invitation(self, kind: str, invitation: Invitation, by: Person) -> None:
        """Note what became of an invitation; whom it invites is not told: they may have no account yet."""
        self.create(
            kind=kind,
            person_id=by.pk,
            municipality_id=invitation.municipality_id,
            role_after=invitation.role,
        )

    def arms(self, municipality: Municipality, by: Person) -> None:
        """Note that a municipality shows other arms from now on, or none."""
        kind = AuditEntry.Kind.ARMS if municipality.arms_id else AuditEntry.Kind.ARMS_REMOVED
        self.create(kind=kind, person_id=by.pk, municipality_id=municipality.pk)

    def sent_by(self, person: Person, since: datetime) -> int:
        """How many invitations a person has sent since then."""
        sent = self.filter(kind__in=[AuditEntry.Kind.INVITED, AuditEntry.Kind.INVITED_AGAIN])
        return sent.filter(person=person.pk, at__gt=since).count()

    def of_assessment(self, kind: str, assessment: Assessment, by: Person | None, item: str = "") -> None:
        """Note what was done with an assessment: finalised, an item of it fetched."""
        self.create(
            kind=kind,
            person_id=by.pk if by else None,
            municipality_id=assessment.municipality_id,
            assessment_id=assessment.pk,
            item=item,
        )

    def fetched(self, assessment: int, municipality: int, by: Person, item: str) -> None:
        """Note that a person has fetched a stored document; for who has the ids alone."""
        self.create(
            kind=AuditEntry.Kind.REPORT,
            person_id=by.pk,
            municipality_id=municipality,
            assessment_id=assessment,
            item=item,
        )

    def since(
        self,
        begin: datetime | Given,
        kind: str,
        assessment: int | Given,
        person: Person | Whoever,
        item: str | Given,
    ) -> AuditEntryQuerySet:
        """What the log says already of a person and this item of an assessment."""
        fetched = self.filter(kind=kind, assessment=assessment, person=person.pk, at__gte=begin)
        return fetched.filter(item=item).order_by()

    def of(self, municipality: Municipality) -> AuditEntryQuerySet:
        """What happened in a municipality, the newest first, with everything its lines name."""
        return self.filter(municipality=municipality.pk).select_related("person", "about", "assessment")


class AuditEntry(models.Model):
    """One line of the log. It holds references and codes, never a name, an address or a text somebody wrote.

    The references are no foreign keys to the database: a line keeps nobody's data alive, and stays when they go.
    """

    class Kind(models.TextChoices):
        """What is recorded."""

        SIGN_IN = "sign_in", _("Anmeldung")
        ROLE = "role", _("Rolle")
        INVITED = "invited", _("Einladung")
        INVITED_AGAIN = "invited_again", _("Einladung")
        REVOKED = "revoked", _("Einladung")
        ACCEPTED = "accepted", _("Einladung")
        FACTOR_RESET = "factor_reset", _("Zweiter Faktor")
        TOKEN = "token", _("Zugriffstoken")
        TOKEN_REVOKED = "token_revoked", _("Zugriffstoken")
        REPORT = "report", _("Bericht")
        EXPORT = "export", _("Datenausfuhr")
        EVIDENCE = "evidence", _("Beleg")
        HANDED_OVER = "handed_over", _("Übergabe zur Prüfung")
        TAKEN_BACK = "taken_back", _("Zurück in den Entwurf")
        FINAL = "final", _("Abschluss")
        CORRECTED = "corrected", _("Angaben geändert")
        DISCARDED = "discarded", _("Entwurf verworfen")
        ARMS = "arms", _("Wappen oder Logo")
        ARMS_REMOVED = "arms_removed", _("Wappen oder Logo")

    at = models.DateTimeField(_("Zeitpunkt"), auto_now_add=True)
    kind = models.CharField(_("Vorgang"), max_length=20, choices=Kind.choices)
    municipality = models.ForeignKey(
        "assessments.Municipality",
        models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("Kommune"),
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("Wer"),
        help_text=_("Leer: ein Befehl auf dem Server."),
    )
    about = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("Wen betrifft es"),
    )
    assessment = models.ForeignKey(
        "assessments.Assessment",
        models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("Einschätzung"),
    )
    item = models.CharField(
        _("Was davon"), max_length=40, blank=True, help_text=_("Ein Dokument oder eine Frage, als Kürzel.")
    )
    role_before = models.CharField(_("Rolle bisher"), max_length=11, blank=True)
    role_after = models.CharField(_("Rolle danach"), max_length=11, blank=True)

    objects: ClassVar = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("Protokolleintrag")
        verbose_name_plural = _("Protokoll")
        ordering = ("-pk",)  # the order of events: nothing is ever inserted between
        indexes = (
            models.Index(fields=["municipality", "-id"], name="audit_municipality"),
            models.Index(
                fields=["assessment", "person", "at"], name="audit_fetched", condition=models.Q(kind="report")
            ),
            models.Index(
                fields=["assessment", "person", "at"],
                name="audit_exported",
                condition=models.Q(kind="export"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.what}"

    @property
    def who(self) -> str:
        """Who did it, as far as they still exist."""
        if self.person_id is None:
            return _now("Befehl auf dem Server")
        return str(self.person or _now("gelöschter Zugang"))

    @property
    def what(self) -> str:
        """What was done, as a sentence without its subject."""
        gone = _now("gelöschter Zugang")
        sentence = SENTENCES[
            self.kind if self.kind != self.Kind.ROLE else _turn(self.role_before, self.role_after)
        ]
        return str(sentence) % {
            "about": self.about or gone,
            "assessment": self._which,
            "before": _role(self.role_before),
            "after": _role(self.role_after),
        }

    @property
    def _which(self) -> str:
        """The assessment, and what of it."""
        title = f"„{self.assessment.title}“" if self.assessment else _now("(gelöscht)")
        return f"{title}, {self.item}" if self.item else title


SENTENCES = {
    AuditEntry.Kind.SIGN_IN: _("hat sich angemeldet"),
    AuditEntry.Kind.INVITED: _("hat jemanden eingeladen: %(after)s"),
    AuditEntry.Kind.INVITED_AGAIN: _("hat eine Einladung noch einmal verschickt: %(after)s"),
    AuditEntry.Kind.REVOKED: _("hat eine Einladung zurückgezogen: %(after)s"),
    AuditEntry.Kind.ACCEPTED: _("hat eine Einladung angenommen: %(after)s"),
    AuditEntry.Kind.FACTOR_RESET: _("hat den zweiten Faktor zurückgesetzt: %(about)s"),
    AuditEntry.Kind.TOKEN: _("hat ein Zugriffstoken angelegt"),
    AuditEntry.Kind.TOKEN_REVOKED: _("hat ein Zugriffstoken widerrufen"),
    AuditEntry.Kind.REPORT: _("hat den Bericht abgerufen: %(assessment)s"),
    AuditEntry.Kind.EXPORT: _("hat die Daten heruntergeladen: %(assessment)s"),
    AuditEntry.Kind.HANDED_OVER: _("hat zur Prüfung übergeben: %(assessment)s"),
    AuditEntry.Kind.TAKEN_BACK: _("hat in den Entwurf zurückgegeben: %(assessment)s"),
    AuditEntry.Kind.EVIDENCE: _("hat einen Beleg heruntergeladen: %(assessment)s"),
    AuditEntry.Kind.FINAL: _("hat abgeschlossen: %(assessment)s"),
    AuditEntry.Kind.CORRECTED: _("hat Titel oder Stichtag geändert: %(assessment)s"),
    AuditEntry.Kind.DISCARDED: _("hat einen Entwurf verworfen: %(assessment)s"),
    AuditEntry.Kind.ARMS: _("hat ein Wappen oder Logo für die Berichte hochgeladen"),
    AuditEntry.Kind.ARMS_REMOVED: _("hat das Wappen oder Logo aus den Berichten entfernt"),
    "given": _("hat die Rolle gegeben: %(about)s, %(after)s"),
    "changed": _("hat die Rolle geändert: %(about)s, %(after)s (bisher %(before)s)"),
    "withdrawn": _("hat die Rolle entzogen: %(about)s, bisher %(before)s"),
}


def _turn(before: str, after: str) -> str:
    """What became of a role."""
    if not after:
        return "withdrawn"
    return "changed" if before else "given"


def _role(code: str) -> str:
    return str(Role(code).label) if code else ""
