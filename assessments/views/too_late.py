"""What somebody wrote while the assessment moved on: nothing of it is written, and no text is lost."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from assessments.forms import VersionedForm
from assessments.models import Assessment
from guidelines.models import Clause


def too_late(
    request: HttpRequest,
    assessment: Assessment,
    *,
    clause: Clause | None = None,
    forms: Sequence[VersionedForm] = (),
    texts: Sequence[tuple[str, str]] = (),
) -> HttpResponse:
    """Say where the assessment stands now, with everything that was typed: forms, or texts with their labels."""
    context = {"assessment": assessment, "clause": clause, "forms": forms, "texts": texts}
    return render(request, "assessments/too_late.html", context, status=409)
