"""The page behind the link of an invitation: accept it, with an account or by making one."""

from __future__ import annotations

from typing import Any

from allauth.account.utils import perform_login
from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model, password_validation
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from assessments.forms import EachFieldOnce, TextField
from assessments.models import MEANINGS, Invitation, InvitationGone, Role

LONGEST = 128  # characters; hashing takes longer the longer a password is


class AccountForm(EachFieldOnce, forms.Form):
    """Name and password of a new account; its address is the one that was invited."""

    name = TextField(
        label=gettext_lazy("Ihr Name"),
        max_length=150,
        help_text=gettext_lazy("Vor- und Nachname, wie er neben Ihren Antworten stehen soll."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = forms.CharField(
        label=gettext_lazy("Passwort"),
        max_length=LONGEST,
        strip=False,
        help_text=gettext_lazy(
            "Mindestens zwölf Zeichen. Ein langer Satz, den nur Sie kennen, ist sicherer als ein kurzes Wort."
        ),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=gettext_lazy("Passwort noch einmal"),
        max_length=LONGEST,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, data: Any, *, email: str) -> None:
        super().__init__(data)
        self.email = email

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def clean(self) -> dict[str, Any]:
        """Both the same, and good enough for this person."""
        cleaned = super().clean()
        password, again = cleaned.get("password"), cleaned.get("again")
        if password and again and password != again:
            self.add_error("again", _("Die beiden Passwörter sind verschieden."))
        elif password:
            person = get_user_model()(email=self.email, name=cleaned.get("name", ""))
            try:
                password_validation.validate_password(password, person)
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Say who invites whom and what for; on POST accept, once."""
    rows = Invitation.objects.with_token(token).select_related("municipality", "invited_by")
    row: Invitation | None = rows.first()
    if row is None:
        return render(request, "assessments/invitation_gone.html", status=404)
    has_account = get_user_model().objects.filter(email=row.email).exists()
    is_theirs = request.user.is_authenticated and request.user.email == row.email
    form = None
    if not has_account and not request.user.is_authenticated:
        form = AccountForm(request.POST if request.method == "POST" else None, email=row.email)
    status = 422 if form and form.is_bound else 200
    if request.method == "POST" and (is_theirs or form):
        try:
            if is_theirs:
                return _accept(request, row)
            if form and form.is_valid():
                return _accept_as_new(request, row, form)
        except InvitationGone:
            return render(request, "assessments/invitation_gone.html", status=404)
        except IntegrityError:  # an account of this address was made just now, through another invitation
            return redirect("assessments:invitation", token)
    elif request.method == "POST":
        status = 403
    context = {
        "invitation": row,
        "meaning": MEANINGS[Role(row.role)],
        "targets": row.targets.select_related("clause", "assessment").order_by("clause__position"),
        "has_account": has_account,
        "is_theirs": is_theirs,
        "form": form,
    }
    return render(request, "assessments/invitation.html", context, status=status)


def _accept(request: HttpRequest, row: Invitation) -> HttpResponse:
    row.accept(request.user)
    messages.success(request, _("Willkommen im Team von %s.") % row.municipality.name)
    return redirect("assessments:overview")


def _accept_as_new(request: HttpRequest, row: Invitation, form: AccountForm) -> HttpResponse:
    person = row.accept_as_new(form.cleaned_data["name"], form.cleaned_data["password"])
    messages.success(request, _("Willkommen im Team von %s.") % row.municipality.name)
    response: HttpResponse = perform_login(
        request, person, email_verification="none", redirect_url=reverse("assessments:overview")
    )
    return response
