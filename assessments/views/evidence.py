"""Evidence of an answer: adding it, handing it out, taking it away."""

from __future__ import annotations

import logging

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from assessments.answer_forms import FileForm, LinkForm
from assessments.models import Answer, AuditEntry, Exhibit, FileIsGone, NoRoom, WrongState
from assessments.record import ExhibitKind
from assessments.uploads import KINDS
from assessments.views.answers import find, page, too_late

logger = logging.getLogger(__name__)


@require_POST
def add_link(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Add a link to the evidence of an answer."""
    answer = _to_change(request, pk, code)
    form = LinkForm(request.POST)
    typed = [form[name].value() or "" for name in ("title", "address")]
    if not answer.takes_changes:
        return too_late(request, answer, *typed)
    if not form.is_valid():
        return page(request, answer, status=422, link_form=form)
    try:
        Exhibit.objects.add_link(answer=answer, by=request.user, **form.cleaned_data)
    except WrongState:
        return too_late(request, answer, *typed)
    messages.success(request, _("Der Link ist hinzugefügt."))
    return redirect(f"{answer.get_absolute_url()}#belege")


@require_POST
def add_file(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Add a file to the evidence of an answer."""
    answer = _to_change(request, pk, code)
    form = FileForm(request.POST, request.FILES)
    title = form["title"].value() or ""
    if not answer.takes_changes:
        return too_late(request, answer, title)
    if not form.is_valid():
        return page(request, answer, status=422, file_form=form)
    try:
        Exhibit.objects.add_file(
            answer=answer,
            by=request.user,
            title=form.cleaned_data["title"],
            kind=form.kind,
            file_name=form.file_name,
            data=form.content,
        )
    except WrongState:
        return too_late(request, answer, title)
    except NoRoom:
        form.add_error(
            "file",
            _(
                "Die Dateien dieser Einschätzung dürfen zusammen 200 MiB groß sein; dafür reicht es nicht mehr."
            ),
        )
        return page(request, answer, status=422, file_form=form)
    except OSError:
        logger.exception("a file of evidence could not be stored")
        form.add_error(
            "file",
            _(
                "Die Datei ließ sich auf dem Server nicht speichern; vielleicht ist er voll. Nichts ist gespeichert."
            ),
        )
        return page(request, answer, status=507, file_form=form)
    messages.success(request, _("Die Datei ist hinzugefügt."))
    return redirect(f"{answer.get_absolute_url()}#belege")


@require_safe
@cache_control(private=True, no_store=True)
def download(request: HttpRequest, pk: int, code: str, exhibit: int) -> HttpResponse:
    """Hand out a file, to be saved and never shown by the browser as a part of this site."""
    answer = find(request.user, pk, code)
    files = Exhibit.objects.present().filter(answer=answer).exclude(kind=Exhibit.Kind.LINK)
    row: Exhibit = get_object_or_404(files, pk=exhibit)
    try:
        content = row.content()
    except FileIsGone:
        logger.exception("a file of evidence is missing or has been changed")
        messages.error(
            request,
            _("Die Datei fehlt auf dem Server oder ist beschädigt. Bitte wenden Sie sich an den Betreiber."),
        )
        return page(request, answer, status=410)
    # A GET that writes: whoever takes a file away leaves a line in the log.
    AuditEntry.objects.of_assessment(
        AuditEntry.Kind.EVIDENCE, answer.assessment, request.user, answer.criterion.code
    )
    headers = {
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=row.file_name) or "",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, KINDS[ExhibitKind(row.kind)].content_type, headers=headers)


@require_POST
def remove(request: HttpRequest, pk: int, code: str, exhibit: int) -> HttpResponse:
    """Take a piece of evidence away."""
    answer = _to_change(request, pk, code)
    row: Exhibit = get_object_or_404(Exhibit.objects.present().filter(answer=answer), pk=exhibit)
    if not answer.takes_changes:
        return too_late(request, answer)
    try:
        row.remove(request.user)
    except WrongState:
        return too_late(request, answer)
    messages.success(request, _("Der Beleg ist entfernt: %(title)s") % {"title": row.title})
    return redirect(f"{answer.get_absolute_url()}#belege")


def _to_change(request: HttpRequest, pk: int, code: str) -> Answer:
    """The answer, for somebody who may answer it."""
    answer = find(request.user, pk, code)
    if not answer.assessment.may_answer:
        raise PermissionDenied
    return answer
