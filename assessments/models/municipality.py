"""Municipalities of the official register, and who may do what in which of them."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from assessments.models.audit import AuditEntry
from assessments.models.roles import Role

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

    from assessments.models.arms import Arms

    Person = AbstractBaseUser | AnonymousUser


class LastOfficer(Exception):
    """A municipality would be left without an officer; nothing was changed."""


class MunicipalityQuerySet(models.QuerySet["Municipality"]):
    """Municipalities and counties."""

    def visible_to(self, person: Person) -> MunicipalityQuerySet:
        """The municipalities a person belongs to, each with their `role` there, on which `may_run` relies."""
        if not person.pk:
            return self.none()
        return self.filter(memberships__person=person.pk).annotate(role=F("memberships__role"))

    def run_by(self, person: Person) -> MunicipalityQuerySet:
        """Those whose officer a person is."""
        return self.filter(memberships__person=person.pk, memberships__role=Role.OFFICER)

    def search(self, text: str) -> MunicipalityQuerySet:
        """Those whose name contains the text or whose AGS begins with it."""
        return self.filter(Q(name__icontains=text) | Q(ags__startswith=text))


class Municipality(models.Model):
    """A town, a municipality or a county (Kreis), as the official register names it.

    Names are not unique, so `__str__` always adds county and federal state.
    """

    class Kind(models.TextChoices):
        """Textkennzeichen of the official register (GV100AD)."""

        COUNTY_FREE_CITY_AREA = "41", _("Kreisfreie Stadt (Kreisebene)")
        CITY_COUNTY_AREA = "42", _("Stadtkreis (Kreisebene)")
        KREIS = "43", _("Kreis")
        LANDKREIS = "44", _("Landkreis")
        REGIONAL_ASSOCIATION = "45", _("Regionalverband")
        MARKET_TOWN = "60", _("Markt")
        COUNTY_FREE_CITY = "61", _("Kreisfreie Stadt")
        CITY_COUNTY = "62", _("Stadtkreis")
        TOWN = "63", _("Stadt")
        COUNTY_MUNICIPALITY = "64", _("Kreisangehörige Gemeinde")
        INHABITED_AREA = "65", _("Gemeindefreies Gebiet, bewohnt")
        UNINHABITED_AREA = "66", _("Gemeindefreies Gebiet, unbewohnt")
        LARGE_COUNTY_TOWN = "67", _("Große Kreisstadt")

    ags = models.CharField(
        _("AGS"),
        max_length=8,
        unique=True,
        validators=[
            RegexValidator(
                r"^([0-9]{5}|[0-9]{8})$", _("Fünf Ziffern für einen Kreis, acht für eine Gemeinde.")
            )
        ],
        help_text=_("Amtlicher Gemeindeschlüssel, mit führender Null."),
    )
    name = models.CharField(_("Name"), max_length=120)
    kind = models.CharField(_("Art"), max_length=2, choices=Kind.choices)
    federal_state = models.CharField(_("Land"), max_length=60)
    district = models.CharField(_("Kreis"), max_length=120, blank=True)
    population = models.PositiveIntegerField(_("Einwohner"), null=True, blank=True)
    area_ha = models.PositiveIntegerField(_("Fläche in Hektar"), null=True, blank=True)
    as_of = models.DateField(_("Gebietsstand"), null=True, blank=True)
    requires_second_factor = models.BooleanField(
        _("Zweiter Faktor für digitalbeauftragte Personen verlangt"),
        default=False,
        help_text=_(
            "Sie richten eine App oder einen Schlüssel ein, bevor sie mit Charta-Check weiterarbeiten können."
        ),
    )

    four_eyes = models.BooleanField(
        _("Vier-Augen-Prinzip"),
        default=False,
        help_text=_(
            "Eine Einschätzung lässt sich erst abschließen, wenn eine zweite Person jede Antwort bestätigt hat."
        ),
    )
    arms = models.ForeignKey(
        "assessments.Arms",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("Wappen oder Logo"),
    )

    objects: ClassVar = MunicipalityQuerySet.as_manager()

    role: str  # the reader's role, set by `visible_to`

    class Meta:
        verbose_name = _("Kommune")
        verbose_name_plural = _("Kommunen")
        ordering = ("name", "ags")
        indexes = (models.Index(fields=["name"], name="municipality_name"),)

    def __str__(self) -> str:
        return f"{self.name} ({self.location})" if self.location else self.name

    @property
    def may_run(self) -> bool:
        """Whether the reader's role allows running the municipality here: team, log, arms. Relies on `visible_to`."""
        return self.role == Role.OFFICER

    @property
    def kind_name(self) -> str:
        """Its kind in words."""
        return str(self.Kind(self.kind).label)

    @property
    def location(self) -> str:
        """What tells namesakes apart: for a county its kind and state, else county and state.

        A county-free city names its state alone, a city state nothing.
        """
        own = {self.name, self.name.split(",")[0]}
        is_county = self.kind in {self.Kind.KREIS, self.Kind.LANDKREIS, self.Kind.REGIONAL_ASSOCIATION}
        where = self.kind_name if is_county else self.district
        return ", ".join(part for part in (where, self.federal_state) if part and part not in own)

    def people_as(self, role: Role) -> models.QuerySet[Any]:
        """The people with this role here, by name."""
        return get_user_model().objects.filter(memberships__municipality=self, memberships__role=role)

    def show_arms(self, arms: Arms | None, by: Person) -> None:
        """Show this picture on new reports from now on, or none. A change stands in the audit log."""
        if self.arms_id == (arms.pk if arms else None):
            return
        with transaction.atomic():
            self.arms = arms
            self.save(update_fields=["arms"])
            AuditEntry.objects.arms(self, by)


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Who belongs where."""

    def of(self, person: Person) -> MembershipQuerySet:
        """The memberships of one person; an anonymous visitor has none."""
        return self.filter(person=person.pk) if person.pk else self.none()

    def insiders(self) -> MembershipQuerySet:
        """Everyone but council members: those who see drafts."""
        return self.exclude(role=Role.COUNCIL)

    def officers_of(self, municipality: int) -> MembershipQuerySet:
        """The officers of one municipality (id), by name."""
        return self.filter(municipality=municipality, role=Role.OFFICER).order_by("person__name", "pk")

    def answering(self) -> MembershipQuerySet:
        """Those who can be put in charge of clauses."""
        return self.filter(role__in=[Role.OFFICER, Role.CONTRIBUTOR])

    def asked_for_second_factor(self) -> MembershipQuerySet:
        """The officers of municipalities that ask them for a second factor."""
        return self.filter(role=Role.OFFICER, municipality__requires_second_factor=True)

    def assign(
        self, *, person: Person, municipality: Municipality, role: str, by: Person | None
    ) -> tuple[Membership, str]:
        """Give a person a role, new or instead of another one; returns the role before as well ("" for none).

        The change stands in the audit log; `by` None stands for a command on the server.
        """
        with transaction.atomic():
            membership, is_new = self.get_or_create(
                person=person, municipality=municipality, defaults={"role": role}
            )
            before = None if is_new else copy(membership)
            if membership.role != role:
                membership.role = role
                membership.save(update_fields=["role"])
            AuditEntry.objects.role_change(before, membership, by)
        return membership, before.role if before else ""

    def change_role(self, membership: Membership, role: str, by: Person) -> None:
        """Give a member another role; who answers no more is in charge of nothing. Raises `LastOfficer`."""
        with transaction.atomic():
            if role != Role.OFFICER:
                self._keep_an_officer(membership)
            self.assign(person=membership.person, municipality=membership.municipality, role=role, by=by)
            if role not in {Role.OFFICER, Role.CONTRIBUTOR}:
                membership.assignments.all().delete()

    def withdraw(self, membership: Membership, by: Person) -> None:
        """End a membership, and with it what it was in charge of; what the person wrote stays theirs.

        Raises `LastOfficer`.
        """
        with transaction.atomic():
            self._keep_an_officer(membership)
            AuditEntry.objects.role_change(membership, None, by)
            membership.delete()

    def sole_officer(self, person: Person) -> MembershipQuerySet:
        """The person's memberships as the only officer of a municipality."""
        others = Membership.objects.filter(role=Role.OFFICER).exclude(person=person.pk)
        return self.of(person).filter(
            ~Exists(others.filter(municipality=OuterRef("municipality"))), role=Role.OFFICER
        )

    def _keep_an_officer(self, membership: Membership) -> None:
        """Of two officers who take each other out at once, one has to wait and is refused."""
        Municipality.objects.select_for_update(no_key=True).get(pk=membership.municipality_id)
        if self.sole_officer(membership.person).filter(pk=membership.pk).exists():
            raise LastOfficer


class Membership(models.Model):
    """One person's role in one municipality."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships", verbose_name=_("Person")
    )
    municipality = models.ForeignKey(
        Municipality, models.PROTECT, related_name="memberships", verbose_name=_("Kommune")
    )
    role = models.CharField(_("Rolle"), max_length=11, choices=Role.choices)

    objects: ClassVar = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("Mitgliedschaft")
        verbose_name_plural = _("Mitgliedschaften")
        ordering = ("municipality", "person")
        constraints = (
            models.UniqueConstraint(
                fields=("person", "municipality"),
                name="membership_once",
                violation_error_message=_("Diese Person hat in dieser Kommune schon eine Rolle."),
            ),
            models.CheckConstraint(
                condition=Q(role__in=["officer", "contributor", "reviewer", "council"]),
                name="membership_role_known",
                violation_error_message=_("Diese Rolle gibt es nicht."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.person}, {self.get_role_display()}, {self.municipality}"
