"""The people of the site in the admin: sign-in by e-mail, one field for the whole name."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account import admin as account_admin  # noqa: F401  # registers what is taken out below
from allauth.account.models import EmailAddress
from allauth.mfa import admin as mfa_admin  # noqa: F401  # likewise
from allauth.mfa.models import Authenticator
from allauth.socialaccount import admin as social_admin  # noqa: F401  # likewise
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions import admin as sessions_admin  # noqa: F401  # likewise
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import BaseUserCreationForm, UserChangeForm
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from assessments.admin import MembershipInline, RecordsRoles
from assessments.models import AuditEntry, Membership
from charta_app.models import User

# A person has one address, the one of their account; second factors and sessions are secrets; single sign-on is set
# by the environment.
for model in (EmailAddress, Authenticator, UserSession, SocialAccount, SocialApp, SocialToken):
    admin.site.unregister(model)


class EmailInLowerCase(forms.ModelForm):
    """Addresses are stored in lower case, so that there is one account for each however it is typed."""

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class PersonCreationForm(EmailInLowerCase, BaseUserCreationForm):
    """E-mail and name are enough: without a password, people choose one through "Passwort vergessen"."""

    class Meta:
        model = User
        fields = ("email", "name")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].required = False
        self.fields["password2"].required = False

    def clean_password1(self) -> str | None:
        """No password is `None`, which nobody can type; an empty one could be signed in with."""
        return self.cleaned_data["password1"] or None

    def clean_password2(self) -> str | None:
        """Both or neither, and the same: Django compares them only when both are there."""
        password = self.cleaned_data["password2"] or None
        if password != self.cleaned_data.get("password1"):
            raise forms.ValidationError(self.error_messages["password_mismatch"], code="password_mismatch")
        return password


class PersonChangeForm(EmailInLowerCase, UserChangeForm):
    """The whole account; the password has its own page."""

    class Meta(UserChangeForm.Meta):
        model = User
        field_classes: ClassVar[dict[str, type[forms.Field]]] = {}


@admin.register(User)
class PersonAdmin(RecordsRoles, UserAdmin):
    """Accounts and rights on the content; what a person may do in a municipality says their membership."""

    add_form = PersonCreationForm
    add_form_template = None
    form = PersonChangeForm
    ordering = ("name", "email")
    list_display = ("email", "name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser", "groups")
    search_fields = ("email", "name")
    readonly_fields = ("last_login", "date_joined")
    inlines = (MembershipInline,)
    actions = ("reset_second_factor",)
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        (_("Rechte"), {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        (_("Zeiten"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": ("email", "name", "password1", "password2"),
                "description": _(
                    "Das Passwort darf leer bleiben: Die Person wählt es dann selbst "
                    "über „Passwort vergessen“ auf der Anmeldeseite."
                ),
            },
        ),
    )

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        """An address that was replaced opens the account no longer: allauth keeps a list of its own."""
        super().save_model(request, obj, form, change)
        EmailAddress.objects.filter(user=obj).exclude(email=obj.email).delete()

    @admin.action(description=_("Zweiten Faktor zurücksetzen"), permissions=["change"])
    def reset_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """For whoever has lost phone, key and recovery codes. Stands in the audit log."""
        for person in queryset:
            with transaction.atomic():
                gone, _kinds = Authenticator.objects.filter(user=person).delete()
                if gone:
                    towns = Membership.objects.of(person).values_list("municipality", flat=True)
                    AuditEntry.objects.factor_reset(person, towns, request.user)
        self.message_user(request, _("Der zweite Faktor ist zurückgesetzt."), messages.SUCCESS)
