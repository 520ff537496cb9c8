"""The results of one assessment, and the step that makes them final."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

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

from assessments.exchange.record_json import to_json
from assessments.models import Assessment, AssessmentIsFinal
from assessments.record import Record
from assessments.scoring import ClauseResult, Result, evaluate, progress
from assessments.tasks import order_reports
from assessments.views.reports import documents

KEPT = 16  # results in each process, of a few hundred kilobytes


class FinaliseForm(forms.Form):
    """Nothing to fill in, unless open answers would stay open for ever."""

    understood = forms.BooleanField(
        label=gettext_lazy("Ich habe verstanden: Die offenen Fragen bleiben für immer offen"),
        error_messages={
            "required": gettext_lazy("Bitte bestätigen Sie, dass die offenen Fragen offen bleiben.")
        },
    )

    def __init__(self, *args: Any, has_open: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_open:
            del self.fields["understood"]


@require_safe
def results(request: HttpRequest, pk: int) -> HttpResponse:
    """Show every figure: of a draft as it stands now, of a final assessment as it was frozen."""
    assessment = get_object_or_404(
        Assessment.objects.visible_to(request.user).select_related("municipality", "edition", "predecessor"),
        pk=pk,
    )
    text = to_json(assessment)
    start_text = to_json(assessment.predecessor) if assessment.predecessor else ""
    result = _result(text)
    return render(
        request,
        "assessments/results.html",
        {
            "assessment": assessment,
            "documents": documents(assessment),
            "record": result.record,
            "result": result,
            "sections": _sections(text, start_text, assessment.pk),
            "is_final": assessment.is_final,
            "sha256": assessment.frozen.sha256 if assessment.frozen else "",
            "unanswered": _unanswered(result),
            "may_answer": assessment.may_answer and assessment.is_draft,
            "may_finalise": assessment.may_finalise and not assessment.is_final,
        },
    )


# A final assessment is read again and again, a draft more often than it is changed. The Record's text is the key, so
# a changed answer or wording makes another result at once, in every process.


@lru_cache(KEPT)
def _result(text: str) -> Result:
    """The Result of a Record's JSON."""
    return evaluate(Record.model_validate_json(text))


@lru_cache(KEPT)
def _sections(text: str, start_text: str, pk: int) -> SafeString:
    """All that the page says of a Record and of how it stands to its predecessor's, for every reader alike."""
    result, start = _result(text), _result(start_text) if start_text else None
    context = {
        "pk": pk,
        "record": result.record,
        "result": result,
        "start": start,
        "progress": progress(result, start) if start else (),
    }
    return render_to_string("assessments/_sections.html", context)


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
    result = evaluate(assessment.record())
    unanswered = _unanswered(result)
    form = FinaliseForm(request.POST if request.method == "POST" else None, has_open=bool(unanswered))
    if form.is_valid():
        try:
            snapshot = assessment.finalise(request.user)
        except AssessmentIsFinal:
            return _already_final(request, assessment)
        order_reports(assessment)
        messages.success(
            request, _("Die Einschätzung ist abgeschlossen. Prüfsumme: %s") % snapshot.sha256[:12]
        )
        return redirect(assessment)
    return render(
        request,
        "assessments/finalise.html",
        {
            "assessment": assessment,
            "record": result.record,
            "result": result,
            "unanswered": unanswered,
            "form": form,
        },
        status=422 if form.is_bound else 200,
    )


def _unanswered(result: Result) -> list[ClauseResult]:
    """The clauses with open answers."""
    return [clause for clause in result.clauses if clause.answered < clause.asked]


def _already_final(request: HttpRequest, assessment: Assessment) -> HttpResponse:
    messages.info(request, _("Diese Einschätzung ist schon abgeschlossen. Sie lässt sich nur noch lesen."))
    return redirect(assessment)
