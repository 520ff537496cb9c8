"""Saving one row while its author goes on typing. Every answer is JSON; the page's form works without all this."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from assessments.forms import AnswerForm, TargetForm, VersionedForm
from assessments.models import Answer, Target
from assessments.models.prepared import Given, Prepared, Whoever

View = Callable[..., HttpResponse]
# No more columns than a save looks at: that costs more than asking the database.
OF_ROW = ("version", "changed_at", "changed_by")
OF_ANSWER = (
    *Answer.WRITTEN,
    "criterion__code",
    "criterion__evidence_hint",
    "verdict__version",
    "verdict__kind",
)
ANSWER = Prepared(
    Answer.objects.visible_to(Whoever())
    .filter(assessment=Given("assessment"), criterion__code=Given("code"))
    .select_related("assessment", "criterion", "verdict")
    .only(*OF_ROW, *OF_ANSWER, "assessment__state")
    .order_by()
)
TARGET = Prepared(
    Target.objects.visible_to(Whoever())
    .filter(assessment=Given("assessment"), clause__code=Given("code"))
    .select_related("assessment")
    .only(*OF_ROW, *Target.WRITTEN, "assessment__state", "assessment__reference_date", "clause")
    .order_by()
)


def speaks_json(view: View) -> View:
    """Mark a view whose caller is a script: whatever refuses it before it is reached, answers in JSON, too."""
    view.speaks_json = True  # type: ignore[attr-defined]  # read by `is_script`
    return view


def is_script(request: HttpRequest) -> bool:
    """Whether a script waits for the answer, which can follow no redirect and read no page."""
    return getattr(getattr(request.resolver_match, "func", None), "speaks_json", False)


def refusal(status: int, kind: str, message: str, **more: Any) -> JsonResponse:
    """Why nothing was written: `kind` for the script, `message` for the person."""
    return JsonResponse(
        {"kind": kind, "message": message, **more}, status=status, json_dumps_params={"ensure_ascii": False}
    )


@speaks_json
@require_POST
def save_answer(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Save the answer to one question on top of the version in `If-Match`."""
    answer = ANSWER.get_or_404(person=request.user.pk, assessment=pk, code=code)
    return _save(request, answer, AnswerForm)


@speaks_json
@require_POST
def save_target(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Save the target of one clause on top of the version in `If-Match`."""
    target = TARGET.get_or_404(person=request.user.pk, assessment=pk, code=code)
    return _save(request, target, TargetForm)


def _save(request: HttpRequest, row: Answer | Target, form_type: type[VersionedForm]) -> JsonResponse:
    """Four statements: the row with the right to write it, and in one transaction the row and its history."""
    assessment = row.of_reader()
    if not assessment.may_answer:
        return refusal(
            403, "forbidden", _("Dieser Abschnitt ist Ihnen nicht zugeteilt. Ihr Text ist nicht gespeichert.")
        )
    if assessment.is_final:
        return _too_late()
    if not row.takes_changes:
        return _held()
    version = {f"{form_type.prefix_of(row)}-version": [request.headers.get("If-Match", "").strip('"')]}
    sent = MultiValueDict(dict(request.POST.lists()) | version)
    form, key = form_type(sent, row=row), _key(request)
    if not form.is_valid() or key is None:
        errors = {name: [str(error) for error in errors] for name, errors in form.errors.items()}
        return refusal(422, "refused", _("Bitte prüfen Sie Ihre Angaben."), errors=errors)
    if sent.get("person") != str(request.user.pk):
        return refusal(403, "person", _("In diesem Browser ist inzwischen jemand anderes angemeldet."))
    return _write(request, form, key) if form.is_changed else _saved(request, row)


def _write(request: HttpRequest, form: VersionedForm, key: UUID) -> JsonResponse:
    try:
        with transaction.atomic():
            type(form).write_all([form], request.user, key)
    except IntegrityError:
        form.row.assessment.refresh_from_db(fields=["state"])
        if form.row.assessment.is_final:
            return _too_late()
        if form.row.saved_as(key) is None:
            if form.row.assessment.is_in_review:
                return _held()
            raise
        form.was_stale = True  # a save of this name has been here
    return _overtaken(request, form, key) if form.was_stale else _saved(request, form.instance)


def _key(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.headers.get("Idempotency-Key", ""))
    except ValueError:
        return None


def _overtaken(request: HttpRequest, form: VersionedForm, key: UUID) -> JsonResponse:
    """The version has moved on: by this very save, sent a second time, or by somebody else's."""
    earlier = form.row.saved_as(key)
    if earlier is not None and form.instance.same_as(earlier):
        return _saved(request, earlier)
    form = form.settle()
    if not form.is_conflict:  # this person changed nothing, or both wrote the same
        return _saved(request, form.row, values=form.values_of(form.row))
    return refusal(
        409,
        "conflict",
        _("Inzwischen hat jemand anderes gespeichert."),
        version=form.row.version,
        by=str(form.row.changed_by),
        at=timezone.localtime(form.row.changed_at).isoformat(),
        differences=[
            {"label": each.label, "mine": each.mine, "theirs": each.theirs} for each in form.differences()
        ],
        values=form.values_of(form.row),
        html=render_to_string("assessments/_conflict.html", {"form": form}, request),
    )


def _saved(request: HttpRequest, row: Answer | Target, **more: Any) -> JsonResponse:
    saved_at = timezone.localtime(row.changed_at).isoformat() if row.changed_at else None
    by = (
        request.user if row.changed_by_id == request.user.pk else row.changed_by
    )  # nobody looks themselves up
    is_open = row.is_open if isinstance(row, Answer) else None
    return JsonResponse(
        {"version": row.version, "saved_at": saved_at, "by": str(by or ""), "open": is_open, **more}
    )


def _too_late() -> JsonResponse:
    return refusal(
        423, "final", _("Die Einschätzung wurde inzwischen abgeschlossen und ändert sich nicht mehr.")
    )


def _held() -> JsonResponse:
    return refusal(
        423, "review", _("Die Einschätzung wird geprüft. Ändern lässt sich nur, was zurückgegeben wurde.")
    )
