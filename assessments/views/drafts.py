"""What was a mistake when an assessment was begun: its title, its day, or that it was begun at all."""

from __future__ import annotations

from copy import copy
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from assessments import models
from assessments.forms import EachFieldOnce, HeadingForm
from assessments.models import Assessment, Losses, LossesChanged, Stale, WrongState


class CorrectionForm(HeadingForm):
    """Another title or reference date, on top of what was seen."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def clean_reference_date(self) -> date:
        """Nothing continues from what comes later; a day that is stored may stay."""
        day: date = self.cleaned_data["reference_date"]
        earlier = self.instance.predecessor
        if earlier and day < earlier.reference_date and day != self.instance.reference_date:
            raise forms.ValidationError(
                _("Der Stichtag liegt vor dem der Vorgängerin „%(title)s“ (%(day)s).")
                % {"title": earlier.title, "day": f"{earlier.reference_date:%d.%m.%Y}"}
            )
        return day


class DiscardForm(EachFieldOnce, forms.Form):
    """The deliberate step before a draft goes, and what was known to go with it."""

    seen = forms.CharField(widget=forms.HiddenInput)
    sure = forms.BooleanField(
        label=gettext_lazy("Ja, ich möchte diesen Entwurf mit allem, was darin steht, endgültig löschen"),
        error_messages={
            "required": gettext_lazy("Bitte setzen Sie den Haken, wenn Sie den Entwurf löschen möchten.")
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Change title and reference date of a draft."""
    assessment = _assessment(request, pk)
    if not assessment.is_draft:
        return _moved_on(request, assessment)
    form = CorrectionForm(request.POST if request.method == "POST" else None, instance=copy(assessment))
    context: dict[str, Any] = {"assessment": assessment, "form": form}
    if not form.is_valid():
        return render(request, "assessments/correct.html", context, status=422 if form.is_bound else 200)
    try:
        assessment.correct(request.user, **form.cleaned_data)
    except Stale:
        context["is_conflict"] = True
        return render(request, "assessments/correct.html", context, status=409)
    except WrongState:
        return _moved_on(request, assessment)
    messages.success(request, _("Titel und Stichtag sind gespeichert."))
    return redirect("assessments:questions", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what goes with a draft; on POST delete it, for good."""
    assessment = _assessment(request, pk)
    if not assessment.is_draft:
        return _moved_on(request, assessment)
    form, status = DiscardForm(request.POST if request.method == "POST" else None), 200
    if form.is_valid():
        try:
            models.discard(assessment, request.user, known=form.cleaned_data["seen"])
        except LossesChanged:
            messages.warning(
                request, _("Im Entwurf hat sich gerade etwas geändert. Bitte lesen Sie noch einmal.")
            )
            form, status = DiscardForm(), 409
        except WrongState:
            return _moved_on(request, assessment)
        except Assessment.DoesNotExist as error:
            raise Http404 from error
        else:
            messages.success(request, _("Der Entwurf „%s“ ist gelöscht.") % assessment.title)
            return redirect("assessments:overview")
    context = {"assessment": assessment, "form": form, "losses": Losses.of(assessment)}
    status = 422 if form.is_bound else status
    return render(request, "assessments/discard.html", context, status=status)


def _assessment(request: HttpRequest, pk: int) -> Assessment:
    rows = Assessment.objects.visible_to(request.user).select_related("municipality", "predecessor")
    assessment: Assessment = get_object_or_404(rows, pk=pk)
    if not assessment.may_finalise:
        raise PermissionDenied
    return assessment


def _moved_on(request: HttpRequest, assessment: Assessment) -> HttpResponse:
    assessment.refresh_from_db(fields=["state"])
    if assessment.is_final:
        messages.info(request, _("Diese Einschätzung ist abgeschlossen. Sie lässt sich nur noch lesen."))
        return redirect(assessment)
    messages.info(
        request,
        _("Die Einschätzung wird gerade geprüft. Ändern oder verwerfen lässt sich nur ein Entwurf."),
    )
    return redirect("assessments:review", assessment.pk)
