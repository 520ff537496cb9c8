"""Forms that keep two editors from overwriting each other, and a published edition from changing its meaning."""

from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from guidelines.comparison import marked
from guidelines.history import Difference
from guidelines.models import Edition
from guidelines.publishing import edition_of, texts_beside
from guidelines.spelling import is_mended_typo
from guidelines.transfer import LARGEST, Faulty, decode

OWN_FIELDS = {"note", "seen"}


def version_of(part: models.Model) -> str:
    """A mark of everything stored in a row and its links: it differs as soon as anybody has changed it."""
    if part.pk is None:
        return ""
    values = [getattr(part, field.attname) for field in part._meta.concrete_fields]
    links = [
        sorted(other.pk for other in getattr(part, field.name).all()) for field in part._meta.many_to_many
    ]
    return hashlib.sha256(repr((values, links)).encode()).hexdigest()[:32]


class PartForm(forms.ModelForm):
    """Keeps two editors from overwriting each other, and a published edition from changing its meaning."""

    note = forms.CharField(
        label=_("Anmerkung zur Änderung"),
        max_length=100,
        required=False,
        help_text=_("Steht im Verlauf. Nötig, wenn die Ausgabe veröffentlicht ist."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored = version_of(self.instance)
        self.conflict: list[Difference] = []
        if "seen" in self.fields:
            self.fields["seen"].initial = self.stored

    def clean(self) -> dict[str, Any]:
        """Line ends as stored; then the two rules of the class."""
        cleaned = super().clean() or self.cleaned_data
        for name, value in cleaned.items():
            if isinstance(value, str):
                cleaned[name] = value.replace("\r\n", "\n")
        if self.instance.pk is not None:
            self._nobody_was_faster(cleaned)
            if edition_of(self.instance).state == Edition.State.PUBLISHED:
                self._only_typos(cleaned)
        return cleaned

    @property
    def changed(self) -> set[str]:
        """The fields of the row that the editor has changed."""
        return {
            name
            for name in self.changed_data
            if name not in OWN_FIELDS
            and not (
                isinstance(self.initial.get(name), str)
                and self.initial[name].replace("\r\n", "\n") == self.cleaned_data.get(name)
            )
        }

    def _nobody_was_faster(self, cleaned: dict[str, Any]) -> None:
        seen = cleaned.get("seen")
        if "seen" not in self.fields or seen == self.stored:
            return
        for name in self.changed:
            shown = (self._shown(name, self.initial.get(name)), self._shown(name, cleaned.get(name)))
            if shown[0] != shown[1]:
                self.conflict.append(Difference(str(self.fields[name].label), *marked(*shown)))
        data: Any = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict
        data[self.add_prefix("seen")] = self.stored  # the editor has now seen both versions
        self.data = data
        self.add_error(
            None,
            ValidationError(
                _(
                    "Jemand anderes hat dies inzwischen geändert; gespeichert ist noch nichts von Ihnen. "
                    "Vergleichen Sie beide Fassungen, passen Sie Ihre an und speichern Sie erneut."
                ),
                code="conflict",
            ),
        )

    def _shown(self, name: str, value: Any) -> str:
        field: Any = self.fields[name]
        if isinstance(value, QuerySet | list):
            return ", ".join(str(item) for item in value)
        if (
            isinstance(field, forms.ModelChoiceField)
            and field.queryset is not None
            and isinstance(value, int)
        ):
            return str(field.queryset.filter(pk=value).first() or "")
        if isinstance(value, bool):
            return "ja" if value else "nein"
        choices = getattr(field, "choices", None)
        return (
            str(dict(choices).get(value, value)) if choices and isinstance(value, str) else str(value or "")
        )

    def _only_typos(self, cleaned: dict[str, Any]) -> None:
        changed = self.changed & set(cleaned)
        for name in changed:
            before, after = str(self.initial.get(name) or ""), str(cleaned[name])
            if not is_mended_typo(before, after, texts_beside(self.instance)):
                self.add_error(
                    name,
                    _(
                        "Die Ausgabe ist veröffentlicht: Hier lassen sich nur Schreibfehler beheben. "
                        "Für einen anderen Sinn legen Sie eine neue Ausgabe aus dieser an."
                    ),
                )
        if changed and "note" in self.fields and not cleaned.get("note"):
            self.add_error("note", _("Sagen Sie kurz, was Sie behoben haben."))


class PieceForm(PartForm):
    """A row inside its parent's page; the note stands on the parent."""

    note = None  # type: ignore[assignment]


class CodeForm(forms.Form):
    """The code of a new edition."""

    code = forms.SlugField(label=_("Kürzel der neuen Ausgabe"), max_length=20)

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        if Edition.objects.filter(code=code).exists():
            raise ValidationError(_("Dieses Kürzel gibt es schon."))
        return code


class FileForm(forms.Form):
    """The file of an edition."""

    file = forms.FileField(label=_("Datei einer Ausgabe (YAML)"), help_text=_("Höchstens 2 MiB."))
    as_draft = forms.BooleanField(
        label=_("Als Entwurf einlesen"),
        required=False,
        initial=True,
        help_text=_(
            "Ein Entwurf lässt sich prüfen, ändern und verwerfen. Ohne den Haken bleibt der Zustand aus der Datei: "
            "Eine veröffentlichte Ausgabe ist dann sofort öffentlich."
        ),
    )

    def clean_file(self) -> str:
        """The text of the file."""
        upload = self.cleaned_data["file"]
        if upload.size > LARGEST:
            raise ValidationError(_("Die Datei ist größer als 2 MiB."))
        try:
            return decode(upload.read())
        except Faulty as error:
            raise ValidationError(error.faults) from error
