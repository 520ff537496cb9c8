"""Who works for a municipality: its members and whom its officers have invited."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db import IntegrityError
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments.mails import send
from assessments.models import (
    MEANINGS,
    Assessment,
    AuditEntry,
    Invitation,
    InvitationGone,
    LastOfficer,
    Membership,
    Municipality,
    Role,
)
from assessments.models.invitation import AN_HOUR
from assessments.views.assignments import ClausesForm
from assessments.views.steps import Way
from assessments.views.towns import town_to_run

ROLES = [(role.value, f"{role.label}: {meaning}") for role, meaning in MEANINGS.items()]
TOO_MANY = gettext_lazy(
    "Sie haben in der letzten Stunde sehr viele Einladungen verschickt. Bitte warten Sie eine Stunde."
)


class InviteForm(ClausesForm):
    """An address, a role, and for those who answer, clauses of the draft that `way` leads through."""

    email = forms.EmailField(
        label=gettext_lazy("E-Mail-Adresse"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Rolle"), choices=ROLES, widget=forms.RadioSelect, initial=Role.CONTRIBUTOR
    )

    def __init__(self, data: Any, *, town: Municipality, assessment: Assessment | None, way: Way) -> None:
        super().__init__(data, way=way)
        self.town = town
        self.assessment = assessment
        if assessment is None:
            for name in ("clauses", "sections", "due"):
                del self.fields[name]

    def clean_email(self) -> str:
        """Nobody is invited who is here already, or twice."""
        email = self.cleaned_data["email"].lower()
        if Membership.objects.filter(municipality=self.town, person__email=email).exists():
            raise forms.ValidationError(
                _("Diese Person gehört schon zum Team. Ihre Rolle ändern Sie auf der Seite des Teams.")
            )
        if Invitation.objects.filter(municipality=self.town, email=email).exists():
            raise forms.ValidationError(
                _(
                    "An diese Adresse ist schon eine Einladung unterwegs. "
                    "Auf der Seite des Teams können Sie sie noch einmal verschicken oder zurückziehen."
                )
            )
        return email

    def clean(self) -> dict[str, Any]:
        """Clauses go to those who answer."""
        cleaned = super().clean()
        if self.codes and cleaned.get("role") in {Role.REVIEWER, Role.COUNCIL}:
            self.add_error("role", _("Abschnitte lassen sich nur Personen zuteilen, die antworten."))
        return cleaned

    def invite(self, by: Any) -> tuple[Invitation, str]:
        """The invitation, with the token of its link."""
        targets = self.assessment.targets.filter(clause__code__in=self.codes) if self.assessment else ()
        return Invitation.objects.invite(
            municipality=self.town,
            email=self.cleaned_data["email"],
            role=self.cleaned_data["role"],
            by=by,
            targets=targets,
            due=self.cleaned_data.get("due") if self.codes else None,
        )


class RoleForm(forms.Form):
    """What a member is from now on."""

    role = forms.ChoiceField(label=gettext_lazy("Rolle"), choices=ROLES, widget=forms.RadioSelect)


@require_safe
def team(request: HttpRequest, pk: int) -> HttpResponse:
    """List the members with what they are in charge of, and the invitations nobody has accepted yet."""
    town = town_to_run(request.user, pk)
    members = town.memberships.select_related("person").annotate(
        in_charge_of=Count("assignments", filter=~Q(assignments__target__assessment__state="final"))
    )
    context = {
        "municipality": town,
        "members": members.order_by("person__name", "pk"),
        "invitations": town.invitations.with_sender()
        .select_related("invited_by")
        .order_by("-sent_at", "-pk"),
    }
    return render(request, "assessments/team.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask somebody to join, by mail; for one of the drafts clauses can be assigned at once."""
    town = town_to_run(request.user, pk)
    drafts = list(
        Assessment.objects.visible_to(request.user)
        .filter(municipality=town.pk, state=Assessment.State.DRAFT)
        .order_by("-reference_date", "-pk")
    )
    chosen = request.GET.get("einschaetzung", "")
    assessment = next((draft for draft in drafts if str(draft.pk) == chosen), drafts[0] if drafts else None)
    way = Way.through(assessment, request.user) if assessment else Way((), (), 0, 0, None)
    data = request.POST if request.method == "POST" else None
    form = InviteForm(data, town=town, assessment=assessment, way=way)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        if _too_many(request):
            form.add_error(None, TOO_MANY)
            status = 429
        else:
            try:
                invitation, token = form.invite(request.user)
            except IntegrityError:  # another officer has invited the same person just now
                return redirect("assessments:team", pk)
            _send(request, invitation, token)
            return redirect("assessments:team", pk)
    context = {"municipality": town, "form": form, "assessment": assessment, "drafts": drafts}
    return render(request, "assessments/invite.html", context, status=status)


