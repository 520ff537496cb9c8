"""The audit log of a municipality, for its officers."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from assessments.models import AuditEntry, Membership, Role

LINES = 50  # on a page


@require_safe
def log(request: HttpRequest, pk: int) -> HttpResponse:
    """List what happened in a municipality, the newest first."""
    mine = Membership.objects.of(request.user).select_related("municipality")
    membership = get_object_or_404(mine, municipality=pk)
    if membership.role != Role.OFFICER:
        raise PermissionDenied
    entries = Paginator(AuditEntry.objects.of(membership.municipality), LINES)
    page = entries.get_page(request.GET.get("seite"))
    return render(request, "assessments/log.html", {"municipality": membership.municipality, "page": page})
