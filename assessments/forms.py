"""What people type: checked, told in German where something is missing, and never lost."""

from __future__ import annotations

import re
from copy import copy
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms.models import construct_instance
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from assessments.models import Answer, Assessment, Municipality, Target
from assessments.scoring import LEVEL_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from assessments.models.municipality import Person

Form = TypeVar("Form", bound=forms.ModelForm)
LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
UNSTORABLE = re.compile("[\x01-\x08\x0e-\x1f\x7f\ud800-\udfff]")  # Django itself refuses NUL
SMALL_AREA = forms.Textarea(attrs={"rows": 3})
HIGHEST_VERSION = 2_147_483_646  # the next one still fits its column


def storable(text: str) -> None:
    """Refuse halves of characters and control characters: no database, sheet or PDF would take them."""
    if UNSTORABLE.search(text):
        raise ValidationError(
            _(
                "Der Text enthält unsichtbare Zeichen, die sich nicht speichern lassen. Bitte tippen Sie ihn neu ein."
            )
        )


class TextField(forms.CharField):
    """A text as people type or paste it. Its length is checked here: a browser would cut the end off in silence."""

    default_validators = [storable]

    def to_python(self, value: Any) -> str:
        """Line ends become one kind, so that a text that only went through a browser counts as unchanged."""
        return LINE_ENDS.sub("\n", super().to_python(value) or "")

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """The limit is told to the counter instead of the browser."""
        attrs = super().widget_attrs(widget)
        limit = attrs.pop("maxlength", None)
        return attrs | ({"data-charta-limit": limit} if limit else {})


class EachFieldOnce(forms.BaseForm):
    """Refuses a field that came twice: taking the last one would drop a text in silence."""

    def clean(self) -> dict[str, Any]:
        """Every field of this form came at most once, but for those that take several values."""
        super().clean()
        if isinstance(self.data, MultiValueDict):
            for name, field in self.fields.items():
                several = getattr(field.widget, "allow_multiple_selected", False)
                if not several and len(self.data.getlist(self.add_prefix(name))) > 1:
                    self.add_error(
                        name, _("Diese Angabe kam doppelt an. Bitte prüfen Sie sie und speichern Sie erneut.")
                    )
        return self.cleaned_data


class SharedFields(dict[str, forms.Field]):
    """Fields that no form changes: each may use those of its class, of which Django would make a copy of its own."""

    def __deepcopy__(self, memo: dict[int, Any]) -> SharedFields:
        return SharedFields(self)


def shares_fields(form: type[Form]) -> type[Form]:
    """Let the forms of this class use the same fields. That is half of what it costs to put one together."""
    form.base_fields = SharedFields(form.base_fields)
    return form


class HeadingForm(EachFieldOnce, forms.ModelForm):
    """Title and reference date of an assessment."""

    class Meta:
        model = Assessment
        fields: ClassVar[tuple[str, ...]] = ("title", "reference_date")
        field_classes: ClassVar = {"title": TextField}
        widgets: ClassVar[dict[str, Any]] = {
            "reference_date": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reference_date"].validators += [
            MinValueValidator(date(2000, 1, 1), _("Bitte ein Datum ab dem Jahr 2000.")),
            MaxValueValidator(date(2100, 12, 31), _("Bitte ein Datum bis zum Jahr 2100.")),
        ]

    def clean_title(self) -> str:
        """One line, as it stands in the subject of mails."""
        return " ".join(self.cleaned_data["title"].split())

    def clean(self) -> dict[str, Any]:
        """Two drafts with one name could not be told apart."""
        cleaned = super().clean()
        town, title = cleaned.get("municipality") or self.instance.municipality_id, cleaned.get("title")
        others = Assessment.objects.exclude(pk=self.instance.pk)
        if town and title and others.filter(municipality=town, title=title).exists():
            self.add_error(
                "title",
                _("Eine Einschätzung mit diesem Titel gibt es schon. Bitte wählen Sie einen anderen."),
            )
        return cleaned


