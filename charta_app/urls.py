"""Where everything is."""

from __future__ import annotations

from allauth.account import urls as account
from allauth.account.decorators import secure_admin_login
from allauth.socialaccount import views as single_sign_on
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django.contrib import admin
from django.urls import include, path

from charta_app import api, tokens, views
from charta_app.accounts import clear_when_away

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # one door for all
handler400 = "charta_app.views.bad_request"
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

# Single sign-on: there and back. No account is made or connected by it.
sso = [
    path(
        "oidc/<slug:provider_id>/login/", clear_when_away(openid_connect.login), name="openid_connect_login"
    ),
    path(
        "oidc/<slug:provider_id>/login/callback/",
        clear_when_away(openid_connect.callback),
        name="openid_connect_callback",
    ),
    path("oidc/abgebrochen/", single_sign_on.login_cancelled, name="socialaccount_login_cancelled"),
]

urlpatterns = [
    path("", include("guidelines.urls")),
    path("", include("assessments.urls")),
    path("", include((legal, "legal"))),
    path("konto/", views.account, name="account"),
    path("konto/abgemeldet/", views.signed_out, name="signed_out"),
    path("konto/", include([door for door in account.urlpatterns if door.name in OUR_DOORS])),
    path("konto/zweiter-faktor/", include("allauth.mfa.urls")),
    path("konto/zugriffstoken/", tokens.tokens, name="tokens"),
    path("konto/zugriffstoken/<int:pk>/widerrufen/", tokens.revoke, name="token_revoke"),
    path("konto/sitzungen/", include("allauth.usersessions.urls")),
    path("konto/", include(sso)),
    path("api/", include((api.urlpatterns, "api"))),
    path("redaktion/", admin.site.urls),
    path("gesund/", views.health, name="health"),
    path("robots.txt", views.robots, name="robots"),
    path(".well-known/security.txt", views.security, name="security"),
]
