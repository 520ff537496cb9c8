"""The site, and beside it the least that Django can do for somebody signed in."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from charta_app.models import User
from charta_app.settings import BASE_DIR
from charta_app.urls import handler500
from charta_app.urls import urlpatterns as site

__all__ = ["handler500", "urlpatterns"]


@login_required
@require_safe
def smallest(request: HttpRequest) -> HttpResponse:
    """The smallest authenticated view."""
    return HttpResponse(request.user.get_username())


@login_required
@require_POST
def smallest_update(request: HttpRequest) -> HttpResponse:
    """The smallest authenticated view that updates one row."""
    User.objects.filter(email=request.user.get_username()).update(name=request.POST["name"])
    return HttpResponse(status=204)


@login_required
@require_safe
def smallest_file(request: HttpRequest) -> FileResponse:
    """A small static file for whoever is signed in."""
    return FileResponse((BASE_DIR / "static/charta/mark.svg").open("rb"))


urlpatterns = [
    path("kleinste/", smallest),
    path("kleinste/schreiben/", smallest_update),
    path("kleinste/datei/", smallest_file),
    *site,
]
