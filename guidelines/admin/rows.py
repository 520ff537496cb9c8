"""Rows inside the page of their parent."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from guidelines.admin.forms import PieceForm
from guidelines.admin.ways import EDITION_PATH, admin_url, is_draft
from guidelines.models import Advice, Clause, Criterion, CriterionLink, Edition, Paragraph
from guidelines.publishing import edition_of


class ListInline(admin.TabularInline):
    """A list of parts to go on to; they are edited on their own pages."""

    extra = 0
    can_delete = False
    template = "guidelines/admin/list.html"

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
        return super().has_add_permission(request, obj) and is_draft(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and is_draft(obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        withdrawn = obj is not None and obj.pk and edition_of(obj).state == Edition.State.WITHDRAWN
        return super().has_change_permission(request, obj) and not withdrawn

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if is_draft(obj):
            return []
        own: Any = self.fields or ()
        return [name for name in own if name not in {*self.texts, "seen"}]

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Ask for the choices once, not once for each row."""
        formset = super().get_formset(request, obj, **kwargs)
        own: Any = self.fields or ()
        for name, field in formset.form.base_fields.items():
            if isinstance(field, forms.ModelChoiceField) and field.queryset is not None and name in own:
                model = field.queryset.model
                edition = edition_of(obj).pk if obj is not None and obj.pk else None
                field.queryset = field.queryset.filter(**{EDITION_PATH[model]: edition})
                empty = [] if isinstance(field, forms.ModelMultipleChoiceField) else [("", "---------")]
                field.choices = [*empty, *((other.pk, str(other)) for other in field.queryset)]
        return formset

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, models.TextField) and field is not None:
            field.widget.attrs["rows"] = 3
        if hasattr(getattr(field, "widget", None), "can_add_related"):
            field.widget = field.widget.widget  # without the icons that lead away from the page
        return field


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
