"""How allauth behaves here: who comes in, by which door, and what a second factor is for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthProcess
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from requests import RequestException

from assessments.models import AuditEntry, Membership
from assessments.models.prepared import Given, Prepared
from assessments.views.autosave import is_script, refusal
from charta_app.models import User

ACCOUNT_PAGES = "konto/"


def second_factors(person: Any) -> QuerySet[Authenticator]:
    """The second factors of a person, or of an OuterRef: apps and keys. Recovery codes alone are none."""
    return Authenticator.objects.filter(user=person).exclude(type=Authenticator.Type.RECOVERY_CODES)


ASKED = Membership.objects.asked_for_second_factor().filter(person=OuterRef("pk"))
PERSON = Prepared(
    User.objects.annotate(lacks_second_factor=Exists(ASKED) & ~Exists(second_factors(OuterRef("pk")))).filter(
        pk=Given("pk")
    )
)


class Door(AuthenticationBackend):
    """Signs people in by e-mail address and finds them again on every page."""

    def get_user(self, user_id: Any) -> User | None:
        """The person of a session, who knows `lacks_second_factor`: asked within the one query of every page."""
        person: User | None = next(iter(PERSON.all(pk=user_id)), None)
        return person if self.user_can_authenticate(person) else None


class SignInMiddleware(LoginRequiredMiddleware):
    """Sends visitors to the sign-in page; a script is told instead, for it would take that page for success."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> Any:
        if is_script(request):
            response = refusal(401, "signed-out", _("Sie sind nicht angemeldet."))
            response["WWW-Authenticate"] = "Bearer"
            return response
        return super().handle_no_permission(request, view_func)


class SecondFactorMiddleware:
    """Keeps officers on the pages of their account until they have the second factor their municipality asks for.

    What can be read without an account stays open, so nobody can be shut out.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:  # noqa: ARG002  # Django's signature
        if not getattr(view, "login_required", True) or not getattr(
            request.user, "lacks_second_factor", False
        ):
            return None
        if request.resolver_match and request.resolver_match.route.startswith(ACCOUNT_PAGES):
            return None
        if is_script(request):
            return refusal(403, "second-factor", _("Ihre Kommune verlangt von Ihnen einen zweiten Faktor."))
        if request.method in {"GET", "HEAD"}:
            return redirect(f"{reverse('mfa_index')}?{urlencode({'next': request.get_full_path()})}")
        # What was typed is still behind "Zurück"; a redirect would lose it.
        return render(request, "account/second_factor_needed.html", status=403)


def clear_when_away(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Allauth's way to the provider and back, with a clear page when the provider does not answer."""

    @login_not_required
    def guarded(request: HttpRequest, provider_id: str) -> HttpResponse:
        try:
            return view(request, provider_id=provider_id)
        except RequestException:
            return render(request, "socialaccount/authentication_error.html", status=503)

    return guarded


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by the administration; nobody signs up. Every sign-in stands in the audit log."""

    error_messages: ClassVar[dict[str, Any]] = DefaultAccountAdapter.error_messages | {
        "enter_current_password": gettext_lazy("Bitte geben Sie Ihr bisheriges Passwort ein."),
        "rate_limited": gettext_lazy("Das waren zu viele Versuche. Bitte warten Sie einige Minuten."),
        "too_many_login_attempts": gettext_lazy(
            "Zu viele gescheiterte Versuche. Bitte warten Sie einige Minuten."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  # allauth's signature
        return False

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """The end of every way in: password, passkey, second factor, single sign-on."""
        towns = Membership.objects.of(user).values_list("municipality", flat=True)
        AuditEntry.objects.sign_in(user, towns)
        return super().post_login(request, user, **kwargs)


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """Whoever the administration's provider vouches for comes in, if there is an account with that address."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:  # noqa: ARG002  # allauth's signature
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Match by an address the provider has verified, afresh each time: nothing is stored about the other account.

        allauth's own matching by e-mail is off: it takes the password away from accounts whose address it has not
        verified itself, and here the administration does that.
        """
        verified = [
            address.email.lower() for address in sociallogin.email_addresses if address.verified is True
        ]
        person = User.objects.filter(email__in=verified, is_active=True).first()
        if person is None:
            messages.error(
                request,
                _(
                    "Zu dieser Anmeldung gibt es hier keinen Zugang mit bestätigter E-Mail-Adresse. "
                    "Wenden Sie sich an die Person, die Charta-Check bei Ihnen betreut."
                ),
            )
            raise ImmediateHttpResponse(redirect("account_login"))
        sociallogin.user = person
        # never connects it to the account that happens to be open
        sociallogin.state["process"] = AuthProcess.LOGIN


class SecondFactorAdapter(DefaultMFAAdapter):
    """Names the site in authenticator apps and keys."""

    error_messages: ClassVar[dict[str, Any]] = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy(
            "Das hat nicht gestimmt. Bitte versuchen Sie es mit einem neuen Code noch einmal."
        ),
    }

    def get_totp_issuer(self) -> str:
        return "Charta-Check"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return super().get_public_key_credential_rp_entity() | {"name": "Charta-Check"}
