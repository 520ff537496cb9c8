"""The questionnaire: one page per clause, and the list of all of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from assessments.forms import AnswerForm, TargetForm, VersionedForm
from assessments.models import Assessment, Target
from assessments.views.steps import Way

if TYPE_CHECKING:
    from assessments.models.municipality import Person

TO_THE_LIST = "liste"
CLAUSE_CODE = re.compile(r"[0-9A-Za-z.]{1,10}")


@require_safe
def questions(request: HttpRequest, pk: int) -> HttpResponse:
    """List every clause with its state: the task list."""
    assessment = get_object_or_404(
        Assessment.objects.visible_to(request.user).select_related("municipality", "edition", "predecessor"), pk=pk
    )
    if assessment.is_final:
        return redirect(assessment)
    way = Way.through(assessment, request.user)
    context = {
        "assessment": assessment,
        "way": way,
        "new_since_predecessor": assessment.new_since_predecessor(),
    }
    return render(request, "assessments/questions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Show the questions of one clause; save what was answered on top of the versions that were seen."""
    target = _target(request.user, pk, code)
    assessment = target.assessment
    if request.method == "POST":
        if not assessment.may_answer:
            raise PermissionDenied
        return _save(request, target)
    if assessment.is_final:
        return redirect(assessment)
    return _page(request, target, _forms(target))


def _target(person: Person, pk: int, code: str) -> Target:
    """The clause's target; assessment, clause, municipality and edition come along in the same query."""
    visible = Assessment.objects.visible_to(person).filter(pk=pk).values("pk")
    target: Target = get_object_or_404(
        Target.objects.filter(assessment__in=visible, assessment__municipality__memberships__person=person.pk)
        .annotate(role=F("assessment__municipality__memberships__role"))
        .select_related("assessment__municipality", "assessment__edition", "clause__guideline", "changed_by"),
        clause__code=code,
    )
    target.assessment.role = target.role  # type: ignore[attr-defined]
    target.clause.edition = target.assessment.edition
    return target


def _forms(target: Target, data: Any = None, take: str = "") -> list[VersionedForm]:
    """The page's forms, the target last. The one named `take` leaves out what was typed and shows what is stored."""
    answers = (
        target.assessment.answers.filter(criterion__clause=target.clause_id)
        .select_related("criterion__place", "changed_by")
        .order_by("criterion__position")
    )
    forms = [AnswerForm(data, row=answer) for answer in answers] + [TargetForm(data, row=target)]
    return [form.again(form.row) if form.prefix == take else form for form in forms]


def _save(request: HttpRequest, target: Target) -> HttpResponse:
    assessment = target.assessment
    take = request.POST.get("take", "")
    forms = _forms(target, request.POST, take)
    if assessment.is_final:
        return _too_late(request, target, forms)
    if not all([form.is_valid() for form in forms if form.is_bound]):  # noqa: C419  # every form tells its errors
        return _page(request, target, forms, status=422)
    changed = [form for form in forms if form.is_changed]
    try:
        _write(changed, request.user)
    except IntegrityError:
        assessment.refresh_from_db(fields=["state"])
        if not assessment.is_final:
            raise
        return _too_late(request, target, forms)
    forms = [form.settle() for form in forms]
    if any(form.is_conflict for form in forms):
        return _page(
            request, target, forms, status=409, also_saved=not all(form.was_stale for form in changed)
        )
    if take:
        messages.info(request, _("Die gespeicherte Fassung gilt."))
    elif changed and all(form.was_stale for form in changed):
        messages.info(
            request, _("Inzwischen hat jemand anderes gespeichert. Sie hatten hier nichts geändert.")
        )
    elif changed:
        messages.success(request, _("Gespeichert: %(clause)s") % {"clause": target.clause})
    return _onward(request, target)


def _write(changed: Sequence[VersionedForm], by: Person) -> None:
    """Save every row on its own version; a stale one keeps none of the others from being saved."""
    if changed:
        with transaction.atomic():
            AnswerForm.write_all(changed, by)
            TargetForm.write_all(changed, by)


def _onward(request: HttpRequest, target: Target) -> HttpResponse:
    """To the place that the pressed button names: another clause, the list, or this page again."""
    pk, then = target.assessment_id, request.POST.get("then", "")
    if then == TO_THE_LIST:
        return redirect("assessments:questions", pk)
    return redirect("assessments:question", pk, then if CLAUSE_CODE.fullmatch(then) else target.clause.code)


def _page(
    request: HttpRequest,
    target: Target,
    forms: Sequence[VersionedForm],
    *,
    status: int = 200,
    also_saved: bool = False,
) -> HttpResponse:
    way = Way.through(target.assessment, request.user)
    code = target.clause.code
    saved = [form.row for form in forms if form.row.changed_at]
    context = {
        "assessment": target.assessment,
        "clause": target.clause,
        "answers": forms[:-1],
        "target": forms[-1],
        "forms": forms,
        "also_saved": also_saved,
        "conflicts": [form for form in forms if form.is_conflict],
        "refused": any(form.errors for form in forms if form.is_bound),
        "last_saved": max(saved, key=attrgetter("changed_at"), default=None),
        "way": way,
        "number": way.number_of(code),
        "before": way.before(code),
        "after": way.after(code),
    }
    return render(request, "assessments/question.html", context, status=status)


def _too_late(request: HttpRequest, target: Target, forms: Sequence[VersionedForm]) -> HttpResponse:
    """Somebody finalised while this person typed: nothing is written, and nothing of the text is lost."""
    context = {"assessment": target.assessment, "clause": target.clause, "forms": forms}
    return render(request, "assessments/too_late.html", context, status=409)
