"""Forms of the account pages where allauth's own say too little, or take more than they can digest."""

from __future__ import annotations

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.utils.translation import gettext_lazy as _

CODE_LIMIT = 20
NAME_LIMIT = 60
CREDENTIAL_LIMIT = 20_000  # characters; a browser's answer has about 2,000


class CredentialField(forms.JSONField):
    """A browser's answer for a key. Anybody can post anything here, so everything that is no object is refused."""

    def __init__(self) -> None:
        super().__init__(widget=forms.HiddenInput)

    def to_python(self, value: Any) -> Any:
        refused = get_adapter().validation_error("incorrect_code")
        if not isinstance(value, str) or len(value) > CREDENTIAL_LIMIT:
            raise refused
        try:
            found = super().to_python(value)
        except (forms.ValidationError, RecursionError):
            raise refused from None
        if not isinstance(found, dict) or not isinstance(found.get("response"), dict):
            raise refused
        return found


def code(label: Any, help_text: Any) -> forms.CharField:
    """A field for a code, which phones and password managers fill in by themselves."""
    widget = forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"})
    return forms.CharField(label=label, help_text=help_text, max_length=CODE_LIMIT, widget=widget)


class ActivateAppForm(ActivateTOTPForm):
    code = code(_("Code aus der App"), _("Sechs Ziffern, alle 30 Sekunden neue."))


class CodeForm(AuthenticateForm):
    code = code(_("Code"), _("Sechs Ziffern aus Ihrer App oder einer Ihrer Wiederherstellungscodes."))


class CodeAgainForm(ReauthenticateForm):
    code = code(_("Code"), _("Sechs Ziffern aus Ihrer App oder einer Ihrer Wiederherstellungscodes."))


class KeyForm(AuthenticateWebAuthnForm):
    credential = CredentialField()


class KeyAgainForm(ReauthenticateWebAuthnForm):
    credential = CredentialField()


class KeyLoginForm(LoginWebAuthnForm):
    credential = CredentialField()


class AddKeyForm(AddWebAuthnForm):
    name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=NAME_LIMIT,
        help_text=_("Woran Sie diesen Schlüssel erkennen, zum Beispiel „Diensthandy“."),
    )
    passwordless = forms.BooleanField(
        label=_("Auch ohne Passwort damit anmelden (Passkey)"),
        required=False,
        help_text=_("Das Gerät fragt dann selbst nach Fingerabdruck, Gesicht oder PIN."),
    )
    credential = CredentialField()


class EditKeyForm(EditWebAuthnForm):
    name = forms.CharField(label=_("Name"), max_length=NAME_LIMIT)
