"""What people send from the page of one answer: a comment, a version to go back to, evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from assessments.forms import HIGHEST_VERSION, EachFieldOnce, TextField
from assessments.models import Comment
from assessments.models.comment import COMMENT_LIMIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assessments.models import Membership


class VersionForm(EachFieldOnce, forms.Form):
    """The version of the answer that the page showed as the current one."""

    version = forms.IntegerField(min_value=0, max_value=HIGHEST_VERSION, widget=forms.HiddenInput)


class CommentForm(EachFieldOnce, forms.Form):
    """A comment, for whom it is, and whom to notify of it: `members` of the municipality."""

    text = TextField(
        label=_("Ihr Kommentar"),
        max_length=COMMENT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Bitte schreiben Sie etwas.")},
    )
    audience = forms.ChoiceField(
        label=_("Wer soll das lesen?"),
        choices=[
            (Comment.Audience.INTERNAL, _("Intern: alle, die an der Einschätzung mitarbeiten")),
            (Comment.Audience.REPORT, _("Soll im Bericht erscheinen: mit Ihrer Rolle, ohne Ihren Namen")),
        ],
        initial=Comment.Audience.INTERNAL,
        widget=forms.RadioSelect,
    )
    notify = forms.MultipleChoiceField(
        label=_("Benachrichtigen"),
        help_text=_("Sie erhalten eine E-Mail mit einem Link hierher; der Text steht nicht darin."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("Diese Person arbeitet hier nicht mit.")},
    )

    def __init__(self, data: Any = None, *, members: Sequence[Membership]) -> None:
        super().__init__(data, prefix="kommentar")
        self.members = {str(member.person_id): member for member in members}
        self.fields["notify"].choices = [  # type: ignore[attr-defined]  # of this kind of field
            (key, f"{member.person} ({member.get_role_display()})") for key, member in self.members.items()
        ]
        if not members:
            del self.fields["notify"]

    @property
    def chosen(self) -> list[Membership]:
        """Those to notify. Relies on `is_valid`."""
        return [self.members[key] for key in self.cleaned_data.get("notify", ())]
