"""The parts of an edition, each with its own page."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from guidelines.admin.base import SAVING, ContentAdmin
from guidelines.admin.rows import AdviceRows, ClauseList, CriterionList, LinkRows, ParagraphRows
from guidelines.admin.ways import adding, admin_url, previews
from guidelines.models import (
    Advice,
    Clause,
    Criterion,
    CriterionLink,
    Guideline,
    Ideal,
    Paragraph,
    Stakeholder,
)


@admin.register(Guideline)
class GuidelineAdmin(ContentAdmin):
    list_display = ("code", "title", "short_title", "edition")
    list_filter = ("edition",)
    search_fields = ("code", "title", "short_title", "summary")
    fieldsets: ClassVar[Any] = (
        (_("Leitlinie"), {"fields": (("edition", "code", "position"), "title", "short_title", "summary")}),
        SAVING,
    )
    inlines = (ClauseList,)

    def children(self, obj: Any) -> list[tuple[Any, str]]:
        return adding(
            obj, (Clause, f"?edition={obj.edition_id}&guideline={obj.pk}&kind=principle", _("Grundsatz"))
        )


@admin.register(Clause)
class ClauseAdmin(ContentAdmin):
    list_display = ("code", "title", "kind", "guideline", "edition")
    list_select_related = ("edition", "guideline")
    list_filter = ("edition", "kind", "guideline")
    search_fields = ("code", "title", "short_title", "summary", "paragraphs__gist")
    fieldsets: ClassVar[Any] = (
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

    def links(self, obj: Any) -> list[tuple[Any, str]]:
        return [(_("Seite ansehen"), obj.get_absolute_url()), *previews(obj)]

    def children(self, obj: Any) -> list[tuple[Any, str]]:
        return adding(obj, (Criterion, f"?clause={obj.pk}", _("Prüffrage")))


@admin.register(Paragraph)
class ParagraphAdmin(ContentAdmin):
    list_display = ("__str__", "gist", "no_demand")
    list_filter = ("clause__edition", "clause__kind")
    search_fields = ("clause__code", "gist", "no_demand", "advice__text")
    fieldsets: ClassVar[Any] = (
        (_("Absatz"), {"fields": (("clause", "number"), "gist", "no_demand")}),
        SAVING,
    )
    inlines = (AdviceRows,)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("clause__guideline")

    def links(self, obj: Any) -> list[tuple[Any, str]]:
        return [(_("Seite ansehen"), f"{obj.clause.get_absolute_url()}#absatz-{obj.number}")]


@admin.register(Advice)
class AdviceAdmin(ContentAdmin):
    list_display = ("__str__", "text")
    list_filter = ("paragraph__clause__edition", "stakeholders")
    search_fields = ("paragraph__clause__code", "text")
    formfield_overrides = {models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple}}
    fieldsets: ClassVar[Any] = (
        (_("Empfehlung"), {"fields": (("paragraph", "position"), "stakeholders", "text")}),
        SAVING,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("paragraph__clause__guideline")

    def named(self) -> QuerySet:
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
    fieldsets: ClassVar[Any] = (
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

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new question comes last in its clause."""
        given: dict[str, Any] = super().get_changeform_initial_data(request)
        clause = self._parent(request)
        if clause is not None:
            place = clause.criteria.count() + 1
            given |= {"code": f"{clause.code}-{place}", "position": place}
        return given

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """Add the links that stand at other questions."""
        if obj is not None and obj.pk:
            here = CriterionLink.objects.filter(other=obj).select_related("criterion", "other")
            context["linked_here"] = [(link, admin_url(link)) for link in here]
        return super().render_change_form(request, context, add, change, form_url, obj)

    def links(self, obj: Any) -> list[tuple[Any, str]]:
        seen = f"{obj.clause.get_absolute_url()}#frage-{obj.code}"
        return [(_("Seite ansehen"), seen), *previews(obj.clause)]


@admin.register(CriterionLink)
class CriterionLinkAdmin(ContentAdmin):
    list_display = ("__str__", "kind", "sentence")
    list_filter = ("criterion__clause__edition", "kind")
    search_fields = ("criterion__code", "other__code", "sentence")
    fieldsets: ClassVar[Any] = (
        (_("Verbindung"), {"fields": (("criterion", "kind", "other"), "sentence")}),
        SAVING,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("criterion__clause__guideline", "other__clause")

    def named(self) -> QuerySet:
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
