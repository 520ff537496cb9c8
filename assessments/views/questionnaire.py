"""The questionnaire: one page per clause, and the list of all of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from assessments.forms import AnswerForm, TargetForm, VersionedForm
from assessments.models import Answer, Assessment, Assignment, Membership, Target
from assessments.models.prepared import Given, Prepared, Whoever
from assessments.views.autosave import OF_ANSWER, OF_ROW
from assessments.views.steps import Way
from assessments.views.too_late import too_late

if TYPE_CHECKING:
    from assessments.models.municipality import Person

FORMS: dict[type[Any], type[VersionedForm]] = {Answer: AnswerForm, Target: TargetForm}
TO_THE_LIST = "liste"
ANSWERS = (
    Answer.objects.filter(assessment=Given("assessment"), criterion__clause=Given("clause"))
    .select_related("criterion", "verdict")
    .order_by("criterion__position")
)
ANSWERS_TO_SAVE, ANSWERS_TO_SHOW = (
    Prepared(ANSWERS.only(*OF_ROW, *OF_ANSWER, "assessment", "criterion__clause")),
    Prepared(ANSWERS.select_related("criterion__place", "changed_by", "verdict__by").with_counts()),
)
TARGET = (
    Target.objects.visible_to(Whoever())
    .filter(assessment=Given("assessment"), clause__code=Given("code"))
    .select_related("assessment", "clause")
    .order_by()
)
TARGET_TO_SAVE, TARGET_TO_SHOW = (
    Prepared(
        TARGET.only(
            *OF_ROW,
            *Target.WRITTEN,
            "assessment__state",
            "assessment__title",
            "assessment__reference_date",
            "clause__code",
            "clause__title",
        )
    ),
    Prepared(TARGET.select_related("assessment__edition", "clause__guideline", "changed_by")),
)
CLAUSE_CODE = re.compile(r"[0-9A-Za-z.]{1,10}")


@require_safe
def questions(request: HttpRequest, pk: int) -> HttpResponse:
    """List every clause with its state: the task list."""
    assessment = get_object_or_404(
        Assessment.objects.visible_to(request.user).select_related(
            "municipality", "edition", "predecessor", "moved_by"
        ),
        pk=pk,
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
    if request.method == "POST":
        target = _target(request.user, pk, code)
        if not target.assessment.may_answer:
            return _not_yours(request, target)
        return _save(request, target)
    target = _target_to_show(request.user, pk, code)
    if target.assessment.is_final:
        return redirect(target.assessment)
    return _page(request, target, _forms([*_answers(target, ANSWERS_TO_SHOW), target]))


def _target_to_show(person: Person, pk: int, code: str) -> Target:
    """The clause's target with all that the page shows of its assessment and clause, in one query."""
    target = _target(person, pk, code, TARGET_TO_SHOW)
    target.clause.edition = target.assessment.edition
    return target


def _target(person: Person, pk: int, code: str, rows: Prepared = TARGET_TO_SAVE) -> Target:
    """The clause's target with assessment and clause, in one query."""
    target: Target = rows.get_or_404(person=person.pk, assessment=pk, code=code)
    target.of_reader()
    return target


def _answers(target: Target, rows: Prepared = ANSWERS_TO_SAVE) -> list[Answer]:
    """The answers of the target's clause with their criteria, in one query."""
    found = rows.all(assessment=target.assessment_id, clause=target.clause_id)
    for answer in found:
        answer.assessment = target.assessment
    return found


def _sent(request: HttpRequest, rows: Sequence[Answer | Target]) -> list[VersionedForm]:
    """The forms of those rows that came back otherwise than they are stored."""
    return [
        FORMS[type(row)](request.POST, row=row)
        for row in rows
        if not FORMS[type(row)].is_as_stored(request.POST, row)
    ]


