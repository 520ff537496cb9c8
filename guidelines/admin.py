"""The content of the Charter in the admin: from edition to criterion without hunting, and nothing lost on the way.

Every save takes the edition's lock, so that nothing slips into an edition while it is being published. A draft can
be changed freely, a published edition in its typing errors, a withdrawn one not at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import ProtectedError, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from guidelines.comparison import marked
from guidelines.content import Content
from guidelines.history import Difference, keep_first, restore, versions
from guidelines.models import (
    Advice,
    Clause,
    Criterion,
    CriterionLink,
    Edition,
    Guideline,
    Ideal,
    Paragraph,
    Stakeholder,
)
from guidelines.publishing import (
    Fault,
    Incomplete,
    WrongState,
    copy,
    discard,
    edition_of,
    faults,
    is_mended_typo,
    lock,
    place_of,
    publish,
    text_fields,
    withdraw,
)
from guidelines.transfer import LARGEST, Faulty, decode, read, write

# Where the edition is found from each model.
EDITION_PATH: dict[type[models.Model], str] = {
    Edition: "pk",
    Stakeholder: "edition",
    Ideal: "edition",
    Guideline: "edition",
    Clause: "edition",
    Paragraph: "clause__edition",
    Advice: "paragraph__clause__edition",
    Criterion: "clause__edition",
    CriterionLink: "criterion__clause__edition",
}
PARENT = {
    Clause: "guideline",
    Paragraph: "clause",
    Advice: "paragraph",
    Criterion: "clause",
    CriterionLink: "criterion",
}
OWN_FIELDS = {"note", "seen"}


def admin_url(part: models.Model) -> str:
    """The page of this part in the admin."""
    return reverse(f"admin:{part._meta.app_label}_{part._meta.model_name}_change", args=[part.pk])


def version_of(part: models.Model) -> str:
    """A mark of everything stored in a row and its links: it differs as soon as anybody has changed it."""
    if part.pk is None:
        return ""
    values = [getattr(part, field.attname) for field in part._meta.concrete_fields]
    links = [
        sorted(other.pk for other in getattr(part, field.name).all()) for field in part._meta.many_to_many
    ]
    return hashlib.sha256(repr((values, links)).encode()).hexdigest()[:32]


# Forms -------------------------------------------------------------------------------------------------------


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
        self.data = self.data.copy()
        self.data[self.add_prefix("seen")] = self.stored  # the editor has now seen both versions
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
        field = self.fields[name]
        if isinstance(value, QuerySet | list):
            return ", ".join(str(item) for item in value)
        if isinstance(field, forms.ModelChoiceField) and isinstance(value, int):
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
            if not is_mended_typo(str(self.initial.get(name) or ""), str(cleaned[name])):
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

    def clean_file(self) -> str:
        """The text of the file."""
        upload = self.cleaned_data["file"]
        if upload.size > LARGEST:
            raise ValidationError(_("Die Datei ist größer als 2 MiB."))
        try:
            return decode(upload.read())
        except Faulty as error:
            raise ValidationError(error.faults) from error


# Base --------------------------------------------------------------------------------------------------------


class ContentAdmin(admin.ModelAdmin):
    """What all parts of an edition share: the rules of its state, the lock, the way up, the history."""

    form = PartForm
    change_form_template = "guidelines/admin/change_form.html"
    list_per_page = 100
    save_on_top = True
    text_rows: ClassVar[dict[str, int]] = {}

    class Media:
        css: ClassVar = {"all": ["charta/redaktion.css"]}

    # Rules of the state

    def _state(self, obj: models.Model | None) -> str | None:
        return edition_of(obj).state if obj is not None and obj.pk else None

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Withdrawn editions are only read."""
        return super().has_change_permission(request, obj) and self._state(obj) != Edition.State.WITHDRAWN

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Only drafts lose parts."""
        return super().has_delete_permission(request, obj) and self._state(obj) in {None, Edition.State.DRAFT}

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """No deleting in bulk: it asks nobody and passes the rules by."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[str]:
        """Of a published edition only texts can be mended."""
        fixed = list(super().get_readonly_fields(request, obj))
        if self._state(obj) == Edition.State.PUBLISHED:
            texts = {field.name for field in text_fields(self.model)}
            fields = (*self.model._meta.concrete_fields, *self.model._meta.many_to_many)
            fixed += [field.name for field in fields if field.editable and field.name not in texts]
        return fixed

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """With the edition, which every rule asks for."""
        path_to_edition = EDITION_PATH[self.model]
        queryset = super().get_queryset(request)
        return queryset if self.model is Edition else queryset.select_related(path_to_edition)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Before a save, lock the edition: what is read then is what will be changed."""
        if request.method == "POST" and transaction.get_connection().in_atomic_block:
            found = self.model._base_manager.filter(pk=self._key(object_id))
            edition = found.values_list(EDITION_PATH[self.model], flat=True).first()
            if edition is not None:
                Edition.objects.select_for_update().filter(pk=edition).first()
        return super().get_object(request, object_id, from_field)

    def _key(self, object_id: str) -> int:
        try:
            return int(unquote(object_id))
        except ValueError as error:
            raise Http404 from error

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[Any, int], set[Any], list[Any]]:
        """What goes and what holds it, counted: the rows that hold it may be a municipality's."""
        held = []
        for relation in self.model._meta.related_objects:
            if not relation.many_to_many:
                others = relation.related_model._meta
                count = others.model._base_manager.filter(**{f"{relation.field.name}__in": objs}).count()
                if count:
                    held.append(
                        f"{others.verbose_name if count == 1 else others.verbose_name_plural}: {count}"
                    )
        return [str(part) for part in objs], {self.model._meta.verbose_name_plural: len(objs)}, set(), held

    # Fields

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        """Text areas as high as their texts; no icons that lead away from the page."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, models.TextField) and field is not None:
            field.widget.attrs["rows"] = self.text_rows.get(db_field.name, 4)
        widget = getattr(field, "widget", None)
        if hasattr(widget, "can_add_related"):
            widget.can_add_related = widget.can_change_related = False
            widget.can_delete_related = widget.can_view_related = False
        return field

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Offer only what belongs to the same edition; a new part goes into a draft."""
        form = super().get_form(request, obj, change, **kwargs)
        for name, field in form.base_fields.items():
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = self._offered(request, obj, name, field.queryset)
        return form

    def _offered(self, request: HttpRequest, obj: Any, name: str, queryset: QuerySet) -> QuerySet:
        offered = queryset.select_related(*[PARENT[m] for m in [queryset.model] if m in {Paragraph}])
        to_edition = EDITION_PATH[queryset.model]
        if obj is not None:
            return offered.filter(**{to_edition: edition_of(obj).pk})
        parent = self._parent(request)
        if parent is not None:
            return offered.filter(**{to_edition: edition_of(parent).pk})
        state = "state" if to_edition == "pk" else f"{to_edition}__state"
        return offered.filter(**{state: Edition.State.DRAFT})

    def _parent(self, request: HttpRequest) -> Any:
        """The part under which a new one is added (`?clause=7`), if it is there and in a draft."""
        for name in (PARENT.get(self.model), "edition"):
            given = request.GET.get(name or "")
            if name and given and given.isdigit() and hasattr(self.model, name):
                model = self.model._meta.get_field(name).related_model
                found = model.objects.filter(pk=given, **{_state_of(model): Edition.State.DRAFT}).first()
                if found is not None:
                    return found
        return None

    # Saving

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Keep what was there, then save with the note; nothing changed, nothing saved."""
        if not change:
            state = lock(edition_of(obj)).state if self.model is not Edition else Edition.State.DRAFT
            if state != Edition.State.DRAFT:
                raise PermissionDenied
        elif not form.changed:
            return
        keep_first(obj)
        obj._change_reason = form.cleaned_data.get("note") or None
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """The same for the rows on the page, under the page's note."""
        for row in formset.save(commit=False):
            keep_first(row)
            row._change_reason = form.cleaned_data.get("note") or None
            row.save()
        for row in formset.deleted_objects:
            row.delete()
        formset.save_m2m()

    # Pages

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """Add the way up, the neighbours and, on a conflict, both versions."""
        form = context["adminform"].form
        edition = edition_of(obj) if obj is not None and obj.pk else None
        context |= {
            "trail": trail(obj) if edition else [],
            "neighbours": self.neighbours(obj) if edition else (),
            "edition": edition,
            "conflicts": self._conflicts(form, context),
            "last_change": self._last_change(obj) if self._conflicts(form, context) else None,
            "links": self.links(obj) if edition else [],
            "children": self.children(request, obj) if edition else [],
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _conflicts(self, form: Any, context: dict[str, Any]) -> list[Difference]:
        inline = [
            difference
            for formset in context.get("inline_admin_formsets", ())
            for row in formset.formset.forms
            for difference in getattr(row, "conflict", ())
        ]
        return [*getattr(form, "conflict", ()), *inline]

    def _last_change(self, obj: Any) -> Any:
        return obj.history.select_related("history_user").order_by("-history_id").first()

    def neighbours(self, obj: Any) -> tuple[Any, Any]:
        """The part before and the part after this one, in the order of the edition."""
        order = [field for field in self.model._meta.ordering if not field.endswith("edition")]
        keys = list(
            self.model._base_manager.filter(**{EDITION_PATH[self.model]: edition_of(obj).pk})
            .order_by(*order, "pk")
            .values_list("pk", flat=True)
        )
        here = keys.index(obj.pk)
        around = [keys[here - 1] if here else None, keys[here + 1] if here + 1 < len(keys) else None]
        found = self.get_queryset_of(around).in_bulk([key for key in around if key])
        return found.get(around[0]), found.get(around[1])

    def get_queryset_of(self, keys: Iterable[int | None]) -> QuerySet:
        """Rows with what their names need."""
        return self.model._base_manager.select_related(
            *[PARENT[self.model]] if self.model in {Paragraph} else []
        )

    def links(self, obj: Any) -> list[tuple[str, str]]:
        """Further pages about this part: label and address."""
        return []

    def children(self, request: HttpRequest, obj: Any) -> list[tuple[str, str]]:
        """What can be added under this part: label and address."""
        return []

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Show the versions of a part, with the way back to each of them."""
        part = get_object_or_404(self.get_queryset(request), pk=self._key(object_id))
        if not self.has_view_or_change_permission(request, part):
            raise PermissionDenied
        if request.method == "POST":
            return self._restore(request, part)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Verlauf: %s") % place_of(part),
            "opts": self.model._meta,
            "part": part,
            "trail": trail(part),
            "part_url": admin_url(part),
            "versions": versions(part),
            "may_restore": self.has_change_permission(request, part),
        }
        return TemplateResponse(request, "guidelines/admin/history.html", context)

    def _restore(self, request: HttpRequest, part: Any) -> HttpResponse:
        number = request.POST.get("version", "")
        if not self.has_change_permission(request, part):
            raise PermissionDenied
        if not number.isdigit() or not part.history.filter(history_id=number).exists():
            raise Http404
        try:
            restore(part, int(number), "frühere Fassung wiederhergestellt")
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("Die frühere Fassung ist wiederhergestellt."))
        return HttpResponseRedirect(request.path)


def _state_of(model: type[models.Model]) -> str:
    to_edition = EDITION_PATH[model]
    return "state" if to_edition == "pk" else f"{to_edition}__state"


def trail(part: models.Model) -> list[tuple[str, str]]:
    """The way from the edition down to this part: names and addresses of its parents."""
    steps: list[models.Model] = []
    here: Any = part
    while not isinstance(here, Edition):
        parent = getattr(here, PARENT.get(type(here), "edition"), None) or here.edition
        steps.insert(0, parent)
        here = parent
    return [(str(step), admin_url(step)) for step in steps]


# Rows inside a page --------------------------------------------------------------------------------------------


class ListInline(admin.TabularInline):
    """A list of parts to go on to; they are edited on their own pages."""

    extra = 0
    can_delete = False
    classes = ("charta-list",)

    @admin.display(description=_("Titel"))
    def page(self, part: Any) -> str:
        """The way to the part's own page."""
        return format_html('<a href="{}">{}</a>', admin_url(part), part)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RowsInline(admin.StackedInline):
    """Rows that are edited on their parent's page, under the parent's rules."""

    form = PieceForm
    extra = 0
    show_change_link = True
    texts: ClassVar[tuple[str, ...]] = ()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and _is_draft(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _is_draft(obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        withdrawn = obj is not None and obj.pk and edition_of(obj).state == Edition.State.WITHDRAWN
        return super().has_change_permission(request, obj) and not withdrawn

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if _is_draft(obj):
            return []
        return [name for name in self.fields or () if name not in {*self.texts, "seen"}]

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Ask for the choices once, not once for each row."""
        formset = super().get_formset(request, obj, **kwargs)
        for name, field in formset.form.base_fields.items():
            if isinstance(field, forms.ModelChoiceField) and name in (self.fields or ()):
                model = field.queryset.model
                edition = edition_of(obj).pk if obj is not None and obj.pk else None
                field.queryset = field.queryset.filter(**{EDITION_PATH[model]: edition})
                empty = [] if isinstance(field, forms.ModelMultipleChoiceField) else [("", "---------")]
                field.choices = [*empty, *((other.pk, str(other)) for other in field.queryset)]
        return formset

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, models.TextField) and field is not None:
            field.widget.attrs["rows"] = 3
        if hasattr(getattr(field, "widget", None), "can_add_related"):
            field.widget = field.widget.widget  # without the icons that lead away from the page
        return field


def _is_draft(obj: Any) -> bool:
    return obj is None or not obj.pk or edition_of(obj).state == Edition.State.DRAFT


class ClauseList(ListInline):
    model = Clause
    fields = readonly_fields = ("page", "short_title")
    verbose_name_plural = _("Grundsätze dieser Leitlinie")


class CriterionList(ListInline):
    model = Criterion
    fields = readonly_fields = ("page", "binding", "is_key")
    verbose_name_plural = _("Prüffragen dieses Abschnitts")


class ParagraphRows(RowsInline):
    model = Paragraph
    fields = ("number", "gist", "no_demand", "seen")
    texts = ("gist", "no_demand")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("clause__edition")


class AdviceRows(RowsInline):
    model = Advice
    fields = ("position", "stakeholders", "text", "seen")
    texts = ("text",)
    formfield_overrides = {models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple}}

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request).select_related("paragraph__clause__edition")
        return rows.prefetch_related("stakeholders")


class LinkRows(RowsInline):
    model = CriterionLink
    fk_name = "criterion"
    fields = ("kind", "other", "sentence", "seen")
    texts = ("sentence",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("criterion__clause__edition", "other__clause")


# The parts -----------------------------------------------------------------------------------------------------

SAVING = (_("Speichern"), {"fields": ("note", "seen"), "classes": ("charta-saving",)})


@admin.register(Guideline)
class GuidelineAdmin(ContentAdmin):
    list_display = ("code", "title", "short_title", "edition")
    list_filter = ("edition",)
    search_fields = ("code", "title", "short_title", "summary")
    fieldsets = (
        (_("Leitlinie"), {"fields": (("edition", "code", "position"), "title", "short_title", "summary")}),
        SAVING,
    )
    inlines = (ClauseList,)

    def children(self, request: HttpRequest, obj: Any) -> list[tuple[str, str]]:
        return _adding(
            obj, (Clause, f"?edition={obj.edition_id}&guideline={obj.pk}&kind=principle", _("Grundsatz"))
        )


@admin.register(Clause)
class ClauseAdmin(ContentAdmin):
    list_display = ("code", "title", "kind", "guideline", "edition")
    list_select_related = ("edition", "guideline")
    list_filter = ("edition", "kind", "guideline")
    search_fields = ("code", "title", "short_title", "summary", "paragraphs__gist")
    fieldsets = (
        (
            _("Abschnitt"),
            {
                "fields": (
                    ("edition", "kind", "guideline"),
                    ("code", "position"),
                    "title",
                    "short_title",
                    "summary",
                )
            },
        ),
        SAVING,
    )
    inlines = (CriterionList, ParagraphRows)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("guideline")

    def links(self, obj: Any) -> list[tuple[str, str]]:
        return [(_("Seite ansehen"), obj.get_absolute_url())]

    def children(self, request: HttpRequest, obj: Any) -> list[tuple[str, str]]:
        return _adding(obj, (Criterion, f"?clause={obj.pk}", _("Prüffrage")))


@admin.register(Paragraph)
class ParagraphAdmin(ContentAdmin):
    list_display = ("__str__", "gist", "no_demand")
    list_filter = ("clause__edition", "clause__kind")
    search_fields = ("clause__code", "gist", "no_demand", "advice__text")
    fieldsets = (
        (_("Absatz"), {"fields": (("clause", "number"), "gist", "no_demand")}),
        SAVING,
    )
    inlines = (AdviceRows,)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("clause__guideline")

    def links(self, obj: Any) -> list[tuple[str, str]]:
        return [(_("Seite ansehen"), f"{obj.clause.get_absolute_url()}#absatz-{obj.number}")]


@admin.register(Advice)
class AdviceAdmin(ContentAdmin):
    list_display = ("__str__", "text")
    list_filter = ("paragraph__clause__edition", "stakeholders")
    search_fields = ("paragraph__clause__code", "text")
    formfield_overrides = {models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple}}
    fieldsets = (
        (_("Empfehlung"), {"fields": (("paragraph", "position"), "stakeholders", "text")}),
        SAVING,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("paragraph__clause__guideline")

    def get_queryset_of(self, keys: Iterable[int | None]) -> QuerySet:
        return Advice.objects.select_related("paragraph__clause")


@admin.register(Criterion)
class CriterionAdmin(ContentAdmin):
    list_display = ("code", "short_title", "question", "binding", "is_key", "clause")
    list_select_related = ("clause__edition",)
    list_filter = ("clause__edition", "binding", "is_key", "clause__kind", "ideals")
    search_fields = (
        *("code", "short_title", "question", "help", "binding_note", "evidence_hint"),
        *(f"level_{level}" for level in range(5)),
        *(f"step_{level}" for level in range(1, 5)),
    )
    formfield_overrides = {models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple}}
    text_rows: ClassVar = {
        "question": 2,
        **{f"level_{level}": 14 for level in range(5)},
        **{f"step_{level}": 11 for level in range(1, 5)},
    }
    fieldsets = (
        (
            _("Prüffrage"),
            {"fields": (("clause", "code", "position", "is_key"), "short_title", "question", "help")},
        ),
        (
            _("Fünf Stufen nebeneinander"),
            {
                "fields": (("level_0", "level_1", "level_2", "level_3", "level_4"),),
                "classes": ("charta-side-by-side",),
                "description": _(
                    "Jede Stufe steht für sich und unterscheidet sich von der vorigen in etwas Beobachtbarem."
                ),
            },
        ),
        (
            _("Der nächste Schritt von Stufe zu Stufe"),
            {"fields": (("step_1", "step_2", "step_3", "step_4"),), "classes": ("charta-side-by-side",)},
        ),
        (
            _("Herkunft und Verbindlichkeit"),
            {"fields": (("place", "binding"), "binding_note", "also_covers")},
        ),
        (_("Belege und Leitbilder"), {"fields": ("evidence_hint", "ideals")}),
        SAVING,
    )
    inlines = (LinkRows,)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("clause__guideline", "place")

    def _offered(self, request: HttpRequest, obj: Any, name: str, queryset: QuerySet) -> QuerySet:
        """The places of its own clause."""
        offered = super()._offered(request, obj, name, queryset)
        clause = obj.clause_id if obj is not None else getattr(self._parent(request), "pk", None)
        return offered.filter(clause=clause) if name in {"place", "also_covers"} and clause else offered

    def links(self, obj: Any) -> list[tuple[str, str]]:
        return [(_("Seite ansehen"), f"{obj.clause.get_absolute_url()}#frage-{obj.code}")]


@admin.register(CriterionLink)
class CriterionLinkAdmin(ContentAdmin):
    list_display = ("__str__", "kind", "sentence")
    list_filter = ("criterion__clause__edition", "kind")
    search_fields = ("criterion__code", "other__code", "sentence")
    fieldsets = (
        (_("Verbindung"), {"fields": (("criterion", "kind", "other"), "sentence")}),
        SAVING,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("criterion__clause__guideline", "other__clause")

    def get_queryset_of(self, keys: Iterable[int | None]) -> QuerySet:
        return CriterionLink.objects.select_related("criterion", "other")


@admin.register(Ideal, Stakeholder)
class NamedAdmin(ContentAdmin):
    list_display = ("title", "code", "position", "edition")
    list_filter = ("edition",)
    search_fields = ("code", "title")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """An ideal has a summary, a stakeholder has none."""
        texts = ("title", "summary") if self.model is Ideal else ("title",)
        return ((None, {"fields": (("edition", "code", "position"), *texts)}), SAVING)


def _adding(obj: Any, *kinds: tuple[type[models.Model], str, Any]) -> list[tuple[str, str]]:
    """Links that add something under a part of a draft."""
    if not _is_draft(obj):
        return []
    return [
        (_("%s hinzufügen") % label, reverse(f"admin:guidelines_{model._meta.model_name}_add") + query)
        for model, query, label in kinds
    ]


# The edition ---------------------------------------------------------------------------------------------------


@admin.register(Edition)
class EditionAdmin(ContentAdmin):
    """Editions, their whole structure on one page, and what can be done with one as a whole."""

    change_list_template = "guidelines/admin/editions.html"
    change_form_template = "guidelines/admin/edition.html"
    list_display = ("code", "title", "issued", "state")
    list_filter = ("state",)
    search_fields = ("code", "title", "subtitle", "summary")
    readonly_fields = ("state",)
    fieldsets = (
        (
            _("Ausgabe"),
            {"fields": (("code", "state", "issued"), "title", "subtitle", "publisher", "summary")},
        ),
        SAVING,
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A draft goes as a whole, by its own page."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """The pages of an edition as a whole."""

        def page(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"guidelines_edition_{name}")

        return [
            page("einlesen/", self.import_view, "import"),
            page("<int:pk>/veroeffentlichen/", self.publish_view, "publish"),
            page("<int:pk>/zurueckziehen/", self.withdraw_view, "withdraw"),
            page("<int:pk>/kopieren/", self.copy_view, "copy"),
            page("<int:pk>/verwerfen/", self.discard_view, "discard"),
            page("<int:pk>/datei/", self.export_view, "export"),
            page("<int:pk>/suche/", self.search_view, "search"),
            *super().get_urls(),
        ]

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """Add the structure and the other editions to compare with."""
        if obj is not None and obj.pk:
            context |= {
                "structure": structure(Content.of(obj)),
                "others": Edition.objects.exclude(pk=obj.pk),
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def neighbours(self, obj: Any) -> tuple[Any, Any]:
        return (None, None)

    def children(self, request: HttpRequest, obj: Any) -> list[tuple[str, str]]:
        return _adding(
            obj,
            (Guideline, f"?edition={obj.pk}", _("Leitlinie")),
            (Clause, f"?edition={obj.pk}", _("Abschnitt")),
            (Ideal, f"?edition={obj.pk}", _("Leitbild")),
            (Stakeholder, f"?edition={obj.pk}", _("Angesprochene")),
        )

    def _edition(self, request: HttpRequest, pk: int, *, change: bool = True) -> Edition:
        edition = get_object_or_404(Edition, pk=pk)
        allowed = request.user.has_perm(f"guidelines.{'change' if change else 'view'}_edition")
        if not allowed:
            raise PermissionDenied
        return edition

    def _page(
        self, request: HttpRequest, name: str, edition: Edition | None, **context: Any
    ) -> TemplateResponse:
        return TemplateResponse(
            request,
            f"guidelines/admin/{name}.html",
            {
                **self.admin_site.each_context(request),
                "opts": Edition._meta,
                "edition": edition,
                "edition_url": admin_url(edition) if edition else "",
                **context,
            },
        )

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Name every fault with a link to its place; without one, publish."""
        edition = self._edition(request, pk)
        found: list[Fault] = []
        if request.method == "POST":
            try:
                publish(edition)
            except Incomplete as error:
                found = error.faults
            except WrongState:
                messages.error(request, _("Nur ein Entwurf lässt sich veröffentlichen."))
                return HttpResponseRedirect(admin_url(edition))
            else:
                messages.success(request, _("Die Ausgabe %s ist veröffentlicht.") % edition.code)
                return HttpResponseRedirect(admin_url(edition))
        else:
            found = faults(edition)
        rows = [(fault, admin_url(fault.at)) for fault in found]
        return self._page(request, "publish", edition, title=_("Prüfen und veröffentlichen"), faults=rows)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Withdraw a published edition."""
        edition = self._edition(request, pk)
        if request.method == "POST":
            try:
                withdraw(edition)
            except WrongState:
                messages.error(request, _("Nur eine veröffentlichte Ausgabe lässt sich zurückziehen."))
            else:
                messages.success(request, _("Die Ausgabe %s ist zurückgezogen.") % edition.code)
            return HttpResponseRedirect(admin_url(edition))
        return self._page(request, "withdraw", edition, title=_("Ausgabe zurückziehen"))

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def discard_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Delete a draft with all its parts."""
        edition = self._edition(request, pk)
        if not request.user.has_perm("guidelines.delete_edition"):
            raise PermissionDenied
        if request.method == "POST":
            try:
                discard(edition)
            except WrongState:
                messages.error(request, _("Nur ein Entwurf lässt sich verwerfen."))
            except ProtectedError:
                messages.error(request, _("Auf diesem Entwurf beruht schon etwas; er bleibt."))
            else:
                messages.success(request, _("Der Entwurf %s ist verworfen.") % edition.code)
                return HttpResponseRedirect(reverse("admin:guidelines_edition_changelist"))
            return HttpResponseRedirect(admin_url(edition))
        return self._page(request, "discard", edition, title=_("Entwurf verwerfen"))

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def copy_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Start a new edition as a whole copy of this one."""
        edition = self._edition(request, pk)
        if not request.user.has_perm("guidelines.add_edition"):
            raise PermissionDenied
        form = CodeForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            draft = copy(edition, form.cleaned_data["code"])
            messages.success(request, _("Die Ausgabe %s ist als Entwurf angelegt.") % draft.code)
            return HttpResponseRedirect(admin_url(draft))
        return self._page(request, "copy", edition, title=_("Neue Ausgabe aus dieser anlegen"), form=form)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Read an edition from its file; a faulty file is refused whole, with every fault named."""
        if not request.user.has_perm("guidelines.add_edition"):
            raise PermissionDenied
        form = FileForm(request.POST or None, request.FILES or None)
        found: list[str] = []
        if request.method == "POST" and form.is_valid():
            try:
                edition = read(form.cleaned_data["file"])
            except Faulty as error:
                found = error.faults
            else:
                messages.success(request, _("Die Ausgabe %s ist eingelesen.") % edition.code)
                return HttpResponseRedirect(admin_url(edition))
        return self._page(request, "import", None, title=_("Ausgabe einlesen"), form=form, faults=found)

    @method_decorator(require_safe)
    def export_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hand out the edition as its file."""
        edition = self._edition(request, pk, change=False)
        response = HttpResponse(write(edition), "application/yaml; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="charta-{edition.code}.yaml"'
        return response

    @method_decorator(require_safe)
    def search_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Find words in all texts of an edition, umlauts and all, on every database."""
        edition = self._edition(request, pk, change=False)
        wanted = request.GET.get("q", "").strip()[:200]
        hits = search(Content.of(edition), wanted) if wanted else []
        return self._page(request, "search", edition, title=_("Suchen in der Ausgabe"), q=wanted, hits=hits)


def structure(content: Content) -> list[dict[str, Any]]:
    """The edition as a tree with addresses: guidelines and the recommendations, their clauses, their criteria."""

    def of(guideline: Guideline | None) -> list[dict[str, Any]]:
        return [
            {
                "clause": clause,
                "url": admin_url(clause),
                "criteria": [(c, admin_url(c)) for c in content.criteria if c.clause is clause],
            }
            for clause in content.clauses
            if clause.guideline is guideline
        ]

    tree = [{"title": str(g), "url": admin_url(g), "clauses": of(g)} for g in content.guidelines]
    return [*tree, {"title": _("Handlungsempfehlungen"), "url": "", "clauses": of(None)}]


def search(content: Content, wanted: str) -> list[dict[str, Any]]:
    """Every text that contains all the words, with its place."""
    words = wanted.casefold().split()
    return [
        {"place": place_of(part), "url": admin_url(part), "field": field.verbose_name, "text": text}
        for part in (content.edition, *content.parts())
        for field in text_fields(type(part))
        if (text := str(getattr(part, field.attname))) and all(word in text.casefold() for word in words)
    ]
