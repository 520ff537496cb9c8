"""What people send from the page of one answer: a comment, a version to go back to, evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from assessments.forms import HIGHEST_VERSION, EachFieldOnce, TextField
from assessments.models import Comment
from assessments.models.comment import COMMENT_LIMIT
from assessments.models.evidence import LARGEST_FILE
from assessments.uploads import ENDINGS, NotAccepted, examined, plain_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assessments.models import Membership
    from assessments.record import ExhibitKind


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


class LinkForm(EachFieldOnce, forms.Form):
    """Evidence that stands somewhere else."""

    title = TextField(
        label=_("Bezeichnung"),
        max_length=200,
        help_text=_("Was dort zu lesen ist."),
        error_messages={"required": _("Bitte schreiben Sie, was dort zu lesen ist.")},
    )
    address = TextField(
        label=_("Adresse"),
        max_length=500,
        help_text=_("Beginnt mit https:// und lässt sich ohne Anmeldung öffnen."),
        error_messages={"required": _("Bitte geben Sie die Adresse an.")},
        validators=[
            URLValidator(
                ["https"],
                message=_("Bitte geben Sie eine vollständige Adresse an, die mit https:// beginnt."),
            )
        ],
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, prefix="link")

    def clean_address(self) -> str:
        """The address, without a name or password that somebody copied along."""
        address: str = self.cleaned_data["address"]
        parts = urlsplit(address)
        if parts.username or parts.password:
            raise ValidationError(
                _("Die Adresse enthält Zugangsdaten. Bitte entfernen Sie den Teil vor dem @.")
            )
        return parts._replace(scheme="https").geturl()


class FileForm(EachFieldOnce, forms.Form):
    """Evidence that comes along as a file."""

    file = forms.FileField(
        label=_("Datei"),
        help_text=_("PDF, PNG, JPEG, DOCX, XLSX, ODT oder ODS, höchstens 2 MiB, ohne Makros."),
        widget=forms.FileInput(attrs={"accept": ",".join(ENDINGS)}),
        error_messages={"required": _("Bitte wählen Sie eine Datei.")},
    )
    title = TextField(
        label=_("Bezeichnung"),
        max_length=200,
        required=False,
        help_text=_("Ohne Angabe steht hier der Dateiname."),
    )

    kind: ExhibitKind
    content: bytes
    file_name: str

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, prefix="datei")

    def clean_file(self) -> Any:
        """Keep the content, once it is known to be what its name says."""
        upload = self.cleaned_data["file"]
        if len(self.files.getlist(self.add_prefix("file"))) > 1:
            raise ValidationError(_("Bitte wählen Sie eine Datei nach der anderen."))
        if upload.size > LARGEST_FILE:
            raise ValidationError(_("Die Datei ist größer als 2 MiB."))
        self.content, self.file_name = upload.read(), plain_name(upload.name)
        try:
            self.kind = examined(self.file_name, self.content)
        except NotAccepted as error:
            raise ValidationError(str(error)) from error
        return upload

    def clean(self) -> dict[str, Any]:
        """Without a title of its own it is called like the file."""
        cleaned = super().clean()
        if not cleaned.get("title") and "title" not in self.errors:
            cleaned["title"] = getattr(self, "file_name", "")
        return cleaned
