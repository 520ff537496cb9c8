"""Invitations into the team of a municipality: a link that works once, and for seven days."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assessments.models.answer import Target
from assessments.models.audit import AuditEntry
from assessments.models.municipality import Membership, Municipality
from assessments.models.roles import Role
from assessments.models.team import Assignment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assessments.models.municipality import Person

VALID = timedelta(days=7)
KEPT = timedelta(days=30)  # how long an invitation that nobody accepted stays after that
AN_HOUR = 30  # as many invitations may one person send


class InvitationGone(Exception):
    """The link was used, replaced or revoked, or its time is over."""


def hashed(token: str) -> str:
    """What the database knows of a token. It is random and long, so a plain hash is enough."""
    return sha256(token.encode()).hexdigest()


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Who is asked to come, and who came."""

    def with_sender(self) -> InvitationQuerySet:
        """Annotate `is_backed`: whether whoever sent it still runs the municipality."""
        return self.annotate(is_backed=_backed())

    def valid(self) -> InvitationQuerySet:
        """Those whose link opens the door now."""
        return self.filter(_backed(), expires_at__gt=timezone.now())

    def with_token(self, token: str) -> InvitationQuerySet:
        """The invitation this link belongs to, as long as it is valid."""
        return self.valid().filter(token_hash=hashed(token))

    def invite(
        self,
        *,
        municipality: Municipality,
        email: str,
        role: str,
        by: Person,
        targets: Iterable[Target] = (),
        due: date | None = None,
    ) -> tuple[Invitation, str]:
        """Store an invitation; returns the token of its link as well, which is known only now."""
        token = secrets.token_urlsafe(32)
        with transaction.atomic():
            invitation = self.create(
                municipality=municipality,
                email=email,
                role=role,
                due=due,
                invited_by_id=by.pk,
                token_hash=hashed(token),
                expires_at=timezone.now() + VALID,
            )
            invitation.targets.set(targets)
            AuditEntry.objects.invitation(AuditEntry.Kind.INVITED, invitation, by)
        return invitation, token

    def clear_out(self) -> int:
        """Delete what nobody has accepted long after its time; returns how many that were."""
        count, _kinds = self.filter(expires_at__lt=timezone.now() - KEPT).delete()
        return count


def _backed() -> Exists:
    """Who has lost the right to invite leaves no door open behind them; another officer may send it again."""
    officers = Membership.objects.filter(
        person=OuterRef("invited_by"),
        person__is_active=True,
        municipality=OuterRef("municipality"),
        role=Role.OFFICER,
    )
    return Exists(officers)


class Invitation(models.Model):
    """Somebody is asked to work for a municipality. Once accepted or revoked it is deleted: the audit log knows."""

    municipality = models.ForeignKey(
        Municipality, models.CASCADE, related_name="invitations", verbose_name=_("Kommune")
    )
    email = models.EmailField(_("E-Mail-Adresse"))
    role = models.CharField(_("Rolle"), max_length=11, choices=Role.choices, default=Role.CONTRIBUTOR)
    targets = models.ManyToManyField(
        Target, related_name="+", blank=True, verbose_name=_("Abschnitte, die zugeteilt werden")
    )
    due = models.DateField(_("bis"), null=True, blank=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("eingeladen von")
    )
    sent_at = models.DateTimeField(_("verschickt am"), default=timezone.now)
    expires_at = models.DateTimeField(_("gültig bis"))
    token_hash = models.CharField(max_length=64, unique=True, editable=False)

    objects: ClassVar = InvitationQuerySet.as_manager()

    is_backed: bool  # set by `with_sender`

    class Meta:
        verbose_name = _("Einladung")
        verbose_name_plural = _("Einladungen")
        ordering = ("municipality", "email")
        constraints = (
            models.UniqueConstraint(
                fields=("municipality", "email"),
                name="invitation_once",
                violation_error_message=_("An diese Adresse ist schon eine Einladung unterwegs."),
            ),
            models.CheckConstraint(
                condition=Q(role__in=["officer", "contributor", "reviewer", "council"]),
                name="invitation_role_known",
                violation_error_message=_("Diese Rolle gibt es nicht."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.email}, {self.get_role_display()}, {self.municipality}"

    @property
    def is_expired(self) -> bool:
        """Whether its time is over."""
        return self.expires_at <= timezone.now()

    def renew(self, by: Person) -> str:
        """A new link, valid from now; the old one is dead. Raises `InvitationGone`."""
        token, now = secrets.token_urlsafe(32), timezone.now()
        fresh = {"token_hash": hashed(token), "sent_at": now, "expires_at": now + VALID, "invited_by": by.pk}
        with transaction.atomic():
            if not Invitation.objects.filter(pk=self.pk).update(**fresh):
                raise InvitationGone
            AuditEntry.objects.invitation(AuditEntry.Kind.INVITED_AGAIN, self, by)
        self.refresh_from_db()
        return token

    def revoke(self, by: Person) -> None:
        """Take it back. Raises `InvitationGone`."""
        with transaction.atomic():
            if not Invitation.objects.filter(pk=self.pk).update(expires_at=timezone.now()):
                raise InvitationGone
            AuditEntry.objects.invitation(AuditEntry.Kind.REVOKED, self, by)
            self.delete()

    def accept(self, person: Person) -> Membership:
        """Give the invited person the role and the clauses. Raises `InvitationGone`.

        Who has a role here already keeps it; clauses that went to somebody else meanwhile stay with them.
        """
        with transaction.atomic():
            self._use_up()
            return self._join(person)

    def accept_as_new(self, name: str, password: str) -> Person:
        """The same for somebody who has no account yet. Raises `InvitationGone`, `IntegrityError` if there is one."""
        with transaction.atomic():
            self._use_up()
            person: Person = get_user_model().objects.create_user(self.email, password, name=name)
            self._join(person)
        return person

    def _use_up(self) -> None:
        """Compare and set: of several who follow the link at once exactly one comes in."""
        mine = Invitation.objects.valid().filter(pk=self.pk, token_hash=self.token_hash)
        if not mine.update(expires_at=timezone.now()):
            raise InvitationGone

    def _join(self, person: Person) -> Membership:
        AuditEntry.objects.invitation(AuditEntry.Kind.ACCEPTED, self, person)
        membership = Membership.objects.of(person).filter(municipality=self.municipality_id).first()
        if membership is None:
            membership, _before = Membership.objects.assign(
                person=person, municipality=self.municipality, role=self.role, by=self.invited_by
            )
        if membership.role in {Role.OFFICER, Role.CONTRIBUTOR}:
            free = self.targets.filter(assignment=None).exclude(assessment__state="final")
            Assignment.objects.put_in_charge(free, membership, self.due)
        self.delete()
        return membership
