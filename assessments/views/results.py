"""The results of one assessment, and the step that makes them final."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from assessments.forms import EachFieldOnce, TextField
from assessments.models import Assessment, AssessmentIsFinal, PointsChanged, Unconfirmed
from assessments.models.answer import TEXT_LIMIT
from assessments.models.prepared import Given, Prepared, Whoever
from assessments.record import ClauseValue, CriterionValue, OpenPoint, PointKind, Record, fingerprint
from assessments.scoring import evaluate, progress
from assessments.tasks import order_reports
from assessments.views.reports import documents
from assessments.views.too_late import too_late

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ASSESSMENT = Prepared(
    Assessment.objects.visible_to(Whoever())
    .select_related("municipality", "predecessor")
    .filter(pk=Given("pk"))
    .order_by()
)
KEPT = 16  # results in each process, of a few hundred kilobytes


POINT_NAMES = {
    PointKind.RETURNED: gettext_lazy("In der Prüfung zurückgegeben"),
    PointKind.UNANSWERED: gettext_lazy("Nicht beantwortet"),
    PointKind.TAKEN_OVER: gettext_lazy(
        "Aus der letzten Einschätzung übernommen, für dieses Jahr nicht bestätigt"
    ),
    PointKind.UNCONFIRMED: gettext_lazy("Von keiner zweiten Person bestätigt"),
    PointKind.UNEXPLAINED: gettext_lazy("Pflicht nicht erfüllt, ohne Erläuterung"),
}


class FinaliseForm(EachFieldOnce, forms.Form):
    """Nothing to fill in, unless points stay open for ever: then why, and on which points that was decided."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    reason = TextField(
        label=gettext_lazy("Warum bleiben diese Punkte offen?"),
        help_text=gettext_lazy(
            "Die Begründung steht im Ergebnis und im Bericht, neben der Liste der offenen Punkte."
        ),
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": gettext_lazy("Bitte begründen Sie, warum diese Punkte für immer offen bleiben.")
        },
    )

    def __init__(self, data: Any = None, *, points: Sequence[OpenPoint], reason: str = "") -> None:
        self.shown = _print_of(points)
        super().__init__(data, initial={"reason": reason})
        if not points:
            del self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        """What is left open knowingly has been read."""
        cleaned = super().clean()
        if cleaned.get("seen", "") != self.shown:
            raise forms.ValidationError(
                _(
                    "Die Liste der offenen Punkte hat sich inzwischen geändert. Bitte lesen Sie sie noch einmal."
                )
            )
        return cleaned


class OpenGroup(NamedTuple):
    """The questions that are open for one reason, each with its clause."""

    name: StrOrPromise
    items: list[tuple[ClauseValue, CriterionValue]]


def open_groups(record: Record) -> list[OpenGroup]:
    """The open points of a Record, by what is open about them."""
    asked = {
        criterion.code: (clause, criterion) for clause in record.clauses for criterion in clause.criteria
    }
    groups = (
        OpenGroup(name, [asked[point.criterion] for point in record.open_points if point.kind is kind])
        for kind, name in POINT_NAMES.items()
    )
    return [group for group in groups if group.items]


def _print_of(points: Sequence[OpenPoint]) -> str:
    """A short print of these points; "" of none."""
    return fingerprint(" ".join(f"{point.criterion}:{point.kind}" for point in points))[:16] if points else ""


@require_safe
def results(request: HttpRequest, pk: int) -> HttpResponse:
    """Show every figure: of a draft as it stands now, of a final assessment as it was frozen."""
    assessment: Assessment = ASSESSMENT.get_or_404(person=request.user.pk, pk=pk)
    start = assessment.predecessor.record() if assessment.predecessor else None
    record = assessment.record()
    shown = _shown(record, start, assessment.pk)
    return render(
        request,
        "assessments/results.html",
        {
            "assessment": assessment,
            "documents": documents(assessment),
            "record": record,
            "figures": shown.figures,
            "sections": shown.sections,
            "is_final": assessment.is_final,
            "sha256": assessment.frozen.sha256 if assessment.frozen else "",
            "groups": shown.groups,
            "may_answer": assessment.may_answer and assessment.is_draft,
            "may_finalise": assessment.may_finalise and not assessment.is_final,
        },
    )


class Shown(NamedTuple):
    """What the page says of a Record and of how it stands to its predecessor's, for every reader alike."""

    groups: list[OpenGroup]
    figures: SafeString
    sections: SafeString


@lru_cache(KEPT)
def _shown(record: Record, start: Record | None, pk: int) -> Shown:
    """Put together once: a final assessment is read again and again, a draft more often than it is changed.

    The Record is the key, with all that it says, so a changed answer or wording makes another page at once, in every
    process.
    """
    result, earlier = evaluate(record), evaluate(start) if start else None
    context = {
        "pk": pk,
        "record": record,
        "result": result,
        "start": earlier,
        "progress": progress(result, earlier) if earlier else None,
    }
    return Shown(
        groups=open_groups(record),
        figures=render_to_string("assessments/_key_figures.html", context),
        sections=render_to_string("assessments/_sections.html", context),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def finalise(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what finalising means and what is still open; on POST make the assessment final, for good."""
    assessment = get_object_or_404(
        Assessment.objects.visible_to(request.user).select_related("municipality", "edition"), pk=pk
    )
    if not assessment.may_finalise:
        raise PermissionDenied
    if assessment.is_final:
        return _already_final(request, assessment)
    record = assessment.record()
    form = FinaliseForm(request.POST if request.method == "POST" else None, points=record.open_points)
    if form.is_valid() and not _lacks_eyes(assessment, record):
        try:
            snapshot = assessment.finalise(
                request.user, form.cleaned_data.get("reason", ""), left_open=record.open_points
            )
        except AssessmentIsFinal:
            return _already_final(request, assessment)
        except (PointsChanged, Unconfirmed):
            messages.warning(
                request,
                _("Die Liste der offenen Punkte hat sich gerade geändert. Bitte lesen Sie sie noch einmal."),
            )
            record = assessment.record()
            form = FinaliseForm(points=record.open_points, reason=form.cleaned_data.get("reason", ""))
            return _before_final(request, assessment, record, form, status=409)
        order_reports(assessment)
        messages.success(
            request, _("Die Einschätzung ist abgeschlossen. Prüfsumme: %s") % snapshot.sha256[:12]
        )
        return redirect(assessment)
    return _before_final(request, assessment, record, form, status=422 if form.is_bound else 200)


def _before_final(
    request: HttpRequest, assessment: Assessment, record: Record, form: FinaliseForm, *, status: int
) -> HttpResponse:
    context = {
        "assessment": assessment,
        "record": record,
        "result": evaluate(record),
        "groups": open_groups(record),
        "lacks_eyes": _lacks_eyes(assessment, record),
        "may_answer": True,
        "form": form,
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "assessments/finalise.html", context, status=status)


def _lacks_eyes(assessment: Assessment, record: Record) -> bool:
    return assessment.municipality.four_eyes and bool(record.unconfirmed)


def _already_final(request: HttpRequest, assessment: Assessment) -> HttpResponse:
    if reason := request.POST.get("reason", "").strip():
        assessment.refresh_from_db(fields=["state"])
        label = str(FinaliseForm.base_fields["reason"].label)
        return too_late(request, assessment, texts=[(label, reason)])
    messages.info(request, _("Diese Einschätzung ist schon abgeschlossen. Sie lässt sich nur noch lesen."))
    return redirect(assessment)
