"""Access tokens: how a program reads in a person's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from allauth.account.decorators import reauthentication_required
from allauth.core.internal import ratelimit  # its public face lets every GET pass
from django import forms
from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from assessments.forms import EachFieldOnce, TextField
from assessments.views.autosave import View, refusal
from charta_app.accounts import Door
from charta_app.models import LABEL_LIMIT, AccessToken

if TYPE_CHECKING:
    from assessments.models.municipality import Person

MOST = 20  # tokens of one person
DAYS = {30: _("30 Tage"), 90: _("90 Tage"), 180: _("180 Tage"), 365: _("1 Jahr")}
RETRY_AFTER = 60  # seconds
TAKEN = gettext_lazy("Ein Token mit diesem Namen haben Sie schon.")


def takes_tokens(view: View) -> View:
    """Mark a view that a program may ask for with an access token instead of a session."""
    view.takes_tokens = True  # type: ignore[attr-defined]  # read by `TokenMiddleware`
    return view


class TokenMiddleware:
    """Lets a program in with the token of a person, who is then the person of the request, to read and nothing else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:  # noqa: ARG002  # Django's signature
        scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
        if not getattr(view, "takes_tokens", False) or scheme.lower() != "bearer":
            return None
        token = AccessToken.objects.valid(text.strip())
        person = Door().get_user(token.person_id) if token else None
        if token is None or person is None:
            return _refused(request)
        token.note_use()
        request.user = person
        return None


def _refused(request: HttpRequest) -> HttpResponse:
    """Whoever tries too many is put off; what is true cannot be guessed, so it is looked up before."""
    if not ratelimit.consume(request, app="allauth.account", action="access_token", limit_get=True):
        response = refusal(
            429, "too-many", _("Zu viele falsche Zugriffstoken. Bitte warten Sie eine Minute.")
        )
        response["Retry-After"] = str(RETRY_AFTER)
        return response
    response = refusal(401, "token", _("Dieses Zugriffstoken gilt nicht."))
    response["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    return response


class TokenForm(EachFieldOnce, forms.Form):
    """What a new token is for, and how long it works."""

    label = TextField(
        label=gettext_lazy("Wofür"),
        max_length=LABEL_LIMIT,
        help_text=gettext_lazy("Woran Sie es wiedererkennen, zum Beispiel „Dashboard der Stadt“."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Bitte schreiben Sie, wofür das Token ist.")},
    )
    valid_days = forms.TypedChoiceField(
        label=gettext_lazy("Gültig"),
        choices=list(DAYS.items()),
        coerce=int,
        initial=90,
        widget=forms.RadioSelect,
    )

    def __init__(self, data: Any, *, person: Person) -> None:
        super().__init__(data)
        self.person = person

    def clean_label(self) -> str:
        """Each once, so that one knows which to revoke."""
        label = " ".join(self.cleaned_data["label"].split())
        if AccessToken.objects.of(self.person).filter(label=label).exists():
            raise forms.ValidationError(TAKEN)
        return label

    def clean(self) -> dict[str, Any]:
        """There are not endlessly many."""
        cleaned = super().clean()
        if AccessToken.objects.of(self.person).count() >= MOST:
            raise forms.ValidationError(_("Sie haben schon %d Token. Widerrufen Sie erst eines.") % MOST)
        return cleaned

    def issue(self) -> str:
        """The text of a new token; "" if one of this name was made just now."""
        try:
            return AccessToken.objects.issue(person=self.person, **self.cleaned_data)
        except IntegrityError:
            self.add_error("label", TAKEN)
            return ""


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(allow_get=True)
def tokens(request: HttpRequest) -> HttpResponse:
    """List a person's access tokens; on POST make one, and show its text this once."""
    form = TokenForm(request.POST if request.method == "POST" else None, person=request.user)
    text = form.issue() if form.is_valid() else ""
    if text:
        form = TokenForm(None, person=request.user)
    context = {"form": form, "text": text, "tokens": AccessToken.objects.of(request.user)}
    return render(request, "account/tokens.html", context, status=422 if form.is_bound else 200)


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End a token at once."""
    token = get_object_or_404(AccessToken.objects.of(request.user), pk=pk)
    token.revoke()
    messages.success(request, _("Widerrufen: „%s“. Das Token öffnet nichts mehr.") % token.label)
    return redirect("tokens")
