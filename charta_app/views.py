"""Pages of the site itself: is it alive, who runs it, and what to say when something fails."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from psycopg_pool import PoolTimeout

from assessments.models import Membership
from assessments.views.autosave import is_script, refusal
from charta_app.logs import request_id

RETRY_AFTER = 10  # seconds; a restarting PostgreSQL is back by then
SECURITY_VALID = timedelta(days=180)
UNAVAILABLE = (OperationalError, InterfaceError, PoolTimeout)
ROBOTS = """\
User-agent: *
Disallow: /api/v1/assessments
Disallow: /einladung/
Disallow: /einschaetzungen/
Disallow: /konto/
Disallow: /redaktion/
"""


@login_not_required
@require_safe
@never_cache
def health(request: HttpRequest) -> HttpResponse:
    """Say "ok" when the database answers; monitoring reads this, so no session and no cookie."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except UNAVAILABLE:
        return HttpResponse("Datenbank nicht erreichbar\n", "text/plain; charset=utf-8", status=503)
    return HttpResponse("ok\n", "text/plain; charset=utf-8")


@login_not_required
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Search engines may list the Charter, nothing else."""
    return HttpResponse(ROBOTS, "text/plain; charset=utf-8")


@login_not_required
@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """Whom to tell about a weakness (RFC 9116); without an address of the operator there is nothing to say."""
    address = settings.OPERATOR["email"]
    if not address:
        raise Http404
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        f"Contact: mailto:{address}",
        f"Expires: {(today + SECURITY_VALID).strftime('%Y-%m-%dT%H:%M:%SZ')}",
        "Preferred-Languages: de, en",
        f"Canonical: {request.build_absolute_uri()}",
    ]
    return HttpResponse("\n".join(lines) + "\n", "text/plain; charset=utf-8")


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Show a person what their account is, and where its locks are."""
    factors = Authenticator.objects.filter(user=request.user.pk).values_list("type", flat=True)
    return render(
        request,
        "account/index.html",
        {
            "memberships": Membership.objects.of(request.user).select_related("municipality"),
            "has_app": Authenticator.Type.TOTP in factors,
            "keys": sum(kind == Authenticator.Type.WEBAUTHN for kind in factors),
            "sessions": UserSession.objects.filter(user=request.user.pk).count(),
        },
    )


@login_not_required
@require_safe
def signed_out(request: HttpRequest) -> HttpResponse:
    """Say goodbye; here the device forgets what the question page had kept on it."""
    if request.user.is_authenticated:
        return redirect("account")
    return render(request, "account/signed_out.html")


@login_not_required
@require_safe
def imprint(request: HttpRequest) -> HttpResponse:
    """Show who answers for this site."""
    return render(request, "legal/imprint.html", {"operator": settings.OPERATOR})


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Show which personal data this site keeps, and for how long."""
    hours = settings.SESSION_COOKIE_AGE // 3600
    return render(request, "legal/privacy.html", {"operator": settings.OPERATOR, "session_hours": hours})


@login_not_required
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """Show how accessible this site is, and where to report a barrier."""
    return render(request, "legal/accessibility.html", {"operator": settings.OPERATOR})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for what no form gets to see: more than a whole page of long texts, or what is no request at all."""
    if not isinstance(exception, RequestDataTooBig):
        return render(request, "400.html", status=400)
    if is_script(request):
        return refusal(413, "too-big", _("Ihr Text ist zu lang. Bitte kürzen Sie ihn."))
    return render(request, "legal/too_big.html", status=413)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Tell how to keep what was typed: the form behind "Zurück" still holds it."""
    if is_script(request):
        return refusal(403, "csrf", _("Die Seite war zu lange offen."))
    return render(request, "legal/csrf_failure.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer for an exception nobody caught: 503 when the database is away, otherwise 500.

    Errors raised in session or auth middleware end here too. The pages ask nothing of the database
    and know of the request only its id, so they cannot fail the way the page before them did.
    """
    if isinstance(sys.exception(), UNAVAILABLE):
        response = (
            refusal(503, "unavailable", _("Die Daten sind gerade nicht erreichbar."))
            if is_script(request)
            else HttpResponse(render_to_string("legal/unavailable.html"), status=503)
        )
        response["Retry-After"] = str(RETRY_AFTER)
        return response
    if is_script(request):
        told = _("Das hat nicht geklappt. Der Fehler liegt bei uns (Kennung %s).") % request_id.get()
        return refusal(500, "error", told)
    page = render_to_string("legal/server_error.html", {"reference": request_id.get()})
    return HttpResponse(page, status=500)