def _forms(rows: Sequence[Answer | Target], sent: Sequence[VersionedForm] = ()) -> list[VersionedForm]:
    """The page's forms, the target last: those that were sent as they are, the others with what is stored."""
    ready = {form.row: form for form in sent}
    return [ready.get(row) or FORMS[type(row)](row=row) for row in rows]


def _save(request: HttpRequest, target: Target) -> HttpResponse:
    assessment = target.assessment
    take = request.POST.get("take", "")
    rows: list[Answer | Target] = [*_answers(target), target]
    sent = [form for form in _sent(request, rows) if form.prefix != take]
    kept, sent = sent, [form for form in sent if form.row.takes_changes]
    if assessment.is_final or any(form.is_unsaved for form in kept if form not in sent):
        return too_late(
            request, assessment, clause=target.clause, forms=[form for form in kept if form.is_unsaved]
        )
    if not all([form.is_valid() for form in sent]):  # noqa: C419  # every form tells its errors
        return _page(request, target, _forms(rows, sent), status=422)
    changed = [form for form in sent if form.is_changed]
    try:
        _write(changed, request.user)
    except IntegrityError:
        assessment.refresh_from_db(fields=["state"])
        if assessment.is_draft:
            raise
        return too_late(request, assessment, clause=target.clause, forms=changed)
    stale = [form for form in changed if form.was_stale]
    if stale:
        forms = [form.settle() for form in _forms(rows, changed)]
        if any(form.is_conflict for form in forms):
            return _page(request, target, forms, status=409, also_saved=len(stale) < len(changed))
    if take:
        messages.info(request, _("Die gespeicherte Fassung gilt."))
    elif stale and len(stale) == len(changed):
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
    if status != 200:
        target = _read_whole(request, target, forms)
    assessment, code = target.assessment, target.clause.code
    way = Way.through(assessment, request.user)
    number = way.number_of(code)
    saved = [form.row for form in forms if form.row.changed_at]
    context = {
        "assessment": assessment,
        "clause": target.clause,
        "answers": forms[:-1],
        "target": forms[-1],
        "forms": forms,
        "also_saved": also_saved,
        "conflicts": [form for form in forms if form.is_conflict],
        "takes_changes": any(form.row.takes_changes for form in forms),
        "refused": any(form.errors for form in forms if form.is_bound),
        "last_saved": max(saved, key=attrgetter("changed_at"), default=None),
        "way": way,
        "number": number,
        "step": way.steps[number - 1],
        "before": way.before(code),
        "after": way.after(code),
        "onward": way.onward(code, assessment, request.user),
        "officers": () if assessment.may_answer else _officers(assessment),
    }
    return render(request, "assessments/question.html", context, status=status)


def _read_whole(request: HttpRequest, target: Target, forms: Sequence[VersionedForm]) -> Target:
    """Give the forms of a page that was sent what it shows as well: to save it, only what that needs was read."""
    target = _target_to_show(request.user, target.assessment_id, target.clause.code)
    rows: list[Answer | Target] = [*_answers(target, ANSWERS_TO_SHOW), target]
    for form, row in zip(forms, rows, strict=True):
        form.stand_on(row)
    return target


def _officers(assessment: Assessment) -> QuerySet[Membership]:
    """Whom to ask for a clause (one query)."""
    return Membership.objects.officers_of(assessment.municipality_id).select_related("person")


def _not_yours(request: HttpRequest, target: Target) -> HttpResponse:
    """Somebody else answers this clause: nothing is written, and nothing of the text is lost."""
    rows: list[Answer | Target] = [*_answers(target), target]
    target = _target_to_show(request.user, target.assessment_id, target.clause.code)
    assignment = Assignment.objects.filter(target=target).select_related("membership__person").first()
    context = {
        "assessment": target.assessment,
        "clause": target.clause,
        "forms": _sent(request, rows) if request.POST else [],
        "in_charge": assignment.membership.person if assignment else None,
        "officers": _officers(target.assessment),
    }
    return render(request, "assessments/not_yours.html", context, status=403)
