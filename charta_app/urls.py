"""Where everything is."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from charta_app import views

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # one door for all
handler500 = "charta_app.views.server_error"

legal = [
    path("impressum/", views.imprint, name="imprint"),
    path("datenschutz/", views.privacy, name="privacy"),
    path("barrierefreiheit/", views.accessibility, name="accessibility"),
]

urlpatterns = [
    path("", include("guidelines.urls")),
    path("", include("assessments.urls")),
    path("", include((legal, "legal"))),
    path("konto/", include("allauth.urls")),
    path("redaktion/", admin.site.urls),
    path("gesund/", views.health, name="health"),
    path("robots.txt", views.robots, name="robots"),
]