class StartForm(HeadingForm):
    """Begins an assessment; offers the municipalities whose officer the person is."""

    take_over = forms.BooleanField(
        label=_("Antworten, Belege und Ziele der letzten abgeschlossenen Einschätzung übernehmen"),
        help_text=_(
            "Das ist die mit dem letzten Stichtag, der nicht nach dem neuen liegt. Übernommen wird, was gleich gefragt "
            "ist. Jede Antwort bleibt offen, bis jemand sie für dieses Jahr bestätigt."
        ),
        required=False,
        initial=True,
    )

    class Meta(HeadingForm.Meta):
        fields = ("municipality", "title", "reference_date", "form")
        widgets: ClassVar[dict[str, Any]] = HeadingForm.Meta.widgets | {"form": forms.RadioSelect}

    def __init__(self, data: Any = None, *, by: Person, town: str = "") -> None:
        today = timezone.localdate()
        super().__init__(data, initial={"municipality": town, "reference_date": today})
        towns = Municipality.objects.run_by(by)
        field = self.fields["municipality"]
        field.queryset = towns  # type: ignore[attr-defined]
        field.error_messages["invalid_choice"] = _(
            "In dieser Kommune können Sie keine Einschätzung beginnen."
        )
        self.towns = list(towns)
        if not Assessment.objects.filter(municipality__in=self.towns, state=Assessment.State.FINAL).exists():
            del self.fields["take_over"]
        if len(self.towns) == 1:
            self.initial["municipality"] = self.towns[0]
            field.widget = forms.HiddenInput()
        taken = Assessment.objects.filter(
            municipality__in=self.towns, title=f"Einschätzung {today:%Y}"
        ).exists()
        self.initial["title"] = f"Einschätzung {today:%d.%m.%Y}" if taken else f"Einschätzung {today:%Y}"

    def clean(self) -> dict[str, Any]:
        """Who wants something taken over hears it when nothing lies before the reference date."""
        cleaned = super().clean()
        town, day = cleaned.get("municipality"), cleaned.get("reference_date")
        if town and day and cleaned.get("take_over"):
            first = Assessment.objects.filter(municipality=town, state=Assessment.State.FINAL).last()
            if first and first.reference_date > day:
                self.add_error(
                    "take_over",
                    _(
                        "Alle abgeschlossenen Einschätzungen haben einen späteren Stichtag, die erste den %(day)s. "
                        "Aus ihnen lässt sich nichts übernehmen. Bitte ändern Sie den Stichtag oder nehmen Sie den "
                        "Haken weg."
                    )
                    % {"day": f"{first.reference_date:%d.%m.%Y}"},
                )
        return cleaned

    def start(self, edition: Any, by: Person) -> Assessment:
        """The assessment, with an open answer for each question."""
        return Assessment.objects.start(edition=edition, by=by, **self.cleaned_data)


