"""Where everything is."""

from __future__ import annotations

from allauth.account import urls as account
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

# Nobody signs up, changes the address or adds one by themselves: the administration gives accounts (README).
OUR_DOORS = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_signup",  # says that sign-up is closed
    "account_reauthenticate",
    "account_change_password",
    "account_set_password",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
}

urlpatterns = [
    path("", include("guidelines.urls")),
    path("", include("assessments.urls")),
    path("", include((legal, "legal"))),
    path("konto/", include([door for door in account.urlpatterns if door.name in OUR_DOORS])),
    path("redaktion/", admin.site.urls),
    path("gesund/", views.health, name="health"),
    path("robots.txt", views.robots, name="robots"),
]
