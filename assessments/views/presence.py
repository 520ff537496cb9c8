"""Who else has the same questions open."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from assessments.models import Presence, Role, Target


@require_POST
def presence(request: HttpRequest, pk: int, code: str) -> JsonResponse:
    """Note that the person is here, and name the others. A script asks twice a minute while the page is visible."""
    rows = Target.objects.visible_to(request.user).select_related("assessment")
    target: Target = get_object_or_404(rows, assessment__pk=pk, clause__code=code)
    if target.role == Role.COUNCIL:
        raise PermissionDenied
    others = [] if target.assessment.is_final else Presence.objects.note(target, request.user)
    return JsonResponse({"others": others})