@dataclass(frozen=True, slots=True)
class Option:
    """One radio card: a described level, or one of the other answers."""

    value: str
    id: str
    field: str
    name: str
    text: str
    checked: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that two people filled in differently."""

    label: str
    mine: str
    theirs: str


class VersionedForm(EachFieldOnce, forms.ModelForm):
    """A row that is only written on top of the version its author saw; that version travels with the form.

    `row` is what is stored, `instance` what the person wants. After `write_all`, `was_stale` tells whether somebody
    else was quicker; after `settle`, `is_conflict` whether both changed something. Then both stand side by side,
    and saving once more is a decision for one's own text.
    """

    version = forms.IntegerField(
        min_value=0,
        max_value=HIGHEST_VERSION,
        widget=forms.HiddenInput,
        error_messages={"required": _("Die Seite kam unvollständig an. Bitte speichern Sie noch einmal.")},
    )

    def __init__(self, data: Any = None, *, row: Answer | Target) -> None:
        prefix, initial = self.prefix_of(row), {"version": row.version}
        super().__init__(data, instance=copy(row), prefix=prefix, initial=initial)
        self.row = row
        self.is_conflict = False
        self.was_stale = False

    @staticmethod
    def prefix_of(row: Any) -> str:
        """Where the names of this row's fields begin."""
        raise NotImplementedError

    @classmethod
    def is_as_stored(cls, sent: MultiValueDict[str, str], row: Any) -> bool:
        """Whether this row came back from the browser just as it is stored, with its version.

        Most of a page does, and then no form has to be built and checked to find that there is nothing to save.
        """
        prefix = cls.prefix_of(row)
        if sent.getlist(f"{prefix}-version") != [str(row.version)]:
            return False
        for name, stored in cls.values_of(row).items():
            came = sent.getlist(f"{prefix}-{name}")
            if came and came != [stored] and [LINE_ENDS.sub("\n", text).strip() for text in came] != [stored]:
                return False
        return True

    @classmethod
    def values_of(cls, row: Any) -> dict[str, str]:
        """What a browser sends of this row while nobody changes it; `version` goes without saying."""
        values = {name: getattr(row, name) for name in cls._meta.fields or ()}
        return {name: "" if value is None else str(value) for name, value in values.items()}

    def _post_clean(self) -> None:
        # Of the model's checks only those of single fields: the form itself asks for what the constraints hold,
        # and Django would put each of them together as a query, which was most of the checking.
        self.instance = construct_instance(self, self.instance, self._meta.fields)
        try:
            self.instance.clean_fields(exclude=self._get_validation_exclusions())  # type: ignore[attr-defined]  # the stubs leave it out
        except ValidationError as error:
            self._update_errors(error)  # type: ignore[attr-defined]  # the stubs leave it out

    def clean(self) -> dict[str, Any]:
        """A field that did not come along stays as it is stored."""
        cleaned = super().clean()
        for name in self._meta.fields or ():
            if self.fields[name].widget.value_omitted_from_data(self.data, self.files, self.add_prefix(name)):
                cleaned[name] = getattr(self.row, name)
                self.errors.pop(name, None)
        return cleaned

    @property
    def is_changed(self) -> bool:
        """Whether the person's text differs from what is stored. Relies on `is_valid`."""
        return self.is_bound and not self.instance.same_as(self.row)

    @property
    def is_unsaved(self) -> bool:
        """Whether something would be lost if this row could not be written."""
        return self.is_bound and (not self.is_valid() or self.is_changed)

    @property
    def based_on(self) -> int:
        """The version the next save rests on: what is shown side by side has been seen."""
        if self.is_bound and not self.is_conflict and "version" in getattr(self, "cleaned_data", {}):
            return self.cleaned_data["version"]
        return self.row.version

    @classmethod
    def write_all(cls, changed: Iterable[VersionedForm], by: Person, key: UUID | None = None) -> None:
        """Compare and set the forms of this kind, inside the caller's transaction; a stale one writes nothing."""
        mine = [form for form in changed if isinstance(form, cls)]
        if mine:
            rows = [(form.instance, form.cleaned_data["version"]) for form in mine]
            stale = cls._meta.model.write_all(rows, by, key)
            for form in mine:
                form.was_stale = form.instance in stale

    def settle(self) -> VersionedForm:
        """The form to show after `write`: this one on a conflict, otherwise a fresh one of what is stored.

        Who was overtaken without having changed anything lost nothing: that is no conflict.
        """
        if not self.was_stale:
            return self.again(self.instance if self.is_bound else self.row)
        self.row.refresh_from_db(fields=[*self.row.WRITTEN, "version", "changed_at", "changed_by"])
        version = self.cleaned_data["version"]
        seen = self.row.seen_at(version) if version else None
        untouched = (seen is not None or version == 0) and self.instance.same_as(seen)
        if untouched or self.instance.same_as(self.row):
            return self.again(self.row)
        self.is_conflict = True
        return self

    def stand_on(self, row: Answer | Target) -> None:
        """Take the stored row read anew, with what belongs to it."""
        self.row = row

    def again(self, row: Answer | Target) -> VersionedForm:
        """A fresh form of what is stored."""
        return type(self)(row=row)

    def differences(self) -> list[Difference]:
        """Where the person's text and the stored one differ, in the order of the form."""
        pairs = zip(self._shown(self.instance), self._shown(self.row), strict=True)
        return [
            Difference(label, mine, theirs) for (label, mine), (_label, theirs) in pairs if mine != theirs
        ]

    def typed(self) -> list[tuple[str, str]]:
        """What stands in the form, as label and text, even if it was refused."""
        values = ((field, field.value()) for field in self.visible_fields())
        return [
            (str(field.label), _readable(field, value)) for field, value in values if value not in {None, ""}
        ]

    def _shown(self, row: Any) -> Iterable[tuple[str, str]]:
        for name in self._meta.fields or ():
            display = getattr(row, f"get_{name}_display", None)
            value = display() if display else getattr(row, name)
            yield str(self.fields[name].label), "" if value is None else str(value)


