"""The documents of an assessment: drafts made while one waits, final ones made once and kept."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from assessments.models import Assessment, AuditEntry, Report
from assessments.models.report import StoredDocument
from assessments.reports.documents import document
from assessments.reports.kinds import ReportKind
from assessments.reports.press import RenderingFailed
from assessments.reports.report import file_name
from assessments.tasks import print_now, try_again

RETRY_AFTER = 60  # seconds


@dataclass(frozen=True, slots=True)
class Document:
    """One line of the list of documents: how far its making is, None when it is made on demand, and its size."""

    kind: ReportKind
    state: Report.State | None = None
    size: int | None = None


def documents(assessment: Assessment) -> tuple[Document, ...]:
    """Every document of an assessment; one query if it is final."""
    stored = {r.kind: r for r in assessment.reports.listed()} if assessment.is_final else {}
    return tuple(
        Document(kind, Report.State(stored[kind].state), stored[kind].size)
        if kind in stored
        else Document(kind)
        for kind in ReportKind
    )


@require_safe
@cache_control(private=True)
def report(request: HttpRequest, pk: int, kind: ReportKind) -> HttpResponse:
    """Send a document: of a draft as it stands now, of a final assessment always the same bytes.

    A GET that writes: whoever takes a document away leaves a line in the log, one a day for each that is kept; and
    the first who asks for one that nobody has begun makes and stores it, which changes nothing that one could see.
    """
    found = Report.objects.to_send(request.user, pk, kind, kind.file) if kind.is_kept else None
    if found:
        return _stored(request, found, pk, kind)
    assessment = get_object_or_404(
        Assessment.objects.visible_to(request.user).select_related("municipality", "edition", "predecessor"),
        pk=pk,
    )
    if not (assessment.is_final and kind.is_kept):
        return _made_now(request, assessment, kind)
    print_now(assessment, kind)
    found = Report.objects.to_send(request.user, pk, kind, kind.file)
    if not found:
        return redirect("assessments:report_progress", pk, kind)
    return _stored(request, found, pk, kind)


@require_http_methods(["GET", "HEAD", "POST"])
def progress(request: HttpRequest, pk: int, kind: ReportKind) -> HttpResponse:
    """Say how far a stored document is; on POST try again what has failed."""
    assessment = get_object_or_404(
        Assessment.objects.visible_to(request.user).select_related("municipality"), pk=pk
    )
    if not (assessment.is_final and kind.is_kept):
        return redirect(assessment)
    found = assessment.reports.listed().filter(kind=kind).first()
    if request.method == "POST":
        if found and found.is_failed:
            try_again(found)
        return redirect("assessments:report_progress", pk, kind)
    context = {
        "assessment": assessment,
        "kind": kind,
        "report": found,
        "before": Report.objects.waiting().filter(pk__lt=found.pk).count() if found else 0,
    }
    return render(request, "reports/progress.html", context)


def _stored(request: HttpRequest, found: StoredDocument, pk: int, kind: ReportKind) -> HttpResponse:
    """The kept bytes, or word that the browser has them already; it has to ask each time."""
    if not found.is_logged:
        AuditEntry.objects.fetched(pk, found.municipality, request.user, kind.file)
    headers = _headers(found.name) | {"ETag": f'"{found.sha256}"', "Cache-Control": "no-cache"}
    response = HttpResponse(bytes(found.content), kind.content_type, headers=headers)
    return get_conditional_response(request, etag=headers["ETag"], response=response) or response


def _made_now(request: HttpRequest, assessment: Assessment, kind: ReportKind) -> HttpResponse:
    try:
        content = document(assessment, kind)
    except RenderingFailed as error:
        context = {"assessment": assessment, "reason": str(error)}
        response = render(request, "reports/unavailable.html", context, status=503)
        response["Retry-After"] = str(RETRY_AFTER)
        return response
    what = AuditEntry.Kind.EXPORT if kind.is_data else AuditEntry.Kind.REPORT
    AuditEntry.objects.of_assessment(what, assessment, request.user, kind.file)
    headers = _headers(file_name(assessment.record(), kind)) | {"Cache-Control": "no-store"}
    return HttpResponse(content, kind.content_type, headers=headers)


def _headers(name: str) -> dict[str, str]:
    """PDF opens in the browser, what one goes on working with is saved."""
    saved = not name.endswith(".pdf")
    return {"Content-Disposition": content_disposition_header(as_attachment=saved, filename=name) or ""}