@require_POST
def resend(request: HttpRequest, pk: int, invitation: int) -> HttpResponse:
    """Send an invitation once more, with a new link."""
    row = _invitation(request, pk, invitation)
    if _too_many(request):
        messages.error(request, TOO_MANY)
        return redirect("assessments:team", pk)
    try:
        _send(request, row, row.renew(request.user))
    except InvitationGone:
        messages.info(request, _("Diese Einladung gibt es nicht mehr."))
    return redirect("assessments:team", pk)


@require_POST
def revoke(request: HttpRequest, pk: int, invitation: int) -> HttpResponse:
    """Take an invitation back."""
    row = _invitation(request, pk, invitation)
    try:
        row.revoke(request.user)
    except InvitationGone:
        messages.info(request, _("Diese Einladung gibt es nicht mehr."))
    else:
        messages.success(request, _("Die Einladung an %s ist zurückgezogen.") % row.email)
    return redirect("assessments:team", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def member(request: HttpRequest, pk: int, membership: int) -> HttpResponse:
    """Show one member; on POST give them another role."""
    town = town_to_run(request.user, pk)
    row = _member(town, membership)
    form = RoleForm(request.POST if request.method == "POST" else None, initial={"role": row.role})
    if form.is_valid():
        role = form.cleaned_data["role"]
        try:
            Membership.objects.change_role(row, role, request.user)
        except LastOfficer:
            form.add_error("role", _last_officer())
        else:
            messages.success(
                request,
                _("%(person)s ist jetzt: %(role)s.") % {"person": row.person, "role": Role(role).label},
            )
            return redirect(reverse("assessments:team", args=[pk]) if row.person == request.user else ".")
    return _member_page(request, town, row, form, status=422 if form.is_bound else 200)


@require_POST
def withdraw(request: HttpRequest, pk: int, membership: int) -> HttpResponse:
    """Take a member out of the team; what they wrote keeps their name."""
    town = town_to_run(request.user, pk)
    row = _member(town, membership)
    try:
        Membership.objects.withdraw(row, request.user)
    except LastOfficer:
        messages.error(request, _last_officer())
        return redirect("assessments:member", pk, membership)
    messages.success(request, _("%s gehört nicht mehr zum Team.") % row.person)
    if row.person == request.user:
        return redirect("assessments:overview")
    return redirect("assessments:team", pk)


def _invitation(request: HttpRequest, pk: int, invitation: int) -> Invitation:
    found: Invitation = get_object_or_404(town_to_run(request.user, pk).invitations, pk=invitation)
    return found


def _member(town: Municipality, membership: int) -> Membership:
    found: Membership = get_object_or_404(
        town.memberships.select_related("person", "municipality"), pk=membership
    )
    return found


def _member_page(
    request: HttpRequest, town: Municipality, row: Membership, form: RoleForm, *, status: int
) -> HttpResponse:
    tasks = row.assignments.waiting()
    context = {"municipality": town, "member": row, "form": form, "assignments": tasks}
    return render(request, "assessments/member.html", context, status=status)


def _last_officer() -> str:
    return _(
        "Das geht nicht: Eine Kommune braucht mindestens eine digitalbeauftragte Person. "
        "Geben Sie zuerst jemand anderem diese Rolle."
    )


def _too_many(request: HttpRequest) -> bool:
    since = timezone.now() - timedelta(hours=1)
    return AuditEntry.objects.sent_by(request.user, since) >= AN_HOUR


def _send(request: HttpRequest, invitation: Invitation, token: str) -> None:
    context = {
        "invitation": invitation,
        "by": request.user,
        "meaning": MEANINGS[Role(invitation.role)],
        "steps": invitation.targets.select_related("clause").order_by("clause__position"),
        "link": request.build_absolute_uri(reverse("assessments:invitation", args=[token])),
    }
    if send([invitation.email], "invitation", context):
        messages.success(
            request,
            _("Die Einladung an %(email)s ist verschickt. Ihr Link gilt bis %(until)s.")
            % {
                "email": invitation.email,
                "until": timezone.localtime(invitation.expires_at).strftime("%d.%m.%Y"),
            },
        )
    else:
        messages.warning(
            request,
            _("Die Einladung ist gespeichert, die E-Mail ging aber nicht hinaus. Bitte später noch einmal."),
        )
