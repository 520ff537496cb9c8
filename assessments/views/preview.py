"""The question page as officers will see it, for those who write the questions. Nothing can be saved here."""

from __future__ import annotations

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from assessments.forms import AnswerForm, TargetForm
from assessments.models import Answer, Assessment, Role, Target
from guidelines.models import Clause


@require_safe
@permission_required("guidelines.view_edition", raise_exception=True)
def preview(request: HttpRequest, edition: str, code: str, form: str) -> HttpResponse:
    """Show a clause's questions in the short or the full form, of a draft as well."""
    clause = get_object_or_404(
        Clause.objects.select_related("edition", "guideline"), edition__code=edition, code=code
    )
    asked = clause.criteria.select_related("place")
    if form == Assessment.Form.SHORT:
        asked = asked.filter(is_key=True)
    assessment = Assessment(
        edition=clause.edition, form=form, title="Vorschau", reference_date=timezone.localdate()
    )
    assessment.role = Role.OFFICER
    answers = [AnswerForm(row=Answer(assessment=assessment, criterion=criterion)) for criterion in asked]
    target = TargetForm(row=Target(assessment=assessment, clause=clause))
    context = {
        "is_preview": True,
        "assessment": assessment,
        "clause": clause,
        "answers": answers,
        "target": target,
        "forms": [*answers, target],
    }
    return render(request, "assessments/question.html", context)
