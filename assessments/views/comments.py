"""Comments on an answer, and telling people about them."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from assessments.answer_forms import CommentForm
from assessments.mails import tell
from assessments.models import Answer, Comment, Mention, Role
from assessments.views.answers import find, members_to_notify, page, too_late


@require_POST
def write(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Add a comment and tell those it names."""
    answer = find(request.user, pk, code)
    role = answer.assessment.role
    if role == Role.COUNCIL:
        raise PermissionDenied
    if answer.assessment.is_final:
        return too_late(request, answer, *request.POST.getlist("kommentar-text"))
    form = CommentForm(request.POST, members=members_to_notify(answer, request.user))
    if not form.is_valid():
        return page(request, answer, status=422, comment_form=form)
    text, chosen = form.cleaned_data["text"], form.chosen
    try:
        comment = Comment.objects.write(
            answer=answer,
            by=request.user,
            role=role,
            text=text,
            audience=form.cleaned_data["audience"],
            notify=[member.person_id for member in chosen],
        )
    except IntegrityError:
        return too_late(request, answer, text)
    context = {
        "by": request.user,
        "assessment": answer.assessment,
        "criterion": answer.criterion,
        "link": request.build_absolute_uri(answer.get_absolute_url()),
    }
    if tell([member.person for member in chosen], "mention", context):
        messages.success(request, _("Ihr Kommentar ist gespeichert."))
    else:
        messages.warning(
            request,
            _(
                "Ihr Kommentar ist gespeichert, die E-Mail ging aber nicht hinaus. Der Hinweis steht trotzdem bereit."
            ),
        )
    return redirect(f"{answer.get_absolute_url()}#kommentar-{comment.pk}")


@require_POST
def withdraw(request: HttpRequest, pk: int, code: str, comment: int) -> HttpResponse:
    """Take one's own comment back: its text is gone for good."""
    answer = find(request.user, pk, code)
    row = _comment(answer, comment)
    if row.author_id != request.user.pk or answer.assessment.role == Role.COUNCIL:
        raise PermissionDenied
    try:
        row.withdraw()
    except IntegrityError:
        return too_late(request, answer)
    messages.success(request, _("Ihr Kommentar ist zurückgezogen, sein Text gelöscht."))
    return redirect(f"{answer.get_absolute_url()}#kommentare")


@require_POST
def keep_internal(request: HttpRequest, pk: int, code: str, comment: int) -> HttpResponse:
    """Take a comment out of the report."""
    answer = find(request.user, pk, code)
    row = _comment(answer, comment)
    if not row.may_be_kept_internal_by(request.user, answer.assessment.role):
        raise PermissionDenied
    try:
        row.keep_internal()
    except IntegrityError:
        return too_late(request, answer)
    messages.success(request, _("Der Kommentar bleibt intern und erscheint nicht im Bericht."))
    return redirect(f"{answer.get_absolute_url()}#kommentar-{row.pk}")


@require_POST
def mention_done(request: HttpRequest, pk: int, code: str, mention: int) -> HttpResponse:
    """Tick off that somebody asked for one's attention."""
    answer = find(request.user, pk, code)
    row = get_object_or_404(Mention, pk=mention, comment__answer=answer, person=request.user.pk)
    if row.done_at is None:
        row.done_at = timezone.now()
        row.save(update_fields=["done_at"])
    messages.success(request, _("Erledigt."))
    if request.POST.get("then") == "overview":
        return redirect("assessments:overview")
    return redirect(f"{answer.get_absolute_url()}#kommentare")


def _comment(answer: Answer, comment: int) -> Comment:
    """A comment of this answer that is still there; what the reader may not see is 404."""
    rows = Comment.objects.filter(answer=answer, withdrawn_at__isnull=True)
    found: Comment = get_object_or_404(rows.visible_as(answer.assessment.role), pk=comment)
    return found
