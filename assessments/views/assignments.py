"""Who is in charge of which clause: many at once, for the officers of an assessment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from assessments.forms import EachFieldOnce
from assessments.models import Assessment, Assignment, Membership
from assessments.views.steps import Way

NOBODY = "niemand"


class DueField(forms.DateField):
    """A day until which something is to be done: today or later."""

    def __init__(self) -> None:
        today = timezone.localdate()
        super().__init__(
            label=gettext_lazy("Bis wann?"),
            required=False,
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            validators=[
                MinValueValidator(today, gettext_lazy("Dieser Tag ist schon vorbei.")),
                MaxValueValidator(
                    today.replace(year=2100, month=12, day=31),
                    gettext_lazy("Bitte ein Datum bis zum Jahr 2100."),
                ),
            ],
        )


class ClausesForm(EachFieldOnce, forms.Form):
    """Some clauses of an assessment, or all of a guideline, until one day (`assessments/_pick.html`)."""

    clauses = forms.MultipleChoiceField(label=gettext_lazy("Abschnitte"), required=False)
    sections = forms.MultipleChoiceField(label=gettext_lazy("Leitlinien"), required=False)

    def __init__(self, data: Any, *, way: Way) -> None:
        super().__init__(data)
        self.way = way
        self.codes: set[str] = set()
        self.fields["due"] = DueField()
        self._offer("clauses", [(step.code, step.title) for step in way.steps])
        self._offer("sections", [(section.code, section.name) for section in way.sections])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A guideline stands for all of its clauses."""
        cleaned = super().clean()
        whole = cleaned.get("sections", [])
        steps = [step for section in self.way.sections if section.code in whole for step in section.steps]
        self.codes = {step.code for step in steps}.union(cleaned.get("clauses", []))
        return cleaned


class AssignForm(ClausesForm):
    """Clauses for one person."""

    member = forms.ChoiceField(
        label=gettext_lazy("Wer ist zuständig?"),
        error_messages={"required": gettext_lazy("Bitte wählen Sie eine Person.")},
    )

    def __init__(self, data: Any, *, way: Way, members: Iterable[Membership]) -> None:
        super().__init__(data, way=way)
        self.members = {str(member.pk): member for member in members}
        people = [
            (pk, f"{member.person} ({member.get_role_display()})") for pk, member in self.members.items()
        ]
        self._offer("member", [("", _("Bitte wählen")), *people, (NOBODY, _("Niemand: Zuteilung aufheben"))])

    def clean(self) -> dict[str, Any]:
        """At least one clause."""
        cleaned = super().clean()
        if not self.codes and not self.errors.keys() & {"clauses", "sections"}:
            self.add_error("clauses", _("Bitte wählen Sie mindestens einen Abschnitt."))
        return cleaned

    def assign(self, assessment: Assessment) -> str:
        """Put the person in charge; returns a sentence about it."""
        targets = list(assessment.targets.filter(clause__code__in=self.codes))
        number = ngettext("%d Abschnitt", "%d Abschnitte", len(targets)) % len(targets)
        membership = self.members.get(self.cleaned_data["member"])
        if membership is None:
            Assignment.objects.filter(target__in=targets).delete()
            return _("%s: Zuteilung aufgehoben.") % number
        due = self.cleaned_data["due"]
        Assignment.objects.put_in_charge(targets, membership, due)
        until = _(", bis %s") % date_format(due, "d.m.Y") if due else ""
        return _("%(number)s zugeteilt: %(person)s%(until)s.") % {
            "number": number,
            "person": membership.person,
            "until": until,
        }


@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Show who is in charge of each clause; on POST put somebody in charge of those that were ticked."""
    assessment = get_object_or_404(
        Assessment.objects.visible_to(request.user).select_related("municipality"), pk=pk
    )
    if not assessment.may_assign:
        raise PermissionDenied
    if assessment.is_final:
        messages.info(request, _("Diese Einschätzung ist abgeschlossen. Sie lässt sich nur noch lesen."))
        return redirect(assessment)
    way = Way.through(assessment, request.user)
    members = Membership.objects.answering().filter(municipality=assessment.municipality_id)
    form = AssignForm(
        request.POST if request.method == "POST" else None,
        way=way,
        members=members.select_related("person").order_by("person__name", "pk"),
    )
    if form.is_valid():
        messages.success(request, form.assign(assessment))
        return redirect("assessments:assign", pk)
    context = {"assessment": assessment, "way": way, "form": form}
    return render(request, "assessments/assign.html", context, status=422 if form.is_bound else 200)
