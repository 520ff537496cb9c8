"""Where a person starts: their municipalities with all assessments, and a new one."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments.forms import StartForm
from assessments.models import Assessment, AssessmentIsFinal, Membership, Role, WrongState, tasks_of
from assessments.views.steps import go_on, lines
from guidelines.models import Edition


@dataclass(frozen=True, slots=True)
class Row:
    """One assessment in the list; `go_on` is the clause to go on with, None when nothing is open."""

    assessment: Assessment
    go_on: str | None


@dataclass(frozen=True, slots=True)
class Town:
    """One municipality of the person."""

    membership: Membership
    rows: list[Row]

    @property
    def may_start(self) -> bool:
        """Whether the person may begin an assessment here."""
        return self.membership.role == Role.OFFICER

    @property
    def sees_drafts(self) -> bool:
        """Whether the person works on assessments here or only reads their results."""
        return self.membership.role != Role.COUNCIL


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """List what waits for the person, and their assessments by municipality, each with the next thing to do."""
    memberships = (
        Membership.objects.of(request.user).select_related("municipality").order_by("municipality__name")
    )
    visible = Assessment.objects.visible_to(request.user).with_progress()
    assessments = list(visible.order_by("-reference_date", "-pk"))  # counting drops the model's own order
    answers = lines(assessment for assessment in assessments if not assessment.is_final)
    towns = [
        Town(
            membership,
            [
                Row(a, go_on([line for line in answers if line.assessment == a.pk], a, request.user))
                for a in assessments
                if a.municipality_id == membership.municipality_id
            ],
        )
        for membership in memberships
    ]
    return render(request, "assessments/overview.html", {"towns": towns, "tasks": tasks_of(request.user)})


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Begin an assessment in a municipality whose officer the person is."""
    data = request.POST if request.method == "POST" else None
    form = StartForm(data, by=request.user, town=request.GET.get("kommune", ""))
    if not form.towns:
        raise PermissionDenied
    edition = Edition.objects.current()
    if edition and form.is_valid():
        assessment = form.start(edition, request.user)
        earlier = assessment.predecessor if form.cleaned_data.get("take_over") else None
        begun = _("Die Einschätzung ist angelegt. Sie können mit der ersten Frage beginnen.")
        taken = _("Übernommen ist, was gleich gefragt ist, aus „%(title)s“ (Stichtag %(day)s).")
        about = {"title": earlier.title, "day": f"{earlier.reference_date:%d.%m.%Y}"} if earlier else {}
        messages.success(request, f"{begun} {taken % about}" if earlier else begun)
        return redirect("assessments:questions", assessment.pk)
    status = 422 if form.is_bound else 200
    return render(request, "assessments/start.html", {"form": form, "edition": edition}, status=status)


@require_POST
def widen(request: HttpRequest, pk: int) -> HttpResponse:
    """Turn a short form into the full form; what was answered stays."""
    assessment = get_object_or_404(
        Assessment.objects.visible_to(request.user).select_related("edition"), pk=pk
    )
    if not assessment.may_finalise:
        raise PermissionDenied
    try:
        assessment.widen(request.user)
    except AssessmentIsFinal:
        messages.info(request, _("Diese Einschätzung ist abgeschlossen. Sie lässt sich nur noch lesen."))
        return redirect(assessment)
    except WrongState:
        messages.info(
            request, _("Die Einschätzung wird gerade geprüft. Erweitern lässt sich nur ein Entwurf.")
        )
        return redirect("assessments:questions", pk)
    messages.success(request, _("Die Einschätzung umfasst jetzt alle Fragen. Ihre Antworten sind erhalten."))
    return redirect("assessments:questions", pk)
