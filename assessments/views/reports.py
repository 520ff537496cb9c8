"""The documents of an assessment as PDF."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from assessments.models import Assessment, AuditEntry
from assessments.reports import RenderingFailed, ReportKind, file_name, report_pdf

RETRY_AFTER = 60  # seconds


@require_safe
@cache_control(private=True, no_store=True)
def report(request: HttpRequest, pk: int, kind: ReportKind) -> HttpResponse:
    """Send the PDF: of a draft as it stands now, of a final assessment always the same bytes."""
    assessment = get_object_or_404(
        Assessment.objects.visible_to(request.user).select_related("municipality", "edition", "predecessor"),
        pk=pk,
    )
    try:
        pdf = report_pdf(assessment, kind)
    except RenderingFailed as error:
        context = {"assessment": assessment, "reason": str(error)}
        response = render(request, "reports/unavailable.html", context, status=503)
        response["Retry-After"] = str(RETRY_AFTER)
        return response
    # A GET that writes: whoever takes the report away leaves a line in the log.
    AuditEntry.objects.of_assessment(AuditEntry.Kind.REPORT, assessment, request.user)
    name = file_name(assessment.record(), kind)
    headers = {"Content-Disposition": content_disposition_header(as_attachment=False, filename=name) or ""}
    return HttpResponse(pdf, "application/pdf", headers=headers)