def _readable(field: forms.BoundField, value: Any) -> str:
    choices = dict(getattr(field.field, "choices", ()))
    return str({str(key): name for key, name in choices.items()}.get(str(value), value))


class EvidenceField(TextField):
    """What shows it, with what would show it as the hint."""

    def get_bound_field(self, form: Any, field_name: str) -> forms.BoundField:
        """The hint is that of the form's question."""
        bound = super().get_bound_field(form, field_name)
        bound.help_text = _("Möglich sind: %(hint)s") % {"hint": form.criterion.evidence_hint}
        return bound


@shares_fields
class AnswerForm(VersionedForm):
    """The answer to one question: a level or another answer with its reason, evidence and comment."""

    LEVELS: ClassVar = [(str(level), f"Stufe {level} – {name}") for level, name in enumerate(LEVEL_NAMES)]
    OTHERS: ClassVar = [
        (Answer.State.NOT_APPLICABLE.value, _("Trifft nicht zu")),
        (Answer.State.NOT_OUR_COMPETENCE.value, _("Andere Ebene zuständig")),
        (Answer.State.OPEN.value, _("Noch offen")),
    ]

    row: Answer
    choice = forms.ChoiceField(
        label=_("Antwort"), choices=[*LEVELS, *OTHERS], widget=forms.RadioSelect, required=False
    )

    class Meta:
        model = Answer
        fields = ("reason", "competent_body", "demand", "evidence_grade", "evidence", "comment")
        field_classes: ClassVar = dict.fromkeys(
            ("reason", "competent_body", "demand", "comment"), TextField
        ) | {"evidence": EvidenceField}
        widgets: ClassVar = dict.fromkeys(("reason", "demand", "evidence", "comment"), SMALL_AREA)

    field_order = ("choice", *Meta.fields)

    @staticmethod
    def prefix_of(row: Any) -> str:
        return f"frage-{row.criterion.code}"

    def __init__(self, data: Any = None, *, row: Answer) -> None:
        super().__init__(data, row=row)
        self.criterion = row.criterion
        self.initial["choice"] = chosen(row) if row.state != Answer.State.OPEN else ""

    def stand_on(self, row: Any) -> None:
        super().stand_on(row)
        self.criterion = row.criterion

    @classmethod
    def is_as_stored(cls, sent: MultiValueDict[str, str], row: Any) -> bool:
        """An answer that waits for confirmation is confirmed by sending it as it is."""
        return not (row.needs_confirmation and row.takes_changes) and super().is_as_stored(sent, row)

    @classmethod
    def values_of(cls, row: Any) -> dict[str, str]:
        """With the card; a browser sends none while none was chosen."""
        return super().values_of(row) | {"choice": chosen(row) if row.state != Answer.State.OPEN else ""}

    def clean(self) -> dict[str, Any]:
        """Turn the chosen card into state and level, and ask for what it needs, at the place it belongs."""
        cleaned = super().clean()
        choice = cleaned.get("choice") or self._unchosen()
        is_level = choice.isdecimal()
        self.instance.needs_confirmation = False
        self.instance.state = Answer.State.RATED if is_level else choice
        self.instance.level = int(choice) if is_level else None
        needed: dict[str, Any] = {}
        if choice == Answer.State.NOT_APPLICABLE:
            needed = {"reason": _("Bitte begründen Sie, warum die Frage nicht zutrifft.")}
        elif choice == Answer.State.NOT_OUR_COMPETENCE:
            needed = {
                "competent_body": _("Bitte nennen Sie die zuständige Stelle."),
                "demand": _("Bitte schreiben Sie, was Ihre Kommune von dieser Stelle fordert."),
            }
        for name, message in needed.items():
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, message)
        return cleaned

    @cached_property
    def levels(self) -> tuple[Option, ...]:
        """The five described levels."""
        texts = self.criterion.levels
        return tuple(self._option(str(level), name, texts[level]) for level, name in enumerate(LEVEL_NAMES))

    @property
    def not_applicable(self) -> Option:
        """The card "trifft nicht zu"."""
        return self._option(
            "not_applicable", "Trifft nicht zu", "Was die Frage meint, gibt es in Ihrer Kommune nicht."
        )

    @property
    def not_our_competence(self) -> Option:
        """The card "andere Ebene zuständig"."""
        return self._option(
            "not_our_competence",
            "Andere Ebene zuständig",
            "Darüber entscheiden Kreis, Land, Bund oder eine andere Stelle.",
        )

    @property
    def take_back(self) -> Option:
        """The way back to an open question."""
        return self._option(
            "open", "Antwort zurücknehmen", "Die Frage gilt wieder als offen. Ihre Texte bleiben stehen."
        )

    @property
    def has_answer(self) -> bool:
        """Whether there is something to take back, or it is just being taken back."""
        return self.row.state != Answer.State.OPEN or self.take_back.checked

    @cached_property
    def _checked(self) -> str:
        return str(self["choice"].value() or (chosen(self.instance) if self.is_conflict else ""))

    def _option(self, value: str, name: str, text: str) -> Option:
        field = self["choice"]
        return Option(value, f"{field.auto_id}_{value}", field.html_name, name, text, self._checked == value)

    def _unchosen(self) -> str:
        # A browser sends no card only where none was chosen before; on a stale page that was an open question.
        return (
            chosen(self.row)
            if self.cleaned_data.get("version") == self.row.version
            else Answer.State.OPEN.value
        )

    def _shown(self, row: Any) -> Iterable[tuple[str, str]]:
        yield str(self.fields["choice"].label), str(dict([*self.LEVELS, *self.OTHERS])[chosen(row)])
        yield from super()._shown(row)


def chosen(answer: Answer) -> str:
    """The value of the card that says what the row says."""
    return str(answer.level) if answer.state == Answer.State.RATED else str(answer.state)


@shares_fields
class TargetForm(VersionedForm):
    """What the municipality aims at in one clause, and its weight."""

    row: Target

    class Meta:
        model = Target
        fields = ("level", "year", "reason", "importance", "effort")
        field_classes: ClassVar = {"reason": TextField}
        widgets: ClassVar = {
            "year": forms.NumberInput(attrs={"inputmode": "numeric"}),
            "reason": SMALL_AREA,
        }

    @staticmethod
    def prefix_of(row: Any) -> str:  # noqa: ARG004  # a page has one target
        return "ziel"

    def clean(self) -> dict[str, Any]:
        """A target lies ahead; a year that is stored already may stay."""
        cleaned = super().clean()
        year, first = cleaned.get("year"), self.row.assessment.reference_date.year
        if year is not None and year < first and year != self.row.year:
            self.add_error(
                "year",
                _("Das Jahr liegt vor dem Stichtag. Bitte nennen Sie %(first)s oder ein späteres Jahr.")
                % {"first": first},
            )
        return cleaned
