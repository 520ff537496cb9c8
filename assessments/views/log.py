"""The audit log of a municipality, for its officers."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from assessments.models import AuditEntry
from assessments.views.towns import town_to_run

LINES = 50  # on a page


@require_safe
def log(request: HttpRequest, pk: int) -> HttpResponse:
    """List what happened in a municipality, the newest first."""
    town = town_to_run(request.user, pk)
    page = Paginator(AuditEntry.objects.of(town), LINES).get_page(request.GET.get("seite"))
    return render(request, "assessments/log.html", {"municipality": town, "page": page})
