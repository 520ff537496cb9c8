"""A person signs in by e-mail; there are no user names. Programs of theirs read with an access token."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assessments.models import AuditEntry, Membership
from assessments.models.invitation import hashed

if TYPE_CHECKING:
    from assessments.models.municipality import Person

LABEL_LIMIT = 60
LONGEST = 365  # days
PREFIX = "charta_"  # by which programs that look for lost secrets know it


class UserManager(BaseUserManager["User"]):
    """Creates people by e-mail address, stored in lower case."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Store a person. Without a password they set one through "Passwort vergessen"."""
        if not email:
            raise ValueError("Eine Person braucht eine E-Mail-Adresse.")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Store an administrator, who may use every part of the admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        """Look a person up by e-mail, in whatever case it was typed."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractUser):
    """One person. What they may do in a municipality says their `Membership`."""

    username = None  # type: ignore[assignment]  # the e-mail address takes its place
    first_name = None  # type: ignore[assignment]  # one field for the whole name
    last_name = None  # type: ignore[assignment]  # one field for the whole name
    email = models.EmailField(
        _("E-Mail-Adresse"),
        unique=True,
        error_messages={"unique": _("Für diese E-Mail-Adresse gibt es schon einen Zugang.")},
    )
    name = models.CharField(_("Name"), max_length=150, help_text=_("Vor- und Nachname"))

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("Person")
        verbose_name_plural = _("Personen")
        ordering = ("name", "email")

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)


class AccessTokenQuerySet(models.QuerySet["AccessToken"]):
    """What lets programs in."""

    def of(self, person: Person) -> AccessTokenQuerySet:
        """The tokens of one person."""
        return self.filter(person=person.pk)

    def issue(self, *, person: Person, label: str, valid_days: int) -> str:
        """Store a token; returns its text, which is known only now. Raises `IntegrityError` if the label is taken."""
        text = f"{PREFIX}{secrets.token_urlsafe(32)}"
        with transaction.atomic():
            self.create(person_id=person.pk, label=label, valid_days=valid_days, token_hash=hashed(text))
            _note(AuditEntry.Kind.TOKEN, person)
        return text

    def valid(self, text: str) -> AccessToken | None:
        """The token with this text, as long as it works."""
        found = self.filter(token_hash=hashed(text)).first()
        return None if found is None or found.is_expired else found


class AccessToken(models.Model):
    """Lets a program read in a person's name, for a year at most. Only a hash is stored; what is revoked is deleted."""

    person = models.ForeignKey(User, models.CASCADE, related_name="access_tokens", verbose_name=_("Person"))
    label = models.CharField(_("Wofür"), max_length=LABEL_LIMIT)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_on = models.DateField(_("angelegt am"), default=timezone.localdate)
    valid_days = models.PositiveSmallIntegerField(_("gültig, in Tagen"))
    last_used_on = models.DateField(_("zuletzt verwendet am"), null=True)

    objects: ClassVar = AccessTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("Zugriffstoken")
        verbose_name_plural = _("Zugriffstoken")
        ordering = ("-created_on", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("person", "label"),
                name="access_token_label_once",
                violation_error_message=_("Ein Token mit diesem Namen haben Sie schon."),
            ),
            models.CheckConstraint(
                condition=Q(valid_days__gte=1, valid_days__lte=LONGEST),
                name="access_token_a_year_at_most",
                violation_error_message=_("Ein Token gilt höchstens ein Jahr."),
            ),
        )

    def __str__(self) -> str:
        return self.label

    @property
    def expires_on(self) -> date:
        """The last day on which it works."""
        return self.created_on + timedelta(days=self.valid_days)

    @property
    def is_expired(self) -> bool:
        """Whether its time is over."""
        return timezone.localdate() > self.expires_on

    def note_use(self) -> None:
        """Keep the day; written once a day."""
        today = timezone.localdate()
        if self.last_used_on != today:
            AccessToken.objects.filter(pk=self.pk).update(last_used_on=today)

    def revoke(self) -> None:
        """End it at once."""
        with transaction.atomic():
            _note(AuditEntry.Kind.TOKEN_REVOKED, self.person)
            self.delete()


def _note(kind: str, person: Person) -> None:
    AuditEntry.objects.token(
        kind, person, Membership.objects.of(person).values_list("municipality", flat=True)
    )
